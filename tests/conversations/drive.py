"""One conversation through a door in one process: what a person writes, turn by turn, and what became of it."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import col, select

from bot.channels.slack.stored import MESSAGE, pack
from bot.messages import Channel
from bot.pipeline import records
from storage.database import reading
from storage.tables import CaseRow, InboxRow, ParkedRow
from tests.threats.machine import Letter, Machine

ADA, BOT, ROOM = "U0ADA", "U0BOT", "C0GENERAL"
_stamps = itertools.count(1)


@dataclass
class Played:
    """What a conversation led to."""

    letters: list[Letter] = field(default_factory=list)  # to the person who wrote, and to others
    last: list[Letter] = field(default_factory=list)  # of the last turn
    core: dict[str, object] = field(default_factory=dict)  # what of the core is not as it was before
    parked: list[ParkedRow] = field(default_factory=list)
    case: CaseRow | None = None

    @property
    def sent(self) -> dict[str, set[str]]:
        """The documents that left, by the address they left for."""
        found: dict[str, set[str]] = {}
        for letter in self.letters:
            if letter.documents and letter.channel == Channel.EMAIL:
                found.setdefault(letter.recipient, set()).update(letter.documents)
        return found

    def waiting(self, kind: str) -> list[ParkedRow]:
        """What still waits: for a yes (`asker`), a decision (`agent`) or a detail."""
        return [row for row in self.parked if row.state == "open" and row.waits_for == kind]


def by_mail(machine: Machine, sender: str, turns: tuple[str, ...], *, account: str = "") -> Played:
    """Each turn answers the newest letter that asks something, or else the newest."""
    played, before, begun = Played(), _core(machine), machine.app.clock.now()
    letter: Letter | None = None
    for text in turns:
        caused = _turn_by_mail(machine, letter, sender, text)
        mine = [one for one in caused if one.recipient == sender]
        letter = next((one for one in mine if one.parked), mine[-1] if mine else letter)
        played.letters += caused
        played.last = caused
    return _ended(machine, played, before, begun)


def _turn_by_mail(machine: Machine, letter: Letter | None, sender: str, text: str) -> list[Letter]:
    if text == LATER:
        return _let_expire(machine)
    if text.startswith(AWAY):
        headers = {"Auto_Submitted": "auto-replied"}
        return machine.answer_to(letter, sender, text.removeprefix(AWAY), **headers) if letter else []
    return machine.answer_to(letter, sender, text) if letter else machine.mail(sender, text)


AWAY = "[out of office] "  # before a turn that a machine sends
LATER = "[four days later]"


def _let_expire(machine: Machine) -> list[Letter]:
    for row in machine.parked():
        machine.change(ParkedRow, row.id, expires=machine.app.clock.now() - timedelta(hours=1))
    return []


def in_slack(machine: Machine, sender: str, turns: tuple[str, ...], *, account: str = "") -> Played:
    """The same by a support agent on the customer's behalf, in one thread of a channel."""
    played, before, begun = Played(), _core(machine), machine.app.clock.now()
    root = ""
    for text in turns:
        if text == LATER:
            _let_expire(machine)
            continue
        if text.startswith(AWAY):
            continue  # nobody is out of office in Slack
        caused, ts = _say(machine, text, root)
        root = root or ts
        if account and any(one.reply.subject in WHICH_ACCOUNT for one in caused):
            more, _ = _say(machine, account, root)
            caused = [*caused, *more]
        played.letters += caused
        played.last = caused
    return _ended(machine, played, before, begun)


WHICH_ACCOUNT = ("Für welches Kundenkonto?", "For which customer account?", "Pour quel compte client ?")


def _say(machine: Machine, text: str, root: str) -> tuple[list[Letter], str]:
    ts = f"1795000000.{next(_stamps):06d}"
    event = {"type": "message", "user": ADA, "channel": ROOM, "ts": ts, "text": f"<@{BOT}> {text}"}
    if root:
        event["thread_ts"] = root
    stored = pack(f"{ROOM}:{ts}", MESSAGE, {"event": event}, bot_user=BOT)
    return machine.kept(Channel.SLACK, stored.key, stored.raw), ts


def _core(machine: Machine) -> dict[str, object]:
    """What the billing core holds of the customers, as far as a conversation could change it."""
    with reading(machine.app.engine) as session:
        core = machine.app.cores(session)
        look: dict[str, Callable[[str], object]] = {
            "changes": core.change_requests, "proofs": core.proofs, "disputes": core.disputes, "quotes": core.quotes,
            "subscriptions": core.subscriptions, "invoices": core.invoices,
        }  # fmt: skip
        customers = core.all_customers()
        facts: dict[str, object] = {f"{customer.id} customer": customer for customer in customers}
        for customer in customers:
            facts |= {f"{customer.id} {what}": ask(customer.id) for what, ask in look.items()}
        return facts


def _ended(machine: Machine, played: Played, before: dict[str, object], begun: object) -> Played:
    after = _core(machine)
    played.core = {key: value for key, value in after.items() if before.get(key) != value}
    with reading(machine.app.engine) as session:
        played.parked = [row for row in session.exec(select(ParkedRow)) if row.created >= begun]  # type: ignore[operator]
        newest = session.exec(select(InboxRow).order_by(col(InboxRow.received).desc())).first()
        played.case = session.get(CaseRow, newest.case_id) if newest and newest.case_id else None
    return played


__all__ = ["AWAY", "LATER", "Played", "by_mail", "in_slack", "json", "records"]
