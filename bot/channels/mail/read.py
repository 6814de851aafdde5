"""A stored mail becomes an Inbound. Whatever the bytes are, nothing is raised: what cannot be read goes to people."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.channels.mail.addresses import mailboxes
from bot.channels.mail.authenticity import authenticate, sender_of
from bot.channels.mail.body import Body, body_of
from bot.channels.mail.bounces import failures_of, returned_ids
from bot.channels.mail.decode import tidy
from bot.channels.mail.envelope import Envelope, unseal
from bot.channels.mail.kind import kind_of
from bot.channels.mail.mask import has_card, mask
from bot.channels.mail.mime import (
    Part,
    as_attachment,
    headers_only,
    masked_mail,
    parse,
    subject_of,
    too_much,
)
from bot.channels.mail.own import OwnMail
from bot.channels.mail.trim import Trimmed
from bot.messages import MOST_HEARD, Attachment, Authentication, Channel, Inbound, Kind, Thread

log = logging.getLogger(__name__)

MOST_REFERENCES = 50
MOST_NEW_TEXT = 64 * 1024  # characters of new text that are kept for people
_ID = re.compile(r"<([^<>\s]{1,250})>")
_OLD_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{1,30}\]\s*)?(?:re|aw|antw|antwort|wg|fwd?|weitergeleitet|tr|transf|ref?|réf?|rép|rv|sv|vs|vb|odp|r|i)"
    r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d)?\s?[:：]",
    re.IGNORECASE,
)


def read_mail(raw: bytes, key: str, *, own: OwnMail) -> Inbound:
    """Read a stored mail. Never raises; `unsure` says why a person must look at it."""
    envelope, mail = unseal(raw)
    try:
        return _read(envelope, mail, key, own)
    except Exception as error:  # a promise to the worker: no bytes in the world stop it
        log.exception("action=mail_unreadable key=%s error=%s", key[:16], type(error).__name__)
        return read_head(raw, key, own=own)


def read_head(raw: bytes, key: str, *, own: OwnMail) -> Inbound:
    """Only whom a stored mail is from and what it is about, where reading all of it broke the reader."""
    envelope, mail = unseal(raw)
    return _unreadable(envelope, headers_only(_from_first_header(mail)), key, "unreadable", own)


def attached_files(raw: bytes) -> Iterator[tuple[Attachment, bytes]]:
    """The files of a mail with their bytes, for the store. Gives nothing for a mail that is too much to parse."""
    _, mail = unseal(raw)
    if not too_much(_from_first_header(mail)):
        for part in body_of(parse(_from_first_header(mail))).files:
            yield as_attachment(part), part.octets


def without_secrets(raw: bytes) -> bytes:
    """A stored mail with card numbers and IBANs masked in its texts and its subject; the same where it has none."""
    _, mail = unseal(raw)
    above = raw[: len(raw) - len(mail)]
    return above + masked_mail(mail) if not too_much(_from_first_header(mail)) else raw


def _read(envelope: Envelope | None, mail: bytes, key: str, own: OwnMail) -> Inbound:
    mail = _from_first_header(mail)
    if excess := too_much(mail):
        return _unreadable(envelope, headers_only(mail), key, f"too_much_{excess}", own)
    root = parse(mail)
    body = body_of(root)
    return _inbound(envelope, root, body, key, own)


def _inbound(envelope: Envelope | None, root: Part, body: Body, key: str, own: OwnMail) -> Inbound:
    mailbox, trouble = sender_of(root)
    subject = subject_of(root)
    path = _envelope_sender(envelope, root)
    kind, reason = kind_of(root, sender=path, subject=subject, text=body.new.text or body.whole, own=own)
    bounced = kind is Kind.BOUNCE
    text = body.whole if bounced else body.new.text
    thread = _thread(envelope, root, own)
    return Inbound(
        channel=Channel.EMAIL,
        key=key,
        sender=mailbox.address if mailbox else "",
        sender_name=mailbox.name if mailbox else "",
        text=mask(text[:MOST_NEW_TEXT]).strip(),
        sent=_sent(envelope, root),
        subject=mask(subject[:500]),
        fresh_subject=is_fresh(root, subject, body.new),
        kind=kind,
        kind_reason=reason,
        auth=authenticate(root, mailbox, trouble, own.authserv_id),
        thread=replace(thread, token=thread.token or _returned_token(root, own)) if bounced else thread,
        attachments=tuple(as_attachment(part) for part in body.files),
        unsure=_unsure(body, text, trouble),
        failures=failures_of(root, body.whole) if bounced else (),
        has_secret=_has_secret(subject[:500]) or _has_secret(body.whole[: 2 * MOST_NEW_TEXT]),
        has_card=has_card(text[:MOST_NEW_TEXT]) or has_card(subject[:500]),
    )


def _unsure(body: Body, text: str, trouble: str) -> str:
    return body.new.unsure or ("too_long" if len(text) > MOST_HEARD else "") or trouble


def is_fresh(root: Part, subject: str, new: Trimmed) -> bool:
    """Whether the subject is new text: not that of a reply or a forward."""
    if any(value.strip() for value in root.all("in-reply-to", "references")):
        return False
    return _OLD_SUBJECT.match(subject) is None


def _unreadable(envelope: Envelope | None, root: Part, key: str, why: str, own: OwnMail) -> Inbound:
    mailbox, _ = sender_of(root)
    subject = subject_of(root)
    kind, reason = kind_of(root, sender=_envelope_sender(envelope, root), subject=subject, text="", own=own)
    return Inbound(
        channel=Channel.EMAIL,
        key=key,
        sender=mailbox.address if mailbox else "",
        text="",
        sent=_sent(envelope, root),
        subject=mask(subject[:500]),
        fresh_subject=False,
        kind=kind,
        kind_reason=reason,
        auth=Authentication("none", (why,)),
        thread=_thread(envelope, root, own),
        unsure=why,
        unread=True,
    )


def _from_first_header(mail: bytes) -> bytes:
    """Without the "From " line of an mbox and the blank lines that some senders put above the headers."""
    mail = mail.lstrip(b"\r\n") if mail[:2] in (b"\r\n", b"\n\n") or mail[:1] == b"\n" else mail
    return mail.partition(b"\n")[2] if mail.startswith((b"From ", b">From ")) else mail.removeprefix(b"\xef\xbb\xbf")


def _envelope_sender(envelope: Envelope | None, root: Part) -> str | None:
    """The envelope sender; of a mail from a file what its Return-Path says, None where it says nothing."""
    if envelope is not None:
        return envelope.sender
    path = root.all("return-path")[:1]
    return path[0].strip().strip("<>").strip().lower() if path and "<" in path[0] else None


def _sent(envelope: Envelope | None, root: Part) -> datetime:
    arrived = envelope.arrived if envelope else datetime.now(UTC)
    try:
        sent = parsedate_to_datetime(tidy(root.header("date"))[:100])
        sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
        return sent if 1990 <= sent.astimezone(UTC).year <= 2100 else arrived
    except (ValueError, TypeError, OverflowError, IndexError):
        return arrived


def _thread(envelope: Envelope | None, root: Part, own: OwnMail) -> Thread:
    replied = _ids(root.all("in-reply-to"))
    references = _ids(root.all("references"))[-MOST_REFERENCES:]
    token = next((found for one in (*replied, *reversed(references)) if (found := own.token_in(one))), "")
    return Thread(
        message_id=next(iter(_ids(root.all("message-id")[:1])), ""),
        in_reply_to=replied[-1] if replied else "",
        references=references,
        token=token or _plus_token(envelope, root, own),
    )


def _has_secret(text: str) -> bool:
    return mask(text) != text


def _returned_token(root: Part, own: OwnMail) -> str:
    """Our token in the Message-ID of the letter that a bounce gives back."""
    return next((found for one in returned_ids(root) if (found := own.token_in(one))), "")


def _ids(values: tuple[str, ...]) -> tuple[str, ...]:
    found = (one for value in values for one in _ID.findall(value[:20_000]))
    return tuple(f"<{one}>" for one in found if one.isascii() and one.isprintable())


def _plus_token(envelope: Envelope | None, root: Part, own: OwnMail) -> str:
    """A token in the address that the mail came to. Cc is not looked at: anybody may put anything there."""
    named = (address for value in root.all("to") for address in mailboxes(value))
    addressed = envelope.recipients if envelope else tuple(named)
    tokens = (address.rpartition("@")[0].partition("+")[2] for address in addressed if own.is_address(address))
    return next((found for token in tokens if (found := own.checked(token))), "")
