"""How often one sender is answered: so that two machines never talk to each other for long, and nobody floods anybody.

Answers are counted, not messages. Four caps look at what was answered before a message is served; the last looks at
the answer that is about to be given: where it says nothing new, and nothing new was said before, the talk has stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.messages import Actor, Channel, Inbound, Role
from bot.outcomes import HandedOver, NothingWaiting, NotUnderstood, OtherLanguage, Outcome, ShallI, WhichOne
from bot.settings import Cap
from bot.tokens import derive_id
from storage.tables import InboxRow

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_MOST_REMEMBERED = 200  # answers of one day that are looked at
_WEAK = "-"  # before the digest of an answer that moves nothing
_WRONG = "?"  # before the digest of an answer about a number that the sender does not have (threat T15)
_SAYS_THE_SAME = ("help", "contact_support")  # however often one asks
_MOVE_NOTHING = (HandedOver, NothingWaiting, NotUnderstood, OtherLanguage, ShallI, WhichOne)
_OF_SENDER = ("over_limit", "no_progress", "unreadable", "wrong_numbers")
_OF_DOMAIN, _OF_TEXT = ("domain_limit",), ("same_text",)


class _Given(Protocol):
    """One request and how it ended."""

    @property
    def outcome(self) -> Outcome: ...


@dataclass(frozen=True)
class Limits:
    """The caps of one installation, applied to one inbox row; `caps` is empty where none apply."""

    session: Session
    row: InboxRow
    caps: dict[str, Cap]
    now: datetime

    def mark(self, inbound: Inbound, actor: Actor) -> None:
        """Write down whose message it is and what it says, as digests: nothing in clear."""
        domain = inbound.sender.rpartition("@")[2]
        new = f"{inbound.subject if inbound.fresh_subject else ''} {inbound.text}"
        said = " ".join(new.casefold().split())
        self.row.sender_digest = derive_id("sender", actor.address.casefold())
        self.row.domain_digest = derive_id("domain", domain)
        # A stranger may write from a new address each time: then the domain and the text together say who it is.
        # The token is in it, because several questions may be answered by the same "yes".
        who = (actor.contact_email or domain).casefold()
        self.row.text_digest = derive_id("text", who, inbound.thread.token, said) if said else None

    def over(self, actor: Actor) -> str:
        """Why this message is not answered, before it is served: a key of the words `why`, or nothing."""
        mail = self.row.channel == Channel.EMAIL
        who = "stranger" if actor.role is Role.STRANGER and mail else "contact"
        if self._reached(who, col(InboxRow.sender_digest) == self.row.sender_digest):
            return "over_limit"
        if not mail:
            return ""
        domain = col(InboxRow.domain_digest) == self.row.domain_digest
        if self._reached("domain", domain):
            return "domain_limit"
        same = col(InboxRow.text_digest) == self.row.text_digest
        return "same_text" if self.row.text_digest and self._reached("same text", domain, same) else ""

    def idle(self) -> str:
        """Why the answer that was just made is not given: it says nothing new, like those before it."""
        cap = self.caps.get("conversation without progress")
        answer = self.row.answer_digest
        if answer is None or self.row.channel != Channel.EMAIL:
            return ""
        if answer.startswith(_WRONG) and self._guesses():
            return "wrong_numbers"
        said = [*self._said_before(), answer]
        return "no_progress" if cap and _standing(said) >= cap.count else ""  # the notice is the last answer

    def _guesses(self) -> bool:
        """Whether so many numbers were wrong that this sender may be trying out which ones exist."""
        wrong = col(InboxRow.answer_digest).startswith(_WRONG)
        return self._reached("wrong numbers", col(InboxRow.sender_digest) == self.row.sender_digest, wrong)

    def first(self, reason: str) -> bool:
        """Whether this is the first message of a day that this cap stops: only then somebody is told."""
        same = {
            **dict.fromkeys(_OF_SENDER, col(InboxRow.sender_digest) == self.row.sender_digest),
            **dict.fromkeys(_OF_DOMAIN, col(InboxRow.domain_digest) == self.row.domain_digest),
            **dict.fromkeys(_OF_TEXT, col(InboxRow.text_digest) == self.row.text_digest),
        }[reason]
        of_sender = col(InboxRow.domain_digest) == self.row.domain_digest  # the index
        return self._count(DAY, same, of_sender, col(InboxRow.capped) == reason) == 0

    def _reached(self, name: str, *same: ColumnElement[bool]) -> bool:
        cap = self.caps.get(name)
        return cap is not None and self._count(cap.window, *same, col(InboxRow.answer_digest).is_not(None)) >= cap.count

    def _count(self, window: timedelta, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).where(
            col(InboxRow.received) > self.now - window, col(InboxRow.id) != self.row.id, *conditions
        )
        return self.session.exec(query).one()

    def _said_before(self) -> list[str]:
        """What was told before, oldest first: within a day in this conversation, within an hour to this sender.

        What moved nothing counts for a day wherever it was told: a machine may begin a new conversation each time.
        """
        talk = (col(InboxRow.sender_digest) == self.row.sender_digest) | (col(InboxRow.case_id) == self.row.case_id)
        query = (
            select(InboxRow.answer_digest, InboxRow.case_id, InboxRow.received)
            .where(talk, col(InboxRow.received) > self.now - DAY, col(InboxRow.id) != self.row.id)
            .where(col(InboxRow.answer_digest).is_not(None))
            .order_by(col(InboxRow.received).desc())
            .limit(_MOST_REMEMBERED)
        )
        rows = reversed(self.session.exec(query).all())
        lately = self.now - HOUR
        return [
            digest
            for digest, case, received in rows
            if digest and (case == self.row.case_id or received > lately or digest.startswith(_WEAK))
        ]


def answer_digest(given: Sequence[tuple[str, _Given]], case: str) -> str:
    """What an answer says, as a digest: intents and outcomes, without the reference of the case."""
    told = [f"{intent}:{served.outcome!r}".replace(case, "") for intent, served in given]
    moves = any(
        intent not in _SAYS_THE_SAME and not isinstance(served.outcome, _MOVE_NOTHING) for intent, served in given
    )
    wrong = any(served.outcome.template() == "not_found" for _, served in given)
    return (_WRONG if wrong else "" if moves else _WEAK) + derive_id("answer", *told)


def _standing(said: Sequence[str]) -> int:
    """How many answers at the end say nothing new; the one that did counts as the first of them."""
    seen: set[str] = set()
    standing = 0
    for digest in said:
        standing = standing + 1 if digest in seen or digest.startswith(_WEAK) else 1
        seen.add(digest)
    return standing
