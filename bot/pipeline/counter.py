"""The counter: one message is answered here, inside one transaction. Rows are its only effect."""

import json
import logging
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import Session, col, select

import billing
from bot import identify
from bot.context import Delivery, Filed, Grant, Written, fingerprint, refuse
from bot.intents import Intent
from bot.likeness import Likeness
from bot.messages import Actor, Channel, Decision, Heard, Inbound, Kind, Language, Reading, Reply, Role, Trust
from bot.outcomes import (
    AlreadyDecided,
    AskAgain,
    Card,
    CardSeen,
    Change,
    Decided,
    Dropped,
    Earlier,
    Effect,
    Failed,
    HandedOver,
    Item,
    Lapsed,
    NeedsPerson,
    NothingWaiting,
    NotUnderstood,
    OtherLanguage,
    Outcome,
    Paused,
    Question,
    Refused,
    ShallI,
    WhichOne,
    WithPerson,
)  # fmt: skip
from bot.pipeline import asking, records
from bot.pipeline.caps import Limits, answer_digest
from bot.pipeline.records import Place, Wants
from bot.pipeline.serve import Served, Wish, serve
from bot.pipeline.talk import AGENT, DETAIL, YES_NO, Talk, open_here, remember
from bot.ports import Clock
from bot.render import Words
from bot.settings import Settings
from bot.tokens import Tokens, derive_id
from storage import audit
from storage.audit import Note
from storage.tables import CaseRow, InboxRow, OutboxRow, ParkedRow, PromiseRow

log = logging.getLogger(__name__)
YES_LIVES = timedelta(hours=72)
AGENT_LIVES = timedelta(days=30)
MOST_NAMED = 10
QUIET_REMINDERS = 2  # under the card; after these the request is put before everybody again
SURE_WORDS = 5  # a shorter text is in its thread's language, whatever it looks like
SPOKEN_IN = {
    "DE": "de", "AT": "de", "LI": "de", "CH": "de", "FR": "fr", "MC": "fr", "BE": "fr", "LU": "fr", "GB": "en",
    "IE": "en", "US": "en", "AU": "en", "CA": "en", "NZ": "en",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{2,}(?![\w.]*@)")
CASE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: people read it aloud


@dataclass(frozen=True)
class Tools:
    """What the counter works with, built once."""

    intents: dict[str, Intent]
    words: Words
    settings: Settings
    clock: Clock
    tokens: Tokens
    likeness: Likeness = field(default_factory=Likeness)
    plans: tuple[str, ...] = ()  # names of what the seller sells


class Counter:
    """Answers one inbox row with the session and the core of its transaction."""

    def __init__(self, tools: Tools, session: Session, core: billing.BillingCore, row: InboxRow) -> None:
        self.tools, self.session, self.core, self.row = tools, session, core, row
        self._letters = self._keys = 0
        self.written = Written()
        self._notes: list[tuple[str, Note]] = []  # for the audit, with their case

    # -- a person writes ---------------------------------------------------------------------------

    def answer(self, inbound: Inbound, reading: Reading | None) -> None:
        """Answer a message; `reading` is None for one that no person wrote."""
        self.row.kind, self.row.trust, self.row.reasons = inbound.kind, None, json.dumps([])
        self.written = Written(inbound.text, self._on_business_day(self.row.received), inbound.attachments)
        if inbound.kind is not Kind.PERSON or reading is None:
            self.row.reasons = json.dumps([inbound.kind_reason])
            return
        actor = identify.identify(inbound, self.core, self.tools.settings, self.tools.likeness)
        if inbound.channel is Channel.SLACK and actor.trust in (Trust.AGENT, Trust.INTERNAL):
            actor = replace(actor, customer_id=self._account(inbound, reading))
        self._note(inbound, actor, reading)
        if self._stays_silent(inbound, actor):
            return
        self._open_case(inbound, actor, reading)
        place, language = _place(inbound, actor), self._language(inbound, reading, actor)
        over = self._limits.over(actor)
        if not over:
            letters, notes = self._letters, len(self._notes)
            with self.session.begin_nested() as attempt:
                self._answer_open(inbound, actor, reading, place, language)
                if over := self._limits.idle():
                    attempt.rollback()
                    self._letters = letters
                    del self._notes[notes:]
        if over:
            self._pause(actor, place, language, over)

    def _note(self, inbound: Inbound, actor: Actor, reading: Reading) -> None:
        self.row.trust, self.row.reasons = actor.trust, json.dumps(actor.reasons)
        self._limits.mark(inbound, actor)
        self.row.reading = json.dumps(records.reading_as_json(reading), ensure_ascii=False)

    def note(self, what: str, case: str = "", **facts: object) -> None:
        """Remember something for the audit: ids, keys and digests, never an address or a text."""
        self._notes.append((case or self.row.case_id or "", Note(what, facts)))

    def _on_business_day(self, moment: datetime) -> datetime:
        """The instant as deadlines see it: where the business date is set, the same time of that day."""
        settings = self.tools.settings
        if settings.clock is None:
            return moment
        return moment + (settings.clock - moment.astimezone(ZoneInfo(settings.zone)).date())

    def write_audit(self) -> None:
        """Write what was noted, at the end of the transaction."""
        now = self.tools.clock.now()
        for case in dict.fromkeys(case for case, _ in self._notes if case):
            mine = [note for of, note in self._notes if of == case]
            audit.write(self.session, case, mine, at=now, seal=self.tools.tokens.seal)
        self._notes.clear()

    def _stays_silent(self, inbound: Inbound, actor: Actor) -> bool:
        if actor.trust is Trust.FAILED:
            self._open_case(inbound, actor, None)
            self._call_person(actor, "failed_authentication")
            return True
        if any(reason.startswith("look_alike") for reason in actor.reasons):
            self._open_case(inbound, actor, None)
            if not self._has_written(since=self.tools.clock.now() - timedelta(days=1)):
                self._call_person(actor, "look_alike")
            return True
        stranger = actor.role is Role.STRANGER
        if inbound.unread and stranger:  # nobody could look into it: a person does, whoever sent it
            self._open_case(inbound, actor, None)
            self._pause(actor, _place(inbound, actor), Language.EN, "unreadable")
            return True
        if inbound.channel is Channel.EMAIL and stranger and actor.trust is Trust.T0:
            return True  # stored and counted; answering would make us a relay for forged addresses
        return inbound.channel is Channel.SLACK and stranger

    def _note_message(self, actor: Actor, reading: Reading | None) -> None:
        self.note(
            "message", message=self.row.id, channel=self.row.channel, sender=_digest(actor.address),
            customer=actor.customer_id, role=actor.role, trust=actor.trust, reasons=list(actor.reasons),
            requests=[heard.intent for heard in reading.requests] if reading else [],
            decision=reading.decision if reading else "",
        )  # fmt: skip

    def _answer_open(self, inbound: Inbound, actor: Actor, reading: Reading, place: Place, language: Language) -> None:
        if inbound.has_card:
            self._write_answer([(None, Served(CardSeen()))], actor, place, language)
            return
        if not inbound.unread and (asked := asking.asked_here(self, inbound, actor)):
            self._write_answer([asking.pass_on(self, asked, inbound, actor)], actor, place, language)
            return
        if inbound.unread:
            self._hand_over(actor, place, language, "unreadable", HandedOver(self.case_id))
            return
        if inbound.unsure:
            self._hand_over(actor, place, language, "unsure", HandedOver(self.case_id))
            return
        if reading.language == "other":
            self._hand_over(actor, place, language, "other_language", OtherLanguage(self.case_id))
            return
        if not inbound.text.strip() and not (inbound.subject.strip() and inbound.fresh_subject):
            self._answer_empty(inbound, actor, place, language)
            return
        served = self._serve_all(inbound, actor, reading, place, language)
        if served:
            self._write_answer(served, actor, place, language)

    def _answer_empty(self, inbound: Inbound, actor: Actor, place: Place, language: Language) -> None:
        if inbound.thread.in_reply_to or inbound.thread.references or inbound.attachments:
            self._hand_over(actor, place, language, "unsure", HandedOver(self.case_id))
        elif "help" in self.tools.intents:
            wish = self._wish(Heard("help"), actor, language, 0)
            self._write_answer([(wish, serve(wish, self.core, self.tools.clock.today()))], actor, place, language)

    def _serve_all(
        self, inbound: Inbound, actor: Actor, reading: Reading, place: Place, language: Language
    ) -> "list[Pair]":
        talk = Talk(self, inbound, actor, place, language)
        if (pairs := talk.answered(reading)) is not None:
            return pairs
        answers = [heard for heard in reading.requests if heard.intent in ("confirm", "deny")]
        wishes = [heard for heard in reading.requests if heard.intent not in ("confirm", "deny")]
        pairs = []
        if wishes:  # beside a wish, only a yes or no that is sure counts as one
            answers = [heard for heard in answers if heard.decision is Decision.ACT]
        for heard in answers[:1]:
            pairs += self._take_answer(heard, inbound, actor, talk)
        if not wishes:
            if not answers:
                pairs += self._nothing_heard(reading, actor, place, language)
            return pairs
        if reading.decision is Decision.PERSON:
            self._hand_over(actor, place, language, "not_understood", NotUnderstood(self.case_id))
        elif reading.decision is Decision.OFFER:
            pairs += self._offer([*wishes, *reading.alternatives], actor, language, place)
        elif reading.decision is not Decision.SILENT:
            several = len(wishes) > 1
            pairs += [
                self._serve_one(heard, actor, language, place, number, several=several)
                for number, heard in enumerate(wishes)
            ]
        return [pair for pair in pairs if pair is not None]

    def _nothing_heard(self, reading: Reading, actor: Actor, place: Place, language: Language) -> "list[Pair]":
        if reading.decision is Decision.OFFER:
            return self._offer(list(reading.alternatives), actor, language, place)
        if reading.decision is Decision.PERSON:
            self._hand_over(actor, place, language, "not_understood", NotUnderstood(self.case_id))
        return []

    def _serve_one(
        self, heard: Heard, actor: Actor, language: Language, place: Place, number: int, *, several: bool
    ) -> "Pair":
        if heard.intent not in self.tools.intents:
            self._call_person(actor, "no_handler")
            return None, Served(HandedOver(self.case_id))
        wish = self._wish(heard, actor, language, number)
        if heard.decision not in (Decision.ACT, Decision.SILENT):
            return self._ask_reading(wish, place)
        try:
            return wish, self.serve_and_park(wish, place)
        except Exception:
            if not several:
                raise  # the whole message is tried again
            log.exception("action=request_failed inbox=%s intent=%s", self.row.id, heard.intent)
            self._call_person(actor, "stuck")
            return wish, Served(Failed(self.case_id))

    def serve_and_park(self, wish: Wish, place: Place) -> Served:
        """Serve one request; what waits for a yes, a decision or a detail is parked."""
        with self.session.begin_nested():
            served = serve(wish, self.core, self.tools.clock.today())
        if served.parked:
            return replace(served, parked_id=self._park(wish, served, place).id)
        return remember(self, wish, served, place)

    def _ask_reading(self, wish: Wish, place: Place, question: type[ShallI] | type[AskAgain] = ShallI) -> "Pair":
        """We are not sure: ask, naming the reading. What could not be served anyway is refused at once."""
        with self.session.begin_nested() as attempt:
            tried = serve(wish, self.core, self.tools.clock.today())
            attempt.rollback()
        if isinstance(tried.outcome, Refused) or (isinstance(tried.outcome, Question) and not tried.parked):
            return wish, remember(self, wish, tried, place)
        asked = Served(question(wish.item), parked=True)
        return wish, replace(asked, parked_id=self._park(wish, asked, place).id)

    def _offer(self, wishes: list[Heard], actor: Actor, language: Language, place: Place) -> "list[Pair]":
        known = [self._wish(heard, actor, language, 0) for heard in wishes if heard.intent in self.tools.intents]
        named = [(wish, item) for wish in known[:3] if (item := _item(wish))]
        if not named or actor.customer_id is None:
            self._hand_over(actor, place, language, "not_understood", NotUnderstood(self.case_id))
            return []
        asked = WhichOne(tuple(item for _, item in named))
        wants = Wants(readings=tuple((wish.intent.name, dict(wish.slots)) for wish, _ in named))
        return [(None, Served(asked, parked_id=self.ask_detail(named[0][0], asked, wants, place).id))]

    # -- yes and no --------------------------------------------------------------------------------

    def _take_answer(self, heard: Heard, inbound: Inbound, actor: Actor, talk: Talk) -> "list[Pair]":
        yes = heard.intent == "confirm"
        asked = self._asked_here(inbound, actor, talk)
        if not asked or heard.decision is not Decision.ACT:
            return self._answer_without_token(actor, talk, heard)
        if len(asked) > 1:
            return [talk.which_pending(asked, heard.intent)]
        if asked[0].waits_for == YES_NO:
            return [self.settle(asked[0], yes, actor)]
        return [self._ask_detail_again(asked[0], actor, talk) if yes else talk.drop(asked[0])]

    def _asked_here(self, inbound: Inbound, actor: Actor, talk: Talk) -> list[ParkedRow]:
        """What a yes or no means where it was written: a yes or no first, then a detail, then what agents have."""
        letter = self._parked_by_token(inbound, actor)
        if letter is not None and letter.waits_for == YES_NO:
            return [letter]  # whatever became of it, also one that has expired
        for kind in (YES_NO, DETAIL, AGENT):
            if rows := [row for row in talk.open if row.waits_for == kind and row.state == "open"]:
                return rows
        return [row for row in talk.expired if row.waits_for == YES_NO][:1]

    def _ask_detail_again(self, parked: ParkedRow, actor: Actor, talk: Talk) -> "Pair":
        """A yes where a detail or nothing is asked for: the only offer is taken, or the question comes again."""
        if parked.waits_for == AGENT:
            return None, Served(NothingWaiting())
        return talk.only_offer(parked)

    def settle(self, parked: ParkedRow, yes: bool, actor: Actor) -> "Pair":
        """A yes or no to one parked request by the person who was asked. The first answer wins."""
        wish = self.wish_of(parked)
        late = self.row.received > parked.expires  # what came in time counts, whenever it is worked off
        if late and parked.state == "open":
            return self._ask_afresh(parked, wish, yes, actor)
        if not self.win(parked, "approved" if yes else "dropped", actor.address):
            return wish, Served(AlreadyDecided(wish.item))
        if not yes:
            return wish, Served(Dropped(wish.item))
        trust = Trust.T2 if actor.trust in (Trust.T0, Trust.T1) else actor.trust
        asker = replace(wish.actor, trust=trust, role=actor.role)  # what a contact may do is read now
        granted = replace(wish, actor=asker, grant=Grant(confirmed=True, shown=parked.shown))
        served = serve(granted, self.core, self.tools.clock.today())
        if served.parked:
            return granted, replace(served, parked_id=self._park(granted, served, records.place(parked.place)).id)
        return granted, remember(self, granted, served, records.place(parked.place))

    def _ask_afresh(self, parked: ParkedRow, wish: Wish, yes: bool, actor: Actor) -> "Pair":
        """The yes came too late: say so and ask again, with facts of today. A no needs no question."""
        self.win(parked, "superseded", actor.address)
        if not yes:
            return wish, Served(Dropped(wish.item))
        fresh = replace(wish, actor=actor if actor.customer_id else wish.actor, key=self.next_key(wish.intent.name))
        return self._ask_reading(fresh, records.place(parked.place), AskAgain)

    def too_late(self, parked: ParkedRow) -> AlreadyDecided:
        """Somebody was faster."""
        return AlreadyDecided(self.wish_of(parked).item)

    def _answer_without_token(self, actor: Actor, talk: Talk, heard: Heard) -> "list[Pair]":
        waiting = self._open_parked(actor)
        if not waiting:
            return [(None, Served(NothingWaiting()))]
        if len(waiting) > 1:
            return [talk.which_pending(waiting, heard.intent)]
        if heard.intent == "deny" and heard.decision is Decision.ACT and actor.trust is Trust.T1:
            return [talk.drop(waiting[0])]  # a no needs no token, only its sender
        # A yes without our token never acts: the question is sent again.
        wish = self.wish_of(waiting[0])
        again = Served(ShallI(wish.item), parked=True)
        self.win(waiting[0], "superseded", "")
        return [(wish, replace(again, parked_id=self._park(wish, again, records.place(waiting[0].place)).id))]

    def _parked_by_token(self, inbound: Inbound, actor: Actor) -> ParkedRow | None:
        if inbound.channel is Channel.EMAIL:
            letter_id = self.tools.tokens.row_of(inbound.thread.token)
            letter = self.session.get(OutboxRow, letter_id) if letter_id else None
            parked = self.session.get(ParkedRow, letter.parked_id) if letter and letter.parked_id else None
            return parked if parked and parked.address == (actor.contact_email or "").casefold() else None
        return None

    def parked_of(self, actor: Actor) -> list[ParkedRow]:
        """All that waits for this person, or was asked of them lately, the newest first."""
        address = (actor.contact_email or actor.address).casefold()
        lately = self.tools.clock.now() - AGENT_LIVES
        query = select(ParkedRow).where(
            ParkedRow.address == address, col(ParkedRow.state).in_(("open", "answered")),
            (col(ParkedRow.created) > lately) | (col(ParkedRow.question) != ""),
        )  # fmt: skip
        return list(self.session.exec(query.order_by(col(ParkedRow.created).desc(), col(ParkedRow.id)).limit(50)))

    def _open_parked(self, actor: Actor) -> list[ParkedRow]:
        now = self.tools.clock.now()
        rows = [row for row in self.parked_of(actor) if row.waits_for == YES_NO and row.state == "open"]
        return [row for row in rows if row.expires > now]

    def win(self, parked: ParkedRow, state: str, by: str, reason: str = "") -> bool:
        """Compare and set: exactly one decision wins."""
        self.session.flush()
        done = self.session.connection().execute(
            update(ParkedRow)
            .where(col(ParkedRow.id) == parked.id, col(ParkedRow.state) == "open")
            .values(state=state, decided_by=by, decided_at=self.tools.clock.now(), reason=reason)
        )
        self.session.refresh(parked)
        won = bool(done.rowcount == 1)
        if won:
            self.note("decided", parked.case_id, parked=parked.id, intent=parked.intent, state=state, by=_digest(by),
                      reason=reason)  # fmt: skip
        return won

    def withdraw(self, parked: ParkedRow) -> bool:
        """The customer takes back what lies with our agents; says whether nobody had decided."""
        if not self.win(parked, "withdrawn", records.actor(parked.asker).address):
            return False
        by = billing.Actor(billing.ActorKind.AGENT, "withdrawn by the asker", self.row.channel, self.row.id)
        for filed in self.filed(parked):
            refuse(self.core, filed, "withdrawn", by=by, idem=f"withdraw:{parked.id}:{filed}")
        self.close_card(parked, "withdrawn", by=records.actor(parked.asker).address)
        return True

    def lapse(self, parked: ParkedRow) -> None:
        """Nobody decided in time: what was filed is closed, the asker is told, the card says so."""
        if not self.win(parked, "expired", ""):
            return
        by = billing.Actor(billing.ActorKind.AGENT, "expired", "system", self.row.id)
        for filed in self.filed(parked):
            try:
                refuse(self.core, filed, "expired", by=by, idem=f"expire:{parked.id}:{filed}")
            except billing.InvalidState:
                log.info("action=lapsed_before parked=%s", parked.id)  # the core's own schedule was faster
        wish, place, asker = self.wish_of(parked), records.place(parked.place), records.actor(parked.asker)
        reply = self.reply_for(
            [(wish, Served(Lapsed(wish.item, parked.case_id)))], place, Language(parked.language), asker
        )
        self.post(place, reply, Language(parked.language), asker, case=parked.case_id)
        self.close_card(parked, "expired")

    def close_card(self, parked: ParkedRow, ending: str, *, by: str = "", reason: str = "",
                   changes: tuple[Change, ...] = ()) -> None:  # fmt: skip
        """The card in Slack loses its buttons and says how it ended: approved, rejected, withdrawn, expired."""
        now = local_time(self.tools.clock.now(), self.tools.settings.zone)
        outcome = Decided(
            parked.case_id, self.customer_name(parked.customer_id), self.wish_of(parked).item,
            changes or self.changes(parked), ending, by, now, reason,
        )  # fmt: skip
        for card_id in [card.id for card in self.cards_of(parked)] or [""]:
            self.to_agents(outcome, replaces=card_id)

    # -- parking -----------------------------------------------------------------------------------

    def ask_detail(self, wish: Wish, outcome: Outcome, wants: Wants, place: Place) -> ParkedRow:
        """Remember what a question wants to know, so that a bare answer in its thread will do."""
        asked = replace(wish, key=f"{wish.key}:detail")
        row = self._park(asked, Served(outcome), place, waits_for=DETAIL)
        row.wants = records.dump_wants(wants)
        return row

    def own(self, wish: Wish) -> Wish:
        """A request that was parked before, as one of this message: for a question about it."""
        return replace(wish, key=self.next_key(wish.intent.name), case=self.row.case_id or wish.case)

    def next_key(self, intent: str) -> str:
        """The idempotency key of a further request of this message."""
        self._keys += 1
        return f"{self.row.channel}:{self.row.id}:{intent}:again{self._keys}"

    def _park(self, wish: Wish, served: Served, place: Place, *, waits_for: str = "") -> ParkedRow:
        now = self.tools.clock.now()
        waits_for = waits_for or (AGENT if served.for_agent else YES_NO)
        row = ParkedRow(
            id=derive_id("parked", self.row.id, wish.key, type(served.outcome).__name__), case_id=wish.case,
            inbox_id=self.row.id, intent=wish.intent.name, slots=records.dump(dict(wish.slots)),
            asker=records.dump(wish.actor), customer_id=wish.actor.customer_id,
            address=(wish.actor.contact_email or wish.actor.address).casefold(), language=wish.language,
            place=records.dump(place), waits_for=waits_for,
            filed=" ".join(one.id for one in served.filed), version=self._seen_version(wish, served.filed),
            shown=fingerprint(served.outcome), written=records.dump_written(wish.written),
            created=now, expires=now + (AGENT_LIVES if served.for_agent else YES_LIVES),
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self.note("waits", row.case_id, parked=row.id, intent=row.intent, waits_for=waits_for, filed=row.filed.split())
        if served.for_agent:
            self.post_card(row)
        return row

    def post_card(self, parked: ParkedRow) -> None:
        """Show agents in Slack what they are asked to decide."""
        self.to_agents(self._card(parked), parked_id=parked.id)

    def refresh_cards(self, parked: ParkedRow) -> None:
        """The cards that are there say how the request stands now."""
        shown = self._card(parked)
        for card in self.cards_of(parked):
            self.to_agents(shown, parked_id=parked.id, replaces=card.id)

    def _card(self, parked: ParkedRow) -> Card:
        standing, since = _standing(parked)
        zone, overdue = self.tools.settings.zone, standing == "overdue"
        return Card(
            case=parked.case_id, customer=self.customer_name(parked.customer_id), reading=self.wish_of(parked).item,
            changes=self.changes(parked), trust=records.actor(parked.asker).trust,
            open_invoices=tuple(i.number for i in self.core.invoices(parked.customer_id or "", "open")),
            effects=self._effects(parked), why_trust=self._why_trust(records.actor(parked.asker)),
            proofs=self._proofs(parked),
            until=None if parked.paused else local_day(parked.expires, zone), standing=standing,
            since=local_day(since, zone) if since else None, at=local_time(since, zone) if since else "",
            agents=self.deciders(parked) if overdue else (),
        )  # fmt: skip

    def _proofs(self, parked: ParkedRow) -> tuple[str, ...]:
        """Of several proofs with the same file, for several invoices, the first."""
        filed = [self.core.proof(one) for one in self.filed(parked) if one.startswith("P")]
        files = {proof.file.sha256: proof.id for proof in reversed(filed)}
        return tuple(proof.id for proof in filed if proof.id in files.values())

    def deciders(self, parked: ParkedRow) -> tuple[str, ...]:
        """Who may decide it: the agents without the one who filed it. Ten at most are named."""
        asker = records.actor(parked.asker).address
        return tuple(agent for agent in self.tools.settings.slack_agents if agent != asker)[:MOST_NAMED]

    def cards_of(self, parked: ParkedRow) -> list[OutboxRow]:
        """The cards that show this request to agents, the oldest first: notes go into its thread."""
        query = select(OutboxRow).where(
            OutboxRow.parked_id == parked.id, OutboxRow.channel == "slack", OutboxRow.replaces == "",
            OutboxRow.recipient == self.tools.settings.slack_escalation_channel,
        )  # fmt: skip
        rows = self.session.exec(query.order_by(col(OutboxRow.created), col(OutboxRow.id)))
        return [row for row in rows if records.reply(row.reply).choices]

    def note_under_card(self, parked: ParkedRow, outcome: Outcome) -> None:
        """Tell agents something about a request, in the thread of its card."""
        cards = self.cards_of(parked)
        self.to_agents(outcome, under=cards[0].id if cards else "", case=parked.case_id)

    def changes(self, parked: ParkedRow) -> tuple[Change, ...]:
        """The diff of a filed change, field by field."""
        return tuple(change for filed in self.filed(parked) for change in self._change_lines(filed))

    def filed(self, parked: ParkedRow) -> tuple[str, ...]:
        """The ids of what a request filed at the core."""
        return tuple(parked.filed.split())

    def _change_lines(self, filed: str) -> tuple[Change, ...]:
        if filed.startswith("CR"):
            request = self.core.change_request(filed)
            before, after = request.before, request.changes
            return tuple(Change(name, getattr(before, name) or "", getattr(after, name) or "") for name in after.fields)
        if filed.startswith("P"):
            proof = self.core.proof(filed)
            return (Change("proof", proof.invoice, f"{proof.file.media_type}, {proof.file.size // 1024 + 1} KiB"),)
        dispute = self.core.dispute(filed)
        return (Change("dispute", dispute.invoice, dispute.reason),)

    def _effects(self, parked: ParkedRow) -> tuple[Effect, ...]:
        """What approving would do: tax, currency, when the term ends."""
        found = [effect for filed in self.filed(parked) if filed.startswith("CR") for effect in self._effects_of(filed)]
        renewals = [one for one in self.core.subscriptions(parked.customer_id or "") if one.renews]
        return (*found, *(Effect("renews", one.number, day=one.renews) for one in renewals[:3]))

    def _effects_of(self, filed: str) -> list[Effect]:
        request = self.core.change_request(filed)
        impact, terms, offer = request.impact, request.cancellation, request.offer
        found = []
        if impact.tax_now != impact.tax_new:
            found.append(Effect("tax", impact.tax_now.category, impact.tax_new.category))
        if impact.currency != impact.currency_new:
            found.append(Effect("currency", impact.currency, impact.currency_new))
        if terms is not None:
            found.append(Effect("in_time" if terms.in_time else "late", terms.subscription, day=terms.received_on))
            found.append(Effect("ends", terms.subscription, day=terms.effective))
        if offer is not None:
            found.append(Effect("price", offer.subscription, amount=offer.price_now))
        return found

    def _why_trust(self, asker: Actor) -> tuple[str, ...]:
        """The reasons that agents can read; the codes of the check itself stay in `guichet why`."""
        known = self.tools.words.words("trust_reasons", Language.EN)
        return tuple(dict.fromkeys(reason for reason in asker.reasons if reason in known))

    def _seen_version(self, wish: Wish, filed: tuple[Filed, ...]) -> int:
        """The version of the customer's record that an agent will decide on."""
        return self.core.customer(wish.actor.customer_id).version if filed and wish.actor.customer_id else 0

    def customer_name(self, customer_id: str | None) -> str:
        return self.core.customer(customer_id).name if customer_id else ""

    def country_of(self, actor: Actor) -> str:
        """Where the customer sits, whose numbers and dates are written in that country's way."""
        return self.core.customer(actor.customer_id).country if actor.customer_id else ""

    def wish_of(self, parked: ParkedRow) -> Wish:
        return Wish(
            self.tools.intents[parked.intent], records.slots(parked.slots), records.actor(parked.asker),
            Language(parked.language), parked.case_id, f"parked:{parked.id}",
            written=records.written(parked.written), earlier=lambda: self._earlier(parked.customer_id),
            with_person=lambda: self._with_person(replace(records.actor(parked.asker), customer_id=parked.customer_id)),
        )  # fmt: skip

    # -- writing -----------------------------------------------------------------------------------

    def _write_answer(self, pairs: "list[Pair]", actor: Actor, place: Place, language: Language) -> None:
        """One answer for all requests of the message, letters to others, promises."""
        self.row.answer_digest = answer_digest(
            [(wish.intent.name if wish else "", served) for wish, served in pairs], self.case_id
        )
        for wish, served in pairs:
            if wish is not None:
                self.follow(wish, served, place)
        questions = [pair for pair in pairs if _wants_yes(pair)]
        others = [pair for pair in pairs if pair not in questions]
        # Each question gets its own letter, so that a yes means exactly one of them; all missing details share one.
        alone = len(questions) > 1 or (questions and any(served.parked_id for _, served in others))
        groups = [others, *([pair] for pair in questions)] if alone else [pairs]
        for group in groups:
            if group:
                self.post_answer(group, place, language, actor)

    def post_answer(
        self, group: "list[Pair]", place: Place, language: Language, actor: Actor, *, case: str | None = None
    ) -> None:
        """One letter for these outcomes. A question in it is kept apart, too, for the page where it can be answered."""
        reply = self.reply_for(group, place, language, actor)
        if question := next((pair for pair in group if _wants_yes(pair)), None):
            reply = replace(reply, asks=self.reply_for([question], place, reply.language, actor))
        self.post(place, reply, language, actor, parked_id=_answers_to(group), case=case)

    def reply_for(self, pairs: "list[Pair]", place: Place, language: Language, actor: Actor) -> Reply:
        """The outcomes in words, written as in the customer's country; documents for the own address travel along."""
        language = next((Language(served.outcome.speaks) for _, served in pairs if served.outcome.speaks), language)
        outcomes = [(served.outcome, wish.intent.name if wish else "") for wish, served in pairs]
        reply = self.tools.words.itemise(outcomes, language, country=self.country_of(actor))
        mine = [
            ref
            for _, served in pairs
            for delivery in served.deliveries
            if _merges(delivery, place)
            for ref in delivery.outcome.documents
        ]
        return replace(reply, attachments=(*reply.attachments, *dict.fromkeys(mine)))

    def follow(self, wish: Wish, served: Served, place: Place) -> None:
        """Letters to others than the asker, and promises of what comes later."""
        self.note("done", wish.case, intent=wish.intent.name, outcome=type(served.outcome).__name__,
                  by=_digest(wish.grant.agent or wish.actor.address))  # fmt: skip
        for delivery in served.deliveries:
            if not _merges(delivery, place):
                reply = self.tools.words.render(
                    delivery.outcome, wish.language, intent=wish.intent.name, country=self.country_of(wish.actor)
                )
                self.post(Place(Channel.EMAIL, delivery.recipient), reply, wish.language, wish.actor, on_failure=place)
        for reason in served.calls:
            self._call_person(wish.actor, reason)
        for promise in served.promises:
            for recipient in promise.recipients or ("",):
                self.session.add(
                    PromiseRow(
                        id=derive_id("promise", wish.key, promise.subject, recipient),
                        subject=promise.subject,
                        intent=wish.intent.name,
                        case_id=wish.case,
                        customer_id=wish.actor.customer_id or "",
                        asker=records.dump(wish.actor),
                        recipient=recipient,
                        language=wish.language,
                        place=records.dump(place),
                    )
                )

    def post(
        self, place: Place, reply: Reply, language: Language, actor: Actor | None = None, *,
        parked_id: str = "", replaces: str = "", case: str | None = None, on_failure: Place | None = None,
    ) -> OutboxRow:  # fmt: skip
        """Put a letter into the outbox. `on_failure`: who asked for it, and is told when it does not arrive."""
        case = case or self.case_id
        letter_id = derive_id("letter", self.row.id, str(self._letters))
        page = ""
        if place.channel is Channel.EMAIL:
            name = actor.name if actor and _is_asker(actor.contact_email or "", place) else ""
            page = self._page(letter_id, place, parked_id) if reply.asks else ""
            reply = self.tools.words.letter(reply, salutation_name=name, case=case, page=page)
        reply = reply if page else replace(reply, asks=None)
        now = self.tools.clock.now()
        row = OutboxRow(
            id=letter_id, inbox_id=self.row.id, case_id=case,
            channel=place.channel, recipient=place.recipient, language=reply.language, reply=records.dump(reply),
            in_reply_to=place.in_reply_to, references=" ".join(place.references), parked_id=parked_id,
            replaces=replaces, private_to=place.private_to, business_date=self.tools.clock.today(),
            customer_id=actor.customer_id if actor else None, due=now, created=now,
            on_failure=records.dump(on_failure) if on_failure else None,
        )  # fmt: skip
        self._letters += 1
        self.session.add(row)
        self.note("letter", case if case != "-" else "", letter=row.id, channel=row.channel, to=_digest(row.recipient),
                  documents=[ref.number for ref in reply.attachments])  # fmt: skip
        return row

    def _page(self, letter_id: str, place: Place, parked_id: str) -> str:
        """Where the yes or no that a letter asks for can be given by a click; "" where it goes to anybody else than
        the one who is asked: whoever has the address can answer."""
        parked = self.session.get(ParkedRow, parked_id) if parked_id else None
        if parked is None or parked.waits_for != YES_NO or place.recipient.casefold() != parked.address:
            return ""
        if (records.actor(parked.asker).contact_email or "").casefold() != parked.address:
            return ""  # nobody on file: a yes of theirs counts by no way
        return f"{self.tools.settings.public_url}/confirm/{self.tools.tokens.link(letter_id)}"

    def to_agents(
        self, outcome: Outcome, *, parked_id: str = "", replaces: str = "", under: str = "", private_to: str = "",
        case: str = "",
    ) -> None:  # fmt: skip
        """Tell the support agents in Slack, where Slack is connected."""
        channel = self.tools.settings.slack_escalation_channel
        if not channel or not self.tools.settings.slack_bot_token.get_secret_value():
            return
        language = Language.EN
        reply = self.tools.words.render(outcome, language, intent="_approval")
        place = Place(Channel.SLACK, channel, private_to=private_to)
        case = case or getattr(outcome, "case", "") or "-"
        self.post(place, reply, language, parked_id=parked_id, replaces=replaces, case=case).under = under

    # -- persons, cases, limits --------------------------------------------------------------------

    def place_of_known(self, inbound: Inbound) -> tuple[Actor, Place] | None:
        """Who wrote, and where an answer goes; None for a sender whom we do not answer."""
        actor = identify.identify(inbound, self.core, self.tools.settings, self.tools.likeness)
        if actor.trust is Trust.FAILED or not (actor.known or actor.role is Role.TEAM):
            return None
        return actor, _place(inbound, actor)

    def _hand_over(self, actor: Actor, place: Place, language: Language, reason: str, outcome: Outcome) -> None:
        self._call_person(actor, reason)
        self._write_answer([(None, Served(outcome))], actor, place, language)

    def _call_person(self, actor: Actor, reason: str) -> None:
        case = self.session.get(CaseRow, self.case_id)
        if case:
            case.hand_over(self.tools.clock.now())
        colleague = actor.address if actor.role is Role.TEAM else ""
        customer = self.customer_name(actor.customer_id)
        trust = "" if actor.role is Role.STRANGER and actor.trust is Trust.T1 else actor.trust  # T1 names a contact
        self.to_agents(NeedsPerson(self.case_id, customer, reason, colleague, trust, self._why_trust(actor)))

    def _has_written(self, *, since: datetime) -> bool:
        """Whether this sender has sent another message since then."""
        query = select(InboxRow.id).where(
            InboxRow.sender_digest == self.row.sender_digest, InboxRow.received > since, InboxRow.id != self.row.id
        )
        return self.session.exec(query.limit(1)).first() is not None

    @property
    def case_id(self) -> str:
        """The reference of the case that this message belongs to."""
        if self.row.case_id is None:
            raise RuntimeError("no case yet")
        return self.row.case_id

    def _open_case(self, inbound: Inbound, actor: Actor, reading: Reading | None) -> None:
        self.row.case_id = self._case_of_thread(inbound, actor) or case_reference(self.row.id)
        self._note_message(actor, reading)
        if self.session.get(CaseRow, self.row.case_id) is None:
            language = self._language(inbound, reading, actor)
            self.session.add(
                CaseRow(
                    id=self.row.case_id,
                    customer_id=actor.customer_id,
                    channel=inbound.channel,
                    language=language,
                    opened=self.tools.clock.now(),
                )
            )
            self.session.flush()

    def _case_of_thread(self, inbound: Inbound, actor: Actor) -> str | None:
        """The case that the thread belongs to, if this sender takes part in it. It groups; it grants nothing."""
        if inbound.channel is Channel.SLACK:
            parked = open_here(self, inbound, actor)
            return parked[0].case_id if parked else None
        letter_id = self.tools.tokens.row_of(inbound.thread.token) if inbound.thread.token else None
        letter = self.session.get(OutboxRow, letter_id) if letter_id else None
        mine = letter is not None and letter.recipient.casefold() == (actor.contact_email or "").casefold()
        return letter.case_id if letter and mine else None

    def _language(self, inbound: Inbound, reading: Reading | None, actor: Actor) -> Language:
        """The text's language where it is long enough to be sure; else that of the thread, the contact, the account,
        the country; else what little there is of the text; else English. One mail changes no stored language."""
        heard = reading.language if reading else None
        spoken = Language(heard) if heard in tuple(Language) else None
        if spoken and len(_WORD.findall(inbound.text)) >= SURE_WORDS:
            return spoken
        return self._language_of_thread(inbound, actor) or actor.language or self._usual(actor) or spoken or Language.EN

    def _language_of_thread(self, inbound: Inbound, actor: Actor) -> Language | None:
        case_id = self._case_of_thread(inbound, actor)
        case = self.session.get(CaseRow, case_id) if case_id else None
        return Language(case.language) if case else None

    def _usual(self, actor: Actor) -> Language | None:
        """What the account is written to in, else what is spoken in its country."""
        if actor.customer_id is None or actor.role is Role.TEAM:
            return None
        customer = self.core.customer(actor.customer_id)
        code = customer.language or SPOKEN_IN.get(customer.country, "")
        return Language(code) if code in tuple(Language) else None

    @property
    def _limits(self) -> Limits:
        return Limits(self.session, self.row, self.tools.settings.caps, self.tools.clock.now())

    def _pause(self, actor: Actor, place: Place, language: Language, reason: str) -> None:
        """Answer no more: the messages wait for a person. Agents and a known sender are told once."""
        first = self._limits.first(reason)
        self.row.capped, self.row.answer_digest = reason, None
        if case := self.session.get(CaseRow, self.case_id):
            case.hand_over(self.tools.clock.now())
        if not first:
            return
        self._call_person(actor, reason)
        if actor.known and place.channel is Channel.EMAIL:
            self.post(place, self.tools.words.render(Paused(self.case_id), language, intent=""), language, actor)

    def _account(self, inbound: Inbound, reading: Reading) -> str | None:
        """The customer a colleague in Slack named: by invoice number, id, contact address or exact name."""
        found: set[str] = set()
        for heard in reading.requests:
            for number in heard.slots.get("invoices", ()):
                found |= {customer.id for customer in self.core.find_customers(invoice_number=number)}
        if not found:
            return self.account_named(inbound.text)
        return found.pop() if len(found) == 1 else None

    def account_of_number(self, text: str) -> str | None:
        """The one customer who has an invoice of a number in the text, written out."""
        numbers = {word.strip(".,;:!?()") for word in text.split() if any(sign.isdigit() for sign in word)}
        found = {one.id for number in numbers for one in self.core.find_customers(invoice_number=number)}
        return found.pop() if len(found) == 1 else None

    def account_named(self, text: str) -> str | None:
        """The one customer that a text names: by id, contact address or exact name."""
        found = {customer.id for customer in self.core.all_customers() if _names(customer, text)}
        return found.pop() if len(found) == 1 else None

    def _wish(self, heard: Heard, actor: Actor, language: Language, number: int) -> Wish:
        key = f"{self.row.channel}:{self.row.id}:{heard.intent}:{number}"
        return Wish(
            self.tools.intents[heard.intent], dict(heard.slots), actor, language, self.case_id, key,
            written=self.written, earlier=lambda: self._earlier(actor.customer_id),
            with_person=lambda: self._with_person(actor),
            tries=lambda: self._tries(heard.intent),
        )  # fmt: skip

    def _tries(self, intent: str) -> int:
        """How many messages of this sender within a day were read as this intent, before this one."""
        lately = self.tools.clock.now() - timedelta(days=1)
        query = select(InboxRow.id).where(
            InboxRow.sender_digest == self.row.sender_digest, InboxRow.received > lately, InboxRow.id != self.row.id,
            col(InboxRow.reading).contains(json.dumps(intent), autoescape=True),
        )  # fmt: skip
        return len(self.session.exec(query.limit(100)).all())

    def _earlier(self, customer_id: str | None) -> tuple[Earlier, ...]:
        """What agents had or have to decide for this customer, newest first; twenty at most."""
        if customer_id is None:
            return ()
        query = select(ParkedRow).where(ParkedRow.customer_id == customer_id, ParkedRow.waits_for == "agent")
        rows = self.session.exec(query.order_by(col(ParkedRow.created).desc()).limit(20)).all()
        return tuple(self._earlier_one(row) for row in rows if row.intent in self.tools.intents)

    def _with_person(self, actor: Actor) -> tuple[WithPerson, ...]:
        """What this person wrote and one of our people has in hand, newest first; twenty at most. Of our own people it
        is what anybody wrote for the customer. What was forged in a sender's name is nothing that they wrote."""
        wrote = select(InboxRow.case_id).where(col(InboxRow.trust).is_distinct_from(Trust.FAILED))
        if actor.role is not Role.TEAM:
            wrote = wrote.where(InboxRow.sender_digest == derive_id("sender", actor.address.casefold()))
        query = select(CaseRow).where(
            CaseRow.customer_id == actor.customer_id, col(CaseRow.needs_person).is_(True), col(CaseRow.id).in_(wrote)
        )
        rows = self.session.exec(query.order_by(col(CaseRow.person_since).desc()).limit(20))
        return tuple(WithPerson(row.id, self._on_business_day(row.person_since or row.opened)) for row in rows)

    def _earlier_one(self, row: ParkedRow) -> Earlier:
        intent = self.tools.intents[row.intent]
        state, item = self._state_of(row), Item(row.intent, intent.ask_from(records.slots(row.slots)))
        filed, question = tuple(row.filed.split()), row.paused if state == "asked" else None
        return Earlier(row.case_id, item, state, row.created, row.decided_at, row.reason, filed, row.address, question)

    def _state_of(self, row: ParkedRow) -> str:
        if row.state == "open" and row.over(self.tools.clock.now()):
            return "expired"
        return "asked" if row.state == "open" and row.paused else row.state


Pair = tuple[Wish | None, Served]


def case_reference(inbox_id: str) -> str:
    """What people quote: short, and the same whenever it is computed for this message."""
    number = int.from_bytes(derive_id("case", inbox_id).encode(), "big")
    letters = []
    for _ in range(7):
        number, rest = divmod(number, len(CASE_LETTERS))
        letters.append(CASE_LETTERS[rest])
    return "G-" + "".join(letters)


def _digest(address: str) -> str:
    """Who, without saying it: a mail address as in `InboxRow.sender_digest`; ids of Slack are no secret."""
    return derive_id("sender", address.casefold()) if "@" in address else address


def _place(inbound: Inbound, actor: Actor) -> Place:
    thread = inbound.thread
    if inbound.channel is Channel.EMAIL:
        references = (*thread.references[-10:], thread.message_id) if thread.message_id else thread.references[-10:]
        return Place(Channel.EMAIL, actor.contact_email or inbound.sender, thread.message_id, tuple(references))
    if inbound.channel is Channel.SLACK:
        root = thread.in_reply_to or thread.message_id.rpartition(":")[2]
        return Place(Channel.SLACK, thread.place, root, private_to="" if root else inbound.sender)
    return Place(Channel.TERMINAL, actor.contact_email or inbound.sender)


def _is_asker(recipient: str, place: Place) -> bool:
    return place.channel is not Channel.SLACK and recipient.casefold() == place.recipient.casefold()


def _merges(delivery: Delivery, place: Place) -> bool:
    """Documents for the asker travel with the answer itself; one mail reads better than two."""
    return bool(delivery.outcome.documents) and _is_asker(delivery.recipient, place)


def _wants_yes(pair: "Pair") -> bool:
    """Whether a request waits for an answer of the asker, before anything is done."""
    return pair[1].parked and not pair[1].for_agent


def _answers_to(group: "list[Pair]") -> str:
    """Which parked request a reply to this letter is about: a yes or no, else a detail, else what agents have."""
    ranked = sorted(group, key=lambda pair: (pair[1].for_agent, not pair[1].parked))
    return next((served.parked_id for _, served in ranked if served.parked_id), "")


def _item(wish: Wish) -> Item | None:
    try:
        return wish.item
    except Exception as missing:
        log.info("action=offer_without_item intent=%s why=%s", wish.intent.name, type(missing).__name__)
        return None


def _names(customer: billing.Customer, text: str) -> bool:
    folded = f" {' '.join(text.casefold().split())} "
    named = (
        customer.name.casefold(),
        customer.id.casefold(),
        *(c.email.casefold() for c in customer.contacts),
    )
    return any(f"{name}" in folded for name in named)


def _standing(parked: ParkedRow) -> tuple[str, datetime | None]:
    """How a request stands with our agents, as a key of the words `standing`, and since when."""
    if parked.paused:
        return "asked", parked.paused
    if parked.reminders > QUIET_REMINDERS:
        return "overdue", parked.with_agents_since
    if parked.answered:
        return "answered", parked.answered
    return "silent" if parked.question else "", None  # asked, and the time runs again all the same


def local_day(moment: datetime, zone: str) -> date:
    """The day that people in the seller's zone have then."""
    return moment.astimezone(ZoneInfo(zone)).date()


def local_time(moment: datetime, zone: str) -> str:
    """The hour and minute that people in the seller's zone read on their watch."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")
