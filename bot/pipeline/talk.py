"""What a reply does to the questions that stand open in its thread: it fills, chooses, replaces or drops.

A thread is a token of ours in a mail, the thread of a message in Slack, or the terminal of one person. A reply that is
no answer to an open question, as far as every word of it can be explained, is a message like any other.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from sqlmodel import col, select

from bot.context import Grant
from bot.messages import Actor, Channel, Inbound, Language, Reading, SlotValue, Trust, Written
from bot.outcomes import Dropped, Missing, NothingWaiting, Outcome, Question, WhichAccount, WhichPending, Withdrawn
from bot.pipeline import records
from bot.pipeline.records import Place, Wants
from bot.pipeline.serve import Served, Wish
from storage.tables import OutboxRow, ParkedRow

if TYPE_CHECKING:
    from bot.pipeline.counter import Counter, Pair

YES_NO, DETAIL, AGENT = "asker", "detail", "agent"


def wants_of(counter: "Counter", wish: Wish, outcome: Outcome) -> Wants | None:
    """What a question that a handler ended with wants to know; None for one that nothing can answer."""
    slots = tuple(field.name for field in fields(wish.intent.ask))
    if isinstance(outcome, Missing):
        return Wants(outcome.slots, outcome.candidates)
    if isinstance(outcome, WhichAccount):
        return Wants(account=True)
    offered = getattr(outcome, "candidates", ()) or getattr(outcome, "similar", ())
    if not offered or not all(isinstance(one, str) for one in offered):
        return Wants(slots)
    slot = _kind(counter, wish, offered)
    kinds = tuple(name for name in ("which", "period") if slot == "invoices" and name in slots)  # "the latest"
    return Wants((slot, *kinds) if slot else slots, tuple(offered), str(getattr(outcome, "asked", "") or ""))


def _kind(counter: "Counter", wish: Wish, offered: Sequence[str]) -> str:
    """Which slot the offers are for: the kinds of number that an intent can take are told apart by the books."""
    known = {field.name for field in fields(wish.intent.ask)}
    if {"subscription", "invoices"} <= known and wish.actor.customer_id:
        mine = {one.number for one in counter.core.subscriptions(wish.actor.customer_id)}
        return "subscription" if mine.issuperset(offered) else "invoices"
    return next((slot for slot in ("invoices", "subscription", "reference", "plan") if slot in known), "")


class Talk:
    """One reply, and the questions that stand open where it was written."""

    def __init__(self, counter: "Counter", inbound: Inbound, actor: Actor, place: Place, language: Language) -> None:
        self.counter, self.inbound, self.actor = counter, inbound, actor
        self.place, self.language = place, language
        here, now = open_here(counter, inbound, actor), counter.tools.clock.now()
        self.expired = [row for row in here if row.waits_for != DETAIL and row.over(now)]
        self.open = [row for row in here if row not in self.expired]

    def answered(self, reading: Reading) -> "list[Pair] | None":
        """What became of it; None where the reply is no answer to an open question."""
        if not self.open:
            return None
        from bot.understand import dialogue

        self._names = (self.actor.name, self.inbound.sender_name)
        self._text, self._sent = self.inbound.text, self.inbound.sent.date()
        if dialogue.drops(self._text, names=self._names):
            return self.dropped()
        return self._corrected() or self._filled() or self._with_files(reading)

    def dropped(self) -> "list[Pair] | None":
        """The asker takes back what waits here; where several things wait, we ask which."""
        waiting = [row for row in self.open if row.waits_for != AGENT] or self.open
        if len(waiting) > 1:
            return [self.which_pending(waiting, "deny")]
        return [self.drop(waiting[0])]

    def drop(self, row: ParkedRow) -> "Pair":
        """Drop a parked request; one that lies with our agents is withdrawn, and their card says so."""
        counter = self.counter
        wish = counter.wish_of(row)
        if row.waits_for == AGENT:
            return wish, Served(Withdrawn(wish.item, row.case_id) if counter.withdraw(row) else counter.too_late(row))
        if not counter.win(row, "dropped", self.actor.address):
            return wish, Served(counter.too_late(row))
        return wish, Served(Dropped(wish.item))

    def which_pending(self, rows: Sequence[ParkedRow], verdict: str) -> "Pair":
        """Several requests wait: which one does the answer mean? It is remembered, so that "the second one" will do."""
        known = [row for row in rows if row.intent in self.counter.tools.intents]
        shown = sorted(known, key=lambda row: row.created)[:5]  # in the order in which they were asked
        wishes = [self.counter.wish_of(row) for row in shown]
        asked = WhichPending(tuple(wish.item for wish in wishes))
        wants = Wants(pending=tuple(row.id for row in shown), verdict=verdict)
        parked = self.counter.ask_detail(self.counter.own(wishes[0]), asked, wants, self.place)
        return None, Served(asked, parked=True, parked_id=parked.id)

    def only_offer(self, row: ParkedRow) -> "Pair":
        """A bare yes: where only one thing was offered it is taken, else the question comes again."""
        wants = records.wants(row.wants)
        given = records.slots(row.slots)
        slot = wants.slots[0] if wants.slots else ""
        if len(wants.candidates) == 1 and slot and self._take(row):
            one = wants.candidates[0]
            return self._again(row, {**given, slot: (one,) if slot in ("invoices", "recipients") else one})
        if len(wants.readings) == 1 and self._take(row):
            return self._again(row, wants.readings[0][1], wants.readings[0][0])
        if wants.pending or wants.readings:
            return None, Served(NothingWaiting())
        self.counter.win(row, "superseded", self.actor.address)
        return self._again(row, given)

    # -- "no, 124 rather" ---------------------------------------------------------------------------------

    def _corrected(self) -> "list[Pair] | None":
        from bot.understand import dialogue

        for row in self.open:
            given = records.slots(row.slots)
            if row.waits_for == AGENT or records.wants(row.wants).pending:
                continue
            new = dialogue.corrects(
                self._text, row.intent, given, self._sent, names=self._names, plans=self.counter.tools.plans
            )
            if new and (self.counter.win(row, "superseded", self.actor.address) or row.state == "answered"):
                if "invoices" in new:
                    given = {name: value for name, value in given.items() if name not in ("which", "period")}
                return [self._again(row, {**given, **new})]
        return None

    # -- "124", "the second one", a name --------------------------------------------------------------------

    def _filled(self) -> "list[Pair] | None":
        pairs: list[Pair] = []
        for row in [row for row in self.open if row.waits_for == DETAIL]:
            wants = records.wants(row.wants)
            if wants.readings or wants.pending:
                pairs += self._chosen(row, wants)
            elif wants.account:
                pairs += self._for_account(row)
            elif new := self._values(row, wants):
                pairs += [self._again(row, new)] if self._take(row) else []
        return pairs or None

    def _values(self, row: ParkedRow, wants: Wants) -> dict[str, SlotValue]:
        from bot.understand import dialogue

        asked = dialogue.Asked(wants.slots, wants.candidates)
        new = dialogue.fills(self._text, asked, self._sent, names=self._names, plans=self.counter.tools.plans)
        given = records.slots(row.slots)
        if wants.asked and isinstance(given.get("invoices"), tuple) and isinstance(new.get("invoices"), tuple):
            kept = [one for one in given["invoices"] if one != wants.asked]  # the others were clear
            new = {**new, "invoices": tuple(dict.fromkeys([*kept, *new["invoices"]]))}
        elif new.keys() & {"invoices", "which", "period"}:
            given = {name: value for name, value in given.items() if name != "invoices"}
            given = {name: value for name, value in given.items() if name not in ("which", "period")}
        return {**given, **new} if new else {}

    def _chosen(self, row: ParkedRow, wants: Wants) -> "list[Pair]":
        from bot.understand import dialogue

        places = dialogue.picks(self._text, len(wants.readings or wants.pending), names=self._names)
        if not places or not self._take(row):
            return []
        if wants.readings:
            return [self._again(row, wants.readings[place][1], wants.readings[place][0]) for place in places]
        found = [self.counter.session.get(ParkedRow, wants.pending[place]) for place in places]
        return [self._settled(one, wants.verdict) for one in found if one is not None]

    def _settled(self, row: ParkedRow, verdict: str) -> "Pair":
        if verdict == "deny":
            return self.drop(row)
        return self.counter.settle(row, True, self.actor)

    def _for_account(self, row: ParkedRow) -> "list[Pair]":
        customer = self.counter.account_named(self._text) or self.counter.account_of_number(self._text)
        if customer is None or not self._take(row):
            return []
        self.actor = replace(self.actor, customer_id=customer)
        return [self._again(row, records.slots(row.slots))]

    def _with_files(self, reading: Reading) -> "list[Pair] | None":
        """A file, handed in later: the request it was missing from is served again."""
        rows = [row for row in self.open if row.waits_for == DETAIL and not records.wants(row.wants).pending]
        others = {heard.intent for heard in reading.requests} - {row.intent for row in rows}
        if not self.inbound.attachments or len(rows) != 1 or others or not self._take(rows[0]):
            return None
        return [self._again(rows[0], records.slots(rows[0].slots))]

    # -- served again -----------------------------------------------------------------------------------------

    def _take(self, row: ParkedRow) -> bool:
        """The detail is given. It may be given again (another number): nothing that needs a yes happens by it."""
        return self.counter.win(row, "answered", self.actor.address) or row.state == "answered"

    def _again(self, row: ParkedRow, slots: dict[str, SlotValue], intent: str = "") -> "Pair":
        counter = self.counter
        before = counter.wish_of(row)
        before = replace(before, intent=counter.tools.intents[intent or row.intent])
        customer = row.customer_id or self.actor.customer_id
        expired = counter.tools.clock.now() > row.expires
        trust = self.actor.trust if expired or self.actor.trust not in (Trust.T0, Trust.T1) else Trust.T2
        actor = replace(self.actor, customer_id=customer, trust=trust)
        wish = replace(before, slots=slots, actor=actor, language=self.language, grant=Grant(),
                       key=counter.next_key(before.intent.name), written=self._written(before.written))  # fmt: skip
        served = counter.serve_and_park(wish, self.place)
        if not served.parked_id and row.waits_for == DETAIL:  # "no, 124 rather" may still come, in answer to this
            row.slots = records.dump(dict(slots))
            served = replace(served, parked_id=row.id)
        return wish, served

    def _written(self, before: Written) -> Written:
        """What was written first and what was added: the first message's time counts, the files of both."""
        added = self.counter.written
        return Written("\n\n".join(t for t in (before.text, added.text) if t), before.received or added.received,
                       (*before.files, *added.files))  # fmt: skip


def open_here(counter: "Counter", inbound: Inbound, actor: Actor) -> list[ParkedRow]:
    """The questions that a message may answer where it was written, the newest first. Details may be given twice."""
    if inbound.channel is Channel.EMAIL:
        rows = _of_letter(counter, inbound, actor)
    else:
        root = inbound.thread.in_reply_to
        rows = [
            row
            for row in counter.parked_of(actor)
            if (place := records.place(row.place)).channel is inbound.channel
            and (inbound.channel is Channel.TERMINAL or (root and place.in_reply_to == root))
        ]
    alive = [row for row in rows if row.state == "open" or (row.waits_for == DETAIL and row.state == "answered")]
    return [row for row in alive if row.state == "open"] or alive


def _of_letter(counter: "Counter", inbound: Inbound, actor: Actor) -> list[ParkedRow]:
    """What the letter asked that this mail answers: by our own token, and from the address that the letter went to."""
    letter_id = counter.tools.tokens.row_of(inbound.thread.token)
    letter = counter.session.get(OutboxRow, letter_id) if letter_id else None
    asked = counter.session.get(ParkedRow, letter.parked_id) if letter and letter.parked_id else None
    if asked is None or asked.address != (actor.contact_email or "").casefold():
        return []
    if asked.waits_for != DETAIL:
        return [asked]
    query = select(ParkedRow).where(ParkedRow.inbox_id == asked.inbox_id, ParkedRow.waits_for == DETAIL)
    return list(counter.session.exec(query.order_by(col(ParkedRow.created))))  # one letter asks for all details


def remember(counter: "Counter", wish: Wish, served: Served, place: Place) -> Served:
    """Park what a handler ended with as an open question, so that a bare answer will do."""
    someone = wish.actor.contact_email or wish.actor.trust in (Trust.INTERNAL, Trust.AGENT)
    asks = isinstance(served.outcome, Question) or hasattr(served.outcome, "similar")  # "did you mean ...?"
    if served.parked or not asks or not someone:
        return served
    wants = wants_of(counter, wish, served.outcome)
    if wants is None:
        return served
    return replace(served, parked_id=counter.ask_detail(wish, served.outcome, wants, place).id)


__all__ = ["AGENT", "DETAIL", "YES_NO", "Talk", "open_here", "remember"]
