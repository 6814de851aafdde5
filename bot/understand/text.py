"""The text of a message as the voices read it: folded word by word, cut into sentences, with what is not the sender's own words left out."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LIMIT = 10_000  # characters; what lies beyond is not read, and a message so long is never acted on

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"})


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Lower case, umlauts written out, accents off: `Übergabe` and `uebergabe`, `RÉSILIER` and `resilier` are one."""
    lowered = unicodedata.normalize("NFC", word).lower().translate(_UMLAUTS)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in parts if not unicodedata.combining(c)).replace("’", "'")


@dataclass(frozen=True)
class Token:
    """A word, number, address or sign of the text, folded, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A stretch of text that stands between two full stops (or the like), with its tokens."""

    start: int
    end: int
    tokens: tuple[Token, ...]
    question: bool


@dataclass(frozen=True)
class Text:
    """Subject, a newline, and body. `own` has the same length, with blanks where the words are not the sender's own."""

    raw: str
    own: str  # quotes, forwarded mail and signature blanked
    unquoted: str  # quotes and forwarded mail blanked, signature kept
    said: str  # the same as `own`, also without the subject of a reply or forward
    sentences: tuple[Sentence, ...]
    cut: bool  # longer than LIMIT
    body: int  # where the body begins


_TOKEN = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>https?://\S+|www\.\S+)"
    r"|(?P<mention><[@#!][^>\s]{1,80}>)"
    r"|(?P<emoji>:[a-z0-9_+-]{2,40}:)"
    r"|(?P<number>[^\W\d_]{0,6}[-/.]?\d[\w./-]*\w|[^\W\d_]{0,6}-?\d)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<sign>[?!]|[€$£%])",
)
_PLACEHOLDER = {"mail": "<mail>", "url": "<url>", "number": "<num>", "mention": "<at>"}


def tokens_of(text: str, offset: int = 0) -> tuple[Token, ...]:
    """The tokens of a text; addresses, links and numbers only as what they are."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "word"
        start = match.start() + offset
        if kind == "word":
            _add_word(found, match.group(), start)
        else:
            shown = _PLACEHOLDER.get(kind, match.group())
            found.append(Token(shown, start, match.end() + offset))
    return tuple(found)


def _add_word(found: list[Token], word: str, start: int) -> None:
    """One token, or several where an apostrophe joins words: `l'abonnement`, `d'envoyer`, `geht's`."""
    position = start
    for part in re.split(r"(?<=['’])", word):
        bare = part.rstrip("'’")
        if bare:
            found.append(Token(fold(bare), position, position + len(bare)))
        position += len(part)


# A full stop ends a sentence unless it belongs to an abbreviation or a number.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(-])(?:nr|idnr|no|n|rg|rgn|inv|fact|str|tel|dr|st|ste|mme|mr|mrs|ms|m|z|b|bzw|ca|usw|evtl|ggf|inkl|abo|sub|ref|art|av|bd|i|a|d|h|u|s|p|co|bzgl|lt|ing|prof|dipl|hr|fr|kd)$",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?…]+(?=[\s\"”»)]|$)|;(?=\s)|\n")


def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text. A single line break ends one only where the line is short or a list goes on."""
    found: list[Sentence] = []
    start = 0
    for match in _STOP.finditer(text):
        if not _ends_here(text, match):
            continue
        start = _close(found, text, start, match.end())
    _close(found, text, start, len(text))
    return tuple(found)


_BULLET = re.compile(r"\s*(?:[-–—*•→]|\(?\d{1,2}[.)]\s|\(?[a-z]\)\s)")


def _ends_here(text: str, match: re.Match[str]) -> bool:
    sign = match.group()
    if sign == "\n":
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match.start() - line_start < 50:
            return True
        after = text[match.end() : match.end() + 8]
        return not after.strip(" ") or after.startswith("\n") or _BULLET.match(after) is not None
    if sign == ".":
        return _ABBREVIATION.search(text, max(0, match.start() - 6), match.start()) is None
    return True


def _close(found: list[Sentence], text: str, start: int, end: int) -> int:
    piece = text[start:end]
    if piece.strip():
        found.append(Sentence(start, end, tokens_of(piece, start), "?" in piece[-6:]))
    return end


# ------------------------------------------------------------------ what is not the sender's own

_QUOTE_HEAD = re.compile(
    r"^\s*(?:-{2,}\s*(?:urspr(?:ü|ue)ngliche|original|message|nachricht|weitergeleitet|forwarded|mensaje|oorspronkelijk)[^\n]*"
    r"|_{8,}\s*$"
    r"|(?:begin forwarded message|anfang der weitergeleiteten|d[ée]but du message (?:transf|r[ée]exp))[^\n]*"
    r"|(?:am|le|on|el|il|op)\b[^\n]{6,160}(?:schrieb|a [ée]crit|wrote|schreef|ha scritto)(?:[^\n]{0,80}:\s*$|\s?:\s{2,}))",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\s*\*?(?:von|from|de|van|da)\s?\*?\s?:", re.IGNORECASE)
_HEADER = re.compile(
    r"^\s*\*?(?:gesendet|an|betreff|datum|cc|sent|to|subject|date|envoy[ée]|[àa]|objet|verzonden|aan|onderwerp)\s?\*?\s?:",
    re.IGNORECASE,
)
_OLD_SUBJECT = re.compile(r"\s*(?:re|aw|wg|tr|fwd?|antw|sv|réf?|rép)\s?:", re.IGNORECASE)
_CLOSING = re.compile(
    r"^\s*(?:(?:mit )?(?:den |ganz )?(?:freundliche[mnr]?|viele|beste[nr]?|liebe[n]?|sch(?:ö|oe)ne[n]?|herzliche[n]?|sonnige|kollegiale[n]?|nette)\s+gr(?:ü|ue)(?:ß|ss)\w*"
    r"|mit \w+ gr(?:ü|ue)(?:ß|ss)en|mit (?:freundlichem|bestem|sch(?:ö|oe)nem) gru(?:ß|ss)|gru(?:ß|ss)\b|gr(?:ü|ue)(?:ß|ss)e\b|mfg|lg|vg|hochachtungsvoll"
    r"|(?:bien |tr[èe]s )?cordialement|bien [àa] vous|(?:sinc[èe]res |meilleures |cordiales )?salutations|cdt|cdlt"
    r"|veuillez (?:agr[ée]er|croire|recevoir)|(?:kind|best|warm|many)?\s?regards|yours|sincerely|best wishes|cheers|all the best|many thanks|with thanks"
    r")\b[^\n]{0,70}$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"^\s*(?:p\.?\s?-?s\.?|n\.?b\.?|post-?scriptum)\b\.?", re.IGNORECASE)


def read_text(text: str, subject: str = "") -> Text:
    """Subject and body as one text, its sentences, and what of it the sender wrote now."""
    raw = f"{subject}\n{text}"
    cut = len(raw) > LIMIT
    raw = raw[:LIMIT]
    unquoted = _blank(raw, _quoted(raw, len(subject) + 1))
    own = _blank(unquoted, _signed(unquoted))
    body = min(len(subject) + 1, len(raw))
    said = _blank(own, [(0, body - 1)]) if _OLD_SUBJECT.match(subject) and own[body:].strip() else own
    return Text(raw, own, unquoted, said, sentences_of(said), cut, body)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        kept = re.sub(r"[^\n]", " ", text[start:end])
        text = text[:start] + kept + text[end:]
    return text


def _lines(text: str, start: int = 0) -> list[tuple[int, str]]:
    found, position = [], start
    for line in text[start:].split("\n"):
        found.append((position, line))
        position += len(line) + 1
    return found


def _quoted(raw: str, body: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    lines = _lines(raw, min(body, len(raw)))
    for number, (position, line) in enumerate(lines):
        if line.lstrip().startswith((">", "&gt;")):
            spans.append((position, position + len(line)))
        elif _opens_quote(lines, number):
            marked = next((later for _, later in lines[number + 1 :] if later.strip()), "").lstrip().startswith(">")
            spans.append((position, position + len(line) if marked else len(raw)))
            if not marked:
                break
    return spans


def _opens_quote(lines: list[tuple[int, str]], number: int) -> bool:
    line = lines[number][1]
    if len(line) > 300:
        return False
    if _QUOTE_HEAD.match(line):
        return True
    following = [later for _, later in lines[number + 1 : number + 5]]
    if _FROM.match(line):
        return any(_HEADER.match(later) for later in following)
    joined = line + " " + (following[0] if following else "")  # "Am ... 07:55 Uhr" / "schrieb ...:" wrapped
    return len(joined) < 300 and not line.rstrip().endswith((".", "?", "!")) and bool(_QUOTE_HEAD.match(joined))


def _signed(text: str) -> list[tuple[int, int]]:
    """The signature: all after `-- ` or a closing line, up to a postscript."""
    lines = _lines(text)
    start = None
    for number, (position, line) in enumerate(lines):
        if re.fullmatch(r"--\s?", line) or (start is None and number and _closes(lines, number)):
            start = position + len(line)
            break
    if start is None:
        return []
    after = [position for position, line in lines if position > start and _POSTSCRIPT.match(line)]
    return [(start, after[0] if after else len(text))]


def _closes(lines: list[tuple[int, str]], number: int) -> bool:
    if not _CLOSING.match(lines[number][1]):
        return False
    rest = [line for _, line in lines[number + 1 :]]
    before_postscript = rest[: next((i for i, line in enumerate(rest) if _POSTSCRIPT.match(line)), len(rest))]
    return not any("?" in line for line in before_postscript[:6])
