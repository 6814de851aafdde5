"""Octets to text: transfer encodings, charsets and encoded words. Nothing here ever raises on what came in."""

import base64
import binascii
import quopri
import re
import urllib.parse
from collections.abc import Callable

# A closed list (mail.md, T18): Python's codec registry also holds zlib, hex, idna and others that are no charsets.
# The Latin names mean Windows code pages, as in every browser: senders write "iso-8859-1" and mean curly quotes.
_CHARSETS = {
    "ascii": "cp1252", "usascii": "cp1252", "ansix341968": "cp1252", "unknown8bit": "utf-8", "default": "utf-8",
    "utf8": "utf-8", "utf7": "utf-7", "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be",
    "utf32": "utf-32",
    "iso88591": "cp1252", "latin1": "cp1252", "cp1252": "cp1252", "ansi": "cp1252",
    "iso88592": "iso8859-2", "latin2": "iso8859-2", "iso88593": "iso8859-3", "iso88594": "iso8859-4",
    "iso88595": "iso8859-5", "iso88596": "iso8859-6", "iso88597": "iso8859-7", "iso88598": "iso8859-8",
    "iso88598i": "iso8859-8", "iso88599": "cp1254", "iso885910": "iso8859-10", "iso885913": "iso8859-13",
    "iso885914": "iso8859-14", "iso885915": "iso8859-15", "latin9": "iso8859-15", "iso885916": "iso8859-16",
    "koi8r": "koi8-r", "koi8u": "koi8-u", "macintosh": "mac-roman", "macroman": "mac-roman",
    "ibm850": "cp850", "cp850": "cp850", "ibm437": "cp437", "cp437": "cp437", "ibm852": "cp852", "cp852": "cp852",
    "ibm866": "cp866", "cp866": "cp866", "cp932": "cp932", "windows31j": "cp932", "xsjis": "cp932", "sjis": "cp932",
    "shiftjis": "cp932", "eucjp": "euc-jp", "iso2022jp": "iso2022-jp-ext", "gb2312": "gb18030", "gbk": "gb18030",
    "gb18030": "gb18030", "hzgb2312": "hz", "big5": "big5hkscs", "euckr": "cp949", "ksc56011987": "cp949",
    "iso2022kr": "iso2022-kr", "windows874": "cp874", "tis620": "tis-620", "viscii": "cp1258",
    **{f"windows{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"cp{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
}  # fmt: skip

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_GAP = re.compile(r"[ \t\r\n]*\Z")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
# C0, DEL, C1, line and paragraph separators: one of these in a header of ours would start a new line somewhere.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Marks that turn or hide what stands beside them: never words, often a trick ("a.pdf" that is an "exe").
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def text_of(octets: bytes, charset: str = "") -> str:
    """Decode with the charset named, else as UTF-8, else as Windows-1252. NULs go. Never raises."""
    name = re.sub(r"[^a-z0-9]", "", charset.lower().partition("*")[0])
    codec = _CHARSETS.get(name, "")
    for attempt in ("utf-8" if codec in ("", "cp1252") else codec, codec):
        if attempt and (text := _strictly(octets, attempt)) is not None:
            return text.replace("\0", "").removeprefix("\ufeff")
    return octets.decode("cp1252" if codec in ("", "cp1252") else codec, "replace").replace("\0", "")


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except UnicodeError:
        return None


def transfer_decoded(octets: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; broken encodings give what can be saved."""
    undo: dict[str, Callable[[bytes], bytes]] = {"base64": from_base64, "quoted-printable": quopri.decodestring}
    name = encoding.partition(";")[0].strip().lower()
    return undo[name](octets) if name in undo else octets


def from_base64(octets: bytes) -> bytes:
    """Base64 as mailers send it: foreign characters skipped, padding mended, a stray last sign dropped."""
    try:
        return base64.b64decode(octets)
    except binascii.Error:
        return _mended_base64(octets)


def _mended_base64(octets: bytes) -> bytes:
    signs = _NOT_BASE64.sub(b"", octets.partition(b"=")[0] if octets.count(b"=") <= 2 else octets)
    signs = signs[: len(signs) - 1] if len(signs) % 4 == 1 else signs
    try:
        return base64.b64decode(signs + b"=" * (-len(signs) % 4))
    except binascii.Error:
        return b""


def header_text(raw: str) -> str:
    """A header value as a person reads it: on one line, encoded words decoded, no control characters."""
    return tidy(_decoded_words(_eight_bit(raw)))


def tidy(text: str) -> str:
    """On one line: every run of control characters is one blank, invisible turning marks go."""
    return _INVISIBLE.sub("", _CONTROLS.sub(" ", text)).strip()


def _eight_bit(raw: str) -> str:
    """The parser keeps raw octets as lone surrogates: read them as UTF-8, else as Windows-1252."""
    if raw.isascii():
        return raw
    return text_of(raw.encode("utf-8", "surrogateescape"))


def _decoded_words(text: str) -> str:
    pieces: list[str] = []
    held: tuple[str, bytes] | None = None  # octets of adjacent words: one character may be split over two
    place = 0
    for word in _WORD.finditer(text):
        between = text[place : word.start()]
        charset, octets = word[1], _word_octets(word[2], word[3])
        if held is not None and _GAP.match(between) and held[0].lower() == charset.lower():
            held = (charset, held[1] + octets)
        else:
            pieces += [text_of(held[1], held[0])] if held else []
            pieces += [] if held and _GAP.match(between) else [between]
            held = (charset, octets)
        place = word.end()
    pieces += [text_of(held[1], held[0])] if held else []
    return "".join([*pieces, text[place:]])


def _word_octets(encoding: str, data: str) -> bytes:
    octets = data.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return from_base64(octets)
    return quopri.decodestring(octets.replace(b"_", b" "))


def parameter(raw: str, name: str) -> str:
    """A parameter of a structured header: quoted or bare, RFC 2231 pieces joined, encoded words decoded."""
    pieces: dict[int, str] = {}
    charset = ""
    pattern = rf';\s*{re.escape(name)}(?:\*(\d{{1,3}}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))'
    for found in re.finditer(pattern, raw[:8192], re.IGNORECASE | re.DOTALL):
        value = re.sub(r'\\(["\\])', r"\1", found[3]) if found[3] is not None else found[4]
        if found[2]:
            if not charset and value.count("'") >= 2:
                charset, _, value = value.split("'", 2)
            value = urllib.parse.unquote(value, encoding="latin-1") if charset else value
        pieces.setdefault(int(found[1] or 0), value)
    joined = "".join(pieces[number] for number in sorted(pieces))
    if charset:
        return tidy(text_of(joined.encode("latin-1", "replace"), charset))
    return header_text(joined)
