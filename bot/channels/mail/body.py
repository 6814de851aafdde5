"""Which parts of a mail are its text, and what that text says."""

import re
import unicodedata
from dataclasses import dataclass, replace

from bot.channels.mail.decode import parameter
from bot.channels.mail.html import TooMuchHtml, rough_text, visible_text
from bot.channels.mail.mime import Part, type_of
from bot.channels.mail.trim import Trimmed, trim

_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_SMALL_IMAGE = 20 * 1024  # octets: below this an inline image is a logo of a signature, not a screenshot
_NO_TEXT = re.compile(
    r"\[?(?:cid:[^\s\]]{1,200}|image: [^\]\n]{0,200}|inline image[^\]\n]{0,100})\]|\[image\]|<?(?:https?://|mailto:|tel:)[^\s<>\])]{1,2000}>?|<[^<>\s]{1,200}@[^<>\s]{1,200}>",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[@./-][^\W_]+)*")
_ARMOUR = "-----BEGIN PGP "
_LONGEST_LINE, _MOST_LINES = 300, 3_000  # characters; lines


@dataclass
class _Found:
    plain: list[Part]
    html: list[Part]
    files: list[Part]
    encrypted: bool = False


@dataclass(frozen=True)
class Body:
    """The new text of a mail, the whole text, and the parts that are files."""

    new: Trimmed
    whole: str
    files: tuple[Part, ...]


def body_of(root: Part) -> Body:
    """Find and trim the text. `new.unsure` says why a person should read it."""
    found = _Found([], [], [])
    _sort(root, found)
    plain = composed("\n".join(_flowed(part) for part in found.plain))
    shown, trouble = _shown("\n".join(part.text for part in found.html))
    shown = composed(shown)
    plain, armour = _without_armour(plain)
    new, whole = _chosen(plain, shown)
    unsure = armour or ("encrypted" if found.encrypted else "") or trouble or new.unsure
    if not whole.strip() and any(type_of(part.octets) == "application/ms-tnef" for part in found.files):
        unsure = unsure or "tnef"  # Outlook packed the text itself; files are never opened
    return Body(replace(new, unsure=unsure), whole, tuple(found.files))


def composed(text: str) -> str:
    """Letters and their accents as one sign each (NFC): some programs, Apple's above all, send them apart."""
    if text.isascii():
        return text
    # Sorting a run of accents costs the square of its length, so a line that is no line is left alone.
    lines = text.split("\n")
    for at, line in enumerate(lines[:_MOST_LINES]):
        if len(line) <= _LONGEST_LINE:
            lines[at] = unicodedata.normalize("NFC", line)
    return "\n".join(lines)


def _sort(part: Part, found: _Found) -> None:
    """Put each leaf where it belongs. Depth is capped before parsing."""
    if part.media_type in _ENCRYPTED:  # signed-data as well: its text is inside the signature (RFC 8551 3.5.2)
        found.encrypted = True
    if part.media_type.startswith("message/"):
        found.files.append(part)  # a mail in the mail is a file: nothing in it is asked of us
    elif part.media_type == "multipart/alternative":
        _alternative(part, found)
    elif part.children:
        for child in part.children:
            _sort(child, found)
    else:
        _leaf(part, found)


def _alternative(part: Part, found: _Found) -> None:
    inner = _Found([], [], [])
    for child in part.children:
        _sort(child, inner)
    found.plain += inner.plain[:1]
    found.html += inner.html
    found.files += [*inner.plain[1:], *inner.files]
    found.encrypted |= inner.encrypted


def _leaf(part: Part, found: _Found) -> None:
    if part.disposition != "attachment" and not part.filename and part.media_type == "text/plain":
        found.plain.append(part)
    elif part.disposition != "attachment" and not part.filename and part.media_type == "text/html":
        found.html.append(part)
    elif not _is_decoration(part):
        found.files.append(part)


def _is_decoration(part: Part) -> bool:
    if part.media_type in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"):
        return True
    small = len(part.octets) < _SMALL_IMAGE and part.disposition != "attachment"
    return (small and bool(part.header("content-id")) and part.media_type.startswith("image/")) or not part.octets


def _shown(html: str) -> tuple[str, str]:
    if not html.strip():
        return "", ""
    try:
        return visible_text(html), ""
    except TooMuchHtml:
        return rough_text(html), "html_too_large"


def _chosen(plain: str, shown: str) -> tuple[Trimmed, str]:
    if not plain.strip():
        return trim(shown), shown
    new = trim(plain)
    if not shown.strip():
        return new, plain
    seen = trim(shown)
    if differ(new.text, seen.text):
        return replace(new, unsure=new.unsure or "text_and_html_differ"), plain
    return new, plain


def differ(one: str, other: str) -> bool:
    """Whether two readings of one mail say different things: other numbers or addresses, or many other words."""
    left, right = _words(one), _words(other)
    apart = left ^ right
    if any(any(sign.isdigit() for sign in word) or "@" in word for word in apart):
        return True
    return len(apart) > max(2, (len(left) + len(right)) // 10)


def _words(text: str) -> set[str]:
    bare = _NO_TEXT.sub(" ", text[:200_000]).replace("*", "").replace("\u00ad", "").casefold()
    return set(_WORD.findall(bare))


def _flowed(part: Part) -> str:
    """The text of a plain part, soft line ends joined (RFC 3676)."""
    kind = part.header("content-type")
    text = part.text.replace("\r\n", "\n")
    if parameter(kind, "format").lower() != "flowed":
        return text
    drop_space = parameter(kind, "delsp").lower() == "yes"
    joined: list[str] = []
    soft = False
    for line in text.split("\n"):
        marks = re.match(r">*", line)
        quotes = marks.group() if marks else ""
        bare = line[len(quotes) :].removeprefix(" ")
        if soft and joined and _quotes(joined[-1]) == quotes:
            joined[-1] += bare
        else:
            joined.append(f"{quotes} {bare}" if quotes else bare)
        soft = line.endswith(" ") and bare != "-- "
        if soft and drop_space:
            joined[-1] = joined[-1][:-1]
    return "\n".join(joined)


def _quotes(line: str) -> str:
    return line[: len(line) - len(line.lstrip(">"))]


def _without_armour(text: str) -> tuple[str, str]:
    """A clear-signed text without its armour (the signature is not verified); an encrypted one is for people."""
    if _ARMOUR not in text:
        return text, ""
    if f"{_ARMOUR}MESSAGE" in text:
        return text, "encrypted"
    before, _, rest = text.partition(f"{_ARMOUR}SIGNED MESSAGE-----")
    signed, _, after = rest.partition(f"{_ARMOUR}SIGNATURE-----")
    body = signed.partition("\n\n")[2]
    trailing = after.partition("-----END PGP SIGNATURE-----")[2]
    return f"{before}{re.sub(r'(?m)^- ', '', body)}{trailing}", ""
