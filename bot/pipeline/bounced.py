"""A letter of ours came back: its row says so, and whoever asked for it and the agents are told, once."""

import json
import logging
import re

from sqlalchemy import update
from sqlmodel import col

from bot.messages import Channel, DocumentRef, Failure, Inbound, Language
from bot.outcomes import LetterBounced, Undelivered
from bot.pipeline import records
from bot.pipeline.counter import Counter
from bot.pipeline.records import Place
from storage.tables import CaseRow, OutboxRow

log = logging.getLogger(__name__)

# RFC 3463: the detail of a status, or its subject alone, as a key of the words `undelivered`.
REASONS = {
    "1.1": "unknown_mailbox", "1.10": "unknown_mailbox", "1.3": "unknown_mailbox", "1.6": "unknown_mailbox",
    "2.1": "unknown_mailbox", "1.2": "unknown_domain", "4.4": "unknown_domain", "2.2": "mailbox_full",
    "2.3": "too_large", "3.4": "too_large", "7": "refused", "4": "no_answer",
}  # fmt: skip


def settle_bounce(counter: Counter, inbound: Inbound) -> None:
    """Find the letter that a bounce is about, by our token alone, and act on what became of it."""
    letter_id = counter.tools.tokens.row_of(inbound.thread.token) if inbound.thread.token else None
    letter = counter.session.get(OutboxRow, letter_id) if letter_id else None
    if letter is None or letter.channel != Channel.EMAIL:
        counter.row.reasons = json.dumps([inbound.kind_reason, "letter_unknown"])
        log.info("action=bounce_of_nothing inbox=%s", counter.row.id)
        return
    counter.row.case_id = letter.case_id
    failure = next((one for one in inbound.failures if one.final), None)
    if failure is None:  # delayed, or a report of success: the other side still tries, or has it
        counter.row.reasons = json.dumps([inbound.kind_reason, *(f"delayed {one.status}" for one in inbound.failures)])
        return
    counter.row.reasons = json.dumps([inbound.kind_reason, f"failed {failure.status}"])
    if _came_back(counter, letter, failure):
        _tell(counter, letter, failure)


def settle_refusal(counter: Counter, letter: OutboxRow) -> None:
    """The next hop refused a letter for good, or was not reached for days: as bad as a bounce, and told like one."""
    failure = refused(letter.recipient, letter.error)
    if _came_back(counter, letter, failure, states=("failed",)):
        _tell(counter, letter, failure)


def refused(recipient: str, said: str) -> Failure:
    """What a next hop said, as a bounce would say it; its enhanced status (RFC 2034), or the nearest to its code."""
    told = re.search(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])", said)
    code = re.match(r"5\d\d", said)
    nearest = {"552": "5.3.4", "550": "5.7.1", "554": "5.7.1"}.get(code[0], "5.0.0") if code else "5.4.1"
    status = "5.1.3" if said.startswith("the recipient") else told[0] if told else nearest
    return Failure(recipient, status, final=True, diagnostic=said)


def _tell(counter: Counter, letter: OutboxRow, failure: Failure) -> None:
    log.warning("action=letter_undelivered outbox=%s status=%s", letter.id, failure.status)
    told = _tell_asker(counter, letter, failure)
    _tell_agents(counter, letter, failure, told=told)


def reason_of(status: str) -> str:
    """A status of RFC 3463 as a key of the words `undelivered`."""
    detail = status.partition(".")[2]
    return REASONS.get(detail) or REASONS.get(detail.partition(".")[0], "other")


def _came_back(
    counter: Counter, letter: OutboxRow, failure: Failure, *, states: tuple[str, ...] = ("sent", "queued")
) -> bool:
    """Compare and set: of several bounces of one letter only the first is told."""
    counter.session.flush()
    done = counter.session.connection().execute(
        update(OutboxRow)
        .where(col(OutboxRow.id) == letter.id, col(OutboxRow.state).in_(states))
        .values(state="bounced", error=f"{failure.status} {failure.diagnostic}".strip()[:500])
    )
    counter.session.refresh(letter)
    return bool(done.rowcount == 1)


def _tell_asker(counter: Counter, letter: OutboxRow, failure: Failure) -> bool:
    """Tell whoever asked for the letter, unless it was the letter's own reader: that address does not work."""
    place = _reachable(records.place(letter.on_failure)) if letter.on_failure else None
    if place is None or place.recipient.casefold() == letter.recipient.casefold():
        return False
    language = Language(letter.language)
    outcome = Undelivered(letter.recipient, _numbers(letter), reason_of(failure.status))
    reply = counter.tools.words.render(outcome, language, intent="")
    counter.post(place, reply, language, case=letter.case_id)
    return True


def _reachable(place: Place) -> Place | None:
    """A terminal is closed by the time a letter comes back: its user is written to."""
    if place.channel is not Channel.TERMINAL:
        return place
    return Place(Channel.EMAIL, place.recipient) if "@" in place.recipient else None


def _tell_agents(counter: Counter, letter: OutboxRow, failure: Failure, *, told: bool) -> None:
    if case := counter.session.get(CaseRow, letter.case_id):
        case.hand_over(counter.tools.clock.now())
    counter.to_agents(
        LetterBounced(
            letter.case_id,
            counter.customer_name(letter.customer_id),
            letter.recipient,
            _numbers(letter),
            reason_of(failure.status),
            failure.status,
            told,
        )
    )


def _numbers(letter: OutboxRow) -> tuple[str, ...]:
    return tuple(one.number for one in records.reply(letter.reply).attachments if isinstance(one, DocumentRef))
