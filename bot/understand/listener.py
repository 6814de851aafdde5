"""Reads a message: two voices, the slots, and how sure the reading is."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bot.messages import Decision, Heard, Reading
from bot.understand.agree import agree
from bot.understand.encoder import MODEL, shared_encoder
from bot.understand.evidence import notions_of
from bot.understand.frames import Frame, fill
from bot.understand.phrases import Phrases, PhrasesByIntent
from bot.understand.slots import Found, read_slots
from bot.understand.text import Text, read_text
from bot.understand.together import Candidate, candidates, listen_to_words, probability
from bot.understand.tongue import language_of
from bot.understand.voice import Voice

LIKELY = 0.5  # above: the best reading
POSSIBLE = 0.25  # above: worth offering
BESIDE = 0.15  # above: reason enough not to act on anything else
SURE = 0.85  # both voices together; below, we ask
_CAUTION = (Decision.ACT, Decision.ASK, Decision.OFFER, Decision.PERSON)


class Listener:
    """The understander of the counter. `phrases`: examples of the declared intents, for those unknown to the model."""

    def __init__(
        self, phrases: PhrasesByIntent | None = None, *, first: Voice | None = None, model: Path = MODEL
    ) -> None:
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
        slots = agree(read_slots(message.own, sent), hearing.tags, message.said, self._first.slots)
        heard = listen_to_words(message, slots, self._known)
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
        possible = sorted((p for p in rated if POSSIBLE <= p[1] < LIKELY), key=lambda p: -p[1])
        beside = [
            p for p in rated if p[1] < LIKELY and (p[1] >= BESIDE or (p[0].words is not None and p[0].words.sure))
        ]
        unknown = self._phrases.hear(message)
        frames = fill(sorted(chosen, key=lambda one: (one.span.start, -chances[one.intent])), slots, message.own)
        disturbed = _disturbance(message, chosen, beside, unknown, notions_of(message, self._known))
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
    message: Text,
    chosen: Sequence[Candidate],
    possible: Sequence[tuple[Candidate, float]],
    unknown: Sequence[Heard],
    notions: Sequence[frozenset[str]],
) -> str:
    """Why nothing in this message may be acted on yet; empty: nothing stands in the way."""
    if message.cut:
        return "too long to be read whole"
    if unknown and chosen:
        return f"perhaps also {unknown[0].intent}"
    swallowed = {"change_billing_address"} if any(one.intent == "change_country" for one in chosen) else set()
    others = [one.intent for one, _ in possible if one.intent not in swallowed | {"help"}]
    if others:
        return f"perhaps also {others[0]}"
    if chosen and _unread_wish(message, chosen, notions):
        return "a wish in it was not read"
    strange = _strange_topic({one.intent for one in chosen}, notions) if chosen else None
    return f"it also speaks of {strange.lower()}" if strange else ""


# What a message may speak of without asking for more than was heard. A topic of none of its intents: perhaps a second wish.
_TOPICS: Mapping[str, frozenset[str]] = {
    topic: frozenset(intents.split())
    for topic, intents in {
        "NOTICES": "show_notifications",
        "SUBFACTS": "show_subscription request_renewal_quote cancel_subscription upgrade_subscription",
        "LOGIN": "portal_access activate_portal",
        "HUMAN": "contact_support dispute_charge request_status update_profile",
        "PROFILE": "update_profile contact_support",
        "ADDRESS": "change_billing_address change_country send_invoice",
        "TAX": "change_tax_id change_country",
        "UPGRADE": "upgrade_subscription",
        "CANCEL": "cancel_subscription deny request_renewal_quote",
        "REFUND": "dispute_charge request_status",
        "CONTEST": "dispute_charge request_status",
        "OPEN": "list_invoices pay_invoice send_invoice submit_payment_proof dispute_charge",
        "SHOW": "list_invoices show_subscription show_notifications pay_invoice",
        "PAYLINK": "pay_invoice change_payment_method dispute_charge",
        "PAYMETHOD": "change_payment_method pay_invoice",
        "COUNTRY": "change_country",
        "COMPANYNAME": "change_company_name",
        "RENEWQUOTE": "request_renewal_quote",
        "COPY": "send_invoice submit_payment_proof list_invoices request_renewal_quote",
        "STATUS": "request_status list_invoices show_subscription request_renewal_quote submit_payment_proof",
        "PROOF": "submit_payment_proof",
    }.items()
}


def _strange_topic(chosen: set[str], notions: Sequence[frozenset[str]]) -> str | None:
    return next((n for heard in notions for n in sorted(heard) if n in _TOPICS and not _TOPICS[n] & chosen), None)


def _unread_wish(message: Text, chosen: Sequence[Candidate], notions: Sequence[frozenset[str]]) -> bool:
    """Whether a sentence asks for something and no request was heard in it or beside it."""
    heard_in = {one.sentence + step for one in chosen for step in (0, 1)} | {0}
    return any(
        number not in heard_in and (sentence.question or "WANT" in notions[number]) and len(sentence.tokens) > 4
        for number, sentence in enumerate(message.sentences)
    )


def _heard(frame: Frame, chance: float, disturbed: str) -> Heard:
    decision, reason = _decision(frame, chance, disturbed)
    one = frame.candidate
    evidence = [f"model {one.first:.2f}" + (f": {one.by_model}" if one.by_model else "")]
    if one.words is not None:
        sure = "words" if one.words.sure else "words, unsure"
        evidence.append(f"{sure}: {one.words.words}" + (" (beside a negation)" if one.words.negated else ""))
    evidence.append(f"together {chance:.2f}, {decision}" + (f": {reason}" if reason else ""))
    return Heard(frame.intent, frame.slots(), frame.spans(), decision, tuple(evidence))


# Changes whose new value the message must hold; asking costs less than a change read wrongly.
_NEEDS_VALUE = frozenset({"change_company_name", "change_tax_id", "change_billing_address", "update_profile"})


def _decision(frame: Frame, chance: float, disturbed: str) -> tuple[Decision, str]:
    """Act only where both voices agree, nothing disturbs and the slots check out."""
    one = frame.candidate
    doubt = next(
        (
            reason
            for reason, holds in (
                ("only one voice", one.words is None or not one.words.sure),
                ("beside a negation", one.words is not None and one.words.negated),
                ("perhaps only told", one.told and chance < 0.97),
                ("the voices are not sure enough", chance < SURE or one.first < 0.3),
                (disturbed, bool(disturbed)),
                (", ".join(frame.doubts), bool(frame.doubts)),
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
