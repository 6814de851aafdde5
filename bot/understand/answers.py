"""Yes and no, and the bare greeting: readings that depend on how a message begins, not on what stands in one sentence."""

from collections.abc import Sequence

from bot.messages import Span
from bot.understand.evidence import Heard, Hit, hits_in
from bot.understand.text import Sentence, Text, Token

_SHORT = 7  # tokens; in so short a message the answer need not be set off by a comma
_LONG = 45
_MAY_FOLLOW = {"please", "thanks", "thank", "bitte", "danke", "merci", "svp", "stp", "<at>", "pls", "go", "das", "gerne", "genau", "passt", "pour", "machen", "mach", "sir", "madame", "monsieur", "that", "tout", "alles", "lassen", "laisse", "laissez", "leave", "pas", "volontiers"}  # fmt: skip
_HESITATION = {"ah", "oh", "ach", "aeh", "aehm", "uh", "um", "euh", "hm", "hmm", "na", "naja", "tja", "well", "so", "ben", "bah", "bon", "attends", "attendez", "ok", "okay", "alors", "also"}  # fmt: skip


def hear_answer(text: Text) -> list[Heard]:
    """A yes or a no at the beginning of the body (its first sentence that is not a greeting)."""
    sentences = [(n, s) for n, s in enumerate(text.sentences) if s.start >= text.body - 1 and s.tokens]
    length = sum(len(s.tokens) for _, s in sentences)
    for number, sentence in sentences[:3]:
        tokens = _without_greeting(sentence.tokens)
        if tokens:
            return _answer_in(text, number, sentence, tokens, length)
    return []


def _without_greeting(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens after `Hallo Frau Sommer,` and the like."""
    greeted = [hit.last for hit in hits_in(tokens[:4]) if hit.notion == "GREETING" and hit.first == 0]
    rest = tuple(tokens[max(greeted) + 1 :]) if greeted else tuple(tokens)
    words = [t for t in rest if t.text not in "?!"]
    return () if greeted and len(words) <= 4 and not _leads(rest) else _without_hesitation(rest)


def _without_hesitation(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens from the answer on: `euh attends, non non` and `no no, leave it` say no once."""
    start = next((place for place, token in enumerate(tokens) if token.text not in _HESITATION), 0)
    while start + 1 < len(tokens) and tokens[start].text == tokens[start + 1].text:
        start += 1
    return tokens[start:] if any(hit.first == 0 for hit in _leads(tokens[start:])) else tokens


def _leads(tokens: Sequence[Token]) -> list[Hit]:
    return [hit for hit in hits_in(tokens[:8]) if hit.notion in ("YES", "NO") and hit.first <= 1]


def _answer_in(text: Text, number: int, sentence: Sentence, tokens: Sequence[Token], length: int) -> list[Heard]:
    leads = sorted(_leads(tokens), key=lambda hit: (hit.first, -hit.last, hit.notion))
    if not leads or sentence.question:
        return []
    hit = leads[0]
    last = tokens[hit.last]
    after = tokens[hit.last + 1].text if hit.last + 1 < len(tokens) else ""
    set_off = (
        text.raw[last.end : last.end + 2].strip()[:1] in {",", ".", "!", ";", "-", "–", ":", ")", ""}
        or after in _MAY_FOLLOW
    )
    sure = hit.first == 0 and (set_off or length <= _SHORT) and length <= _LONG
    intent = "confirm" if hit.notion == "YES" else "deny"
    words = " ".join(t.text for t in tokens[hit.first : hit.last + 1])
    return [Heard(intent, sure, Span(tokens[hit.first].start, last.end), words, False, number)]


def hear_greeting(text: Text) -> list[Heard]:
    """A message that says hello and no more asks what we can do."""
    tokens = [
        t for s in text.sentences for t in s.tokens if t.text not in {"?", "!", "<at>"} and not t.text.startswith(":")
    ]
    hits = [hit for hit in hits_in(tokens[:4]) if hit.notion == "GREETING" and hit.first == 0]
    if not hits or len(tokens) > max(hit.last for hit in hits) + 3:
        return []
    sure = len(tokens) == max(hit.last for hit in hits) + 1
    return [Heard("help", sure, Span(tokens[0].start, tokens[-1].end), tokens[0].text, False, 0)]
