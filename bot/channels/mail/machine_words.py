"""The words by which machines give themselves away, one table a language. Regular expressions, case does not count.

A subject counts only where it *begins* with such words (behind Re:, AW: and the like): people write about absences too.
"""

import re

Table = dict[str, tuple[str, ...]]

BOUNCE_SUBJECT: Table = {
    "en": (
        r"undeliver(?:able|ed)\b",
        r"delivery status notification",
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
        r"(?:undeliverable|unzustellbar|non remis|non remise)\s?:\s",
    ),
}

# What Postfix, Exim, qmail, sendmail, Exchange and Google write.
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
        r"your message wasn't delivered to",
    ),
    "de": (
        r"ihre nachricht hat einige oder alle empfänger nicht erreicht",
        r"fehler bei der nachrichtenzustellung an folgende empfänger",
        r"ihre nachricht (?:an .{0,100} )?konnte nicht zugestellt werden",
    ),
    "fr": (
        r"votre message n'est pas parvenu",
        r"échec de la remise pour ces destinataires",
        r"votre message (?:à .{0,100} )?n'a pas pu être (?:remis|distribué|délivré)",
    ),
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

ABSENCE_SUBJECT: Table = {
    "en": (
        r"auto[- ]?(?:reply|response|responder|matic reply|matic response)",
        r"automat(?:ic|ed) (?:reply|response|answer)",
        r"out[- ]of[- ](?:the[- ])?office",
        r"ooo\s?:",
        r"vacation (?:reply|notice|message)",
        r"on vacation\b",
        r"away from (?:the |my )?office",
        r"on (?:annual |maternity |parental )?leave\s*$",
        r"\[?auto\]?\s?:",
    ),
    "de": (
        r"abwesenheit(?:s\w{0,30})?\s*(?:$|[:(–-]|vom|bis|von|assistent|hinweis|notiz|nachricht|meldung|info)",
        r"abwesenheits(?:notiz|assistent|hinweis|nachricht|meldung|info|agent|benachrichtigung)",
        r"(?:ich bin )?abwesend\b",
        r"nicht im (?:büro|hause?)\b",
        r"automatische (?:antwort|abwesenheit|rückantwort|eingangs|empfangs)",
        r"automatisierte antwort",
        r"autoantwort",
        r"urlaubs(?:notiz|benachrichtigung|abwesenheit|meldung)",
        r"(?:ich bin )?(?:im|in) (?:urlaub|elternzeit)\s*(?:$|[-:(!])",
    ),
    "fr": (
        r"r[ée]ponse automatique",
        r"message automatique",
        r"absence\s*(?:$|:|du bureau|jusqu|du \d|prolongée|[-–—])",
        r"absente? (?:du bureau|jusqu|du \d)",
        r"(?:message|notification|avis) d'absence",
        r"en congés?\s*(?:$|[-:(!]|jusqu|du \d)",
    ),
}

# Receipts, acknowledgements, invitations and challenges.
RECEIPT_SUBJECT: Table = {
    "en": (
        r"(?:read|not read|read receipt|return receipt)\s?:",
        r"we (?:have )?received your (?:request|message|e-?mail|ticket|inquiry)",
        r"your (?:request|ticket) (?:#|\(|\[|has been)",
        r"ticket (?:received|created|opened)",
        r"(?:accepted|declined|tentative|cancell?ed|(?:updated )?invitation)\s?:\s",
        r".{0,80}\bverify#[\w-]{6,}",
        r"(?:please )?confirm your message",
        r"your e-?mail requires verification",
        r"whitelist request",
        r"sender verification",
    ),
    "de": (
        r"(?:gelesen|nicht gelesen|lesebestätigung|empfangsbestätigung)\s?:",
        r"lesebestätigung\b",
        r"eingangsbestätigung",
        r"bestätigung des eingangs",
        r"ihre (?:anfrage|nachricht|e-?mail) ist (?:bei uns )?eingegangen",
        r"wir haben ihre (?:anfrage|nachricht|e-?mail) erhalten",
        r"(?:zugesagt|abgelehnt|abgesagt|mit vorbehalt|einladung|terminabsage|zusage|absage)\s?:\s",
    ),
    "fr": (
        r"(?:lu|non lu|confirmation de lecture)\s?:",
        r"accusé de (?:lecture|réception)",
        r"nous avons bien reçu votre (?:demande|message|mail|e-?mail)",
        r"(?:accepté|refusé|provisoire|annulé|invitation)\s?:\s",
    ),
}

ABSENCE: Table = {
    "en": (
        r"\b(?:am|are|will be) .{0,60}(?:out of (?:the )?office|on (?:vacation|annual leave|holiday|leave)|away from)",
        r"\bcurrently out of (?:the )?office",
    ),
    "de": (
        r"\b(?:bin|sind) .{0,80}(?:nicht im (?:büro|hause?|dienst)|abwesend|im urlaub|nicht erreichbar|in elternzeit)",
        r"\b(?:bin|sind) .{0,80}au(?:ß|ss)er haus",
        r"\bzur ?zeit nicht im (?:büro|haus)",
    ),
    "fr": (
        r"\bje (?:suis|serai) .{0,60}(?:absente?|en congés?|en vacances|en déplacement|hors du bureau)",
        r"\bactuellement absente?\b",
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
    ),
    "de": (
        r"in dringenden? (?:fällen|angelegenheiten)",
        r"bei dringend",
        r"nicht weitergeleitet",
        r"wird (?:nicht|automatisch) (?:gelesen|weitergeleitet|bearbeitet)",
        r"nach meiner rückkehr",
        r"wieder (?:erreichbar|für sie da|im büro|zurück)",
        r"vertret(?:ung|en mich)",
        r"wenden sie sich",
    ),
    "fr": (r"urgence", r"urgent", r"dès mon retour", r"à mon retour", r"de retour", r"veuillez contacter"),
}

REPLY_PREFIXES = re.compile(
    r"(?:(?:re|aw|antw|antwort|wg|fwd?|tr|réf?|rép|sv|vs|\[ext(?:ern(?:al)?)?\]|\[spam\])\s?(?:\[\d{1,3}\])?\s?:?\s+)*",
    re.IGNORECASE,
)


def any_of(*tables: Table) -> re.Pattern[str]:
    """One pattern for all words of the tables."""
    words = (word for table in tables for listed in table.values() for word in listed)
    return re.compile("|".join(f"(?:{word})" for word in words), re.IGNORECASE | re.DOTALL)
