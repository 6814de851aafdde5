"""Numbers of invoices, subscriptions and earlier requests: by the word before them, by lists that go on, or by shape."""

import re
from collections.abc import Iterable, Iterator

from bot.understand.slots.found import Found

_MONTHS = (
    "januar|jänner|february|februar|january|janvier|février|märz|march|mars|april|avril|mai|may|juni|june|juin|juli|july|juillet"
    "|august|août|september|septembre|oktober|october|octobre|november|novembre|dezember|december|décembre"
)
# What looks like a number of ours and is none. Each alternative is blanked before numbers are looked for.
_NOT_OURS = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|<[@#!][^>\n]{1,80}>"
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"  # IBAN
    r"|\b\d{4}-\d{2}-\d{2}\b|(?<![\d./-])\d{1,2}\.\s?\d{1,2}\.(?:\s?(?:20)?\d{2})?(?![\d/-])|(?<![\d./-])\d{1,2}/\d{1,2}/(?:20)?\d{2}\b"
    rf"|\b\d{{1,2}}(?:\.|er|st|nd|rd|th)?\s(?:of\s|de\s)?(?:{_MONTHS})\b(?:,?\s20\d\d)?|\b(?:{_MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s20\d\d)?|\b(?:{_MONTHS})\s20\d\d"
    # a postcode: it begins a line, or follows a comma, and nothing but the town comes behind it
    r"|(?-i:(?:(?<=\n)|(?<=, ))(?:[A-Z]{1,2}-)?\d{4,5} (?!(?:Bitte|Danke|Merci|Please|Thanks|Rechnung|Facture|Invoice|Kopie|Copie|Copy)\b)"
    r"[A-ZÀ-Ý][\w'’().-]{1,30}(?:[ /-](?:[A-ZÀ-Ý(][\w'’().-]{0,30}|am|an|der|im|in|bei|ob|sur|en|la|le|les|de|du|des|sous|upon)){0,4}[ ]?(?=\n|$))"
    r"|\b1[89]\d\d(?=\s+e\.?\s?V\b)"  # a club and the year that it was founded
    r"|\b\d{1,2}[:h]\d{2}\b|\b\d{1,2}\s?(?:uhr|heures|o'clock|am|pm|h)\b|\b\d{1,2}[.:]\d{2}\s?(?:uhr|h|am|pm)\b"
    r"|(?:€|eur|chf|usd|gbp|£|\$|fr\.)\s?\d[\d.,' ]{0,20}\d?"
    r"|(?<!\d)\d[\d.' \u00a0\u202f]{0,20}(?:[.,]\d{2})?(?:,-|,–|\.-|\.–)?\s?(?:€|eur\b|euros?\b|chf\b|usd\b|gbp\b|£|\$|franken\b|francs?\b|pounds?\b|dollars?\b|%|prozent\b|percent\b|pour ?cent\b)"
    r"|(?<![\w-])\d{1,3}(?:[.']\d{3})*,\d{2}(?!\d)"
    r"|\b\d{1,4}\s?(?:\+\s?)?(?:st(?:ü|ue)ck|pl(?:ä|ae)tze\w*|arbeitspl(?:ä|ae)tze\w*|arbeitspl(?:ä|ae)tzen|(?:end)?ger(?:ä|ae)te\w*|rechner\w*|nutzer\w*|benutzer\w*|mitarbeiter\w*|lizenzen|leute\w*|personen|tagen?|wochen?|monaten?|jahren?|stunden?|minuten?|mal|seiten?|kan(?:ä|ae)le\w*"
    r"|seats?|devices?|users?|people|days?|weeks?|months?|years?|hours?|minutes?|times|pages?|technicians?|staff|machines?|channels?|licen[cs]es|employees|colleagues|agents?|servicetechniker\w*"
    r"|postes?|appareils?|utilisateurs?|licences|personnes|jours?|semaines?|mois|ans|années?|fois|salariés|techniciens?|accès|canaux)\b"
    r"|\b(?:windows|version|v\.?|win|office|outlook|ios|android|macos|build)\s?\d[\d.]*|\b(?:error|fehler(?:code)?|erreur|code)\s?:?\s?\d+",
    re.IGNORECASE,
)
_SUFFIX = r"(?:\s*(?:n(?:r|ummer|umber|um[ée]ro|o|um)?s?\b\.?|n°|nº|#|mit|der|die|the|la|le|les|with|with the|portant|ending|id|avec|sous))*[\s.:#*_`\"'„«(°=]*$"
_WORDS = {
    "invoices": r"(?:\b|(?<=[a-zäöü]))(?:rechnung(?:en|s)?(?:snummern?|snr\.?|skopien?|s-nr\.?)?|rg\.?|rgn\.?|rech\.?|invoices?|inv\.?|bills?|factures? de r[ée]f[ée]rence|factures?|facs?t?\.?|faktura|beleg|belege|belegnummer|invoice copy|facture n)",
    "subscription": r"(?:\b|(?<=[a-zäöü]))(?:abos?|abonnements?(?:snummer)?|abo-?nr\.?|lizenz(?:en)?(?:nummern?|nr\.?|schl(?:ü|ue)ssel)?|vertr(?:ag|ags|äge|ages)(?:s?nummern?|s?nr\.?)?|subs?\.?|subscriptions?|subskription(?:snummer)?|licen[cs]es?|lic\.?|contracts?|contrats?|agreement|kontrakt|plan no)",
    "reference": r"(?:\b|(?<=[a-zäöü]))(?:anfragen?|tickets?(?:nummer)?|vorg(?:ang|angs|änge)(?:snummer|snr\.?)?|antr(?:ag|ags|äge)|(?:des falls|fall|fälle)(?:nummer)?|aktenzeichen|az\.?|requests?|req\.?|cases?|claims?|enquiry|inquiry|ref\.?|reference|r[ée]f\.?|r[ée]f[ée]rence|demandes?|dem\.?|dossiers?|requ[êe]tes?|referenz|reklamation|meldung|zeichen|complaint|r[ée]clamation|query|cas|change request|anliegen|r[ée]f\. dossier)",
}
# "our contract, ref. 6402-W"
_OF_A_CONTRACT = re.compile(
    rf"\b(?:{_WORDS['subscription']})\b[^.!?\n]{{0,20}}?(?:\b(?:r[ée]f|ref)\.|\br[ée]f(?:[ée]rence)?\b|\breferenz\b){_SUFFIX}",
    re.IGNORECASE,
)
_BEFORE = {slot: re.compile(f"(?:{words}){_SUFFIX}", re.IGNORECASE) for slot, words in _WORDS.items()}
# Numbers of something else, by the word before them.
_OTHERS = re.compile(
    r"(?:(?:\b|(?<=[a-zäöü]))(?:kunden-?\s?(?:nummer|nr\.?|no\.?)|kd\.?-?\s?(?:nr\.?|nummer)?|kdnr\.?|debitor(?:en)?(?:nummer|nr\.?)?|kreditor(?:en)?(?:nummer|nr\.?)?|lieferanten(?:nummer|nr\.?)"
    r"|kostenstellen?|buchungskonto|sachkonto|konto(?:nummer|nr\.?)?|postleitzahl|plz|bestell(?:ung|nummer|nr\.?|referenz)|auftrags?(?:nummer|nr\.?|bestätigung)?|liefer(?:schein|ung)(?:nummer|nr\.?)?|angebots?(?:nummer|nr\.?)?|leitweg-?id"
    r"|personal(?:nummer|nr\.?)|mitglieds?(?:nummer|nr\.?)|handelsregister|hrb|hra|steuernummer|projekt(?:nummer|nr\.?)?|postfach|zimmer|etage|mandat(?:sreferenz)?|gläubiger-?id|seriennummer|charge"
    r"|customer(?: (?:number|no\.?|id|account))?|client(?: (?:number|no\.?|id))?|account(?: (?:number|no\.?|code))?|cost cent(?:re|er)|budget code|purchase order|p\.?o\.?(?: number)?|order(?: (?:number|no\.?))?|delivery note|postcode|zip(?: code)?|quote|quotation|project|ext(?:ension)?\.?|room|suite|unit|floor|payee line|sort code|company (?:number|no\.?)|registration (?:number|no\.?)|mandate|meter|box"
    r"|(?:n° |num[ée]ro |code )?client|compte(?: client| n°)?|code (?:postal|client)|centre de co[ûu]ts?|(?:bon de )?commande|bon de livraison|livraison|devis|siret|siren|rcs|engagement|march[ée]|projet|poste|bureau|bo[îi]te postale|bp|cs|mandat|s[ée]rie)"
    r")(?:\s?(?:n(?:r|ummer|umber|um[ée]ro|o)?\b\.?|n°|nº|#|is|ist|est|lautet|hab ich auch das ist die))*[\s:.*_`\"'„«(=]*$",
    re.IGNORECASE,
)
_QUARTER = re.compile(r"(?:20\d\d[-/]?)?[QT][1-4]|FY\d.*|KW\d+", re.IGNORECASE)
_QUARTER_AFTER = re.compile(r"(?:\.|ème|eme|e|er|st|nd|rd|th)?\s?(?:quartal|quarter|trimestre)", re.IGNORECASE)
_DAY = re.compile(r"\b(?:am|vom|zum|bis|ab|seit|le|du|au|on|of|dated)\s$", re.IGNORECASE)
_DAY_MONTH = re.compile(r"(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])")
# Said after a number: it is there, it is right, nobody need send it.
_SETTLED = re.compile(
    r"[\s)»\"'*_,:]{0,3}(?:(?:je |j'|i |we |ich |wir )?(?:hab(?:e|en)?|have|ai|avons|l'ai|l'avons)\b[^.;!?\n]{0,16}\b(?:schon|bereits|ja|already|here|hier|déjà|got|reçue?|retrouvée?|gefunden|bekommen|erhalten|found|in hand)\b"
    r"|(?:hab(?:e|en)?) (?:ich|wir)(?: ja| schon| bereits| hier)?(?=[.,;!?)\n]|$)|(?:,\s)?(?:that one|celle-là|die)\s(?:is|est|ist)\b[^.;!?\n]{0,30}\b(?:filed|already|fine|ok|erledigt|da)\b"
    r"|(?:is|ist|est|war|was|are|sind|sont|were|waren|wurde[n]?)\b[^.;!?\n,]{0,16}\b(?:filed|fine|ok|okay|correct|settled|verbucht|erledigt|in ordnung|richtig|korrekt|schon da|schon drin|angekommen|correcte?s?|bien là|bonne|en ordre|bien|right|in order|there)\b"
    r"|nous est(?: bien)? parvenue|m'est(?: bien)? parvenue|y (?:est|sont)\b|bien reçue?|we (?:do )?have\b|i(?:'ve| have) got\b|brauch(?:e|en)? (?:ich|wir) nicht\\b|(?:is )?(?:❌ )?not needed|oubliez-la|n'est pas concernée|liegt (?:uns |mir |hier |hingegen )?(?:schon |bereits )?vor|kam (?:schon |gut |bereits )?an|came through)",
    re.IGNORECASE,
)
_AFTER = {
    "invoices": re.compile(r"[\s)*_`\"'»]*\(?(?:rechnung|rg|invoice|facture|bill)\b", re.IGNORECASE),
    "subscription": re.compile(
        r"[\s)*_`\"'»]*\(?(?:abo|lizenz|vertrag|subscription|licen[cs]e|abonnement|contrat)\b", re.IGNORECASE
    ),
}
_SHAPES = (
    (
        "invoices",
        re.compile(
            r"(?:RE|RG|R|F|FA|FAC|FACT|INV|I|IN|FC|BILL)[-/. ]?\d[\d./-]{2,}\d$|(?:RE|INV|FA|F|R)-?20\d\d[-/]\d+$",
            re.IGNORECASE,
        ),
    ),
    (
        "reference",
        re.compile(
            r"(?:TK|REQ|DEM|CASE|CR|TIC|TICKET|ANF|REF|CS|RQ|T|CAS|DOS|VG)[-#/ ]\d[\d./-]*$|REQ\d+$", re.IGNORECASE
        ),
    ),
    (
        "subscription",
        re.compile(r"(?:SUB|S|L|LIC|LX|V|ABO|TV|K|VT|C|CTR|LZ|SU|AB)[-/ ]\d[\d./-]*(?:-\w+)?$", re.IGNORECASE),
    ),
)
_TOKEN = re.compile(
    r"(?<![\w.,/+-])(?:(?P<prefix>[A-Z]{1,4}) (?=\d{3}|\d\d[-./]\d{2}))?(?P<number>20\d\d / \d{2,6}(?!\w)|(?:[A-Za-z]{1,8}[-/.]?)?\d(?:[\w/.-]*\w)?(?: \d{2,3}(?![\w.,/-]\d|\d|\s?[-/])){0,5})(?![\w@]|[,]\d)"
)
_NO_PREFIX = {"EUR", "CHF", "USD", "GBP", "TEL", "BP", "CP", "PLZ", "NR", "NO", "DE", "CH", "AT", "FR", "BE", "ZU", "DIE", "DER", "LA", "LE", "THE", "AN", "TO", "ET", "UND", "AND", "FAX", "PO", "CS", "AM", "IM", "VOM", "DU", "AU", "OF", "ON", "FOR", "FÜR", "TVA", "VAT", "PDF", "BIS", "ID", "UK", "US", "LES", "DES", "EN", "IN", "AUS", "SEIT", "ZUR", "MIT", "AND", "DANS", "RG", "KD"}  # fmt: skip
_TO_SOMEBODY = re.compile(r"\s*(?:an|to|à|a|→|->|=>)\s+(?:<mailto:)?[\w.+-]+@", re.IGNORECASE)
_POINTS = re.compile(
    r"\b(?:la|les|l[ae] n°|die|der|the|is|ist|est|nr\.?|no\.?|typing|and|et|und|mit|with|avec)\s$", re.IGNORECASE
)
_JOIN = re.compile(
    r"[\s*`_\"')»]*(?:,|;|/|\+|&|und|and|et|ou|or|oder|sowie|as well as|ainsi que|plus|bis|,\s*(?:und|and|et))\s*(?:die |der |the |la |les |le |l[ae] n° |auch |also |aussi |puis )?(?:nr\.? |n° |no\.? |#|number |nummer )?[*`_\"'(«]*$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:\b(?:nicht|not|pas|et non|and not|statt|instead of|au lieu de|anstatt|anstelle von|rather than|scrap|plutôt que|don't need|don't want)\s(?:die |der |the |la |le |l'|um die |of |noch ?mal |wieder |mehr |again |à nouveau |de nouveau )*)(?:rechnung |invoice |facture |nr\.? |n° )?[#*`\"']*$",
    re.IGNORECASE,
)


def numbers(text: str, taken: Iterable[Found] = ()) -> tuple[Found, ...]:
    """Invoice, subscription and reference numbers; slot `number` where neither word nor shape says which."""
    blanked = _blank(text, taken)
    found: list[Found] = []
    for match in _TOKEN.finditer(blanked):
        one = _read(text, match, found)
        if one is not None:
            found.append(one)
    found = sorted([*found, *_spoken(blanked)], key=lambda one: one.start)
    return tuple(_lists_read_backwards(text, found))


_DIGITS = {
    word: str(digit)
    for digit, words in enumerate((
        "null|zero|oh|zéro", "eins|one|un", "zwei|two|deux|zwo", "drei|three|trois", "vier|four|quatre", "fünf|five|cinq",
        "sechs|six", "sieben|seven|sept", "acht|eight|huit", "neun|nine|neuf",
    ))
    for word in words.split("|")
}  # fmt: skip
_SAID = re.compile(rf"\b(?:{'|'.join(_DIGITS)})(?:[ ,-]+(?:{'|'.join(_DIGITS)})){{2,11}}\b", re.IGNORECASE)


def _spoken(text: str) -> Iterator[Found]:
    """Digits said one by one, as dictation writes them. Never sure: such a number is always confirmed."""
    for match in _SAID.finditer(text):
        value = "".join(_DIGITS[word.lower()] for word in re.findall(r"\w+", match.group()))
        yield Found("number", value, match.start(), match.end(), sure=False, spoken=True)


def _blank(text: str, taken: Iterable[Found]) -> str:
    for one in taken:
        text = text[: one.start] + "\x00" * (one.end - one.start) + text[one.end :]
    return _NOT_OURS.sub(lambda match: "\x00" * len(match.group()), text)


def _read(text: str, match: re.Match[str], earlier: list[Found]) -> Found | None:
    prefix, number = match.group("prefix"), match.group("number")
    start, end = match.start("number"), match.end()
    if prefix and prefix not in _NO_PREFIX:
        start, number = match.start(), f"{prefix}{number}"
    before = text[max(0, start - 44) : start]
    if is_of_others(text, start) or _is_no_number(text, number, before, end):
        return None
    slot, by_shape = _slot(text, number, before, end, earlier, start)
    grouped = re.fullmatch(r"\d{1,3} \d{3}", number) and _POINTS.search(before)
    if " " in number and slot == "number" and not grouped:
        number = number.split(" ")[0]
        end = start + len(number)
    value = number.replace(" ", "").upper()
    if not slot or not _plausible(value, slot, before):
        return None
    old, settled = said_of(text, start, end)
    return Found(slot, value, start, end, slot != "number", old, shape=by_shape, settled=settled)


def said_of(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether the words before a number say that it is not meant, and those after it that it is settled."""
    return _NOT.search(text[max(0, start - 44) : start]) is not None, _SETTLED.match(text, end) is not None


def is_of_others(text: str, start: int) -> bool:
    """Whether the words before a number say that it is a customer's, an order's, a postcode: none of ours."""
    return _OTHERS.search(text[max(0, start - 44) : start]) is not None


def _is_no_number(text: str, number: str, before: str, end: int) -> bool:
    """A quarter, a day, the number of a point in a list."""
    if _QUARTER.fullmatch(number) or _QUARTER_AFTER.match(text, end):
        return True
    if _DAY_MONTH.fullmatch(number) and _DAY.search(before):
        return True
    return number in "123456789" and text[end : end + 1] in (".", ")", "/") and text[end + 1 : end + 2] == " "


def _slot(text: str, number: str, before: str, end: int, earlier: list[Found], start: int) -> tuple[str, bool]:
    """What a number is for, and whether only its shape says so."""
    for slot, pattern in _BEFORE.items():
        if pattern.search(before):
            return "subscription" if slot == "reference" and _OF_A_CONTRACT.search(before) else slot, False
    if earlier and _JOIN.fullmatch(text, earlier[-1].end, start):
        return earlier[-1].slot, earlier[-1].shape
    for slot, pattern in _AFTER.items():
        if pattern.match(text, end):
            return slot, False
    if _TO_SOMEBODY.match(text, end):
        return "invoices", False
    shape = next((slot for slot, pattern in _SHAPES if pattern.match(number)), None)
    return shape or "number", shape is not None


def _plausible(value: str, slot: str, before: str) -> bool:
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    if letters > digits and not re.fullmatch(r"[A-Z]{1,5}[-/.]?\d.*", value):
        return False
    if slot in ("invoices", "subscription", "reference"):
        year = re.fullmatch(r"20[12]\d", value) is not None
        named = re.search(r"(?:\bn(?:r|o|ummer|umber|um[ée]ro)?\.?|n°|#)\s*$", before, re.IGNORECASE) is not None
        return digits >= 1 and len(value) <= 24 and (not year or named)
    return digits >= 3 and not re.fullmatch(r"20[0-4]\d|\d+[A-Z]{1,3}", value) and len(value) <= 24


def _lists_read_backwards(text: str, found: list[Found]) -> Iterator[Found]:
    """`die 12, 13 und Rechnung 14`: a bare number joined to a named one before it is named by it as well."""
    for position, one in enumerate(found):
        following = found[position + 1] if position + 1 < len(found) else None
        if (
            one.slot == "number"
            and following
            and following.slot != "number"
            and _JOIN.fullmatch(text, one.end, following.start)
        ):
            yield Found(following.slot, one.value, one.start, one.end, True, one.old)
        else:
            yield one
