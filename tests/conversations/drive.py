"""One conversation through a door in one process: what a person writes, turn by turn, and what became of it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import col, select

from billing import BillingCore
from bot.channels.slack.stored import MESSAGE, pack
from bot.messages import Channel
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
    by_mail: bool = False

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


def by_mail(machine: Machine, sender: str, turns: tuple[str, ...], *, account: tuple[str, str]) -> Played:
    """Each turn answers the newest letter that asks something, or else the newest."""
    played, before, begun = Played(by_mail=True), _core(machine, account[0]), machine.app.clock.now()
    letter: Letter | None = None
    for text in turns:
        letter = None if text.startswith(NEW) else letter
        caused = _turn_by_mail(machine, letter, sender, text.removeprefix(NEW))
        mine = [one for one in caused if one.recipient == sender]
        letter = next((one for one in mine if one.parked), mine[-1] if mine else letter)
        played.letters += caused
        played.last = caused
    return _ended(machine, played, before, begun, account[0])


def _turn_by_mail(machine: Machine, letter: Letter | None, sender: str, text: str) -> list[Letter]:
    if text == LATER:
        return _let_expire(machine)
    if text.startswith(AWAY):
        headers = {"Auto_Submitted": "auto-replied"}
        return machine.answer_to(letter, sender, text.removeprefix(AWAY), **headers) if letter else []
    return machine.answer_to(letter, sender, text) if letter else machine.mail(sender, text)


AWAY = "[out of office] "  # before a turn that a machine sends
NEW = "[new] "  # before a turn that begins a thread of its own
LATER = "[four days later]"


def _let_expire(machine: Machine) -> list[Letter]:
    for row in machine.parked():
        machine.change(ParkedRow, row.id, expires=machine.app.clock.now() - timedelta(hours=1))
    return []


def in_slack(machine: Machine, sender: str, turns: tuple[str, ...], *, account: tuple[str, str]) -> Played:
    """The same by a support agent on the customer's behalf, in one thread of a channel."""
    played, before, begun = Played(), _core(machine, account[0]), machine.app.clock.now()
    root = ""
    for text in turns:
        if text == LATER:
            _let_expire(machine)
            continue
        if text.startswith(AWAY):
            continue  # nobody is out of office in Slack
        root = "" if text.startswith(NEW) else root
        caused, ts = _say(machine, text.removeprefix(NEW), root)
        root = root or ts
        if any(one.reply.subject.replace("\u202f", " ").replace("\u00a0", " ") in WHICH_ACCOUNT for one in caused):
            more, _ = _say(machine, account[1], root)
            caused = [*caused, *more]
        played.letters += caused
        played.last = caused
    return _ended(machine, played, before, begun, account[0])


WHICH_ACCOUNT = ("Für welches Kundenkonto?", "For which customer account?", "Pour quel compte client ?")


def _say(machine: Machine, text: str, root: str) -> tuple[list[Letter], str]:
    ts = f"1795000000.{next(_stamps):06d}"
    event = {"type": "message", "user": ADA, "channel": ROOM, "ts": ts, "text": f"<@{BOT}> {text}"}
    if root:
        event["thread_ts"] = root
    stored = pack(f"{ROOM}:{ts}", MESSAGE, {"event": event}, bot_user=BOT)
    return machine.kept(Channel.SLACK, stored.key, stored.raw), ts


def _core(machine: Machine, of: str) -> dict[str, object]:
    with reading(machine.app.engine) as session:
        return held(machine.app.cores(session), of)


def held(core: BillingCore, of: str) -> dict[str, object]:
    """What the billing core holds: all customers, and of one everything else, as far as a conversation could change it."""
    look: dict[str, Callable[[str], object]] = {
        "changes": core.change_requests, "proofs": core.proofs, "disputes": core.disputes, "quotes": core.quotes,
        "subscriptions": core.subscriptions, "invoices": core.invoices,
    }  # fmt: skip
    facts: dict[str, object] = {f"{customer.id} customer": customer for customer in core.all_customers()}
    return facts | {f"{of} {what}": ask(of) for what, ask in look.items()}


def _ended(machine: Machine, played: Played, before: dict[str, object], begun: object, of: str) -> Played:
    after = _core(machine, of)
    played.core = {key: value for key, value in after.items() if before.get(key) != value}
    with reading(machine.app.engine) as session:
        played.parked = [row for row in session.exec(select(ParkedRow)) if row.created >= begun]  # type: ignore[operator]
        newest = session.exec(select(InboxRow).order_by(col(InboxRow.received).desc())).first()
        played.case = session.get(CaseRow, newest.case_id) if newest and newest.case_id else None
    return played


__all__ = ["AWAY", "LATER", "NEW", "WHICH_ACCOUNT", "Played", "by_mail", "held", "in_slack"]
