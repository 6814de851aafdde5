"""What a bounce says: which of our letters did not arrive, for whom, and why (RFC 3464, and the prose of mail servers).

The letter is known by our own authenticated token alone: in the address that the bounce came to (VERP), or in the
Message-ID of the mail that it carries. What the other side writes is never shown to customers.
"""

import re
from collections.abc import Iterator

from bot.channels.mail.decode import header_text
from bot.channels.mail.machine_words import DELAYED, FAILURE_MEANING, any_of
from bot.channels.mail.mask import mask
from bot.channels.mail.mime import Part
from bot.messages import Failure

MOST_FAILURES = 10
_MOST_PROSE = 20_000  # characters of prose that are searched
_MOST_DIAGNOSTIC = 300

_SPLIT = re.compile(r"\n[ \t]*\n")
_FIELD = re.compile(r"^([\w-]{1,60}):[ \t]*(.{0,2000}(?:\n[ \t].{0,2000}){0,10})", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@\ud800-\udfff]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[ -](?![\d:]))")
_MESSAGE_ID = re.compile(r"^[> \t]{0,8}message-id:\s{0,4}<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)
_RECIPIENT_LINE = re.compile(
    r"^[ \t*]{0,12}(?:to: ?)?<?(?:mailto:)?(" + _ADDRESS.pattern + r")>?(?=[ \t]*(?:$|[:,(<]|#|\.{0,3}\s*(?:5|4)\d\d))",
    re.IGNORECASE | re.MULTILINE,
)
_DELAYED = any_of(DELAYED)
_MEANINGS = tuple((any_of(words), status) for status, words in FAILURE_MEANING.items())
_RETURNED = re.compile(
    r"(?im)^.{0,20}(?:below this line is a copy|original message|this is a copy of|transcript of session"
    r"|ursprüngliche nachricht|kopie der nachricht|return-path: |received: from )"
)


def failures_of(root: Part, text: str) -> tuple[Failure, ...]:
    """Whom a letter did not reach; `text` is the text of the bounce. Nobody where it only tells of success."""
    reported = [failure for block in _blocks(root) if (failure := _reported(block))]
    if reported or _tells_of_success(root):
        return tuple(dict.fromkeys(reported))[:MOST_FAILURES]
    return (_in_prose(root, text[:_MOST_PROSE]),)


def returned_ids(root: Part) -> Iterator[str]:
    """The Message-IDs of the mails that a bounce carries: as a part, as headers, or in its prose."""
    for part in list(root.walk())[1:]:
        yield from part.all("message-id")
    for part in root.walk():
        if not part.children and part.media_type.startswith(("text/", "message/")):
            yield from _MESSAGE_ID.findall(part.text.replace("\r\n", "\n"))


def _blocks(root: Part) -> Iterator[dict[str, str]]:
    """The groups of fields of the delivery reports in a mail (RFC 3464 2.1)."""
    for part in root.walk():
        if part.media_type not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        for child in part.children:
            yield dict(reversed(child.headers))
            yield from _fields(child.text)
        yield from _fields(part.text)


def _fields(text: str) -> Iterator[dict[str, str]]:
    for block in _SPLIT.split(text.replace("\r\n", "\n")[:_MOST_PROSE]):
        if fields := dict(reversed([(name.lower(), value) for name, value in _FIELD.findall(block)])):
            yield fields


def _reported(fields: dict[str, str]) -> Failure | None:
    """One recipient's group. Success is no failure; without an action the class of the status decides."""
    named = fields.get("original-recipient") or fields.get("final-recipient") or ""
    action = fields.get("action", "").partition("(")[0].strip().lower()
    status = _status_in(fields.get("status", ""))
    if not (named or action) or action in ("delivered", "relayed", "expanded") or status.startswith("2"):
        return None
    diagnostic = _shown(fields.get("diagnostic-code", "").partition(";")[2] or fields.get("diagnostic-code", ""))
    final = action == "failed" or (action != "delayed" and not status.startswith("4"))
    return Failure(_address_in(named.partition(";")[2] or named), _exact(status, diagnostic, final), final, diagnostic)


def _tells_of_success(root: Part) -> bool:
    actions = [block.get("action", "").strip().lower() for block in _blocks(root)]
    return any(action in ("delivered", "relayed", "expanded") for action in actions)


def _in_prose(root: Part, text: str) -> Failure:
    """What servers without reports write; the words of the returned mail below are not theirs."""
    own_words = _RETURNED.split(text, maxsplit=1)[0] or text
    recipient = _address_in(root.header("x-failed-recipients")) or _recipient_in(own_words)
    final = _DELAYED.search(own_words) is None
    status = _status_in(own_words if _STATUS.search(own_words) else text)
    reason = next((line for line in own_words.split("\n") if _STATUS.search(line) or _CODE.search(line)), "")
    return Failure(recipient, _exact(status, own_words, final), final, _shown(reason))


def _recipient_in(text: str) -> str:
    found = _RECIPIENT_LINE.search(text)
    return found[1].lower() if found else _address_in(text)


def _address_in(text: str) -> str:
    found = _ADDRESS.search(text[:_MOST_PROSE])
    return found.group().lower().rstrip(".") if found else ""


def _status_in(text: str) -> str:
    found = _STATUS.search(text[:_MOST_PROSE])
    return found.group() if found else ""


def _exact(status: str, words: str, final: bool) -> str:
    """The most telling status: the report's own; else one in the server's words, else what the words mean."""
    if status and not status.endswith(".0.0"):
        return status
    meant = next((meaning for pattern, meaning in _MEANINGS if pattern.search(words[:_MOST_PROSE])), "")
    within = _status_in(words)
    return (
        (within if within and not within.endswith(".0.0") else "") or meant or status or ("5.0.0" if final else "4.0.0")
    )


def _shown(text: str) -> str:
    """The other side's words on one line, short, without card numbers."""
    return mask(header_text(re.sub(r"\s+", " ", text)))[:_MOST_DIAGNOSTIC]
