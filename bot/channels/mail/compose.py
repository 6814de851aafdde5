"""A letter becomes the bytes of a mail: one recipient, two dresses of one text, marked as automatic (RFC 3834)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from bot.channels.mail.decode import tidy
from bot.ports import Letter, NotSent

LONGEST_HEADER = 200  # characters of a value that others had a hand in
MOST_REFERENCES = 10
LONGEST_ID = 250
LONGEST_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1

_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")
_LINE_ENDS = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_WIRE = policy.SMTP.clone(max_line_length=76)


@dataclass(frozen=True)
class DressedText:
    """One reply as subject, plain text and HTML; both say the same."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class House:
    """Who writes: the address that answers come from, the name beside it, the domain of our Message-IDs."""

    sender_address: str
    from_name: str
    domain: str


def compose(letter: Letter, *, house: House, dressed: DressedText) -> bytes:
    """The mail, the same bytes every time for one letter. Raises NotSent for a recipient who is no single address."""
    recipient = one_recipient(letter.recipient)
    message = EmailMessage(policy=_WIRE)
    message["From"] = _address(house.from_name, house.sender_address)
    message["To"] = _address("", recipient)
    message["Reply-To"] = _address(house.from_name, plus_address(house.sender_address, letter.token))
    message["Subject"] = header_line(dressed.subject)
    message["Date"] = format_datetime(letter.created)
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Guichet-Case"] = header_line(letter.case)
    message["X-Guichet-Loop"] = "yes"
    _fill(message, letter, dressed)
    # The ids are written by hand: the library would fold long ones into encoded words, which no reader undoes.
    return _ids(letter, house.domain) + _with_fixed_boundaries(message, letter.token).as_bytes()


def one_recipient(address: str) -> str:
    """The address in ASCII form. Raises NotSent where it is not exactly one good address."""
    try:
        checked = validate_email(address, check_deliverability=False, strict=True, allow_smtputf8=False)
    except EmailNotValidError:
        raise NotSent("the recipient is not one valid address", permanent=True) from None
    return str(checked.ascii_email)


def plus_address(address: str, token: str) -> str:
    """Our address with the token behind a plus; without where the local part would grow too long."""
    local, _, domain = address.rpartition("@")
    longer = f"{local}+{token}"
    return f"{longer}@{domain}" if token and len(longer) <= LONGEST_LOCAL_PART else address


def message_id(token: str, domain: str) -> str:
    """The Message-ID of a letter; a repeat has the same."""
    return f"<{token}@{domain}>"


def header_line(text: str) -> str:
    """A value that cannot begin another header: controls are one blank each, lone surrogates go, cut at 200."""
    clean = tidy(text).encode("utf-8", "ignore").decode()
    return clean if len(clean) <= LONGEST_HEADER else f"{clean[: LONGEST_HEADER - 1]}…"


def references(ids: Iterable[str], replied: str) -> tuple[str, ...]:
    """The ids that our mail hangs on: well-formed ones only, each once, the first and the latest of a long thread."""
    good = dict.fromkeys(one for one in (*ids, replied) if len(one) <= LONGEST_ID and _ID.fullmatch(one))
    chain = tuple(good)
    return chain if len(chain) <= MOST_REFERENCES else (chain[0], *chain[1 - MOST_REFERENCES :])


def _address(name: str, address: str) -> Address:
    # A name with an @ in it looks like a forged sender to mail servers.
    local, _, domain = address.rpartition("@")
    return Address(header_line(name).replace("@", " "), username=local, domain=domain)


def _ids(letter: Letter, domain: str) -> bytes:
    lines = [f"Message-ID: {message_id(letter.token, domain)}"]
    if _ID.fullmatch(letter.in_reply_to) and len(letter.in_reply_to) <= LONGEST_ID:
        lines.append(f"In-Reply-To: {letter.in_reply_to}")
    if chain := references(letter.references, letter.in_reply_to):
        lines.append("References: " + "\r\n ".join(chain))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _fill(message: EmailMessage, letter: Letter, dressed: DressedText) -> None:
    message.set_content(_plain(dressed.text), cte="quoted-printable")
    message.add_alternative(_clean(dressed.html), subtype="html", cte="quoted-printable")
    for file in letter.files:
        main, _, sub = file.media_type.partition("/")
        name = header_line(file.filename)
        message.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=name)


def _with_fixed_boundaries(message: EmailMessage, token: str) -> EmailMessage:
    """The same letter gives the same bytes: the library would draw its boundaries by lot."""
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{token[:40]}_{number}")  # "=_" stands in no quoted-printable and in no base64 line
    return message


def _plain(text: str) -> str:
    return _clean(text).rstrip("\n") + "\n"


def _clean(text: str) -> str:
    """Only LF as line end and no other control character: a lone CR and a dot would end the mail somewhere."""
    lines = _LINE_ENDS.split(text.encode("utf-8", "ignore").decode())
    return "\n".join(re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", "", line) for line in lines)
