"""What a reply says to a question that stands open: a bare number, "the second one", "no, 124 rather", "cancel that".

Everything here reads a text against what was asked, and holds back in doubt: a reply counts as an answer only where
every word of it is explained, by a value, by its place in a list, or as a word that adds nothing. All else is a message
like any other, and the listener reads it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.messages import SlotValue
from bot.understand.evidence import hits_in
from bot.understand.frames import SLOTS
from bot.understand.slots import Found, read_slots
from bot.understand.text import fold, read_text, tokens_of

MOST_WORDS = 40  # a longer text is no answer to a small question
NUMBERED = ("invoices", "subscription", "reference")
MANY = ("invoices", "recipients")


@dataclass(frozen=True)
class Asked:
    """What an open question may be answered with: slots, and what was offered, in the order it was shown."""

    slots: tuple[str, ...]
    candidates: tuple[str, ...] = ()


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# Words that add nothing to an answer, folded; German, English and French together.
_IDLE = _words(
    "bitte danke vielen dank gerne gern ja also dann hier ist sind waere das die der den dem des es um geht "
    "handelt sich und oder mit fuer zu zur an auf in wir ich brauche brauchen moechte moechten haette haetten "
    "meine meinen meinte meinten unsere unser mein nehmen nehme sie uns mir nummer nr nummern rechnung rechnungen "
    "rechnungsnummer abo abonnement abos lizenz vertrag vorgang name firma firmenname adresse anschrift lautet "
    "heisst neue neuer neues neu von mal nur sorry pardon hallo guten tag moin hi liebe lieber gruesse gruss "
    "schicken senden telefon telefonnummer hab ups wollte jetzt genau naemlich sowie please thanks thank you yes "
    "the one ones it is its are that this these those for of and or with to at my our we i need want would like "
    "mean meant number no invoice invoices bill subscription licence license contract case reference address "
    "company new here sure go d s m re sir madam hello dear be should make send them me us just only both all so "
    "oops on from phone nehmt prenez prends take pick choose choisis choisissons merci il vous plait svp oui le "
    "la les l un une de du c ce cest est sont celle celui ceux celles et ou avec pour a au aux je j nous voudrais "
    "voudrions veux voulais voulons facture factures numero n contrat dossier societe nom nouvelle nouveau voici "
    "plutot bonjour madame monsieur notre mon ma mes nos votre oups envoyez envoyer qu que moi agit sera serait "
    "fait seulement toutes tous"
)
_POLITE = _words(
    "bitte danke vielen dank doch ja nein also sorry es das ist please thanks thank you yes no so it that just sorry merci s il vous plait svp oui non"
    " beaucoup alors pardon mir uns all alles lieber wieder einfach now jetzt finalement sein bleiben"
)
_CORRECTING = (
    r"no|nope|nein|nee|ne|non|nan|sorry|pardon|oops|ups|oups|actually|rather|instead|lieber|stattdessen|vielmehr|doch|besser|better|plutôt|plutot|mieux|quatsch"
    r"|vertippt|correction|korrektur|erreur|enfin|make that|i meant|i mean|ich meinte?|wir meinten|je voulais dire|nous voulions dire|falsch|wrong"
    r"|statt dessen|scrap that|but|sondern|mais|desolee?|désolée?|entschuldigung|verzeihung|excusez|apologies|wait|moment|halt|attendez|mistake|typo|tippfehler|versehen|irrtum"
)
_CORRECTION = re.compile(rf"\b(?:{_CORRECTING})\b", re.IGNORECASE)
_CORRECTING_WORDS = frozenset(fold(word) for part in _CORRECTING.split("|") for word in part.split()) | {
    "mein", "my", "me", "mal", "typo", "nicht", "not", "pas", "die", "but", "sondern", "mais", "war", "was", "etait",
}  # fmt: skip
_ORDINALS = (
    ("1st", "first", "erste", "ersten", "erster", "erstes", "premier", "premiere", "1er", "1re", "1ere", "former"),
    ("2nd", "second", "zweite", "zweiten", "zweiter", "zweites", "deuxieme", "seconde", "2e", "2eme", "latter"),
    ("3rd", "third", "dritte", "dritten", "dritter", "drittes", "troisieme", "3e", "3eme"),
    ("4th", "fourth", "vierte", "vierten", "vierter", "viertes", "quatrieme", "4e", "4eme"),
    ("5th", "fifth", "fuenfte", "fuenften", "fuenfter", "fuenftes", "cinquieme", "5e", "5eme"),
)
_PLACE = {word: place for place, words in enumerate(_ORDINALS) for word in words}
_ALL = _words("alle allen saemtliche all toutes tous")
_BOTH = _words("beide beiden both deux")
_ORDINAL_MARK = re.compile(
    r"(?<![\w-])(\d)\s?(?:\.(?=\s|$)|st\b|nd\b|rd\b|th\b|er\b|re\b|ère\b|e\b|ème\b)", re.IGNORECASE
)
_BARE_NUMBER = re.compile(r"(?<![\w.,@/-])#?([A-Za-z]{0,5}[-/]?\d[\w/-]*)(?![\w@]|[.,]\d)")
_DROPS = re.compile(
    r"\b(?:cancel (?:that|this|it|my request|the request)|forget (?:it|that|about it)|never ?mind|drop (?:it|that)|scrap (?:it|that)|leave it"
    r"|(?:i|we) (?:withdraw|take) (?:that|it|this|my request|our request)(?: back)?|don'?t do (?:it|that)|changed (?:my|our) minds?"
    r"|vergessen sie (?:es|das)|vergiss (?:es|das)|lassen (?:sie|wir) (?:es|das)(?: bitte)?(?: sein| bleiben)?|lass (?:es|das)(?: sein| bleiben)?|hat sich erledigt|doch nicht|abbrechen"
    r"|brechen sie (?:das|es|den vorgang) ab|(?:ich|wir) ziehen? (?:das|es|die anfrage|den antrag|unsere anfrage|meine anfrage|meinen antrag|unseren antrag) zur(?:ü|ue)ck|kommando zur(?:ü|ue)ck"
    r"|stornieren sie (?:das|es|die anfrage)(?: wieder)?|zur(?:ü|ue)ckziehen"
    r"|annulez(?:[- ](?:ça|ca|cela|la demande|ma demande|notre demande))?|annule(?: ça| cela)?|laissez tomber|laisse tomber|oubliez(?:[- ]ça| cela)?|oublie(?: ça)?"
    r"|finalement non|on annule|(?:je|nous) (?:retire|retirons|annule|annulons) (?:ma|notre|la) demande|abandonnez)\b",
    re.IGNORECASE,
)


def picks(text: str, count: int, *, names: Collection[str] = ()) -> tuple[int, ...]:
    """Which of `count` offers is chosen ("2", "the second one", "die ersten beiden" is none): places from 0, or nothing."""
    said = _said(text)
    if not said or not count:
        return ()
    rest, found = said, []
    for match in _ORDINAL_MARK.finditer(said):
        found.append(int(match[1]) - 1)
    rest = _ORDINAL_MARK.sub(" ", rest)
    words = [token.text for token in tokens_of(rest)]
    bare = [int(one.strip(" .)#")) - 1 for one in re.findall(r"(?<![\w-])#?\d\)?(?![\w.,/-]\w)", rest)]
    rest = re.sub(r"(?<![\w-])#?\d\)?(?![\w.,/-]\w)", " ", rest)
    found += bare + [_PLACE[word] for word in words if word in _PLACE]
    if not found and (_ALL & set(words) or (count == 2 and _BOTH & set(words))):
        found = list(range(count))
    counting = _ALL | _BOTH if found else frozenset[str]()
    left = [token.text for token in tokens_of(rest) if token.text not in _PLACE and token.text not in counting]
    if not found or not _idle(left, names) or any(not 0 <= place < count for place in found):
        return ()
    return tuple(dict.fromkeys(found))


def fills(
    text: str, asked: Asked, sent: date, *, names: Collection[str] = (), plans: tuple[str, ...] = ()
) -> dict[str, SlotValue]:
    """The slots that a reply fills, every word of it explained; empty where it is no answer to the question."""
    said = _said(text)
    if not said or said.rstrip().endswith("?"):
        return {}
    offered = next((slot for slot in asked.slots if slot in NUMBERED), "")
    if asked.candidates and offered and not _names_candidate(said, asked.candidates):
        chosen = picks(text, len(asked.candidates), names=names)
        if chosen and (len(chosen) == 1 or offered in MANY):
            return {offered: _value(offered, [asked.candidates[place] for place in chosen])}
    whole = _whole(said, asked.slots)
    if "address" in whole:
        return whole
    found = _found(said, asked.slots, sent, plans)
    values = _by_slot(found, asked)
    announced = set(values) == {"company"} and whole  # "our company is now called X": the name alone
    return values if values and (announced or _idle(_left_over(said, found), names)) else whole


def corrects(
    text: str,
    intent: str,
    given: Mapping[str, SlotValue],
    sent: date,
    *,
    names: Collection[str] = (),
    plans: tuple[str, ...] = (),
) -> dict[str, SlotValue]:
    """The slots that "no, 124 rather" replaces in a request; empty where the reply replaces nothing."""
    said = _said(text)
    if not said or said.rstrip().endswith("?") or not _CORRECTION.search(said):
        return {}
    slots = tuple(dict.fromkeys([*(name for name in given if name in SLOTS.get(intent, ())), *SLOTS.get(intent, ())]))
    found = _found(said, slots, sent, plans)
    values = _by_slot([one for one in found if not one.old], Asked(slots))
    left = [word for word in _left_over(said, found) if word not in _CORRECTING_WORDS]
    same = all(given.get(slot) == value for slot, value in values.items())
    return {} if same or not _idle(left, names) else values


def drops(text: str, *, names: Collection[str] = ()) -> bool:
    """Whether a reply takes a request back, and says nothing else."""
    said = _said(text)
    if not _DROPS.search(said):
        return False
    rest = tokens_of(_DROPS.sub(" ", said))
    answers = {hit.first for hit in hits_in(rest) if hit.notion in ("NO", "GREETING", "YES")}
    return _idle([token.text for place, token in enumerate(rest) if place not in answers], names, _POLITE)


# --- inside -------------------------------------------------------------------------------------------------

_GREETED = re.compile(
    r"^\s*(?:hallo|hi|hey|moin|guten (?:tag|morgen|abend)|sehr geehrte\w*|liebe[rs]?|hello|dear|good (?:morning|afternoon|evening)|bonjour|bonsoir|salut|madame|monsieur)\b[^\n,!]{0,50}[,!\n]",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"\n\s*(?:mit (?:freundlichen|besten)|(?:viele|beste|freundliche|liebe|schöne) grüße|gruß|mfg|kind regards|best regards|regards|best wishes|cordialement|bien à vous|salutations|--\s)",
    re.IGNORECASE,
)


def _said(text: str) -> str:
    """What the reply says, without greeting, closing and all that is not the sender's own; "" where it is too long."""
    own = read_text(text).own.strip("\n")
    signed = _SIGNED.search(own)
    own = own[: signed.start()] if signed else own
    own = _GREETED.sub("", own, count=1).strip()
    return own if len(own.split()) <= MOST_WORDS else ""


def _idle(words: Iterable[str], names: Collection[str], idle: frozenset[str] = _IDLE) -> bool:
    """Whether words add nothing: politeness, articles, what a value is called, the sender's own name."""
    own = {fold(part) for name in names for part in re.findall(r"[^\W\d_]+", name)}
    return all(word in idle or word in own or not word.isalnum() for word in words)


def _found(said: str, slots: Sequence[str], sent: date, plans: tuple[str, ...] = ()) -> list[Found]:
    """Values for these slots; a number that nothing names is taken for the first kind of number that is wanted."""
    wanted = set(slots)
    kind = next((slot for slot in slots if slot in NUMBERED), "")
    found = []
    for one in read_slots(said, sent, plans):
        if one.slot in wanted:
            found.append(one)
        elif kind and one.slot in ("number", *NUMBERED):
            found.append(Found(kind, one.value, one.start, one.end, old=one.old))
        elif one.slot == "firm" and "company" in wanted:
            found.append(Found("company", one.value, one.start, one.end, old=one.old))
    if kind and not any(one.slot == kind for one in found):
        taken = [(one.start, one.end) for one in found]
        for match in _BARE_NUMBER.finditer(said):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                found.append(Found(kind, match[1].upper(), *match.span(1)))
    return found


def _by_slot(found: Sequence[Found], asked: Asked) -> dict[str, SlotValue]:
    values: dict[str, list[str]] = {}
    for one in found:
        if not one.old and one.value not in values.get(one.slot, []):
            values.setdefault(one.slot, []).append(_offered(one.value, asked.candidates))
    if any(len(several) > 1 and slot not in MANY for slot, several in values.items()):
        return {}  # two values for what can have one
    return {slot: _value(slot, several) for slot, several in values.items()}


def _offered(value: str, candidates: Sequence[str]) -> str:
    """The offer that a number is the end of, if it is the end of one only."""
    ends = [one for one in candidates if re.search(rf"(?<![1-9]){re.escape(value)}$", one, re.IGNORECASE)]
    return ends[0] if len(ends) == 1 else value


def _names_candidate(said: str, candidates: Sequence[str]) -> bool:
    """Whether a number in the reply is the end of an offer: then it is that number, and no place in the list."""
    numbers = re.findall(r"(?<![\w-])\d+(?![\w-])", said)
    return any(re.search(rf"-0*{re.escape(number)}$", one) for number in numbers for one in candidates)


def _value(slot: str, several: Sequence[str]) -> SlotValue:
    return tuple(dict.fromkeys(several)) if slot in MANY else several[0]


def _left_over(said: str, found: Sequence[Found]) -> list[str]:
    rest = said
    for one in found:
        rest = rest[: one.start] + " " * (one.end - one.start) + rest[one.end :]
    return [token.text for token in tokens_of(rest)]


_LEAD = re.compile(
    r"^(?:(?:the |our |my |die |der |unsere |unser |mein |notre |la |le |mon |l['’])?(?:new |neue |neuer |nouvelle |nouveau )?"
    r"(?:company name|name|company|address|billing address|phone|number|firma|firmenname|adresse|anschrift|rechnungsadresse|telefonnummer|nummer|raison sociale|société|nom|adresse|numéro|téléphone)"
    r"(?: is| lautet| ist| est|:)\s*|(?:it is|it's|it’s|es ist|das ist|c['’]est|wir heißen(?: jetzt)?|we are(?: now)?|nous sommes(?: désormais)?|here it is:?|voici:?|hier:?)\s+)",
    re.IGNORECASE,
)
_NO_NAME = _words(
    "nicht noch kein keine weiss spaeter ich wir not yet don later know i we will pas encore je nous ne sais plus "
    "tard merci danke thanks ok okay yes ja oui nein no non what which welche quelle was who wer qui"
)


def _whole(said: str, slots: Sequence[str]) -> dict[str, SlotValue]:
    """A name or an address that is the whole reply."""
    bare = _LEAD.sub("", said.strip(), count=1).strip(' .,;"„“«»')
    lines = [line.strip(" ,") for line in bare.splitlines() if line.strip()]
    if not lines or {token.text for token in tokens_of(bare)} & _NO_NAME:
        return {}
    if "address" in slots and re.search(r"\d{4,5}|\b[A-Z]{1,2}\d", bare) and len(lines) <= 6:
        return {"address": ", ".join(lines)} if len(bare) <= 200 else {}
    if len(lines) > 1 or len(bare) > 80 or "@" in bare:
        return {}
    named = bool(re.match(r"[A-ZÀ-ÖØ-Þ0-9]", bare)) and len(bare.split()) <= 8
    if "company" in slots and named and re.search(r"[^\W\d_]{2}", bare):
        return {"company": bare}
    people = re.fullmatch(r"(?:(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|van|von|de|der|den|di|da|le|la|du)\s?){1,6}", bare)
    return {"name": bare} if "name" in slots and named and people and not re.search(r"\d", bare) else {}


__all__ = ["Asked", "corrects", "drops", "fills", "picks"]
