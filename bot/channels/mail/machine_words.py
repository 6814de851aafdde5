"""The words by which machines give themselves away, one table a language. Regular expressions, case does not count.

A subject counts only where it *begins* with such words (behind Re:, AW: and the like): people write about absences too.
"""

import re

Table = dict[str, tuple[str, ...]]

BOUNCE_SUBJECT: Table = {
    "en": (
        r"undeliver(?:able|ed)\b",
        r"delivery (?:status )?notification\b",
        r"delivery (?:failure|has failed|failed|report)",
        r"mail delivery (?:failed|failure|system)",
        r"failure notice",
        r"returned mail",
        r"mail system error",
        r"warning: message .{0,60}delayed",
        r"mail could not be delivered",
        r"message you sent .{0,60}(?:bounced|not delivered)",
    ),
    "de": (
        r"unzustellbar",
        r"nicht (?:zustellbar|zugestellt)",
        r"fehler bei der (?:nachrichten)?zustellung",
        r"zustellung fehlgeschlagen",
        r"nachricht nicht zustellbar",
        r"übermittlungsfehler",
    ),
    "fr": (
        r"échec de (?:la )?(?:remise|distribution|livraison)",
        r"non remis",
        r"message non (?:remis|distribué|délivré)",
        r"non[- ]distribu",
        r"(?:avis|rapport) de non[- ]remise",
        r"remise différée",
    ),
}

# Enough without any other sign but the prose of a mail server.
SURE_BOUNCE_SUBJECT: Table = {
    "all": (
        r"undelivered mail returned to sender",
        r"mail delivery failed: returning message to sender",
        r"delivery status notification \(",
        r"failure notice$",
        r"returned mail: see transcript for details",
        r"zustellung fehlgeschlagen$",
        r"message non (?:remis|distribué|délivré)$",
        r"(?:undeliverable|unzustellbar|non remis|non remise)\s?:\s",
    ),
}

# What Postfix, Exim, qmail, sendmail, Exchange and Google write, and no person.
BOUNCE_PROSE: Table = {
    "en": (
        r"hi\. this is the .{0,60}(?:qmail|program at)",
        r"this is the mail system at host",
        r"this message was created automatically by (?:the )?mail (?:delivery software|system)",
        r"your message did not reach some or all of the intended recipients",
        r"delivery has failed to these recipients",
        r"the original message was received at .{0,200}transcript of session",
        r"the following (?:message|address(?:es)?) .{0,60}(?:undeliverable|had (?:permanent|delivery))",
        r"i'm sorry to have to inform you that your message could not be delivered",
        r"delivery to the following recipients? failed",
        r"message from .{0,60}\. unable to deliver message to",
        r"(?:sorry, )?we were unable to deliver your message to the following",
        r"address not found \*\* your message",
    ),
    "de": (
        r"ihre nachricht hat einige oder alle empfänger nicht erreicht",
        r"fehler (?:bei der nachrichtenzustellung|beim zustellen der nachricht) an folgende empfänger",
        r"diese (?:nachricht|e-?mail) wurde automatisch (?:vom|von dem|durch das) mail-?(?:system|server|programm)",
        r"adresse nicht gefunden \*\* ihre nachricht",
    ),
    "fr": (
        r"votre message n'est pas parvenu",
        r"échec de la remise pour ces destinataires",
        r"ce message a été (?:généré|créé|envoyé) automatiquement par (?:le|un|votre) (?:serveur|système|logiciel)",
        r"adresse introuvable \*\* votre message",
    ),
}

# What people may write as well; it counts with another sign of a mail server only.
BOUNCE_PHRASE: Table = {
    "en": (
        r"your message (?:wasn't|was not) delivered to",
        r"your (?:message|e-?mail) to .{1,100} (?:couldn't|could not) be delivered",
        r"recipient address rejected|said: [45]\d\d\b",
        r"\b(?:cannot|can not|can\'t|could not|couldn\'t) be delivered\b",
        r"\bundeliverable mail\b|\bautomatically rejected\b",
    ),
    "de": (
        r"ihre (?:nachricht|e-?mail) (?:wurde )?(?:an .{0,100} )?(?:konnte )?nicht zugestellt",
        r"konnte die nachricht nicht übermitteln|konnte nicht übermittelt werden",
        r"\bkonnte(?:n)? nicht zugestellt werden\b",
    ),
    "fr": (
        r"votre message (?:à .{0,100} )?n'a (?:pas )?pu être (?:remis|distribué|délivré)",
        r"\bn\'(?:a|ont) pas pu être (?:remise?s?|distribuée?s?|délivrée?s?|livrée?s?)\b",
    ),
}
# What somebody's mail became, told to whoever sent it: enough where nothing is asked.
NOT_DELIVERED: Table = {
    "en": (
        r"\b(?:your|following) (?:message|e-?mail|mail)\b.{0,160}\bnot (?:be |been )?delivered\b",
        r"\byour (?:message|e-?mail|mail)\b.{0,160}\bwas (?:blocked|rejected|refused) by\b",
        r"\bunable to deliver (?:the )?following\b|\btrying to deliver your message\b",
    ),
    "de": (
        r"\b(?:ihre|die) (?:nachricht|e-?mail|mail)\b.{0,200}\bnicht zugestellt\b",
        r"\b(?:ihre|die) (?:nachricht|e-?mail|mail)\b.{0,160}"
        r"\bwurde (?:vom|von unserem|durch) .{0,60}(?:abgelehnt|blockiert)",
    ),
    "fr": (
        r"\b(?:votre|le) (?:message|courriel|mail|e-?mail)\b.{0,200}"
        r"\b(?:pas pu être|pas été) (?:distribué|remis|délivré|livré)",
    ),
}
SERVER_SIGN: Table = {
    "all": (r"\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b", r"\b(?:smtp|mx record|remote server|user unknown)\b")
}

DELAYED: Table = {
    "en": (
        r"\bdelayed\b",
        r"will (?:be retried|keep trying|continue)",
        r"still being retried",
        r"is a warning message only",
    ),
    "de": (r"verzögert", r"weitere zustellversuche"),
    "fr": (r"remise (?:est )?(?:différée|retardée)", r"(?:a été|est) retardée?\b"),
}

# What mail servers mean by their words where they give no status; the first that fits counts (RFC 3463).
FAILURE_MEANING: dict[str, Table] = {
    "5.2.2": {
        "en": (
            r"(?:mailbox|quota|inbox|account).{0,40}(?:full\b|exceed)",
            r"over ?quota|disk quota|exceeded storage|full mailbox",
        ),
        "de": (r"(?:postfach|speicherplatz).{0,40}(?:voll\b|überschritten)", r"volles postfach"),
        "fr": (r"bo[iî]te.{0,40}pleine", r"quota.{0,40}(?:atteint|dépassé)"),
    },
    "5.1.2": {
        "en": (
            r"(?:host|domain).{0,60}(?:not found|unknown|does not exist)",
            r"no mx record|nullmx|name service error",
        ),
        "de": (r"domäne.{0,60}(?:nicht gefunden|existiert nicht)",),
        "fr": (r"domaine.{0,60}(?:introuvable|inexistant|n'existe pas)",),
    },
    "5.1.1": {
        "en": (
            r"(?:no such|unknown|invalid|unrouteable|non-?existent) (?:user|address|recipient|mailbox|local)",
            r"user (?:is )?unknown|no mailbox here|not found at",
            r"(?:doesn.t|does not) (?:exist|have an? )",
            r"(?:couldn.t|could not|wasn.t|was not) (?:be )?found",
            r"(?:account|mailbox) (?:is )?(?:disabled|unavailable|not (?:found|available))",
        ),
        "de": (r"(?:existiert nicht|nicht gefunden|unbekannt)",),
        "fr": (r"(?:n.existe pas|introuvable|inconnue?\b)",),
    },
    "5.3.4": {
        "en": (r"(?:message|size).{0,40}(?:too (?:large|big)|exceeds)",),
        "de": (r"nachricht.{0,40}zu groß",),
        "fr": (r"trop volumineux",),
    },
    "5.7.1": {
        "en": (r"spam\b|blocked|black-?list|block-?list|denied|not allowed|policy|reject|refused|relay",),
        "de": (r"abgelehnt|blockiert|verweigert",),
        "fr": (r"refusée?|rejetée?|bloquée?",),
    },
}

# What may follow in a subject; "Automatische Antworten helfen nicht" is a person's.
ENDS = r"\s*(?:$|[\]:(–—-]|(?:re|aw|fwd?|wg|tr|from|to|von|an|auf|bis|vom|de|du|à|until)\b)"

ABSENCE_SUBJECT: Table = {
    "en": (
        r"\[?auto[- ]?(?:reply|response|responder|matic reply|matic response)" + ENDS,
        r"\[?automat(?:ic|ed) (?:reply|response|answer)" + ENDS,
        r"out[- ]of[- ](?:the[- ])?office",
        r"(?:i am|.{2,60} is) (?:currently )?out of (?:the )?office",
        r"ooo\b",
        r"vacation (?:reply|notice|message)",
        r"auto\s?:|\[auto\]",
    ),
    "de": (
        r"abwesenheits(?:notiz|assistent|hinweis|nachricht|meldung|info|agent|benachrichtigung)",
        r"\[?(?:automatische|automatisierte) (?:antwort|rückantwort|abwesenheitsnotiz)" + ENDS,
        r"automatische (?:eingangs|empfangs)",
        r"autoantwort" + ENDS,
        r"urlaubs(?:notiz|benachrichtigung|abwesenheit|meldung)",
    ),
    "fr": (
        r"\[?r[ée]ponse (?:automatique|d'absence)" + ENDS,
        r"rép(?:onse|\.)? auto\b",
        r"message automatique" + ENDS,
        r"absent\(e\)",
        r"(?:message|notification|avis) d'absence",
    ),
}

# What the mail programs of our customers' customers say where they speak a language that we do not.
ABSENCE_SUBJECT["others"] = (
    r"risposta automatica" + ENDS,
    r"respuesta automática" + ENDS,
    r"resposta automática" + ENDS,
    r"automatische? antwoord" + ENDS,
    r"odpowiedź automatyczna" + ENDS,
    r"automatisk[at]? svar" + ENDS,
    r"autosvar" + ENDS,
    r"(?:sono )?fuori (?:ufficio|sede)" + ENDS,
    r"fuera de (?:la )?oficina" + ENDS,
    r"afwezig(?:heid)?" + ENDS,
)

# Receipts, acknowledgements, invitations and challenges.
RECEIPT_SUBJECT: Table = {
    "en": (
        r"(?:read|not read|read receipt|return receipt)\s?:",
        r"return receipt \(",
        r".{0,80}\bverify#[\w-]{6,}",
        r"(?:please )?(?:confirm your message|verify your e-?mail)\s*(?:$|:)",
        r"your e-?mail requires verification",
        r"boxbe\b",
        r"whitelist request",
        r"sender verification",
        r"report domain: \S{1,200} submitter:",
        r"\*\* (?:problem|recovery|acknowledgement|flapping\w*) (?:host|service) alert",
        r".{0,120}\[suspect e-?mail blocker\]",
        r".{0,120}\(verification required\)$",
        r"(?:spam |e-?mail )?quarantine (?:digest|report|summary|notification)",
        r"\[.{1,60}\] .{0,60}backup.{0,80}(?:success|complet|fail)",
        r"(?:missed call|new voice ?mail|voice ?mail) (?:from|message)",
        r".{0,40}\bfax (?:received|from)\b",
    ),
    "de": (
        r"(?:gelesen|nicht gelesen|ungelesen gelöscht|lesebestätigung|empfangsbestätigung)\s?:",
        r"lesebestätigung\b",
        r"(?:automatische )?(?:eingangsbestätigung|empfangsbestätigung)\s*[\[(#]",
        r"\[?spam-?schutz\b",
        r"quarantäne-?(?:bericht|benachrichtigung|zusammenfassung)",
        r"\[.{1,60}\] .{0,60}sicherung.{0,80}(?:erfolgreich|abgeschlossen|fehlgeschlagen)",
        r"(?:verpasster anruf|anruf in abwesenheit|neue (?:sprach|fax)nachricht)\b",
        r".{0,40}\bfax von .{1,40} empfangen",
    ),
    "fr": (
        r"(?:lu|non lu|confirmation de lecture)\s?:",
        r"accusé de (?:lecture|réception)\s?:",
        r"mailinblack\b",
        r"(?:rapport|résumé|avis) de (?:mise en )?quarantaine",
        r"(?:appel manqué|nouveau message vocal|nouvelle télécopie)\b",
    ),
}

# Absences, acknowledgements and calendars; people write these, too, and then ask for something in the text.
WEAK_SUBJECT: Table = {
    "en": (
        r"(?:accepted|declined|tentative|cancell?ed|(?:updated )?invitation)\s?:\s",
        r"on vacation\b",
        r"away from (?:the |my )?office",
        r"away\s?:",
        r"(?:on )?(?:annual|maternity|parental) leave" + ENDS,
        r"on leave\s*$",
        r"we (?:have )?received your (?:request|message|e-?mail|ticket|inquiry)",
        r"your (?:request|ticket) (?:#|\(|\[|has been)",
        r"ticket (?:received|created|opened)",
    ),
    "de": (
        r"(?:angenommen|zugesagt|abgelehnt|abgesagt|mit vorbehalt|einladung|terminabsage|zusage|absage)\s?:\s",
        r"(?:ich bin )?abwesend\b",
        r"(?:ich bin )?nicht im (?:büro|hause?)\b",
        r".{2,60} ist (?:au(?:ß|ss)er haus|abwesend|im urlaub|nicht im (?:büro|haus))\s*(?:$|[.(:!])",
        r"urlaub (?:bis|vom|von)\b",
        r"(?:ich bin )?(?:im|in) (?:urlaub|elternzeit)\s*(?:$|[-:(!])",
        r"bestätigung des eingangs",
        r"ihre (?:anfrage|nachricht|e-?mail) ist (?:bei uns )?eingegangen",
        r"wir haben ihre (?:anfrage|nachricht|e-?mail) erhalten",
        r"(?:eingangs|empfangs)bestätigung",
        r"abwesenheit(?:s\w{0,30})?\s*(?:$|[:(–-]|vom|bis|von|assistent|hinweis|notiz|nachricht|meldung|info)",
    ),
    "fr": (
        r"(?:accepté|refusé|provisoire|annulé|invitation)\s?:\s",
        r"je suis (?:actuellement )?absente?\b",
        r"congés annuels" + ENDS,
        r"absence\s*(?:$|:|du bureau|jusqu|du \d|prolongée|[-–—])",
        r"absente? (?:du bureau|jusqu|du \d)",
        r"en congés?\s*(?:$|[-:(!]|jusqu|du \d)",
        r"nous avons bien reçu votre (?:demande|message|mail|e-?mail)",
        r"accusé de (?:lecture|réception)",
    ),
}

ABSENCE: Table = {
    "en": (
        r"\b(?:am|are|will be|i'm) .{0,60}(?:out of (?:the )?office|on (?:vacation|\w{0,20} ?leave|holiday)|away from)",
        r"\bi(?:'m| am) (?:away|off sick|travell?ing|on sick leave)\b",
        r"\bnot checking (?:my )?e-?mails?\b",
        r"\bcurrently out of (?:the )?office",
        r"\bi (?:no longer work|have left)\b",
        r"\bour offices? (?:is|are|will be) closed\b",
        r"\bthis (?:e-?mail )?address is no longer (?:in use|active|used)\b",
    ),
    "de": (
        r"\b(?:bin|sind|befinde mich) .{0,80}(?:nicht im (?:büro|hause?|dienst)|abwesend|im urlaub|nicht erreichbar)",
        r"\b(?:bin|sind|befinde mich) .{0,80}(?:in elternzeit|im mutterschutz|krankgeschrieben)",
        r"\b(?:bin|sind|befinde mich) .{0,60}auf (?:dienstreise|geschäftsreise|reisen|fortbildung|schulung|messe)",
        r"\bbin (?:erst )?(?:am|ab) .{0,40}wieder (?:im|erreichbar|für|zurück|da)\b",
        r"\bich habe .{0,40}urlaub\b",
        r"\bich arbeite nicht mehr\b|\bich bin nicht mehr (?:bei|für|im)\b",
        r"\bdiese e-?mail-?adresse (?:wird nicht mehr|ist nicht mehr)\b",
        r"\b(?:büro|praxis|kanzlei|betrieb|geschäft)\b.{0,60} (?:geschlossen|nicht besetzt)\b",
        r"\b(?:bin|sind) .{0,80}au(?:ß|ss)er haus",
        r"\bzur ?zeit nicht im (?:büro|haus)",
    ),
    "fr": (
        r"\bje (?:suis|serai) .{0,60}(?:absente?|en congés?|en vacances|en déplacement|en formation|hors du bureau)",
        r"\bje suis .{0,40}en arrêt (?:maladie|de travail)",
        r"\bactuellement (?:absente?|en (?:congés?|vacances|déplacement|formation|arrêt))\b",
        r"\babsente? (?:du bureau|jusqu|du \d)",
        r"\bje (?:suis|serai) .{0,60}en congé (?:maternité|parental|maladie)",
        r"\bje ne (?:fais plus partie|travaille plus)\b",
        r"\bcette adresse .{0,20}n'est plus\b",
        r"\b(?:bureaux|établissement|cabinet|entreprise|société)\b.{0,40} (?:est|sont|sera|seront) fermée?s?\b",
    ),
}

# An absence alone is told by people too; what only an answering machine adds to it.
ABSENCE_CLUE: Table = {
    "en": (
        r"\burgent",
        r"limited access",
        r"upon my return",
        r"when i (?:return|get back)",
        r"i will (?:return|be back|respond|reply)",
        r"contact my colleague",
        r"when i(?:'m| am) back|get back to you",
        r"intermittent access",
        r"will (?:respond|reply) (?:when|as soon|upon|on)",
        r"no access to (?:my )?e-?mail",
        r"on my return|on our return|will reopen",
        r"please (?:direct|address|send) your",
    ),
    "de": (
        r"in dringenden? (?:fällen|angelegenheiten)",
        r"bei dringend",
        r"nicht weitergeleitet",
        r"wird (?:nicht|automatisch) (?:.{0,40} )?(?:gelesen|weitergeleitet|bearbeitet)",
        r"nach meiner rückkehr",
        r"wieder (?:erreichbar|für sie da|im büro|zurück)",
        r"\bkehre .{0,40}zurück",
        r"danach bearbeitet|nicht zugestellt",
        r"eingeschränkten? zugriff|lese keine e-?mails",
        r"bitte schreiben sie an",
        r"vertret(?:ung|en mich)|hilft ihnen|helfen ihnen",
        r"werde (?:ihre|ich ihre) .{0,20}dann|aufgaben .{0,30}übernommen",
        r"wenden sie sich",
    ),
    "fr": (
        r"urgence",
        r"urgent",
        r"dès (?:mon|notre) retour",
        r"à (?:mon|notre) retour",
        r"de retour",
        r"veuillez (?:contacter|écrire)",
        r"merci (?:de contacter|d'adresser|d'écrire)",
        r"accès limité",
        r"ne sera pas lu",
        r"en mon absence",
        r"vous pouvez (?:joindre|contacter|vous adresser)",
        r"répondrai (?:dès|à)",
    ),
}

# Whoever asks us for something writes of these, and no answering machine does.
BUSINESS: Table = {
    "en": (
        r"\b(?:invoice|pay(?:ment|ing)?\b|paid|subscription|contract|quote|cancel|renew|licen[cs]e|billing|refund|charge)",
    ),
    "de": (
        r"rechnung|zahl(?:en|ung)|bezahl|überweis|abonnement|\babos?\b|vertrag|angebot|kündig|mahnung|lizenz|portal"
        r"|betrag|\biban\b|verläng|abbuch|lastschrift|gutschrift",
    ),
    "fr": (
        r"facture|paiement|\bpayer?\b|payé|abonnement|contrat|devis|résili|relance|licence|portail|montant|virement"
        r"|échéance|renouvel|prélèvement|\bavoir du\b",
    ),
}
# A sentence that leads to somebody else may name them.
ELSEWHERE: Table = {
    "en": (r"please contact", r"contact (?:my|our|the)", r"write to"),
    "de": (r"wenden sie sich", r"kontaktieren sie", r"schreiben sie an"),
    "fr": (r"veuillez (?:contacter|écrire)", r"merci (?:de contacter|d'écrire|d'adresser)", r"contactez"),
}

# Somebody wants something of us. What machines ask of everybody is left out: to turn elsewhere, to wait, to click.
ASKING: Table = {
    "en": (
        r"\bplease (?!contact|direct|do not re|don't re|quote|allow|note|be |expect|visit|see\b|refer|e-?mail\b|click"
        r"|call\b(?! (?:me|us)\b)|use\b|feel|bear|excuse|verify|confirm your|address (?:your|any|all)"
        r"|send (?:your|any|all) (?:e-?mails?|messages?|enquir|request))",
        r"\b(?:i|we) (?:need|want|cannot|can't)\b|\bwould like\b|\b(?:could|can) you\b|\bcall me\b",
        r"\bis (?:broken|wrong)\b|\bbut our\b|\band (?:remove|send|change|update|delete|add)\b|\btake me off\b",
    ),
    "de": (
        r"\bbitte (?!an\b|wenden|kontaktieren|schreiben sie an|richten|sehen sie|lassen sie|haben sie|beachten"
        r"|antworten sie nicht|nicht auf|geben sie|verwenden|nutzen|entschuldigen|klicken"
        r"|bestätigen sie (?:einmalig )?ihre)",
        r"\b(?:ich|wir) (?:brauche|benötige|möchte|will|wollen|bitte|verstehe|kann .{0,40}nicht|können .{0,40}nicht)",
        r"\bkönnt?en sie\b|\brufen sie (?:mich|uns)\b|\bwollte fragen\b",
        r"\bund (?:ändern|tragen|löschen|senden|schicken) sie\b",
        r"\bbitte .{0,40}\bsondern\b",
    ),
    "fr": (
        r"\bmerci (?:de |d')"
        r"(?!contacter|vous adresser|adresser|écrire|ne pas|patienter|noter|joindre|vous authentifier"
        r"|votre (?:compr|patience|conf))",
        r"\bveuillez (?!contacter|écrire|noter|ne pas|patienter|vous adresser|agréer|confirmer)",
        r"\bj'ai (?:besoin|perdu)\b|\b(?:je|nous) (?:souhait|voudr|voul)|\bpou(?:v|rri)ez-vous\b",
        r"\bet de (?:me|nous|mettre|modifier|retirer|supprimer)\b|\bmais à\b|n'est pas d'accord",
    ),
}

# By these a machine names itself.
SELF_NAMED: Table = {
    "en": (
        r"\bthis is an? (?:automatic|automated|auto-?generated|automatically generated|computer-generated)\b",
        r"\bthis (?:e-?mail|message) (?:was|has been|is) (?:automatically (?:generated|sent)|generated automatically)",
        r"\bplease do not (?:reply|respond) to this (?:e-?mail|message)",
        r"\bautomatically generated e-?mail, please do not reply",
        r"\bthis mailbox is (?:not monitored|unmonitored)",
        r"^this is a return receipt for the (?:mail|message)",
        r"^your message .{0,200}was (?:read|displayed) on\b",
        r"\b(?:this|my|an) automatic reply to your (?:e-?mail|message)",
        r"\breturn receipt your .{0,300}\breceived by\b",
        r"\breplies to this (?:address|mailbox|e-?mail) (?:are|will) not (?:be )?(?:read|monitored|answered)",
        r"\ban? (?:incoming )?(?:voice ?mail|fax) (?:message )?(?:has been|was) received\b",
        r"\b(?:system|machine)-generated (?:message|e-?mail|notification)",
        r"\bplease do not reply\.$|\bdo not reply to this (?:e-?mail|message)\b",
        r"\bmailbox is not monitored",
    ),
    "de": (
        r"\bdies ist eine (?:automatische|automatisch|automatisierte|maschinell)\b",
        r"\bdiese (?:e-?mail|nachricht|antwort) (?:wurde|ist) (?:automatisch|maschinell) (?:er|gen|vers|verschick|ges)",
        r"\bbitte antworten sie nicht auf diese (?:e-?mail|nachricht)\b",
        r"\bbitte nicht auf diese (?:e-?mail|nachricht) antworten\b",
        r"^dies ist eine (?:empfangs|lese)bestätigung für die (?:nachricht|e-?mail)",
        r"^ihre nachricht .{0,200}wurde (?:am \d.{0,30})?gelesen\b",
        r"\bempfangsbestätigung ihr dokument\b.{0,300}\bempfangen\b",
        r"\bwird automati(?:sch|siert) verarbeitet\b",
        r"\b(?:postfach|adresse)\b.{0,30} werden nicht (?:gelesen|beantwortet)\b",
        r"\banrufbeantworter hat einen anruf\b",
        r"\b(?:diese|die|dieses) \w{3,30} wurde (?:automatisch|maschinell) (?:er|gen|vers|verschick|ges)",
    ),
    "fr": (
        r"\bceci est une? (?:message|mail|e-?mail|courriel|réponse) automatique",
        r"\b(?:ce|cet) (?:message|mail|courriel|e-?mail) .{0,20}(?:a été|est) .{0,20}automatiquement",
        r"\bmerci de ne pas (?:y répondre|répondre à ce (?:message|mail|courriel))",
        r"\bmessage automatique, (?:merci de )?ne pas (?:y )?répondre",
        r"^ceci est un accusé de (?:réception|lecture)",
        r"^votre message .{0,200}a été lu le \d",
        r"\baccusé de réception votre document\b.{0,300}\breçu par\b",
        r"\bles réponses à cette adresse ne sont pas (?:lues|traitées)\b",
        r"\b(?:est|a été) (?:adressée?|générée?|envoyée?) automatiquement\b",
        r"\bn\'y répondez pas\b",
        r"\bmessage généré (?:automatiquement|par)\b",
    ),
}

# The same as a sentence of its own: a person who quotes it sets it in marks.
SAYS_SO: Table = {
    "en": (
        r"(?:^|[.!?] )this is an? (?:automatic|automated|auto-?generated|automatically generated|system-generated) ",
    ),
    "de": (r"(?:^|[.!?] )dies ist eine (?:automatisch|automatische|automatisierte|maschinell) ",),
    "fr": (r"(?:^|[.!?] )ceci est une? (?:message|mail|e-?mail|courriel|réponse) automatique\b",),
}

# An acknowledgement says that something came, and promises or numbers what will follow.
RECEIVED: Table = {
    "en": (
        r"\bwe(?:'ve| have)? received your (?:message|e-?mail|request|inquiry|enquiry)",
        r"\byour (?:request|message|ticket|e-?mail|enquiry) .{0,40}has been (?:received|registered|created|logged)",
        r"\ba (?:support )?ticket has been (?:opened|created)",
        r"\bthank you for (?:contacting|getting in touch|your (?:e-?mail|message|enquiry|inquiry|request))",
    ),
    "de": (
        r"\bihre (?:anfrage|nachricht|e-?mail|mail) ist (?:bei uns )?eingegangen",
        r"\bwir haben ihre (?:anfrage|nachricht|e-?mail|mail) erhalten",
        r"\bihr(?:e|en)? (?:anfrage|nachricht|e-?mail|anliegen) wurde .{0,60}(?:registriert|aufgenommen|erfasst)",
        r"\bvielen dank für ihre (?:anfrage|nachricht|e-?mail|mail)",
        r"\bihre meldung wurde (?:als|unter) ",
        r"\bihre meldung wurde .{0,60}(?:erfasst|aufgenommen|registriert)",
        r"\bihre (?:e-?mail|nachricht|eingabe|anfrage) ist .{0,160}(?:eingelangt|eingegangen)",
        r"\bihre (?:e-?mail|nachricht|anfrage) liegt uns vor\b",
    ),
    "fr": (
        r"\bnous avons bien reçu votre (?:demande|message|mail|e-?mail|courriel)",
        r"\bvotre (?:demande|message|courriel) nous est bien parvenue?\b",
        r"\bnous accusons réception de votre\b",
        r"\bvotre (?:demande|message|ticket) .{0,40}a (?:bien )?été (?:enregistrée?|reçue?|créée?|prise? en compte)",
    ),
}
PROMISED: Table = {
    "en": (
        r"(?:within|in the next) \d{1,3} (?:business |working )?(?:hours|days)",
        r"\bwe aim to (?:respond|reply|answer)",
        r"get back to you|will (?:respond|reply)|be in touch|receiving our attention|our (?:support )?staff",
        r"\bticket\b.{0,20}\d|\bto add additional comments",
    ),
    "de": (
        r"(?:schnellstmöglich|so schnell wie möglich|umgehend|in kürze|baldmöglichst|zeitnah) .{0,20}(?:be|melde|antw)",
        r"\bmelden uns\b|\bkümmern uns\b",
        r"(?:innerhalb|binnen) (?:von )?\d{1,3} (?:stunden|(?:werk|arbeits)?tagen)",
        r"(?:ticket|vorgangs|bearbeitungs)-?nummer",
        r"\b(?:ticket|vorgang|incident|fall)\b.{0,20}\d|\b[A-Z]{2,5}\d{5,}\b",
        r"\bkümmert sich darum\b|\bsehen sie von rückfragen ab\b",
        r"\b(?:geschäfts|akten)zahl\b.{0,20}\d",
    ),
    "fr": (
        r"(?:répond|réponse|trait).{0,60}(?:délais|dès que possible|rapidement)|sous \d{1,3} (?:heures|h|jours)",
        r"num[ée]ro de (?:dossier|ticket|demande)",
        r"\bsera traitée? (?:dans|sous)\b",
    ),
}

# Challenges: whoever wrote shall prove to be no robot before the mail is let through.
HELD_BACK: Table = {
    "en": (
        r"so that your (?:message|e-?mail) (?:is|can be|will be) delivered",
        r"your (?:message|e-?mail) .{0,60}is being held",
        r"protecting myself (?:(?:against|from) spam|from receiving (?:spam|junk))",
        r"verify that you are (?:a real person|human|not a)",
        r"allow incoming messages only from senders",
    ),
    "de": (
        r"damit ihre (?:e-?mail|nachricht) (?:zugestellt|ausgeliefert|weitergeleitet) w",
        r"ihre (?:e-?mail|nachricht) .{0,60}(?:erst|nur dann) (?:zugestellt|ausgeliefert|weitergeleitet)",
        r"\bspam-?schutz",
    ),
    "fr": (
        r"pour qu'il soit (?:délivré|remis|transmis)",
        r"pour que votre (?:mail|message|e-?mail|courriel) (?:me |lui )?soit (?:remis|délivré|transmis)",
        r"\bmailinblack\b|\banti-?spam",
    ),
}
TO_PROVE: Table = {
    "en": (r"click", r"reply to this", r"\bverify\b"),
    "de": (r"klick", r"bestätigen(?: sie|, dass sie)"),
    "fr": (r"cliqu", r"confirmer", r"authentifier"),
}

# The small print below a newsletter; one phrase may be somebody's question, two are not.
NEWSLETTER: Table = {
    "en": (
        r"\bview (?:this|it) .{0,20}in your browser",
        r"\bto unsubscribe\b",
        r"\bunsubscribe from (?:this|our) (?:mailing )?list",
        r"\byou (?:are receiving|received) this (?:e-?mail|message) because",
        r"\bmanage your (?:e-?mail )?preferences",
    ),
    "de": (
        r"newsletter nicht mehr (?:erhalten|bekommen|empfangen)",
        r"klicken sie (?:bitte )?hier, um sich abzumelden|um sich .{0,40}abzumelden",
        r"\b(?:im|in ihrem) browser (?:ansehen|anzeigen|öffnen|lesen)|online-?(?:version|ansicht)",
        r"sie erhalten diese(?:n newsletter| e-?mail), weil",
        r"\bunseres newsletters\b",
    ),
    "fr": (
        r"pour vous (?:désabonner|désinscrire)",
        r"si vous ne (?:visualisez|voyez) pas|version en ligne|voir dans (?:le|votre) navigateur",
        r"vous recevez (?:cet e-?mail|ce message|cette newsletter) car",
        r"ne plus recevoir (?:cette newsletter|nos (?:e-?mails|offres|messages))",
        r"\bdésabonnez-vous\b|\bne plus recevoir cette lettre\b",
        r"\blettre d\'information\b",
    ),
}

# Behind these a machine copies what was written to it: the wish in there was made already.
COPIED: Table = {
    "en": (r"\b(?:subject|topic|description|your (?:message|request|enquiry)|original message)\s?:",),
    "de": (r"\b(?:betreff|kurzbeschreibung|beschreibung|ihre (?:nachricht|anfrage)|mitteilung des \w{2,20})\s?:",),
    "fr": (r"\b(?:objet|sujet|description|(?:rappel de )?votre (?:message|demande))\s?:",),
}
# Whoever fills in a form on a web page is a person, and the machine that brings it often names itself.
FORM: Table = {
    "en": (r"\b(?:web|contact|online) ?form\b|\bsubmission\b|\bsubmitted\b",),
    "de": (r"formular\b",),
    "fr": (r"\bformulaire\b",),
}

REPLY_PREFIXES = re.compile(
    r"(?:(?:re|aw|antw|antwort|wg|fwd?|tr|réf?|rép|sv|vs|\[postmaster\]|\[ext(?:ern(?:al)?)?\]|\[spam\])"
    r"\s?(?:\[\d{1,3}\])?\s?:?\s+)*",
    re.IGNORECASE,
)


def any_of(*tables: Table) -> re.Pattern[str]:
    """One pattern for all words of the tables."""
    words = (word for table in tables for listed in table.values() for word in listed)
    return re.compile("|".join(f"(?:{word})" for word in words), re.IGNORECASE | re.DOTALL)
