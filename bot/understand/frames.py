"""Which slot values belong to which request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bot.messages import SlotValue, Span
from bot.understand.slots import Found
from bot.understand.together import Candidate

SLOTS: dict[str, tuple[str, ...]] = {
    "send_invoice": ("invoices", "which", "period", "recipients"),
    "list_invoices": ("which", "period", "invoices"),
    "pay_invoice": ("invoices", "which"),
    "submit_payment_proof": ("invoices",),
    "dispute_charge": ("invoices",),
    "request_renewal_quote": ("subscription", "recipients"),
    "show_subscription": ("subscription",),
    "upgrade_subscription": ("plan", "subscription"),
    "cancel_subscription": ("subscription",),
    "activate_portal": ("invoices",),
    "change_payment_method": ("method",),
    "change_billing_address": ("address",),
    "change_company_name": ("company",),
    "change_country": ("country", "address"),
    "change_tax_id": ("tax_id",),
    "update_profile": ("name", "phone", "language"),
    "request_status": ("reference",),
}
_FAR = 600  # characters over which pauses are counted
_MANY = frozenset({"invoices", "recipients"})
# What a number is that nothing names, by what is asked.
_BARE = {
    "send_invoice": "invoices", "list_invoices": "invoices", "pay_invoice": "invoices",
    "submit_payment_proof": "invoices",
    "dispute_charge": "invoices", "activate_portal": "invoices", "request_renewal_quote": "subscription",
    "show_subscription": "subscription", "upgrade_subscription": "subscription", "cancel_subscription": "subscription",
    "request_status": "reference",
}  # fmt: skip
_DONE_IF_THERE = frozenset({"send_invoice", "pay_invoice", "dispute_charge"})  # no wish for what has come, or is right
_SHARED = frozenset({"invoices", "subscription"})  # "send 12 and the payment link for it"


@dataclass
class Frame:
    """A request and the slot values that were given to it."""

    candidate: Candidate
    values: dict[str, list[Found]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    @property
    def intent(self) -> str:
        """The intent's name."""
        return self.candidate.intent

    @property
    def agreed(self) -> bool:
        """Whether both voices read each of its values."""
        return all(one.agreed for found in self.values.values() for one in found)

    def slots(self) -> dict[str, SlotValue]:
        """The values in normal form; several invoices and recipients, one of anything else."""
        return {
            slot: tuple(dict.fromkeys(f.value for f in found)) if slot in _MANY else found[0].value
            for slot, found in self.values.items()
        }

    def spans(self) -> dict[str, tuple[Span, ...]]:
        """Where the values stand."""
        return {slot: tuple(Span(f.start, f.end) for f in found) for slot, found in self.values.items()}


# Stretches of time that no period names: they are asked about.
_UNREAD_TIME = re.compile(
    r"\b(?:last|past|letzten|vergangenen|derniers|dernières)\s(?:\d{1,2}|two|three|four|five|six|few|couple|zwei|drei|vier|fünf|sechs|paar|deux|trois|quatre|cinq|quelques)\b|\b(?:deux|trois|quatre|cinq|six|\d{1,2})\s(?:derniers|dernières)\b"
    r"|\bhalbjahr\w*|\bhalf[- ]year\b|\bfirst half\b|\bsecond half\b|\bH[12]\b|\bsemestre\b|\bzwischen\b[^.\n]{0,20}\bund\b|\bbetween\b[^.\n]{0,20}\band\b|\bentre\b[^.\n]{0,20}\bet\b|\bFY ?\d|\b(?:seit|since|depuis)\s(?:(?:anfang|mitte|ende|début|fin|mi|early|late|mid)[ -])?(?:feb|fév|mär|mar|apr|avr|mai|may|jun|jul|juin|juil|aug|aoû|sep|okt|oct|nov|dez|dec|déc)\w*|\bgeschäftsjahr\w*|\bfiscal year\b|\bexercice\b|\b\d{4}\s?(?:/|-|–|bis|to|à)\s?(?:\d{4}|\d\d)\b(?!-)",
    re.IGNORECASE,
)


def in_order(frames: Sequence[Frame], body: int) -> list[Frame]:
    """As the message makes the requests: what only the subject names stands where the body comes to it."""

    def place(frame: Frame) -> int:
        start = frame.candidate.span.start
        if start >= body:
            return start
        starts = [one.start for found in frame.values.values() for one in found]
        return min((at for at in (*starts, *(s.start for s in frame.candidate.places)) if at >= body), default=start)

    return sorted(frames, key=place)


def fill(chosen: Sequence[Candidate], found: Sequence[Found], text: str) -> list[Frame]:
    """The requests in order with their slots."""
    frames = [Frame(candidate) for candidate in chosen]
    for one in _corrected(found, text):
        _give(frames, one, text)
    for frame in frames:
        _tidy(frame, text)
        if "period" in SLOTS.get(frame.intent, ()) and "invoices" not in frame.values and _UNREAD_TIME.search(text):
            frame.doubts.append("a time that is not read")
    _share(frames)
    return [part for frame in frames for part in _split(frame)]


_CORRECTION = re.compile(
    r"\b(?:sorry|oops|i mean|i meant|scrap that|correction|no,|make that|actually|ups|quatsch|vertippt|ich meine?|ich meinte|nein|korrektur|falsch|äh|doch"
    r"|pardon|je voulais dire|enfin|oups|erreur|non)\b",
    re.IGNORECASE,
)


def _corrected(found: Sequence[Found], text: str) -> list[Found]:
    """`123, sorry, 124`: what stands before the correction is being left."""
    kept: list[Found] = []
    for one in found:
        before = kept[-1] if kept else None
        near = before is not None and one.slot in (before.slot, "number") and one.start - before.end < 60
        if (
            before is not None
            and near
            and one.value != before.value
            and not one.old
            and _CORRECTION.search(text, before.end, one.start)
        ):
            kept[-1] = replace(before, old=True)
        kept.append(
            replace(one, slot=before.slot) if before and near and one.slot == "number" and kept[-1].old else one
        )
    return kept


def _give(frames: Sequence[Frame], one: Found, text: str) -> None:
    """Hand a value to the request that can take it and stands nearest before it, or else nearest."""
    takers = [(frame, slot) for frame in frames if (slot := _slot_in(frame.intent, one)) is not None]
    named = [(frame, slot) for frame, slot in takers if slot == one.slot] or takers
    if named:
        frame, slot = min(named, key=lambda taker: _distance(taker[0].candidate, one, text)) if named[1:] else named[0]
        frame.values.setdefault(slot, []).append(one)


def _slot_in(intent: str, one: Found) -> str | None:
    takes = SLOTS.get(intent, ())
    if one.slot in takes:
        return one.slot
    if one.slot == "firm" and intent == "change_company_name":
        return "company"
    bare = _BARE.get(intent)
    return bare if (one.slot == "number" or one.shape) and bare in takes else None


_BREAK = re.compile(r"[.!?](?=\s)|\n\s*(?:[-–•*]|\(?\w[.)])\s|\n\n|\s\(?(?:[1-9a-e]|[①-⑨])[.)]\s")
_PAUSE = re.compile(r"[,;:\n]\s|\s(?:und|and|et|sowie|puis|then|dann)\s|\s[–-]\s|→|=>")


def _distance(candidate: Candidate, one: Found, text: str) -> int:
    """Characters between them. What stands before the words of a request is further away than what follows, and a
    full stop or a pause lies between as some characters more."""
    return min(_apart(span, one, text) for span in (candidate.span, *candidate.places))


def _apart(span: Span, one: Found, text: str) -> int:
    if span.start <= one.start < span.end:
        return 0
    follows = one.start >= span.end
    start, end = (span.end, one.start) if follows else (one.end, span.start)
    between = text[start : min(end, start + _FAR) + 1]
    breaks, pauses = len(_BREAK.findall(between)), len(_PAUSE.findall(between))
    gap = max(0, end - start)
    return (gap if follows else 2 * gap + 1) + 80 * breaks + 12 * pauses


def _tidy(frame: Frame, text: str) -> None:
    """Drop what is being left, take the one that is meant, and note where that is not clear."""
    for slot in list(frame.values):
        kept = _kept(frame, slot)
        if kept:
            frame.values[slot] = kept
        else:
            del frame.values[slot]
            frame.doubts.append(f"only the {slot} that is left")
    if _stand_apart(frame.values.get("invoices", []), text):
        frame.doubts.append("several numbers that are not named in one breath")
    if "invoices" in frame.values:
        frame.values.pop("which", None)
        frame.values.pop("period", None)
    if "country" in frame.values and "address" in frame.values:
        frame.values["address"] = frame.values["address"][:1]


_LISTED = re.compile(
    r"(?:[\s\d,;:/+&()*_`#.€$£'\"„“«»•–—-]|\b(?:und|and|et|sowie|oder|or|ou|plus|auch|also|aussi|puis|n°|nr|no|number|num[ée]ro|nummer|rechnung(?:en)?|invoices?|factures?|fact|rg|inv|die|der|la|les|le|the|von|vom|über|of|du|de|for|für|pour|dated|from|eur|chf|usd|gbp|euros?)\b)*",
    re.IGNORECASE,
)


def _stand_apart(invoices: Sequence[Found], text: str) -> bool:
    """Whether several numbers stand in different phrases: one of them may only be told of."""
    named = {one.value for one in invoices}
    joined = {invoices[0].value} if invoices else set()
    for before, after in pairwise(sorted(invoices, key=lambda one: one.start)):
        if _LISTED.fullmatch(text, before.end, after.start) and before.value in joined:
            joined.add(after.value)
    if len(joined) < len(named):  # perhaps a list further down
        for before, after in pairwise(sorted(invoices, key=lambda one: -one.start)):
            if _LISTED.fullmatch(text, after.end, before.start):
                joined |= {before.value, after.value}
    return len(joined) < len(named)


def _kept(frame: Frame, slot: str) -> list[Found]:
    found = frame.values[slot]
    current = [one for one in found if not one.old]
    if slot in _MANY:  # none of several is dropped in silence
        return _many(frame, slot, current)
    current = [one for one in current if one.agreed] or current
    if slot == "company":
        current = [one for one in current if one.slot == "company"] or current
        current = [one for one in current if one.sure] or current
    if slot in ("which", "period"):
        return _one_of_several(frame, slot, current)
    best = [one for one in current if one.sure] or current
    if len({one.value for one in best}) > 1:
        frame.doubts.append(f"more than one {slot}")
    if slot in ("plan", "country") and best and not (best[-1].sure or best[-1].agreed):
        frame.doubts.append(f"perhaps the {slot} they leave")
    return best[-1:] if slot in ("country", "plan", "method", "tax_id", "language") else best[:1]


def _many(frame: Frame, slot: str, current: list[Found]) -> list[Found]:
    left = {one.value for one in frame.values[slot] if one.old}
    current = [one for one in current if one.value not in left] or current
    if slot == "invoices" and frame.intent in _DONE_IF_THERE:
        wanted = [one for one in current if one.value not in {two.value for two in current if two.settled}]
        if wanted and len(wanted) < len(current):
            frame.doubts.append("a number that is said to be settled")
            current = wanted
    named = [one for one in current if one.slot == slot]
    loose = [one for one in current if one.slot != slot]
    if any(one.spoken for one in loose):
        frame.doubts.append("a number in words")
    if not named and len(loose) > 1:
        frame.doubts.append(f"several numbers that nothing names as {slot}")
    return named or loose


_WHICH_FIRST = ("overdue", "open", "paid", "latest", "all")  # "all unpaid invoices" are the open ones


def _one_of_several(frame: Frame, slot: str, current: list[Found]) -> list[Found]:
    best = [one for one in current if one.sure] or current
    if slot == "which":
        best = sorted(best, key=lambda one: _WHICH_FIRST.index(one.value))
    if len({one.value for one in best} - {"all"}) > 1:
        frame.doubts.append(f"more than one {slot}")
    if slot == "period" and best and not (best[0].sure or best[0].agreed):
        frame.doubts.append("perhaps a time of something else")
    return best[:1]


def _share(frames: Sequence[Frame]) -> None:
    """A request without its number takes that of its neighbour: `send 12, and how do I pay it?`."""
    for giver, frame in [*pairwise(frames), *((after, before) for before, after in pairwise(frames))]:
        for slot in _SHARED & set(SLOTS.get(frame.intent, ())) & set(giver.values):
            if slot not in frame.values and "which" not in frame.values and "period" not in frame.values:
                frame.values[slot] = giver.values[slot]
                frame.doubts.append(f"{slot} taken from the request beside it")


def _split(frame: Frame) -> list[Frame]:
    """`12 to a@x and 13 to b@x` is two requests of the same intent."""
    numbers, mails = frame.values.get("invoices", []), frame.values.get("recipients", [])
    if frame.intent != "send_invoice" or len(mails) < 2 or len(numbers) < 2:
        return [frame]
    groups: list[tuple[list[Found], list[Found]]] = []
    last = {one.value: one for one in numbers}  # a subject repeats them
    for one in sorted([*last.values(), *mails], key=lambda f: f.start):
        is_mail = one.slot == "recipients"
        if not groups or (not is_mail and groups[-1][1]):
            groups.append(([], []))
        groups[-1][1 if is_mail else 0].append(one)
    if len(groups) < 2 or not all(ns and ms for ns, ms in groups):
        return [frame]
    parts = [{**frame.values, "invoices": ns, "recipients": ms} for ns, ms in groups]
    return [Frame(frame.candidate, values, frame.doubts) for values in parts]
