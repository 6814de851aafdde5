"""Reads a message: two voices, the slots, and how sure the reading is."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bot.messages import Decision, Heard, Reading
from bot.understand.agree import MEANT, agree
from bot.understand.encoder import MODEL, shared_encoder
from bot.understand.evidence import notions_of
from bot.understand.frames import Frame, fill, in_order
from bot.understand.phrases import Phrases, PhrasesByIntent
from bot.understand.slots import Found, read_slots
from bot.understand.text import Text, read_text
from bot.understand.together import Candidate, candidates, listen_to_words, probability
from bot.understand.tongue import language_of
from bot.understand.voice import Voice

LIKELY = 0.5  # above: the best reading
POSSIBLE = 0.25  # above: worth offering
# The first voice, above: reason enough not to act on anything else.
BESIDE = 0.4  # where the words say nothing of it, name its topic only, or stand beside a negation
BESIDE_WISH = 0.1  # where they ask for it
SURE = 0.85  # the first voice where the words say the same; below, we ask
SURE_OF_TOPIC = 0.98  # the first voice where the words only name the topic
SURE_ANSWER = 0.97  # the first voice, of a yes or a no
ASKS = 0.75  # the first voice, that the message asks for anything; below, what is heard may be a tale, or withdrawn
_CAUTION = (Decision.ACT, Decision.ASK, Decision.OFFER, Decision.PERSON)


class Listener:
    """The understander of the counter. `phrases`: examples of the declared intents, for those unknown to the model;
    `plans`: names of what the seller sells."""

    def __init__(
        self,
        phrases: PhrasesByIntent | None = None,
        *,
        plans: Sequence[str] = (),
        first: Voice | None = None,
        model: Path = MODEL,
    ) -> None:
        self._plans = tuple(plans)
        encoder = shared_encoder(model)
        self._known = encoder.header.known
        self._calibration = encoder.header.calibration
        self._first: Voice = first or encoder
        self._phrases = Phrases(phrases or {}, known=self._first.intents)

    def read(self, text: str, *, subject: str = "", sent: date) -> Reading:
        """What one message asks for, with places, language and decision. Never raises; bounded time."""
        message = read_text(text, subject)
        hearing = self._first.listen(message)
        language = language_of(message, hearing.languages)
        if language == "other":
            return self._foreign(message)
        written = read_slots(message.own, sent, self._plans)
        slots = _rather_in_body(agree(written, hearing.tags, message.said, self._first.slots), message.body)
        heard = listen_to_words(message, written, self._known)  # without the tags: the second voice is its own
        found = candidates(message, hearing, heard, self._known)
        rated = [(one, probability(one, self._calibration)) for one in found]
        return self._decide(message, slots, rated, language)

    def _foreign(self, message: Text) -> Reading:
        asks = bool(message.own.strip())
        return Reading("other", (), Decision.PERSON if asks else Decision.SILENT, ("a language that we do not speak",))

    def _decide(
        self, message: Text, slots: Sequence[Found], rated: Sequence[tuple[Candidate, float]], language: str | None
    ) -> Reading:
        chances = {one.intent: chance for one, chance in rated}
        chosen = _one_reading([one for one, chance in rated if chance >= LIKELY], chances)
        possible = sorted((p for p in rated if p[1] < LIKELY and _is_possible(*p)), key=lambda p: -p[1])
        others = [one for one, chance in rated if chance < LIKELY]
        unknown = self._phrases.hear(message)
        frames = fill(sorted(chosen, key=lambda one: (one.span.start, -chances[one.intent])), slots, message.own)
        frames = in_order(frames, message.body)
        disturbed = _disturbance(message, chosen, others, unknown)
        requests = [_heard(frame, chances[frame.intent], disturbed) for frame in frames]
        if unknown and not any(chances[one.intent] >= SURE for one in chosen):
            return Reading(language, unknown, Decision.ASK, tuple(e for h in unknown for e in h.evidence))
        if requests:
            decision = max((h.decision for h in requests), key=_CAUTION.index)
            return Reading(language, tuple(requests), decision, (disturbed,) if disturbed else ())
        return self._unread(message, slots, possible, language)

    def _unread(
        self, message: Text, slots: Sequence[Found], possible: Sequence[tuple[Candidate, float]], language: str | None
    ) -> Reading:
        """Nothing was heard surely: offer what is possible, else a person, else silence."""
        if possible:
            frames = [(fill([one], slots, message.own)[0], chance) for one, chance in possible[:3]]
            offers = tuple(_heard(frame, chance, "") for frame, chance in frames)
            return Reading(language, (), Decision.OFFER, ("only possible readings",), offers)
        if asks_something(message, self._known):
            return Reading(language, (), Decision.PERSON, ("asks something that neither voice can read",))
        return Reading(language, (), Decision.SILENT, ("asks nothing",))


def _rather_in_body(slots: Sequence[Found], body: int) -> list[Found]:
    """A subject names the topic; where the body names a time, a state, a method of its own, that one is meant."""
    said = {one.slot for one in slots if one.slot in MEANT and one.start >= body and not one.old}
    return [one for one in slots if one.start >= body or one.slot not in said]


def _is_possible(one: Candidate, chance: float) -> bool:
    """Whether a reading is worth offering: what the words plainly ask for is, even where the first voice hears nothing."""
    return chance >= POSSIBLE or (one.plain and not one.told)


def _one_reading(chosen: list[Candidate], chances: Mapping[str, float]) -> list[Candidate]:
    """What a message means as a whole: another country swallows its address; help is meant only if nothing else is."""
    intents = {one.intent for one in chosen}
    swallowed = set()
    if "change_country" in intents:
        swallowed.add("change_billing_address")
    swallowed |= {
        one.intent for one in chosen if one.intent == "help" and len(intents) > 1 and not (one.words and one.words.sure)
    }
    if {"confirm", "deny"} <= intents:
        swallowed.add(min(("confirm", "deny"), key=lambda intent: chances[intent]))
    return [one for one in chosen if one.intent not in swallowed]


def _disturbance(
    message: Text, chosen: Sequence[Candidate], others: Sequence[Candidate], unknown: Sequence[Heard]
) -> str:
    """Why nothing in this message may be acted on yet; empty: nothing stands in the way."""
    if message.cut:
        return "too long to be read whole"
    if unknown and chosen:
        return f"perhaps also {unknown[0].intent}"
    swallowed = {"help"} | (
        {"change_billing_address"} if any(one.intent == "change_country" for one in chosen) else set()
    )
    beside = [
        one for one in others if one.first >= (BESIDE_WISH if one.plain else BESIDE) and one.intent not in swallowed
    ]
    return f"perhaps also {max(beside, key=lambda one: one.first).intent}" if beside else ""


def _heard(frame: Frame, chance: float, disturbed: str) -> Heard:
    decision, reason = _decision(frame, chance, disturbed)
    one = frame.candidate
    evidence = [f"model {one.first:.2f}" + (f": {one.by_model}" if one.by_model else "")]
    if one.words is not None:
        sure = "words" if one.words.sure else "words, unsure"
        evidence.append(f"{sure}: {one.words.words}" + (" (beside a negation)" if one.words.negated else ""))
    evidence.append(f"together {chance:.2f}, {decision}" + (f": {reason}" if reason else ""))
    return Heard(frame.intent, frame.slots(), frame.spans(), decision, tuple(evidence))


_ANSWERS = frozenset({"confirm", "deny", "help"})
# Changes whose new value the message must hold; asking costs less than a change read wrongly.
_NEEDS_VALUE = frozenset(
    {"change_company_name", "change_tax_id", "change_billing_address", "update_profile", "change_country"}
)


def _decision(frame: Frame, chance: float, disturbed: str) -> tuple[Decision, str]:
    """Act only where both voices agree, nothing disturbs and the slots check out."""
    one = frame.candidate
    doubt = next(
        (
            reason
            for reason, holds in (
                ("only one voice", one.words is None),
                ("perhaps it asks nothing", one.asks < ASKS and one.intent not in _ANSWERS),
                ("it says that something is settled", one.told and one.intent not in _ANSWERS),
                ("perhaps neither a yes nor a no", one.intent in ("confirm", "deny") and one.first < SURE_ANSWER),
                ("beside a negation", one.words is not None and one.words.negated),
                (
                    "the voices are not sure enough",
                    one.first < (SURE if one.words and one.words.sure else SURE_OF_TOPIC),
                ),
                (disturbed, bool(disturbed)),
                (", ".join(frame.doubts), bool(frame.doubts)),
                ("only one voice reads a value", not frame.agreed),
                ("the new value was not found", one.intent in _NEEDS_VALUE and not frame.values),
            )
            if holds
        ),
        "",
    )
    return (Decision.ASK if doubt else Decision.ACT), doubt


def asks_something(message: Text, known: frozenset[str] = frozenset()) -> bool:
    """Whether a message asks for anything at all: a question mark, a request verb. For information only is no."""
    notions = notions_of(message, known)
    if any("FYI" in heard for heard in notions):
        return False
    return any(sentence.question or "WANT" in heard for sentence, heard in zip(message.sentences, notions, strict=True))
