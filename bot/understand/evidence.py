"""The second voice: groups of words that must, and must not, stand together. It can say which words it heard."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from bot.messages import Span
from bot.understand.slots import Found
from bot.understand.text import Sentence, Text, Token
from bot.understand.words import Entry, Rule, entries, rules

_GAP = 3  # words that "…" allows between


@dataclass(frozen=True)
class Hit:
    """A notion in the text: from which token to which."""

    notion: str
    first: int
    last: int


@dataclass
class _Lexicon:
    """The entries by the first word, so that a word of the text finds its candidates at once."""

    exact: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    prefix: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    suffix: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    long_words: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    lexicon = _Lexicon()
    words: set[str] = set()
    for entry in entries():
        head = entry.words[0]
        if head.endswith("*"):
            lexicon.prefix[head[:-1]].append(entry)
        elif head.startswith("*"):
            lexicon.suffix[head[1:]].append(entry)
        else:
            lexicon.exact[head].append(entry)
        words.update(word.strip("*") for word in entry.words if len(word.strip("*")) >= 6)
    lexicon.long_words = tuple(sorted(words))
    return lexicon


def _candidates(word: str) -> Iterable[Entry]:
    lexicon = _lexicon()
    yield from lexicon.exact.get(word, ())
    for length in range(2, len(word) + 1):
        yield from lexicon.prefix.get(word[:length], ())
    for length in range(3, len(word)):
        yield from lexicon.suffix.get(word[-length:], ())


def _fits(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return word.endswith(pattern[1:]) if pattern.startswith("*") else word == pattern


def _reach(entry: Entry, words: Sequence[str], start: int) -> int | None:
    """The last token of an entry that begins at `start`, or None where the rest of it does not follow."""
    position, gap = start, 0
    for pattern in entry.words[1:]:
        if pattern == "…":
            gap = _GAP
            continue
        window = range(position + 1, min(position + 2 + gap, len(words)))
        found = next((i for i in window if _fits(pattern, words[i])), None)
        if found is None:
            return None
        position, gap = found, 0
    return position


@lru_cache(maxsize=20_000)
def mended(word: str) -> str:
    """A long misspelt word as the word of a group that it nearly is (OSA >= 0.84); any other word as it stands."""
    if len(word) < 6 or any(True for _ in _candidates(word)):
        return word
    near = extractOne(word, _lexicon().long_words, scorer=OSA.normalized_similarity, score_cutoff=0.84)
    return near[0] if near else word


def hits_in(tokens: Sequence[Token], known: frozenset[str] = frozenset()) -> list[Hit]:
    """All notions in a row of tokens. Words that are `known` to be spelt right are not mended."""
    words = [t.text if t.text in known or t.text.startswith("<") else mended(t.text) for t in tokens]
    found: list[Hit] = []
    for start, word in enumerate(words):
        for entry in _candidates(word):
            last = _reach(entry, words, start)
            if last is not None:
                found.append(Hit(entry.notion, start, last))
    return found


# ------------------------------------------------------------------ rules on one sentence


@dataclass(frozen=True)
class Heard:
    """What the rules heard in one sentence."""

    intent: str
    sure: bool
    span: Span
    words: str
    negated: bool
    sentence: int


def _fulfilled(rule: Rule, notions: Mapping[str, Hit], slots: frozenset[str], question: bool) -> list[Hit] | None:
    """The hits that fulfil a rule, or None."""
    if any(_there(part, notions, slots, question) for part in rule.barred):
        return None
    used: list[Hit] = []
    for group in rule.needed:
        present = [part for part in group if _there(part, notions, slots, question)]
        if not present:
            return None
        used.extend(notions[part] for part in present[:1] if part in notions)
    return used


def _there(part: str, notions: Mapping[str, Hit], slots: frozenset[str], question: bool) -> bool:
    if part == "?":
        return question
    return part[1:] in slots if part.startswith("@") else part in notions


# Named alone ("the renewal quote came back"), these are talk; they need a demand, a value, or nothing else in the message.
_WISHES = frozenset({
    "request_renewal_quote", "show_notifications", "activate_portal", "show_subscription", "list_invoices", "portal_access",
    "send_invoice", "pay_invoice", "upgrade_subscription", "change_payment_method",
})  # fmt: skip
_DEMANDS = frozenset({"WANT", "SHOW", "CHANGE", "SEND"})
_VALUES = frozenset({"invoices", "recipients", "subscription", "reference"})


def hear_sentence(
    number: int, sentence: Sentence, slots: Iterable[Found], known: frozenset[str] = frozenset(), *, alone: bool = False
) -> list[Heard]:
    """The intents that the rules hear in one sentence. `alone`: it is the whole message, and short."""
    tokens = sentence.tokens
    hits = hits_in(tokens, known)
    notions: dict[str, Hit] = {}
    for hit in hits:
        notions.setdefault(hit.notion, hit)
    within = [f for f in slots if sentence.start <= f.start < sentence.end]
    names = frozenset(f.slot for f in within) | (
        {"invoices"} if any(f.slot == "number" for f in within) else frozenset()
    )
    if not notions and not names:
        return []
    asked = sentence.question or alone or not notions.keys().isdisjoint(_DEMANDS) or not names.isdisjoint(_VALUES)
    heard: dict[str, Heard] = {}
    for rule in rules():
        if rule.intent in heard and (heard[rule.intent].sure or not rule.sure):
            continue
        used = _fulfilled(rule, notions, names, sentence.question)
        if used is not None:
            one = _heard(rule, number, sentence, used, hits)
            heard[rule.intent] = one if asked or rule.intent not in _WISHES else replace(one, sure=False)
    return list(heard.values())


def _heard(rule: Rule, number: int, sentence: Sentence, used: list[Hit], hits: list[Hit]) -> Heard:
    tokens = sentence.tokens
    first = min((hit.first for hit in used), default=0)
    last = max((hit.last for hit in used), default=len(tokens) - 1)
    negated = _is_negated(rule.intent, used, hits)
    words = " + ".join(
        " ".join(t.text for t in tokens[h.first : h.last + 1]) for h in sorted(used, key=lambda h: h.first)
    )
    return Heard(rule.intent, rule.sure, Span(tokens[first].start, tokens[last].end), words, negated, number)


# A negation belongs to what these say: "I cannot sign in", "that is not right", "we do not renew".
_NEGATION_IS_FINE = frozenset({
    "portal_access", "dispute_charge", "cancel_subscription", "deny", "contact_support", "submit_payment_proof",
    "show_notifications", "request_status", "list_invoices",
})  # fmt: skip


# What they say without a negation, though, one turns round: "please do not cancel".
_TURNED_ROUND = {"cancel_subscription": ("QUIT", "CANCEL")}


def _is_negated(intent: str, used: list[Hit], hits: list[Hit]) -> bool:
    negations = [hit for hit in hits if hit.notion == "NEG"]
    if intent in _TURNED_ROUND:
        verb, whole = _TURNED_ROUND[intent]
        phrases = [hit for hit in hits if hit.notion == whole and hit.first < hit.last]  # "not … renew" is one itself
        negations = [one for one in negations if not any(p.first <= one.first <= p.last for p in phrases)]
        return any(_negates(one, [hit for hit in hits if hit.notion == verb]) for one in negations)
    return intent not in _NEGATION_IS_FINE and any(_negates(one, used) for one in negations)


def _negates(negation: Hit, used: list[Hit]) -> bool:
    """A negation that stands within six words of what was heard."""
    return any(-6 <= negation.first - hit.first <= 6 for hit in used)


def notions_of(text: Text, known: frozenset[str] = frozenset()) -> list[frozenset[str]]:
    """The notions of each sentence."""
    return [frozenset(hit.notion for hit in hits_in(s.tokens, known)) for s in text.sentences]
