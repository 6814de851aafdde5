"""Names: of companies after the words that announce them, of contacts after their labels."""

import re
from collections.abc import Iterator

from bot.understand.slots.found import Found
from bot.understand.slots.places import territories
from bot.understand.text import fold

_QUOTED = r"[\"„“»«*_`']\s?(?P<quoted>[^\"“”«»*_`\n]{2,80}?)\s?[\"“”«»*_`']"
_FORM = r"(?:GmbH(?: & Co\.? KG(?:aA)?)?|gGmbH|AG|KG|OHG|UG(?: \(haftungsbeschränkt\))?|GbR|SE|e\. ?K\.?|e\. ?U\.?|e\. ?V\.?|eG|eGen|PartG(?:mbB)?|mbB|KGaA|Sàrl|S\.?à\.?r\.?l\.?|SARL|SAS(?:U)?|S\.A\.S\.?|S\.A\.|SA|SRL|SNC|EURL|SCOP|SCIC|SCI|SCP|SELARL|ASBL|Ltd\.?|Limited|LLP|LLC|PLC|plc|Inc\.?|Corp\.?|CIC|B\.?V\.?|N\.?V\.?|ApS|AB|Oy|S\.p\.A\.|S\.r\.l\.|S\.L\.|Pty|GesmbH|Gen\. ?mbH|VZW|BVBA|Cie|& Co\.?|& Cie|Group|Holding)"
_BODY = rf"(?:{_QUOTED}|(?P<bare>(?:[A-ZÀ-ÖØ-Þ0-9&+][\w&'’.+/!-]*|yıldız|e\.V\.)(?:[ ](?!(?:ändern|bitte|please|umbenennen)\b)(?:&|\+|und|and|et|de|du|des|la|le|les|d'|of|the|für|for|von|van|der|den|am|im|zum|[A-ZÀ-ÖØ-Þ0-9(][\w&'’.+/()!-]*|mbH|mbB|e\.|i\.|gGmbH|plc|a\.|haftungsbeschränkt\)?)){{0,9}}))"
_ARTICLE = r"(?:\s|:|=|->|→|\bdie\b|\bder\b|\bthe\b|\bla\b|\ble\b|\bl'|\bnun\b|\bjetzt\b|\bnow\b|\bkünftig\b|\bab sofort\b|\bdésormais\b|\bdorénavant\b|\bofficiellement\b|\boffiziell\b|\bofficially\b|\bsociété\b|\bfirma\b|\bnur noch\b|\bjust\b|\bsimplement\b|\bvereinfacht\b|\bmaintenant\b|\bseit(?: dem)? [\d.]+\b|\bdepuis le \d+(?:er)? \w+\b|\bas of \w+ ?\w*\b|\bab \d+\. ?\w+\b|\bà présent\b|\bnur\b|\bsimply\b|,)*"
_ANNOUNCED = (
    r"\b(?:heißen|heissen|heisst|heißt|firmieren|firmiert|nennen uns|nennt sich|auftreten)\s(?:wir\s|sie\s|die firma\s|unsere firma\s|jetzt\s|nun\s|ab sofort\s|künftig\s|fortan\s|nunmehr\s|ab\s\S+\s|seit\s\S+\s|neu\s|offiziell\s|mittlerweile\s|inzwischen\s|unter\s|als\s|ab\s\d+\.\s?\w+\s|seit\s\d+\.\s?\w+\s){1,4}",
    r"\b(?:umfirmiert|umbenannt|umbenennung|umfirmierung|umfirmieren|umbenennen|wurde|wird|geändert|ändert|ändern)\s?(?:von [^\n]{2,60}? )?(?:in|zu|auf|zur)\s",
    r"\b(?:neuer |neue |neuen |unser neuer |geänderter )?(?:firmenname|name der firma|unternehmensname|firmierung|name|vereinsname|kontoname|firma)\s?(?:lautet|ist|:|=|->|→|ändern (?:in|auf|zu)|auf|in|zu|wäre|muss lauten|soll lauten|bitte ändern in|jetzt|neu:?|bitte)\s?",
    r"\b(?:is|are|we're|now|company is|'s|be)\s(?:now\s)?(?:called|known as|trading as|named|renamed(?: to| as)?|registered as|incorporated as|operating as)\s",
    r"\b(?:trade as|trading as|trades as|renamed (?:to|as)?|rename (?:us |account |the account |it |our account |[^\n]{2,40} )?to|rebranded (?:to|as)|rebrand to|changed (?:our |its |the )?(?:company )?name to|became|becomes|become|has become|now called|name change:?(?: to)?|change (?:the |our )?(?:company )?name (?:from [^\n]{2,60} )?to)\s?",
    r"\b(?:new |our new |correct |our |the )?(?:company name|legal name|trading name|business name|name|registered name|new name|account name|name of the company)\s(?:on (?:the account|everything|our invoices|file) )?(?:is now|is|to|should be|should read|will be|now|as|must be|has changed to|changed to|:)\s?|\bnew name:?\s|\bcompany name:?\s",
    r"\bcompany is (?:now|called)\s|\bwe(?:'re| are) (?:now|henceforth)\s(?=[\"„“A-Z])|\bas of \w+ (?:we are|we're|i'm|i am)\s",
    r"\b(?:s'appelle|s'appellera|nous appelons|se nomme|se dénomme|s'intitule|appelle|appelons|nommons)\s?(?:désormais|maintenant|dorénavant|à présent|aujourd'hui|officiellement|depuis [^\n]{2,30}?|dès [^\n]{2,20}?|à compter [^\n]{2,24}?)?[\s:]",
    r"\b(?:devient|devenue?|devenons|devenus|rebaptisée?|renommée?|renommer(?: [^\n]{2,40})? en|transformée? en|change de nom(?: pour| et devient)?|changé de nom(?: pour)?|nom en)\s?[:→]?\s?",
    r"\b(?:raison sociale|dénomination(?: sociale)?|nouveau nom|nom de (?:la société|l'entreprise)|nom commercial|nouvelle raison sociale|nom du compte|nouvelle dénomination)\s?(?:est (?:désormais |maintenant |bien )?|:|=|→|->|devient |en |par |sera |correcte? (?:est |: ?)?)\s?",
    r"\b(?:neu|new|nouveau|now|jetzt):\s|(?:sondern|richtig (?:ist|wäre|heißt es)|korrekt ist|correct is|should read|should be|il faut lire)[\s:]",
    r"\bführe?n? sie uns (?:ab sofort |künftig |bitte )*(?:als|unter)\s|\b(?:it's|it is|es heißt|c'est) (?:now |jetzt |désormais )?(?=[A-Z])|\bkeine \w+ mehr,? sondern\s",
    r"\b(?:firmierung|firma|konto|account|compte|name|nom|raison sociale|company)[^\n.:]{0,40}(?::|→|->|=>)\s?",
    r"\b(?:rename|umbenennen|renommer)\b[^\n.:]{0,50}(?:→|->|=>|:)\s?",
    r"\b(?:put|set|change|mettez|mettre|ändern|account|compte)\b[^\n.]{0,40}\b(?:in(?:to)? the name of|au nom de|auf den namen|under the name(?: of)?|sous le nom(?: de)?|unter dem namen|to read)\s",
    r"\b(?:wird|wurde)(?: zum [\d.]+ ?\w*)? die\s(?=[A-ZÄÖÜ])|\b(?:prend|adopte|porte)\b[^\n.]{0,20}\b(?:nom|dénomination)(?: de)?\s",
)
_COMPANY = [re.compile(f"(?:(?i:{trigger})){_ARTICLE}{_BODY}") for trigger in _ANNOUNCED]
_FROM_TO = re.compile(
    rf"(?i:\b(?:von|from|de)\b\s)[\"„«*]?[A-Z][^\n→>]{{2,60}}?[\"“»*]?\s(?i:in|zu|auf|to|en|à)\s{_BODY}"
)
_OUT_OF = re.compile(
    rf"(?i:\b(?:aus der|aus|from)\s)[A-Z][^\n,.]{{2,60}}?\s(?i:ist|wird|wurde|became)\s(?:(?i:die|der|nun|jetzt)\s)*{_BODY}"
)
_FORM_RE = re.compile(rf"(?:^|\s){_FORM}\.?$")
_NOT_A_COMPANY = re.compile(
    r"^(?:rechnung\w*|invoice\w*|facture\w*|ust\w*|vat\b.*|tva\b.*|ich|wir|sie|ihr|we|i|i['’](?:m|ll|ve|d)|you|it|bitte|please|merci|the|die|der|das|la|le|les|(?:dear|sehr geehrte|liebe|guten tag|hallo|hello|bonjour|madame|monsieur)\b.*|premium|business|corporate|tensor|portal\w*|herr .*|frau .*|mr .*|mrs .*|mme .*|m\. .*|januar|\d[\d .]*)$",
    re.IGNORECASE,
)


_QUOTE = re.compile(r"[\"„“«*`]\s?([A-ZÀ-ÖØ-Þ0-9][^\"“”»*`\n]{2,70}?)\s?[\"“”»*`]")
_LEGAL = re.compile(
    rf"(?:[A-ZÀ-ÖØ-Þ0-9][\w&'’.+/-]*|&|\+|und|and|et|de|du|des|la|le|les|of|the|für|d'\w+)(?:[ ](?:[A-ZÀ-ÖØ-Þ0-9&+(][\w&'’.+/()-]*|und|and|et|de|du|des|la|le|les|of|the|für|d'\w+)){{0,7}}?[ ]{_FORM}(?![\w])"
)
_OLD_NAME = re.compile(
    r"(?:\b(?:bisher\w*|vorher|früher\w*|ehemal\w*|alte[rsn]?|von|aus (?:der|dem|unsere[mr])|statt|nicht (?:mehr )?|und nicht|ex|formerly|previously|was|old|from|not|no longer|instead of|anciennement|ancien(?:ne)?|au lieu de|et non|pas|plus|était|war|steht noch|hießen|nicht länger|ex-|remplace|replaces)\b)[\s:,(\"„«*]*(?:die |der |den |dem |das |the |la |le |l'|name |namen |nom |firma |raison sociale |dénomination |société |als |sous le nom de )*[\s:,(\"„«*`]*$",
    re.IGNORECASE,
)


_IS_NOW = re.compile(
    r"[\"“”»*`]?\s(?:is now|becomes|became|heißt (?:jetzt|nun|ab)|wird (?:zu|zur|die)|wurde (?:zu|zur)|devient|s'appelle|est devenue?|trades as|→|->|=>|in\s[\"„«A-Z]|zu\s[\"„«A-Z]|to\s[\"„«A-Z]|en\s[\"„«A-Z])",
)


def _left(text: str, start: int, end: int) -> bool:
    """Whether the words around a name say that it is the old one."""
    return bool(_OLD_NAME.search(text[max(0, start - 44) : start]) or _IS_NOW.match(text, end))


def firms(text: str) -> Iterator[Found]:
    """Whatever looks like a company: quoted, or with a legal form. It counts only where a company name is being changed."""
    seen: list[tuple[int, int]] = []
    for match, group in [*((m, 1) for m in _QUOTE.finditer(text)), *((m, 0) for m in _LEGAL.finditer(text))]:
        start, end = match.span(group)
        if any(s < end and start < e for s, e in seen) or _NOT_A_COMPANY.match(match.group(group)):
            continue
        seen.append((start, end))
        old = _left(text, start, end)
        value = re.sub(
            r"^(?:Die|Der|Das|Wir|Firma|The|La|Le|Ab|Als|In|Von|Seit|Unsere) (?=[A-ZÀ-Þ])",
            "",
            match.group(group).strip(),
        )
        yield Found("firm", value, end - len(value) if group == 0 else start, end, True, old)


def companies(text: str) -> Iterator[Found]:
    """Company names as written, after the words that announce a new one. `sure` with quotes or a legal form."""
    seen: set[int] = set()
    for pattern in (*_COMPANY, _FROM_TO, _OUT_OF):
        for match in pattern.finditer(text):
            group = "quoted" if match.group("quoted") else "bare"
            start = match.start(group)
            value = _trimmed(match.group(group), group)
            if start in seen or len(value) < 2 or _NOT_A_COMPANY.match(value) or fold(value) in territories():
                continue
            seen.add(start)
            sure = group == "quoted" or _FORM_RE.search(value) is not None
            old = _left(text, start, start + len(value))
            yield Found("company", value, start, start + len(value), sure, old)


_AFTERTHOUGHT = re.compile(
    r"\s(?:und|and|et|bitte|please|pls|svp|stp|statt|instead|anstatt|ab|as of|from|seit|since|nicht|not|war|was|formerly|früher|vorher|ehemals|ancien\w*|ändern|umbenennen|eintragen|geändert|für|for|von|am|im|zum|der|den|of|the|de|du|la|le|les|des|\()$",
    re.IGNORECASE,
)


def _trimmed(written: str, group: str) -> str:
    value = " ".join(written.split())
    if group == "quoted":
        return value.strip(" .,")
    value = re.sub(rf"(\b{_FORM})\.\s.*$", r"\1", value)
    value = re.sub(
        r"(?<![A-Z])(?<!\b[eiaG])(?<!Inc)(?<!Ltd)(?<!Co)(?<!Corp)[.!,;:]\s.*$", "", value
    )  # a full stop ends the name, unless it abbreviates
    if "(" in value and ")" not in value:
        value = value.split("(")[0]
    value = re.sub(r"\s\((?!haftungs).*$", "", value).rstrip(" ,;:!?")
    while _AFTERTHOUGHT.search(value):
        value = _AFTERTHOUGHT.sub("", value)
    return value if re.search(r"(?:\b[A-Z]|Inc|Ltd|Co|Corp|e\.\s?[VKU])\.$", value) else value.rstrip(".")


_PERSON = r"(?:Dipl\.-\w{2,8}\.?\s)?(?P<name>(?:(?:Dr|Prof|Mag|DI|Ing|Me)\.?\s)?[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s(?:van|von|de|der|den|di|da|del|le|la|zu|El|Al|Ben|bin|ten|du))*(?:\s[A-ZÀ-ÖØ-Þ][\w'’-]+){1,3}|[A-ZÀ-ÖØ-Þ][\w'’]+-?[A-ZÀ-ÖØ-Þ]?[\w'’]+)"
_PERSON_LABELS: tuple[str, ...] = (
    r"(?:neue[rn]?\s)?(?:ansprechpartner(?:in)?|ansprechperson|kontaktperson|kontakt|kontaktname)\s?(?:ist|wird|heißt|lautet|:|=|→|->|bei uns ist|jetzt|ab sofort|künftig|nun|bitte auf|auf|bitte ändern auf|ändern (?:auf|in|zu))(?:\s?(?:jetzt|nun|ab sofort|künftig|ist|frau|herr|auf))*\s?",
    r"(?:contact(?: person| name)?|point of contact|poc|new contact)\s?(?:is|is now|now|to|should be|:|will be|changed to|=|→|->)(?:\s?(?:now|to|is))*\s?",
    r"(?:interlocut(?:eur|rice)|contact|nom du contact|nouveau contact)\s?(?:est|:|devient|sera|désormais|=|→|->|principal est)(?:\s?(?:désormais|maintenant|mme|m\.|madame|monsieur))*\s?",
    r"(?:heiße|heisse|heiß)\s(?:jetzt|nun|künftig|seit\s[\w. ]{2,24}|ab\s[\w. ]{2,20})(?:\s?(?:frau|herr))?\s",
    r"(?:mein(?:en)?(?: neuer| neuen)? (?:name|namen|nachname|nachnamen)(?: lautet| ist|:| auf| in| bitte auf)?(?: jetzt| nun| bitte)?|trag(?:en sie)?(?: bitte)?(?: als ansprechpartner(?:in)?)? ein:?|namen? (?:in|auf|zu|:))\s",
    r"(?:my (?:new |last |married |sur)?name is(?: now)?|my name (?:has changed to|to)|i am now called|i'm now(?: called)?|change my name (?:from [^\n]{2,40} )?to|name to)\s",
    r"(?:je m'appelle (?:désormais|maintenant)|mon (?:nouveau )?nom (?:est|devient|:)(?: désormais| maintenant)?|m'appelle(?:rai)? désormais|nouveau nom :|mettre|mettez)\s",
)
_PERSON_LABELS += (
    r"(?:(?:^|\n)\s*[-•*]?\s*(?:nom|name|ansprechpartner(?:in)?|contact|kontakt)\s*:\s*|,\s*name\s)",
    r"(?:mich(?: als (?:ansprechpartner(?:in)?|kontakt))? ein[,:]?(?: also)?(?: als kontakt ein)?|als (?:kontakt|ansprechpartner(?:in)?) ein)\s\(?",
    r"(?:with me|moi|c'est moi|me as contact|it's me|mein name|soit moi|mais moi)\s?[,:]\s?",
    r"(?:take up|enregistrer|enregistrez|inscrire|inscrivez|noter|add|register|enter|record|put)\s(?:mr\.?\s|ms\.?\s|mrs\.?\s|mme\s|m\.\s|frau\s|herrn?\s)?(?=[^\n.]{3,40}\s(?:as|comme)\s)",
    r"(?:contact|ansprechpartner(?:in)?|kontakt|interlocut\w+)\s(?:for|chez|bei|pour|de|von|für|from|on|in|partner)\s[^\n:.]{2,50}?(?::|\bis\b|\bist(?: ab jetzt)?\b)\s?(?:now\s|jetzt\s)?",
    r"(?:contact|le contact)\spasse de [^\n.]{3,40}? à\s",
    r"(?:from now on it is|remplaçante? (?:c'est|est)|account from \w+:|nachfolger(?:in)? ist|successor is|so|alors que je suis|as of \w+ i'm|im profil bitte|mon nom,|geworden ist)\s",
    r"(?:aus\s[^\n.]{3,40}?\sist)\s",
    r"als (?:ansprechpartner(?:in)?|kontakt(?:person)?) (?:trag(?:en sie|t)?|führ(?:en sie|t)|nehm(?:en sie|t))\s(?:bitte |künftig |nun |jetzt |ab sofort )*(?:frau |herrn? )?",
)
_NAME = [re.compile(f"(?:\\b(?i:{label})){_PERSON}") for label in _PERSON_LABELS]


def names(text: str) -> Iterator[Found]:
    """The name of a contact, after its label."""
    seen: set[int] = set()
    for pattern in _NAME:
        for match in pattern.finditer(text):
            start, end = match.span("name")
            if start not in seen and not _NOT_A_COMPANY.match(match.group("name")):
                seen.add(start)
                yield Found("name", match.group("name"), start, end)
