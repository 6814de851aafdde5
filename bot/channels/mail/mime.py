"""The parts of a mail, behind caps that are checked on the bytes before anything parses them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.encoders import encode_base64
from email.header import Header
from email.message import Message

from bot.channels.mail.decode import header_text, parameter, text_of, tidy, transfer_decoded
from bot.channels.mail.envelope import split_head
from bot.channels.mail.mask import mask
from bot.messages import Attachment

MOST_HEADER_OCTETS = 64 * 1024
MOST_HEADERS = 500
MOST_LINES = 600_000  # the full size in base64 is 350,000; the parser needs a second for a million
MOST_PARTS = 200
MOST_DEPTH = 20
MOST_TEXT = 512 * 1024  # octets of one text part; nobody writes more to a billing desk

_BOUNDARY = re.compile(rb'boundary\s{0,20}\*?\s{0,20}=\s{0,20}(?:"([^"\r\n]{0,200})|([^\s;"]{1,200}))', re.IGNORECASE)
_NESTED = re.compile(rb"^content-type:\s{0,20}message/", re.IGNORECASE | re.MULTILINE)
_LINE = re.compile(rb"\n(?![ \t])")
_LOCKED_PDF = re.compile(rb"/Encrypt\s{0,8}(?:\d{1,10}\s{1,8}\d{1,5}\s{1,8}R\b|<<)")

# First octets that name a type; the longest that fits wins. A zip stays a zip: we never look inside (mail.md, T9).
_MAGIC = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"), (b"BM", "image/bmp"), (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"), (b"PK\x03\x04", "application/zip"), (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"), (b"{\\rtf", "application/rtf"),
    (b"Rar!\x1a\x07", "application/vnd.rar"), (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"), (b"MZ", "application/x-dosexec"), (b"\x7fELF", "application/x-executable"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"), (b"#!", "text/x-script"), (b"BZh", "application/x-bzip2"),
)  # fmt: skip
_MARKUP = ((b"<?xml", "application/xml"), (b"<!doctype html", "text/html"), (b"<html", "text/html"))


@dataclass(frozen=True)
class Part:
    """A leaf or a container of the MIME tree. `octets` are decoded for leaves, empty for containers."""

    media_type: str
    headers: tuple[tuple[str, str], ...]  # lower-case name, raw value
    octets: bytes = b""
    children: tuple["Part", ...] = ()

    def header(self, name: str) -> str:
        """The first value of a header, raw; "" where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, *names: str) -> tuple[str, ...]:
        """All values of the headers of these names, raw, in their order."""
        return tuple(value for key, value in self.headers if key in names)

    @property
    def disposition(self) -> str:
        """ "attachment", "inline" or whatever the sender wrote, lower-case."""
        return self.header("content-disposition").partition(";")[0].strip().lower()

    @property
    def filename(self) -> str:
        """The file name that the sender gave, made harmless; "" where there is none."""
        given = parameter(self.header("content-disposition"), "filename")
        return harmless_name(given or parameter(self.header("content-type"), "name"))

    @property
    def text(self) -> str:
        """The octets as text."""
        return text_of(self.octets[:MOST_TEXT], parameter(self.header("content-type"), "charset"))

    def walk(self, *, forwarded: bool = True) -> Iterator["Part"]:
        """This part and all below it, in reading order; on request without what lies in a forwarded mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if forwarded or part.media_type != "message/rfc822":
                waiting.extend(reversed(part.children))


def too_much(mail: bytes) -> str:
    """Which cap a mail exceeds, as a short code; "" where it is safe to parse. Linear in the mail's size."""
    head, _ = split_head(mail)
    if len(head) > MOST_HEADER_OCTETS:
        return "header_octets"
    if len(_LINE.findall(head)) >= MOST_HEADERS:
        return "headers"
    if max(mail.count(b"\n"), mail.count(b"\r")) > MOST_LINES:
        return "lines"
    return _structure_excess(mail)


def _structure_excess(mail: bytes) -> str:
    declared = {(quoted or bare).rstrip() for quoted, bare in _BOUNDARY.findall(mail)}
    nested = len(_NESTED.findall(mail))
    if nested > MOST_DEPTH or len(declared) > MOST_PARTS:
        return "depth" if nested > MOST_DEPTH else "parts"
    parts = 0
    open_ones: list[bytes] = []
    for count, (name, closing) in enumerate(_delimiters(mail, declared)):
        parts += not closing
        while name in open_ones:
            open_ones.pop()
        open_ones += [] if closing else [name]
        if parts > MOST_PARTS or count > 3 * MOST_PARTS:
            return "parts"
        if len(open_ones) + nested > MOST_DEPTH:
            return "depth"
    return ""


def _delimiters(mail: bytes, declared: set[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The lines that begin or end a part: the boundary's name, and whether it ends."""
    if not declared:
        return
    names = b"|".join(re.escape(name) for name in sorted(declared, key=len, reverse=True))
    for found in re.finditer(rb"^--(%b)(--)?[ \t]*\r?$" % names, mail, re.MULTILINE):
        yield found[1], found[2] is not None


def parse(mail: bytes) -> Part:
    """The MIME tree of a mail that `too_much` let pass."""
    return _part(message_from_bytes(mail, policy=policy.compat32))


def masked_mail(mail: bytes) -> bytes:
    """The mail with the secrets in its texts and its subject masked; every part without one keeps its octets."""
    message = message_from_bytes(mail, policy=policy.compat32)
    masked = _masked_subject(message)
    for part in message.walk():
        if part.get_content_maintype() == "text" and not part.is_multipart():
            masked |= _masked_text(part)
    return message.as_bytes() if masked else mail


def _masked_subject(message: Message) -> bool:
    subject = header_text(str(message.get("Subject", "")))
    if mask(subject) == subject:
        return False
    message.replace_header("Subject", Header(mask(subject), "utf-8").encode())
    return True


def _masked_text(part: Message) -> bool:
    read = _part(part)  # takes the encoding away from the part that it reads
    encoding = read.header("content-transfer-encoding")
    whole = text_of(read.octets, parameter(read.header("content-type"), "charset"))
    if mask(whole) == whole:
        if encoding:
            part["Content-Transfer-Encoding"] = encoding
        return False
    part.set_payload(mask(whole).encode("utf-8"))
    part.set_param("charset", "utf-8")
    encode_base64(part)
    return True


def headers_only(mail: bytes) -> Part:
    """The first headers of a mail that is too much to parse, so that people can see whom it came from."""
    head, _ = split_head(mail[:MOST_HEADER_OCTETS])
    lines = re.split(rb"\r?\n(?![ \t])", head)[:MOST_HEADERS]
    pairs = (line.decode("ascii", "surrogateescape").partition(":") for line in lines if b":" in line)
    return Part("text/plain", tuple((name.strip().lower(), value.strip()) for name, _, value in pairs))


def _part(message: Message) -> Part:
    headers = tuple((name.lower(), str(value)) for name, value in message.raw_items())
    media_type = message.get_content_type()
    if message.is_multipart():  # asked first: for a leaf get_payload() would decode, and "idna" raises then
        children = (child for child in message.get_payload() if isinstance(child, Message))
        return Part(media_type, headers, children=tuple(_part(child) for child in children))
    encoding = next((value for name, value in headers if name == "content-transfer-encoding"), "")
    # Without the header the parser gives back the octets as they came, and its own decoding cannot raise.
    del message["Content-Transfer-Encoding"]
    octets = message.get_payload(decode=True)
    return Part(media_type, headers, transfer_decoded(octets if isinstance(octets, bytes) else b"", encoding))


def type_of(octets: bytes) -> str:
    """What a file is by its first octets, whatever its name says."""
    for start, media_type in _MAGIC:
        if octets.startswith(start):
            return media_type
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "image/webp"
    if octets[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "image/heic"
    beginning = octets[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, media_type in _MARKUP:
        if beginning.startswith(start):
            return media_type
    return "application/octet-stream" if b"\0" in octets[:4096] or not octets else "text/plain"


def as_attachment(part: Part) -> Attachment:
    """Name, type, size and hash of a file. It is not opened."""
    octets = part.octets
    name = part.filename or "unnamed"
    return Attachment(name, type_of(octets), len(octets), hashlib.sha256(octets).hexdigest(), _is_locked(octets))


def _is_locked(octets: bytes) -> bool:
    """Whether a PDF wants a password: its trailer or cross-reference stream names an /Encrypt dictionary (7.6.1)."""
    return octets.startswith(b"%PDF-") and _LOCKED_PDF.search(octets) is not None


def harmless_name(name: str) -> str:
    """A file name without folders, control or turning characters, at most 120 characters."""
    last = re.split(r"[/\\]", tidy(name))[-1].strip(". ")
    return re.sub(r'[<>:"|?*]', "_", last)[-120:]


def subject_of(root: Part) -> str:
    """The subject on one line."""
    return header_text(root.header("subject"))
