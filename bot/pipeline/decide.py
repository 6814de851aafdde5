"""A click: an asker's yes or no, in Slack or on a page; an agent's approval or rejection. The first decision wins."""

import json
import logging
from dataclasses import replace

from sqlmodel import Session

import billing
from bot import identify
from bot.context import Grant, refuse
from bot.messages import Actor, Channel, Language, Press, Reply
from bot.outcomes import CannotAsk, CardFacts, ChangedMeanwhile, NotYours, Outcome, Rejected, TooLate
from bot.pipeline import asking, records
from bot.pipeline.counter import Counter, Pair, Tools, local_time
from bot.pipeline.records import Place
from bot.pipeline.serve import Served, serve
from bot.pipeline.talk import YES_NO
from bot.tokens import derive_id
from storage.tables import InboxRow, OutboxRow, ParkedRow

log = logging.getLogger(__name__)


def card_facts(tools: Tools, session: Session, core: billing.BillingCore, parked_id: str) -> CardFacts | None:
    """The facts of a request that waits for an agent; None for one that does not exist."""
    parked = session.get(ParkedRow, parked_id)
    if parked is None or parked.waits_for != "agent":
        return None
    counter, place = _looking(tools, session, core, parked), asking.goes_to(parked)
    goes_to = "" if place is None else place.recipient if place.channel is Channel.EMAIL else "Slack"
    return CardFacts(
        parked.case_id, counter.customer_name(parked.customer_id), counter.changes(parked), parked.state == "open",
        parked.language, goes_to,
    )  # fmt: skip


def question_preview(
    tools: Tools, session: Session, core: billing.BillingCore, parked_id: str, standard: str, text: str
) -> Reply | None:
    """A question to the customer as the customer will read it; None where nobody can be asked any more."""
    parked = session.get(ParkedRow, parked_id)
    if parked is None or parked.waits_for != "agent" or parked.state != "open":
        return None
    return asking.preview(_looking(tools, session, core, parked), parked, standard, text)


def _looking(tools: Tools, session: Session, core: billing.BillingCore, parked: ParkedRow) -> Counter:
    """A counter that only looks: nothing was received, nothing is written."""
    row = InboxRow(id="look", channel="slack", key="look", raw=b"", received=parked.created)
    return Counter(tools, session, core, row)


def decide(counter: Counter, press: Press) -> None:
    """Carry a click out, once. Everybody who needs to know is told; a late or foreign click changes nothing."""
    parked = counter.session.get(ParkedRow, press.parked_id, with_for_update=True)
    if parked is None:
        return
    counter.row.case_id = parked.case_id
    if press.letter:
        _reader_decides(counter, press, parked)
    elif press.verdict in ("yes", "no"):
        _asker_decides(counter, press, parked)
    else:
        _agent_decides(counter, press, parked)


def _asker_decides(counter: Counter, press: Press, parked: ParkedRow) -> None:
    asker = records.actor(parked.asker)
    if parked.waits_for != "asker" or asker.address != press.user:
        _whisper(counter, press, NotYours())
        return
    pair = counter.settle(parked, press.verdict == "yes", asker)
    _tell_asker(counter, parked, pair)


def _reader_decides(counter: Counter, press: Press, parked: ParkedRow) -> None:
    """A button on the page behind a link. Whether its reader may still decide is read now, as for a mail."""
    letter = counter.session.get(OutboxRow, press.letter)
    reader = reader_of(letter, parked, counter.core)
    if reader is None:
        log.info("action=click_of_nobody inbox=%s parked=%s", counter.row.id, parked.id)
        return
    row, sender = counter.row, derive_id("sender", reader.address.casefold())
    row.trust, row.reasons, row.sender_digest = reader.trust, json.dumps(reader.reasons), sender
    counter.note("clicked", message=row.id, channel=row.channel, parked=parked.id, verdict=press.verdict, sender=sender)
    _tell_asker(counter, parked, counter.settle(parked, press.verdict == "yes", reader))


def reader_of(letter: OutboxRow | None, parked: ParkedRow | None, core: billing.BillingCore) -> Actor | None:
    """Who may answer this letter's question by its link: whom it was sent to, as long as they are on file."""
    if letter is None or parked is None or parked.waits_for != YES_NO or letter.parked_id != parked.id:
        return None
    if letter.channel != Channel.EMAIL or letter.recipient.casefold() != parked.address:
        return None
    reader = identify.asked_at(letter.recipient, core)
    return reader if reader and reader.customer_id == parked.customer_id else None


def _agent_decides(counter: Counter, press: Press, parked: ParkedRow) -> None:
    settings = counter.tools.settings
    asker = records.actor(parked.asker)
    if parked.waits_for != "agent" or not identify.is_agent(press.user, settings) or asker.address == press.user:
        _whisper(counter, press, NotYours())
        return
    if parked.state != "open" or parked.over(counter.tools.clock.now()):
        at = local_time(parked.decided_at, settings.zone) if parked.decided_at else ""
        _whisper(counter, press, TooLate(parked.decided_by, parked.state == "approved", at))
        return
    if press.verdict == "approve":
        _approve(counter, press, parked)
    elif press.verdict == "ask":
        if not asking.ask(counter, parked, by=press.user, standard=press.reason, text=press.text):
            _whisper(counter, press, CannotAsk(parked.case_id))
    else:
        _reject(counter, press, parked)


def _approve(counter: Counter, press: Press, parked: ParkedRow) -> None:
    changes = counter.changes(parked)
    grant = Grant(confirmed=True, agent=press.user, filed=counter.filed(parked), version=parked.version)
    wish = replace(counter.wish_of(parked), grant=grant)
    try:
        with counter.session.begin_nested():
            served = serve(wish, counter.core, counter.tools.clock.today())
    except billing.Stale:
        _look_again(counter, press, parked)
        return
    except (billing.InvalidState, billing.Forbidden):
        _whisper(counter, press, NotYours())
        return
    counter.win(parked, "approved", press.user)
    _tell_asker(counter, parked, (wish, served))
    counter.close_card(parked, "approved", by=press.user, changes=changes)


def _reject(counter: Counter, press: Press, parked: ParkedRow) -> None:
    changes = counter.changes(parked)
    wish = counter.wish_of(parked)
    by = billing.Actor(billing.ActorKind.AGENT, press.user, Channel.SLACK, counter.row.id)
    for filed in counter.filed(parked):
        refuse(counter.core, filed, press.reason, by=by, idem=f"reject:{parked.id}:{filed}")
    counter.win(parked, "rejected", press.user, press.reason)
    _tell_asker(counter, parked, (wish, Served(Rejected(wish.item, press.reason))))
    counter.close_card(parked, "rejected", by=press.user, reason=press.reason, changes=changes)


def _look_again(counter: Counter, press: Press, parked: ParkedRow) -> None:
    """The record changed since the agent saw it: the card is shown afresh, nothing is done."""
    parked.version = counter.core.customer(parked.customer_id or "").version
    _whisper(counter, press, ChangedMeanwhile(parked.case_id))
    counter.post_card(parked)


def _tell_asker(counter: Counter, parked: ParkedRow, pair: Pair) -> None:
    place = records.place(parked.place)
    wish, served = pair
    language = Language(parked.language)
    if wish is not None:
        counter.follow(wish, served, place)
    counter.post_answer([pair], place, language, records.actor(parked.asker), case=parked.case_id)


def _whisper(counter: Counter, press: Press, outcome: Outcome) -> None:
    """Tell only the person who clicked."""
    language = Language.EN
    reply = counter.tools.words.render(outcome, language, intent="_approval")
    place = Place(Channel.SLACK, press.channel or press.user, private_to=press.user)
    counter.post(place, reply, language)
