"""One mailbox out of a From header, or none: where two readers could read two senders, we read no sender."""

import re
from dataclasses import dataclass

from bot.channels.mail.decode import header_text

_MOST = 2000  # characters of one address header; more is an attack on the parser
_ADDRESS = re.compile(
    r"[^\s@<>(),;:\"\[\]\\\x00-\x1f\x7f\ud800-\udfff]{1,64}@"
    r"(?:[^\s@<>(),;:\"\[\]\\\x00-\x1f\x7f\ud800-\udfff.]{1,63}\.){0,20}[^\s@<>(),;:\"\[\]\\\x00-\x1f\x7f\ud800-\udfff.]{1,63}"
)

_LOOSE = re.compile(r"[^\s<>,;:\"()\ud800-\udfff]{1,64}@[^\s<>,;:\"()@\ud800-\udfff]{1,255}")


@dataclass(frozen=True)
class Mailbox:
    """A bare lower-case address and the name beside it."""

    address: str
    name: str = ""


def one_mailbox(raw: str) -> Mailbox | None:
    """The only mailbox of a header value. None where there is none, or more than one, or any doubt."""
    value = _utf8(raw.strip())
    bare = None if len(value) > _MOST else _unquoted(value)
    if bare is None or ":" in bare or ";" in bare:
        return None
    if bare.count("<") == bare.count(">") == 1:
        return _angled(value, bare)
    return _plain(bare.strip())


def mailboxes(raw: str) -> tuple[str, ...]:
    """All bare addresses of a recipient header, lower-case; a value beyond the cap gives none."""
    value = raw if len(raw) <= 20 * _MOST else ""
    return tuple(found.lower() for found in _LOOSE.findall(value))


def _utf8(value: str) -> str:
    """Raw octets, which the parser keeps as lone surrogates, as UTF-8 (RFC 6532); in other charsets they stay so.

    A name may be guessed, an address may not: one with octets of no known charset is none.
    """
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return value


def _angled(value: str, bare: str) -> Mailbox | None:
    start, end = bare.index("<"), bare.index(">")
    phrase, address = bare[:start], bare[start + 1 : end].strip()
    # A name such as `Müller, Max` without quotes is common; a second address beside the first is not.
    if end < start or bare[end + 1 :].strip() or "@" in phrase or not _ADDRESS.fullmatch(address):
        return None
    name = header_text(value[: value.rindex("<")]).strip().strip('"').replace('\\"', '"')
    return Mailbox(address.lower(), name[:200])


def _plain(address: str) -> Mailbox | None:
    return Mailbox(address.lower()) if _ADDRESS.fullmatch(address) else None


def _unquoted(value: str) -> str | None:
    """The value without comments, the insides of quotes blanked. None where a quote or a comment does not end."""
    kept: list[str] = []
    quoted, depth, escaped = False, 0, False
    for sign in value:
        if escaped or sign == "\\":
            escaped = not escaped
        elif sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and not quoted:
            depth -= 1
            if depth < 0:
                return None
        elif not quoted and not depth:
            kept.append(sign)
    return None if quoted or depth else "".join(kept)
