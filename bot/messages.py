"""The values that travel along the road of a message: what came in, who asks, what they want, what we say."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MOST_HEARD = 8_000  # characters that are understood; a longer text goes to a person, who sees all that is kept


class Channel(StrEnum):
    """A door through which messages come in and answers go out."""

    EMAIL = "email"
    SLACK = "slack"
    TERMINAL = "terminal"
    PAGE = "page"  # a button on the page of a question: nothing goes out there, the answer is a mail


class Language(StrEnum):
    """The three languages we answer in."""

    DE = "de"
    EN = "en"
    FR = "fr"


class Kind(StrEnum):
    """What a message is, before anybody asks what it wants. Only a person's message is ever answered."""

    BOUNCE = "bounce"
    OWN = "own"
    LIST = "list"
    AUTO = "auto"
    PERSON = "person"


class Trust(StrEnum):
    """How far the sender of a message is proven: the columns of the policy table."""

    FAILED = "failed"  # dmarc=fail: no action, no answer
    T0 = "T0"  # unknown, or known but not authenticated
    T1 = "T1"  # known contact, authenticated
    T2 = "T2"  # known contact, and a fresh token answered from the address on file
    INTERNAL = "I"  # member of our own team in Slack
    AGENT = "A"  # support agent in Slack


class Role(StrEnum):
    """What a person is to the customer (a contact's role, as the billing core keeps it) or to us."""

    OWNER = "owner"
    BILLING = "billing"
    TECHNICAL = "technical"
    COLLEAGUE = "colleague"  # on the customer's domain, but no contact
    STRANGER = "stranger"
    TEAM = "team"  # our own people


class Decision(StrEnum):
    """How sure a reading is. It says nothing about permission or risk."""

    ACT = "act"
    ASK = "ask"
    OFFER = "offer"
    PERSON = "person"
    SILENT = "silent"


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message. It is kept, never opened."""

    filename: str
    media_type: str  # by magic bytes, not by what the sender claims
    size: int  # bytes
    sha256: str
    encrypted: bool = False  # a password is needed to open it


@dataclass(frozen=True)
class Authentication:
    """What is proven about the From address, and why we say so."""

    verdict: str  # "pass", "fail" or "none"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thread:
    """Where a message hangs: ids of mail or Slack, never a grant of identity."""

    message_id: str = ""  # of the message itself; for Slack "channel:ts"
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    token: str = ""  # our own authenticated token, from a Message-ID, a plus address or a Slack thread
    place: str = ""  # where an answer goes that is no mail: a Slack channel id, or "" for mail


@dataclass(frozen=True)
class Failure:
    """What a bounce says of one recipient."""

    recipient: str  # bare lower-case address, "" where the report names none
    status: str  # RFC 3463 "5.1.1"; "5.0.0" or "4.0.0" where only the kind of the failure is known
    final: bool  # False: only delayed, the other side still tries
    diagnostic: str = ""  # the other side's words, on one line, for operators; never shown to customers


@dataclass(frozen=True)
class Inbound:
    """A message as its channel parsed it. `text` is only what the person newly wrote."""

    channel: Channel
    key: str  # unique within the channel; the same message again has the same key
    sender: str  # bare lower-case address, or Slack user id
    text: str
    sent: datetime  # when the sender sent it, aware
    subject: str = ""
    fresh_subject: bool = True  # False: a reply or forward; the subject is old text and makes no request
    kind: Kind = Kind.PERSON
    kind_reason: str = ""
    sender_name: str = ""
    auth: Authentication = Authentication("none")
    thread: Thread = field(default_factory=Thread)
    attachments: tuple[Attachment, ...] = ()
    unsure: str = ""  # why the new text may be incomplete (then a person reads it), "" if it is sure
    unread: bool = False  # it could not be taken apart at all: a person reads the raw message that is kept
    failures: tuple[Failure, ...] = ()  # of a bounce: whom our letter did not reach, and why
    has_secret: bool = False  # a card number or an IBAN stands in the raw message: it is masked there, too
    has_card: bool = False  # a card number stood in it; `text` and `subject` have it masked


@dataclass(frozen=True)
class Actor:
    """Who asks, for whom, and how far that is proven."""

    address: str  # the address or Slack user id the message came from
    role: Role
    trust: Trust
    reasons: tuple[str, ...] = ()
    customer_id: str | None = None
    contact_email: str | None = None  # the address on file that answers go to; None: nobody on file
    name: str = ""
    language: Language | None = None  # as the contact is kept on file

    @property
    def known(self) -> bool:
        """Whether the sender belongs to one of our customers."""
        return self.customer_id is not None


@dataclass(frozen=True)
class Written:
    """What a request was written in, for deeds that need more than slots."""

    text: str = ""  # what the person newly wrote; for agents, never for a template that others read
    received: datetime | None = None  # when our door took it; None where nobody wrote
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Press:
    """A button or a modal: somebody decided. Whether they may is read again when it is carried out."""

    parked_id: str
    verdict: str  # "approve", "reject", "ask", "yes" or "no"
    user: str = ""  # Slack user id, "" for a button on a page of ours
    reason: str = ""  # key of a rejection, or of a question to the customer
    channel: str = ""  # where the button stands, "" for a modal
    note: str = ""  # internal, never for customers
    letter: str = ""  # of a button on a page of ours: the letter whose link was opened
    text: str = ""  # what an agent asks the customer, word for word


SlotValue = str | tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Half-open character range in the text that was read (subject first, then a newline, then the body)."""

    start: int
    end: int


@dataclass(frozen=True)
class Heard:
    """One request as it was read: the intent's name, slot values in normal form, and where they stand."""

    intent: str
    slots: dict[str, SlotValue] = field(default_factory=dict)
    spans: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    decision: Decision = Decision.ASK  # of this request alone
    evidence: tuple[str, ...] = ()  # which voice heard what, in words for `--explain`


@dataclass(frozen=True)
class Reading:
    """What a message says. `requests` is the best reading whatever the decision; `language` None: no language."""

    language: str | None  # "de", "fr", "en", "other" or None
    requests: tuple[Heard, ...]
    decision: Decision
    evidence: tuple[str, ...] = ()
    alternatives: tuple[Heard, ...] = ()  # with `offer`: other readings, the likelier first; `requests` holds the best


PROOF = "proof"


@dataclass(frozen=True)
class DocumentRef:
    """A stored document that travels with a reply; its bytes are fetched when it is sent."""

    kind: str  # "invoice" or "quote" of the billing core; PROOF: a file that a customer handed in, for agents
    number: str  # of a proof its id


@dataclass(frozen=True)
class CsvFile:
    """A list that travels with a reply. It is kept with the reply, so that a repeat after a crash sends the same."""

    kind: str  # key of the words `documents`: what the file is called
    number: str  # what tells it apart: the ISO day on which the list was true
    text: str  # the file as `bot.sheets` wrote it


Enclosure = DocumentRef | CsvFile


@dataclass(frozen=True)
class Choice:
    """Something the reader can do now: a button in Slack, a word to answer in mail, a number in the terminal."""

    action: str  # "yes", "no", "approve", "reject"
    label: str  # in the reader's language


@dataclass(frozen=True)
class Reply:
    """An answer in words: Markdown of our own small kind, foreign text already sealed (see bot.dress)."""

    subject: str
    body: str
    language: Language
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Enclosure, ...] = ()
    state: str = ""  # how the one request ended: done, question, waiting, refused; "" where it tells of several
    asks: "Reply | None" = None  # of a letter with a link to a page: the question alone, as the page shows it


@dataclass(frozen=True)
class Standing:
    """How a question of ours stands, as the page behind its link shows it.

    `state`: open; yes, no (it was answered so before); replaced (by a newer question); after a click also done,
    question, waiting, refused (as in `Reply`), dropped (by a no), accepted (kept, not worked off yet), stuck.
    """

    state: str
    language: Language
    country: str = ""  # of the customer, whose way of writing dates this is
    reply: Reply | None = None  # the question, or what it led to
    at: datetime | None = None  # in the seller's zone: until when it is open, or when it was answered
    case: str = ""
