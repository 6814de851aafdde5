"""An agent asks the customer before deciding: the question goes out in a letter, the answer comes back under the card.

What agents write in a thread of Slack reaches nobody outside; only what was typed into the form for it does. While the
answer is awaited the time of the request stands still, for two weeks at most; an answer counts however late it comes,
as long as nobody has decided.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import billing
from bot.messages import Actor, Channel, Inbound, Language, Reply
from bot.outcomes import AgentAsks, Answered, Asked, PassedOn
from bot.pipeline import records
from bot.pipeline.records import Place
from bot.pipeline.serve import Served
from bot.pipeline.talk import AGENT, open_here
from storage.tables import ParkedRow

if TYPE_CHECKING:
    from bot.pipeline.counter import Counter, Pair

log = logging.getLogger(__name__)
ASK_AGAIN = timedelta(days=7)  # after which agents are told that no answer came
PAUSE_MOST = timedelta(days=14)  # after which the time runs again without one
STANDARD = ("proof", "since", "which", "authority", "payment")  # keys of the words `questions`


def goes_to(parked: ParkedRow) -> Place | None:
    """Where a question goes: where the request came from, if somebody can answer there; else the address on file."""
    place, asker = records.place(parked.place), records.actor(parked.asker)
    if place.channel is Channel.EMAIL:
        return place
    if place.channel is Channel.SLACK:  # what was asked by a command hangs in no thread: nothing can answer it
        return place if place.in_reply_to else None
    return Place(Channel.EMAIL, asker.contact_email) if asker.contact_email else None


def letter(counter: "Counter", parked: ParkedRow, standard: str, text: str) -> Reply | None:
    """The question in words, in the asker's language; None where it would say nothing or reach nobody."""
    place = goes_to(parked)
    if place is None or not (standard in STANDARD or text.strip()):
        return None
    wish = counter.wish_of(parked)
    asks = AgentAsks(wish.item, parked.case_id, standard if standard in STANDARD else "", text.strip())
    return counter.reply_for([(wish, Served(asks))], place, Language(parked.language), wish.actor)


def preview(counter: "Counter", parked: ParkedRow, standard: str, text: str) -> Reply | None:
    """The letter exactly as the asker will read it."""
    reply, place = letter(counter, parked, standard, text), goes_to(parked)
    if reply is None or place is None or place.channel is not Channel.EMAIL:
        return reply
    name = records.actor(parked.asker).name
    return counter.tools.words.letter(reply, salutation_name=name, case=parked.case_id)


def ask(counter: "Counter", parked: ParkedRow, *, by: str, standard: str, text: str) -> bool:
    """Send the question and stop the request's time; says whether there was somebody to ask."""
    reply, place = letter(counter, parked, standard, text), goes_to(parked)
    if reply is None or place is None:
        return False
    asker, now = records.actor(parked.asker), counter.tools.clock.now()
    sent = counter.post(place, reply, Language(parked.language), asker, parked_id=parked.id, case=parked.case_id)
    parked.question, parked.paused, parked.answered = sent.id, parked.paused or now, None
    parked.remind_at, parked.reminders = now + ASK_AGAIN, 0
    _hold(counter, parked, by)
    counter.note("asked_customer", parked.case_id, parked=parked.id, by=by, letter=sent.id)
    counter.refresh_cards(parked)
    counter.note_under_card(parked, Asked(by, standard, text.strip()))
    return True


def asked_here(counter: "Counter", inbound: Inbound, actor: Actor) -> ParkedRow | None:
    """The request whose agent asked what this message answers, by its thread; None for a message that answers none."""
    if inbound.channel is Channel.TERMINAL or not (inbound.text.strip() or inbound.attachments):
        return None
    now = counter.tools.clock.now()
    rows = [row for row in open_here(counter, inbound, actor) if row.question and row.state == "open"]
    rows = [row for row in rows if row.waits_for == AGENT and not row.over(now)]
    if not rows:
        return None
    from bot.understand import dialogue

    if dialogue.drops(inbound.text, names=(actor.name, inbound.sender_name)):
        return None  # the request is taken back: nobody needs the answer
    return max(rows, key=lambda row: row.paused or row.created)


def pass_on(counter: "Counter", parked: ParkedRow, inbound: Inbound, actor: Actor) -> "Pair":
    """Give the answer to the agents, whole and to them alone; the request's time runs again.

    Nothing in it is acted on: it was written to a person, and the person may do what it asks for.
    """
    waited = resume(counter, parked)
    parked.answered, parked.remind_at, parked.reminders = counter.tools.clock.now(), None, 0
    counter.note(
        "customer_answered", parked.case_id, parked=parked.id, trust=actor.trust, seconds=int(waited.total_seconds())
    )
    counter.refresh_cards(parked)
    files = tuple(file.filename for file in inbound.attachments)
    counter.note_under_card(parked, Answered(inbound.text, actor.trust, files, not inbound.unsure))
    wish = counter.wish_of(parked)
    return replace(wish, actor=actor), Served(PassedOn(wish.item, parked.case_id))


def resume(counter: "Counter", parked: ParkedRow) -> timedelta:
    """Let the time run again: the request lapses later by what it stood still; gives how long that was."""
    waited = counter.tools.clock.now() - parked.paused if parked.paused else timedelta()
    parked.expires, parked.paused = parked.expires + waited, None
    return waited


def _hold(counter: "Counter", parked: ParkedRow, agent: str) -> None:
    """The core must not close what was filed before we do: it knows nothing of our waiting."""
    clock = counter.tools.clock
    until = clock.today() + (parked.expires - clock.now()) + PAUSE_MOST + timedelta(days=1)
    by = billing.Actor(billing.ActorKind.AGENT, agent, Channel.SLACK, counter.row.id)
    for filed in counter.filed(parked):
        if filed.startswith("CR"):
            try:
                counter.core.postpone_change(filed, until, actor=by, idem=f"postpone:{counter.row.id}:{filed}")
            except billing.InvalidState:  # another request took its place: the decision will say so
                log.info("action=not_postponed parked=%s filed=%s", parked.id, filed)
