"""Slots that closed lists or a fixed shape give away: recipients, tax ids, phones, plans, methods, languages, which."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from bot.understand.slots.found import Found

# ------------------------------------------------------------------ recipients

_AT = r"(?:@|\s?[\[({]\s?(?:at|ät|arobase|a|chez)\s?[\])}]\s?|\s(?:at|ät|arobase|arobas)\s)"
_DOT = r"(?:\.|\s?[\[({]\s?(?:dot|punkt|point|pt)\s?[\])}]\s?|\s(?:dot|punkt|point)\s)"
_MAIL = re.compile(
    rf"(?<![\w.@|+-])([\w+-]+(?:{_DOT}[\w+-]+){{0,4}}?){_AT}((?:[\w-]+{_DOT}){{1,4}}[a-z]{{2,12}})(?![\w@-])",
    re.IGNORECASE,
)
_PLAIN_MAIL = re.compile(r"(?<![\w.@+-])([\w.+-]*[\w+-])@((?:[\w-]+\.)+[a-z]{2,24}|[\w-]+)(?![\w@-])", re.IGNORECASE)
_OBFUSCATED = re.compile(_AT, re.IGNORECASE)


def recipients(text: str) -> Iterator[Found]:
    """E-mail addresses, also written `name (at) firma (punkt) de`. In Slack's `<mailto:a|a>` the first counts."""
    seen: set[tuple[str, int]] = set()
    for match in _addresses(text):
        local, domain = (_undot(part) for part in match.groups())
        if text[max(0, match.start() - 1) : match.start()] == "|":
            continue
        key = (f"{local}@{domain.lower()}", match.start())
        if key not in seen:
            seen.add(key)
            yield Found("recipients", key[0], match.start(), match.end(), old=_is_left(text, match))


def _addresses(text: str) -> Iterator[re.Match[str]]:
    plain = list(_PLAIN_MAIL.finditer(text))
    yield from plain
    if not _OBFUSCATED.search(text.replace("@", " ")):
        return
    for match in _MAIL.finditer(text):
        if not any(p.start() < match.end() and match.start() < p.end() for p in plain):
            yield match


def _undot(part: str) -> str:
    return re.sub(_DOT, ".", part, flags=re.IGNORECASE).strip()


_LEFT = re.compile(
    r"(?:\bnicht (?:mehr )?an|\bnot (?:any ?more )?to|\bpas (?:à|a)|\bplus (?:à|a)|\binstead of|\bstatt|\bau lieu d[e']|\bplutôt qu[e'à]|\brather than|\bno longer (?:to|at)|\bfrom|\bvon|\bpas)\s*(?:an |to |à )?$",
    re.IGNORECASE,
)


def _is_left(text: str, match: re.Match[str]) -> bool:
    before = re.sub(r"<mailto:$", "", text[max(0, match.start() - 34) : match.start()])
    return bool(_LEFT.search(before))


# ------------------------------------------------------------------ tax ids

_VAT = re.compile(
    r"\b(?:(AT)[\s.-]?(U[\s.]?(?:\d[\s.]?){8})|\d{5}\s?\d{4}\s?RT\s?\d{4}|\d{10}\s?TQ\s?\d{4}|(CHE)[\s.-]?((?:\d[\s.]?){9})(?:[\s-]?(?:MWST|TVA|IVA))?"
    r"|(NL)[\s.-]?((?:\d[\s.]?){9}B[\s.]?\d{2})|(FR)[\s.-]?([0-9A-Z]{2}[\s.-]?(?:\d[\s.-]?){8}\d)"
    r"|(IE)[\s.-]?(\d[0-9A-Z+*][\s.]?(?:\d[\s.]?){5}[A-Z]{1,2})|(ES)[\s.-]?([A-Z0-9][\s.]?(?:\d[\s.]?){7}[A-Z0-9])"
    r"|(CY)[\s.-]?((?:\d[\s.]?){8}[A-Z])"
    r"|(DE|BE|BG|CZ|DK|EE|EL|FI|GB|HR|HU|IT|LT|LU|LV|MT|PL|PT|RO|SE|SI|SK|XI|NO)[\s.-]?((?:\d[\s.]?){6,11}\d(?:[\s.]?MVA)?))"
    r"(?![\w])",
    re.IGNORECASE,
)
_TAX_WORD = re.compile(
    r"\b(?:ust|umsatzsteuer|steuer|besteuer|mwst|uid|vat|tax|tva|gst|hst|tps|tvq|btw|mva|mehrwertsteuer|intracom\w*|fiscal|assujetti|num[ée]ro d[’']entreprise|n° d[’']entreprise)[\w.-]*",
    re.IGNORECASE,
)
_OLD_VALUE = re.compile(
    r"(?:\b(?:alt|alte|alter|alten|bisher|bisherige|bisherigen|statt|nicht|falsch|old|previous|former|instead of|not|wrong|was|from|ancien|ancienne|au lieu de|et non|pas|non|remplace|replaces|ersetzt|von)\b)[\s:,(]*(?:die |der |den |das |the |l[ae] |le |by )?(?:one |number |nummer |numéro |vat number |ust-id(?:nr\.?)? |n° )?(?:ist |is |was |war |est |était )?[\s:,(]*$",
    re.IGNORECASE,
)


def tax_ids(text: str) -> Iterator[Found]:
    """VAT ids by country prefix and length, where the text speaks of taxes or the check digit is right."""
    speaks_of_taxes = _TAX_WORD.search(text) is not None
    for match in _VAT.finditer(text):
        value = re.sub(r"[\s.]", "", re.sub(r"(?:MWST|TVA|IVA)$", "", match.group().upper()).strip(" -"))
        if speaks_of_taxes or value.startswith("CHE") or _checks_out(value):
            yield Found("tax_id", value, match.start(), match.end(), sure=True, old=_was(text, match.start()))


def _was(text: str, start: int) -> bool:
    return bool(_OLD_VALUE.search(text[max(0, start - 30) : start]))


def _checks_out(value: str) -> bool:
    value = value.replace("-", "")
    module = get_cc_module("ch" if value.startswith("CHE") else value[:2].lower(), "vat")
    if module is None:
        return False
    try:
        module.validate(value)
    except ValidationError:
        return False
    return True


# ------------------------------------------------------------------ phones

_PHONE = re.compile(
    r"(?<![\w./-])(?:\+|00)\d{1,3}(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?![\w])|(?<![\w./-])\(?0\d{1,5}\)?(?:\s?[ /.–-]\s?\d{2,8}){1,5}(?![\w])"
    r"|(?<![\w./-])(?P<western>(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4})(?:,? ?(?:poste|ext\.?|x) ?\d{1,5})?(?![\w-])"  # North America
)
_NUMBERED = re.compile(
    r"(?:\w*rechnung\w*|invoices?|bills?|factures?|vertrag\w*|contra\w+|abo\w*|licen[cs]e|nr\.?|no\.?|n°|#)[\s:]*$",
    re.I,
)
_PHONE_WORD = re.compile(
    r"\b(?:tel(?:efon|éphone|ephone)?\w*|tél\w*|phone\w*|mobil\w*|handy\w*|fax\w*|call|ring|anruf\w*|ruf\w*|durchwahl|appel\w*|rappel\w*|portable|cell|direct line|ligne|numéro|joindre|joignable|nummer|number|erreich\w+|reach\w*)\b",
    re.IGNORECASE,
)
_LABELLED_PHONE = re.compile(
    r"(?:tel(?:efon)?(?:nummer)?|tél(?:éphone)?|phone(?: number)?|handy(?:nummer)?|mobil(?:nummer|e)?|durchwahl|rufnummer|direct line|ligne directe|portable|cell)(?:[\s.:=]|ist|is|now|jetzt|neu|lautet|est|le|désormais|to|auf|in|zu|the|new|au|→|->){1,12}(\+?\d[\d \u00a0./()–-]{4,22}\d)",
    re.IGNORECASE,
)


def phones(text: str) -> Iterator[Found]:
    """Phone numbers as written. `sure` where a phone word stands before them."""
    seen: list[tuple[int, int]] = []
    for match in _LABELLED_PHONE.finditer(text):
        seen.append(match.span(1))
        yield Found("phone", match.group(1).strip(), *match.span(1), old=_was(text, match.start(1)))
    for match in _PHONE.finditer(text):
        western = match["western"]
        if western and _NUMBERED.search(text[max(0, match.start() - 24) : match.start()]):
            continue
        digits = sum(c.isdigit() for c in western or match.group())
        if any(start < match.end() and match.start() < end for start, end in seen) or not 7 <= digits <= 15:
            continue
        near = _PHONE_WORD.search(text, max(0, match.start() - 60), match.start()) is not None
        if near or western or match.group().startswith(("+", "00", "(0", "0")):
            yield Found("phone", match.group().strip(), match.start(), match.end(), near, _was(text, match.start()))


# ------------------------------------------------------------------ plans, methods, languages

_PLANS = {
    "remote-access": r"remote[ -]?access", "business": r"business", "premium": r"premium", "corporate": r"corporate",
    "tensor": r"tensor", "assist-ar": r"assist[ -]?ar|ar[ -]assist", "remote-management": r"remote[ -]?management",
}  # fmt: skip
_PLAN = re.compile(
    "|".join(f"(?P<{name.replace('-', '_')}>\\b{pattern}\\b)" for name, pattern in _PLANS.items()), re.IGNORECASE
)
_FROM_PLAN = re.compile(
    r"(?:\b(?:von|vom|from|de|du|haben|have|avons|on|sind|are|statt|nicht|not|outgrown|beyond|dépassé|leaving|hinter|depuis|current\w*|aktuell\w*|actuel\w*|derzeit\w*|unser\w*|our|notre|bisher\w*|currently)\b|d')[\s\"'„«]*(?:the |le |la |l'|auf |on |in |den |dem |formule |plan )?[\"'„«]?$",
    re.IGNORECASE,
)
_TO = re.compile(
    r"(?:\b(?:auf|to|zu|zum|nach|in|à|au|en|vers|sur|par|via|per|mit|with|by|onto|into)\b|→|->|=>)[\s\"'„«]*(?:den |das |die |the |a |le |la |l'|un |une |tarif |plan |formule |forfait )*[\"'„«]?$",
    re.IGNORECASE,
)
_WISHED_PLAN = re.compile(
    r"\b(?:want|need|like|für|for|pour|wollen|möcht\w+|brauch\w+|besoin d[e']|voudr\w+|veu\w+|souhait\w+|kostet|koste|cost|be|devenir|become|get|upgrade|prendre|nehmen|take|would|coûter\w*|coûte)\b[\s\"'„«]*(?:uns |us |nous |the |la |le |l'|den |das |plan |formule )*[\"'„«]?$",
    re.IGNORECASE,
)
_TOO_SMALL = re.compile(
    r"[\"'“”»]?[^.!?\n,]{0,24}\b(?:reicht nicht|nicht mehr aus|reicht uns nicht|zu klein|ne (?:nous |me )?suffit plus|trop petit|ne suffit pas|too small|not enough|no longer enough|isn't enough|ne tiendra pas)\b",
    re.IGNORECASE,
)


_PLAN_WORD = (
    r"(?:tarif\w*|plans?|formules?|forfaits?|pakete?s?|[eé]ditions?|versions?|lizenz\w*|licen[cs]es?|abo(?:nnement)?s?|"
    r"subscriptions?|variante|stufe|niveau|tier)"
)
_PLAN_WORD_BEFORE = re.compile(rf"\b{_PLAN_WORD}[\s:\"'„“«-]{{1,3}}$", re.IGNORECASE)
_PLAN_WORD_AFTER = re.compile(rf"[\s\"'“”»-]{{0,3}}{_PLAN_WORD}\b", re.IGNORECASE)
_RATHER = re.compile(
    r"\b(?:lieber|rather|plutôt|nein|no|non|doch|besser|better|upgrade|faut|faudrait)[\s,:\"'„“«]*$", re.IGNORECASE
)
_DIRECTLY = re.compile(r"(?:\b(?:auf|to|zu|vers|lieber|rather|plutôt)|→|->|=>)\s$", re.IGNORECASE)


def plans(text: str, sold: tuple[str, ...] = ()) -> Iterator[Found]:
    """Names of plans: those of INTENTS.md by their key, those that are sold here by their name as it is written there.

    `old` is the one that the sender has, `sure` the one that they move to.
    """
    here = list(_sold_plans(text, sold)) if sold else []
    yield from (_plan(text, match, name) for match, name in here)
    for match in _PLAN.finditer(text):
        if not any(one.start() < match.end() and match.start() < one.end() for one, _ in here):
            yield _plan(text, match, (match.lastgroup or "").replace("_", "-"))


def _plan(text: str, match: re.Match[str], name: str) -> Found:
    before = text[max(0, match.start() - 36) : match.start()]
    towards = _TO.search(before) is not None or _WISHED_PLAN.search(before) is not None
    left = (_FROM_PLAN.search(before) is not None and not towards) or _TOO_SMALL.match(text, match.end()) is not None
    return Found("plan", name, match.start(), match.end(), towards and not left, left)


def _sold_plans(text: str, sold: tuple[str, ...]) -> Iterator[tuple[re.Match[str], str]]:
    """The plans of the seller. A name such as Team or Pro is a common word, too: something must say that it is meant."""
    pattern, brand = _patterns(sold)
    for match in pattern.finditer(text):
        name = sold[int((match.lastgroup or "p0")[1:])]
        said, own = match.group(), " ".join(name.split()[brand:])
        whole = brand and len(said) > len(own)
        if whole or _PLAN.fullmatch(said) or _is_meant(text, match, as_written=said == own):
            yield match, name


def _is_meant(text: str, match: re.Match[str], *, as_written: bool) -> bool:
    before = text[max(0, match.start() - 36) : match.start()]
    if _PLAN_WORD_BEFORE.search(before) or _PLAN_WORD_AFTER.match(text, match.end()) or _DIRECTLY.search(before):
        return True
    cues = (_TO, _WISHED_PLAN, _FROM_PLAN, _RATHER)
    return as_written and (any(cue.search(before) for cue in cues) or _TOO_SMALL.match(text, match.end()) is not None)


@lru_cache(maxsize=8)
def _patterns(sold: tuple[str, ...]) -> tuple[re.Pattern[str], int]:
    """What finds the names, the longest first, and how many words all begin with: that brand may be left out."""
    words = [name.split() for name in sold]
    alike = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False)))
    brand = min(alike, min(map(len, words)) - 1)  # each keeps a word of its own
    first = "".join(f"{re.escape(word)}[ -]?" for word in words[0][:brand])
    named = [(f"p{place}", "[ -]?".join(map(re.escape, one[brand:]))) for place, one in enumerate(words)]
    longest = sorted(named, key=lambda one: -len(one[1]))
    either = "|".join(f"(?P<{group}>{pattern})" for group, pattern in longest)
    return re.compile(rf"(?<![\w-])(?:{first})?(?:{either})(?!\w)", re.IGNORECASE), brand


_METHODS = {
    "card": r"(?:kredit|firmen|debit|bank)?karten?\b|credit ?cards?|\bcards?\b|\bcartes?(?: bancaire| bleue| de crédit)?\b|\bcb\b|visa\b|master ?card|\bamex\b",
    "sepa": r"lastschrift\w*|bankeinzug\w*|einzugsermächtig\w*|\bsepa\b|direct debit|\bprélèvements?\b|\bprelevements?\b|\bprélev\w+|\babbuch\w+|\beinziehen\b|\bbankeinzug\b|\bprelev\w+|\bdd\b",
    "paypal": r"pay ?pal",
    "transfer": r"\b(?:bank)?(?:ü|ue)berweisung\w*|\b(?:ü|ue)berweisen\b|\b(?:ü|ue)berwiesen\b|(?:bank|wire|credit) transfers?|\btransfers?\b|\bvirements?\b|\bbacs\b|\bauf rechnung\b|\bby invoice\b|\bvorkasse\b|\bwire\b",
}
_METHOD = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _METHODS.items()), re.IGNORECASE)
_FROM_METHOD = re.compile(
    r"(?:\b(?:von|vom|from|statt|anstatt|anstelle|nicht|not|instead of|rather than|au lieu d[eu]|à la place d[eu]|a la place d[eu]|plutôt qu[e']|no longer|nicht mehr|plus|pas|and not|et non|off|alte|old|ancienne|weg|ohne|sans|kein\w*|bisher|bislang|bis anhin|derzeit|zurzeit|aktuell|currently|so far|until now|jusqu'ici|jusqu'à présent|actuellement"
    r"|stop(?: paying| using)?|end(?: the)?|typing(?: in)?|cesser d[e']|arrêter(?: de payer)?|fin (?:au|à la|aux) (?:débits?|prélèvements?|paiements?)(?: d[eu]| sur| par)?|zahl(?:en|ten) wir|we pay|nous (?:payons|réglons))\b[\s\"'„«]*"
    r"(?:mehr |plus |par |per |von |der |die |den |dem |the |our |a |le |la |l'|un |une |by |via |mit |with |on |sur |pas |du |de |immer |noch |always |encore |toujours |unsere[rn]? |paying |using )*)$",
    re.IGNORECASE,
)
_WISHED = re.compile(
    r"\b(?:impos\w+|prefer|préfér\w+|lieber|bevorzug\w+|use|utiliser|set up|einricht\w+|mettre en place|want|wollen|möchten|souhait\w+|take)\b[^.!?\n]{0,14}$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\w*,?\s(?:instead(?! of)|stattdessen|à la place(?! d)|lieber|from now on|ab sofort|künftig|in future|désormais|à l'avenir)\b",
    re.IGNORECASE,
)
_LEFT_BEHIND = re.compile(
    r"\w*[^.!?\n]{0,24}\b(?:nicht mehr|no more|not any ?more|no longer|ne (?:marche|fonctionne|va) plus|est supprimée?)\b",
    re.IGNORECASE,
)


def methods(text: str) -> Iterator[Found]:
    """Payment methods. `old` is the one that is being left."""
    for match in _METHOD.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        towards = bool(_TO.search(before) or _WISHED.search(before) or _INSTEAD.match(text, match.end()))
        old = bool(_FROM_METHOD.search(before)) or bool(_LEFT_BEHIND.match(text, match.end()))
        yield Found("method", match.lastgroup or "", match.start(), match.end(), towards, old)


_LANGUAGE = re.compile(
    r"\b(?:(?P<de>deutsch\w*|german|allemand\w*)|(?P<fr>franz(?:ö|oe)sisch\w*|french|fran[çc]ais\w*)|(?P<en>englisch\w*|english|anglais\w*))\b",
    re.IGNORECASE,
)
_NOT_LANGUAGE = re.compile(
    r"\b(?:nicht|not|pas|statt|instead of|au lieu d[e']|rather than|plutôt qu[e']|no|kein|aus dem|von|from|and not|et non|no longer|nicht mehr|plus)\s*(?:auf |in |en |plus |mehr |dem |l')*$",
    re.IGNORECASE,
)
_IN_LANGUAGE = re.compile(
    r"(?:\b(?:auf|in|en|to|zu|sprache|language|langue|l')\b|[:→>=])\s*(?:ist |is |to |jetzt |l')?$|\bl'$", re.IGNORECASE
)
_COMES_IN = re.compile(
    r"\b(?:reach\w*|com(?:e|es|ing)|came|arriv\w+|get(?:s|ting)?|got|receives?|written|was|were|why|warum|wieso|pourquoi|kommt|kommen|kamen|bekomm\w+|krieg\w*|erhalt\w+|war(?:en)?|schreibt ihr|steht|stehen|reçoi\w+|reçu\w*|vous (?:m'|nous )?écrivez|étai\w+|lit|lis|lisent|reads?|versteh\w+|understand\w*|comprends?|comprend|comprenons|mein|my|mon)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:please|bitte|merci|svp|stp|s'il|prefer|préfér\w+|lieber|künftig|ab sofort|from now|in future|désormais|avenir|instead|möcht\w+|wünsch\w+|would|could|can|könn\w+|pou[rv]\w+|possible|change|switch|umstell\w+|passe[rz]?|set|rather|plutôt|veuillez|want|need|wollen|brauch\w+|→|=>)\b",
    re.IGNORECASE,
)
_LANGUAGE_CODE = re.compile(
    r"\b(?:(?:language|sprache|langue|lang)\s?(?::|=|→|->|=>|to|auf|en)?\s?|(?:correspondance|korrespondenz|correspondence|mails?|langue)\s(?:en|auf|in|→)\s)(?P<code>de|fr|en)\b(?!\s(?:la|correspondance|vos|nos|mes|l'|facturation))",
    re.IGNORECASE,
)


def languages(text: str) -> Iterator[Found]:
    """The language wished for. `old` is the one in which letters come now."""
    for match in _LANGUAGE.finditer(text):
        before = text[max(0, match.start() - 30) : match.start()]
        into = bool(_IN_LANGUAGE.search(before))
        clause = re.split(r"[.!?\n;,]\s?", text[max(0, match.start() - 70) : match.start()])[-1]
        old = bool(_NOT_LANGUAGE.search(before)) or bool(_COMES_IN.search(clause) and not _WISH.search(clause))
        yield Found("language", match.lastgroup or "", match.start(), match.end(), into, old)
    for match in _LANGUAGE_CODE.finditer(text):
        yield Found("language", match.group("code").lower(), *match.span("code"))


# ------------------------------------------------------------------ which

_TIME = r"(?!(?:month|monat|quart|year|jahr|week|woche|trimestre|mois|ann)\w*)"
_BILL = r"(?:rechnung\w*|faktura|invoices?|bills?|factures?|belege?|inv|fact)"
_WHICH = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "overdue": r"\bdu retard\b|\bdépass\w+ (?:\w+ |l['’])?échéance|\béchéances? (?:est |sont )?dépassées?|\büberfällig\w*|\bueberfaellig\w*|\boverdue\b|\bpast due\b|\béchue?s?\b|\bechue?s?\b|\bin arrears\b|\ben retard\b|\bim (?:zahlungs)?verzug\b|\bpast (?:their|its|the)(?: due)? date\b|\bzahlungsziel (?:vorbei|überschritten|abgelaufen|verstrichen)|\bfällige[nrs]? (?:\w+ )?(?:sachen|rechnung\w*|posten|beträge?)\b|\bzu spät\b|\barriérés?\b",
        "open": r"\b(?:noch )?offene?[nrs]?\b|\bop-liste\b|\b(?:steht|stehen|stünde)\b[^.!?\n]{0,44}\baus\b|\bnoch\b[^.!?\n]{0,30}\bzu (?:be)?zahlen\b|\bsaldo\b|\bnoch nicht (?:be|ge)\w+en\b|\b(?:what[’']?s|what is|everything|still|ones?) (?:still )?open\b|\bopen ones?\b|\b(?:that(?:['’]s| is)|are|is) (?:now|still|currently) open\b|\bdevai(?:t|ent) encore\b|\bpending\b[^.!?\n]{0,14}\b(?:invoices?|bills?|payments?)\b|\b(?:invoices?|bills?)\b[^.!?\n]{0,24}\bpending\b|\bleft to pay\b|\bsolde dû\b|\breste dû\b|\bencore (?:dues?|dû)\b|\b(?:dois|doit|devons|doivent|devoir)\b(?! (?:changer|modifier|recevoir|avoir|faire|payer par|passer))(?= (?:encore|\?|en tout)|[ ?]*$)|\b(?:vous|nous) (?:dois|doit|devons|doivent|devoir)\b(?! \w+[eri]r\b)|\b(?:encore|d[’']) ?(?:ouvert|impayé)e?s?\b|\b(?:pas|non)(?: encore)? soldée?s?\b|\bunbezahlt\w*|\bausstehend\w*|\bunbeglichen\w*|\bunpaid\b|\boutstanding\b|\bopen (?:invoice|bill|item|amount|balance)s?|\binvoices? (?:\w+ )?open\b|\bowe[ds]?\b|\bowing\b|\bimpayée?s?\b|\bimpayee?s?\b|\ben attente\b|\bnon (?:réglée?|payée?|reglee?|payee?)s?\b|\bpas (?:encore )?(?:réglée?|payée?|reglee?|payee?)s?\b|\breste(?:nt)? (?:à|a) (?:payer|régler|regler)|\b(?:il )?(?:nous |me |vous )?reste(?:-t-il)?\b.{0,24}(?:à|a) (?:vous )?(?:payer|régler|regler)|\bschuld(?:en|e|et|ig)\b|\b(?:not|haven[’']?t|hasn[’']?t|isn[’']?t|aren[’']?t) (?:yet )?(?:been )?paid\b|\bnicht bezahlt\w*|\bstill to (?:be )?pa(?:y|id)\b|\bque (?:vous )?devons-nous|\bdevons(?:-nous)?(?: encore)?\b|\bon (?:vous )?doit\b|\bstill due\b|\bfactures? (?:\w+ ){0,2}ouvertes?\b|\ben souffrance\b",
        "latest": rf"\b(?:letzte[nrs]?|neue?ste[nrs]?|aktuelle?[nrs]?|jüngste[nrs]?) {_TIME}(?:\w+ )?{_BILL}\b|\b(?:last|latest|most recent|newest|current) {_TIME}(?:\w+ )?{_BILL}\b|\b(?:dernière|derniere|dernier) (?:\w+ )?(?:{_BILL}|facturation|bill)\b|\b(?:aktuellste|neue?ste|jüngste|letzte)[nrs]? (?:\w+ )?{_BILL}|\bla (?:\+|plus) récente\b|\b(?:for|für) (?:the|die) (?:latest|newest|last|neue?ste|letzte)\b(?! \w)|\bthe newest (?:one|you)\b|\bwhichever invoice came last\b|\b{_BILL} (?:la )?plus récente\b|\bla (?:toute )?dernière\b|\bthe (?:latest|last|most recent) one\b",
        "paid": rf"\b(?:welche\w*|was)\b(?:(?!nicht|noch|offen|nie)[^.!?\n]){{0,60}}\b(?:be|ge)(?:zahlt|glichen)\b(?! \w*nicht)|\bals bezahlt (?:verbucht|markiert|geführt)|\bpaid ones\b|\bwhich\b(?:(?!not|n[’']t|unpaid|still)[^.!?\n]){{0,50}}\b(?:paid|settled)\b|\b(?:we|i)(?:[’']ve| have)? already (?:paid|settled)\b|\b(?:bills|invoices|ones) we(?:[’']ve| have) (?:already )?(?:paid|settled)\b|\b(?:lesquelles|quelles|celles qui|ce qu[ei]|ce que nous)\b(?:(?!pas|non|reste|jamais)[^.!?\n]){{0,40}}\b(?:payé|réglé|acquitté)e?s?\b|\b(?:bezahlte|beglichene)[nr]? {_BILL}\b|\bpaid {_BILL}\b|\b{_BILL} (?:déjà )?(?:payées|réglées|acquittées)\b",
        "all": rf"\b(?:alle|sämtliche|saemtliche)[nr]? (?:\w+ ){{0,2}}{_BILL}\b|\b(?:all|every|all of|all the|all our|all my)\b (?:[\w']+ ){{0,3}}{_BILL}\b|\b(?:toutes?|l[’']ensemble d[eu]s?|l[’']intégralité d[eu]s?)\b (?:\w+ ){{0,2}}{_BILL}\b|\b{_BILL} (?:alle|all)\b|\btoutes celles\b|\balle (?:von|aus|vom) (?=(?:diesem|letztem|dem|20))|\balles,? was (?:ihr|sie|wir)\b",
    }.items()
}


def which(text: str) -> Iterator[Found]:
    """Invoices named by their state or age instead of a number."""
    for name, pattern in _WHICH.items():
        for match in pattern.finditer(text):
            yield Found("which", name, match.start(), match.end())
