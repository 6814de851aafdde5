"""How a request can end. An outcome is a handful of facts; the words are in `templates/`.

    Outcome
      Done       it was done
      Question   it waits for the asker's yes, or for something that only the asker knows
      Waiting    it waits for our support
      Refused    it was not done, and why

An outcome of a handler has its words in `templates/<intent>/<outcome>.<lang>.md.j2`, one of this file in
`templates/_common/`. Facts are text, whole numbers, dates, money, or tuples of these.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from billing import Money
from bot.messages import PROOF, DocumentRef


@dataclass(frozen=True)
class Word:
    """A fact of a list that has words in each language."""

    key: str


@dataclass(frozen=True)
class Sheet:
    """A list that is too long for a letter: it goes along as a CSV file in the reader's language.

    `name` is a key of the words `documents`, and the table of words that `columns` and each `Word` are looked up in.
    """

    name: str
    day: date  # on which it is true
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | date | Money | Word | None, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """How one request ended."""

    choices: ClassVar[tuple[str, ...]] = ()  # what the reader can answer: actions of `messages.Choice`

    @classmethod
    def template(cls) -> str:
        """The name of its words: `NotFound` is `not_found`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """Documents that travel with the answer; none unless an outcome says so."""
        return ()

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Lists that travel with the answer; none unless an outcome says so."""
        return ()

    @property
    def speaks(self) -> str:
        """The language that the answer is written in, where the request was about that; "" otherwise."""
        return ""


class Done(Outcome):
    """It was done."""


class Question(Outcome):
    """It waits for the asker."""


class Waiting(Outcome):
    """It waits for our support."""


class Refused(Outcome):
    """It was not done."""


@dataclass(frozen=True)
class Item:
    """A request named in words, for a question or a list: rendered from `<intent>/reading`."""

    intent: str
    ask: object  # the intent's Ask; None where something is still missing: then it is named by its intent


@dataclass(frozen=True)
class ShallI(Question):
    """We believe we understood; the reading is named."""

    choices = ("yes", "no")

    reading: Item


@dataclass(frozen=True)
class WhichOne(Question):
    """Several readings are possible: the two or three likeliest."""

    readings: tuple[Item, ...]


@dataclass(frozen=True)
class Missing(Question):
    """The request lacks something only the asker knows."""

    reading: str  # the intent's name, for its `_name` words
    slots: tuple[str, ...]
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class WhichAccount(Question):
    """A colleague in Slack did not say for which customer."""


@dataclass(frozen=True)
class WhichPending(Question):
    """A yes, but several requests wait for one."""

    readings: tuple[Item, ...]


@dataclass(frozen=True)
class NotUnderstood(Waiting):
    """We could not read it; our support has it."""

    case: str


@dataclass(frozen=True)
class HandedOver(Waiting):
    """A person takes over, because the message is beyond what we may decide."""

    case: str


@dataclass(frozen=True)
class AgentDecides(Waiting):
    """A support agent must allow it: asked by a colleague, or for an address that may be a trap."""

    reading: Item
    case: str
    alike: tuple[str, ...] = ()  # recipients whose domain looks like one of the customer's own, and is not


@dataclass(frozen=True)
class OtherLanguage(Waiting):
    """A message in a fourth language: a short bilingual answer, and a person."""

    case: str


@dataclass(frozen=True)
class NothingWaiting(Refused):
    """A yes or no, but nothing waits for one."""


@dataclass(frozen=True)
class Dropped(Done):
    """The asker said no; what was parked is dropped."""

    reading: Item


@dataclass(frozen=True)
class AlreadyDecided(Refused):
    """A yes or no to a question that was answered before."""

    reading: Item


@dataclass(frozen=True)
class AskAgain(Question):
    """A yes that came after its question had expired: nothing was done, and the question is put afresh."""

    choices = ("yes", "no")

    reading: Item


@dataclass(frozen=True)
class Withdrawn(Done):
    """The asker took back what lay with our agents."""

    reading: Item
    case: str


@dataclass(frozen=True)
class Lapsed(Refused):
    """Our support did not decide in time; nothing was done."""

    reading: Item
    case: str


@dataclass(frozen=True)
class AgentAsks(Question):
    """An agent must know something before deciding. The words are the agent's, or one of our own questions."""

    reading: Item
    case: str
    standard: str = ""  # key of the words `questions`
    text: str = ""  # as the agent wrote it


@dataclass(frozen=True)
class PassedOn(Waiting):
    """The answer to our agent's question is with the agent; the request goes on."""

    reading: Item
    case: str


@dataclass(frozen=True)
class NotAllowed(Refused):
    """The sender may not have this. Says nothing about what exists."""


@dataclass(frozen=True)
class Rejected(Refused):
    """Our support said no, with one of the known reasons."""

    reading: Item
    reason: str  # key: not_proven, wrong_account, duplicate, other_way


@dataclass(frozen=True)
class Unavailable(Refused):
    """The billing core does not answer right now."""


@dataclass(frozen=True)
class Failed(Refused):
    """Something broke on our side; the reference finds it again."""

    case: str


@dataclass(frozen=True)
class FurtherDocuments(Done):
    """The documents of a letter are too large for one mail; this is one of the further ones."""

    part: int
    of: int


@dataclass(frozen=True)
class Undelivered(Refused):
    """A letter that the asker wanted sent came back."""

    recipient: str
    numbers: tuple[str, ...]  # of the documents in it
    reason: str  # key: unknown_mailbox, unknown_domain, mailbox_full, too_large, refused, no_answer, other


@dataclass(frozen=True)
class CardSeen(Refused):
    """A card number stood in the message: nothing is done, the sender is warned."""


@dataclass(frozen=True)
class Paused(Waiting):
    """The sender's messages are no longer answered automatically; they wait for a person."""

    case: str


@dataclass(frozen=True)
class Earlier:
    """A request of before that an agent had or has to decide."""

    case: str
    reading: Item
    state: str  # open, asked (an agent waits for the customer's answer), approved, rejected, expired
    asked: datetime
    decided: datetime | None = None
    reason: str = ""  # key of a rejection
    filed: tuple[str, ...] = ()  # ids of what was filed at the core
    asker: str = ""  # the address on file that asked
    question: datetime | None = None  # since when our agents wait for an answer


@dataclass(frozen=True)
class WithPerson:
    """A case that one of our people has in hand, because we decide nothing in it ourselves."""

    case: str
    since: datetime


COMMON: tuple[type[Outcome], ...] = (
    ShallI, WhichOne, Missing, WhichAccount, WhichPending, NotUnderstood, HandedOver, AgentDecides, OtherLanguage,
    NothingWaiting, Dropped, AlreadyDecided, AskAgain, Withdrawn, Lapsed, AgentAsks, PassedOn, NotAllowed, Rejected,
    Unavailable, Failed, FurtherDocuments, Undelivered, CardSeen, Paused,
)  # fmt: skip


# What our support agents see in Slack: words in `templates/_approval/`


@dataclass(frozen=True)
class Change:
    """One line of a diff."""

    field: str  # company_name, country, tax_id, cancel, upgrade, proof, dispute
    before: str
    after: str


@dataclass(frozen=True)
class CardFacts:
    """What an agent must see before deciding, read at the moment of the click and never kept in the button."""

    case: str
    customer: str
    changes: tuple[Change, ...]
    is_open: bool = True
    language: str = ""  # in which the asker is written to
    goes_to: str = ""  # where a question to the asker goes; "" where nobody could answer it


@dataclass(frozen=True)
class Effect:
    """What a request would do, line by line: a key of the words `effects`, and what is now and would be."""

    key: str  # tax, currency, renews, ends, in_time, late, price
    before: str = ""  # of `tax` a key of the words `tax`
    after: str = ""
    day: date | None = None
    amount: Money | None = None


@dataclass(frozen=True)
class Card(Question):
    """A request that an agent decides: approve, reject, or ask the customer first."""

    choices = ("approve", "reject", "ask")

    case: str
    customer: str  # name
    reading: Item
    changes: tuple[Change, ...]
    trust: str
    open_invoices: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    why_trust: tuple[str, ...] = ()  # keys of the words `trust_reasons`
    proofs: tuple[str, ...] = ()  # ids of proofs of payment, one for each file
    until: date | None = None  # when it lapses if nobody decides
    standing: str = ""  # asked, silent, answered, overdue: key of the words `standing`; "" for a new one
    since: date | None = None  # of the standing
    at: str = ""  # hh:mm of that day
    agents: tuple[str, ...] = ()  # Slack user ids of those who may decide it, where it is overdue

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """The files themselves: nobody has to look for the mail."""
        return tuple(DocumentRef(PROOF, proof) for proof in self.proofs)


@dataclass(frozen=True)
class Asked(Done):
    """An agent asked the customer: what the others see under the card."""

    by: str  # Slack user id
    standard: str
    text: str


@dataclass(frozen=True)
class Answered(Waiting):
    """What the customer answered, under the card."""

    text: str
    trust: str
    files: tuple[str, ...] = ()  # names of what came with it
    whole: bool = True  # whether all of the message could be told from what it quotes


@dataclass(frozen=True)
class CannotAsk(Refused):
    """A question would reach nobody who could answer it."""

    case: str


@dataclass(frozen=True)
class Undecided(Waiting):
    """A reminder under the card: nobody has decided yet."""

    case: str
    since: date  # when it came to the agents
    until: date  # when it lapses
    agents: tuple[str, ...]  # Slack user ids of those who may decide it
    number: int  # which reminder it is


@dataclass(frozen=True)
class NoAnswer(Waiting):
    """The customer was asked, and has not answered."""

    case: str
    since: date
    agents: tuple[str, ...]
    runs: bool  # whether the time of the request runs again


@dataclass(frozen=True)
class Decided(Done):
    """What became of a card: who decided, when, why."""

    case: str
    customer: str
    reading: Item
    changes: tuple[Change, ...]
    ending: str  # approved, rejected, withdrawn (by the asker), expired
    by: str  # Slack user id; of a withdrawal the asker's address
    at: str  # hh:mm
    reason: str = ""  # key of a rejection


@dataclass(frozen=True)
class TooLate(Refused):
    """A second click: somebody decided before, or it has lapsed."""

    by: str  # Slack user id, "" where nobody decided
    approved: bool
    at: str


@dataclass(frozen=True)
class NotYours(Refused):
    """An agent may not decide this: no agent, or it is their own request."""


@dataclass(frozen=True)
class ChangedMeanwhile(Refused):
    """The customer's record changed since the card was made; look again."""

    case: str


@dataclass(frozen=True)
class NeedsPerson(Waiting):
    """A message that only a person can answer."""

    case: str
    customer: str  # name, or "" where the sender belongs to no customer
    reason: str  # key of the words `why`: not_understood, unsure, stuck, over_limit, ...
    colleague: str = ""  # Slack user id of one of our own people who wrote
    trust: str = ""  # of the sender; "" where nobody can say
    why_trust: tuple[str, ...] = ()  # keys of the words `trust_reasons`


@dataclass(frozen=True)
class LetterBounced(Waiting):
    """A letter of ours came back."""

    case: str
    customer: str  # name, or "" where the letter belongs to no customer
    recipient: str
    numbers: tuple[str, ...]  # of the documents in it
    reason: str  # as in Undelivered
    status: str  # RFC 3463, "5.1.1"
    told: bool  # whether somebody else than the recipient had asked for it, and was told


FOR_AGENTS: tuple[type[Outcome], ...] = (
    Card, Asked, Answered, CannotAsk, Undecided, NoAnswer, Decided, TooLate, NotYours, ChangedMeanwhile, NeedsPerson,
    LetterBounced,
)  # fmt: skip
