"""One text, many dresses: a Reply's Markdown as plain text, HTML or Slack's mrkdwn, and its subject.

The Markdown is our own small kind: paragraphs (a backslash at the end of a line keeps the break),
`## heading`, `- item`, `1. item`, `| tables |`, `**bold**`, `[text](https://...)`, `=> [text](https://...)`
for a link that looks like a button, and `@[U123]` for a Slack user. Everything else is text.

What a person wrote is *sealed* before it gets here: punctuation is mapped to private-use code points, so it
can never act as markup, HTML or mrkdwn. Each dress turns it back into the literal characters at the very end.
"""

import html as _html
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.messages import Reply

SUBJECT_LENGTH = 78  # RFC 5322 2.1.1: a line should not be longer
FACT_LENGTH = 300  # longer than any address; keeps a hostile name from filling a letter
WIDTH = 76
_PRIVATE = 0xE000
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»"
_SEAL = {ord(character): chr(_PRIVATE + ord(character)) for character in _PUNCTUATION}
_UNSEAL = {_PRIVATE + ord(character): character for character in _PUNCTUATION}


class Sealed(str):
    """Text that the dresses may trust: our own words, or facts that `seal` made harmless."""

    __slots__ = ()


def seal(fact: str, *, most: int = FACT_LENGTH) -> Sealed:
    """A fact as one line of literal text, whoever wrote it. Sealing twice changes nothing."""
    visible = "".join(_visible(character) for character in fact)
    line = " ".join(visible.split())
    return Sealed((line if len(line) <= most else line[:most] + "…").translate(_SEAL))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "Z" or character in "\t\n\r\v\f\x85":
        return " "
    # Cf holds the bidi controls and zero-width characters, with which a name can disguise itself
    return "" if category in ("Cc", "Cf", "Cs", "Cn") else character


def unseal(text: str) -> str:
    """The literal characters again."""
    return text.translate(_UNSEAL)


def subject(reply: Reply) -> str:
    """The subject as one header line of at most 78 characters, or as a Slack `plain_text`."""
    line = unseal(" ".join(_bare(reply.subject).split()))
    if len(line) <= SUBJECT_LENGTH:
        return line
    cut = line[: SUBJECT_LENGTH - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[SUBJECT_LENGTH // 2 :] else cut).rstrip(" ,:;–-") + "…"


def plain(reply: Reply) -> str:
    """The body as plain text, wrapped like a typed letter."""
    return "\n\n".join(_plain_block(block) for block in blocks(reply.body)) + "\n"


def terminal(reply: Reply) -> str:
    """Subject, body and the choices, numbered, for a terminal."""
    choices = "".join(f"\n  {number}  {choice.label}" for number, choice in enumerate(reply.choices, 1))
    return f"{subject(reply)}\n\n{plain(reply)}{choices}{chr(10) if choices else ''}"


def html(reply: Reply) -> str:
    """The body as a complete HTML document: no remote content, readable in the dark and on narrow screens."""
    inner = "\n".join(_html_block(block) for block in blocks(reply.body))
    return _PAGE.format(language=reply.language, title=_html.escape(subject(reply)), body=inner)


def page(body: str) -> str:
    """A body as part of a page that brings its own style: the same HTML without any."""
    inner = "\n".join(_html_block(block) for block in blocks(body))
    return _STYLE.sub("", inner)  # quotes in facts are escaped, so only our own attributes match


def slack(reply: Reply) -> str:
    """The body as mrkdwn. Nothing in it can page a channel, link or format that is not our own template's."""
    return "\n\n".join(_slack_block(block) for block in blocks(reply.body))


def slack_subject(reply: Reply) -> str:
    """The subject as mrkdwn, for the text fallback of a message."""
    return _slack_literal(reply.subject.replace("**", ""))


# --- blocks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list or table. `lines` are its lines or items, each still with inline markup."""

    kind: str  # "p", "h", "ul", "ol", "table", "button"
    lines: tuple[str, ...]


_ITEM = re.compile(r"(?:(-)|\d{1,2}\.) +")


def blocks(body: str) -> list[Block]:
    """The body cut into blocks at blank lines."""
    return [_block(part.strip("\n").split("\n")) for part in re.split(r"\n[ \t]*\n", body) if part.strip()]


def _block(lines: list[str]) -> Block:
    first = lines[0].strip()
    if first.startswith("## "):
        return Block("h", (first[3:],))
    if first.startswith("=> "):
        return Block("button", (first[3:],))
    if item := _ITEM.match(first):
        return Block("ul" if item[1] else "ol", tuple(_items(lines)))
    if first.startswith("| "):
        return Block("table", tuple(line for line in lines if not re.fullmatch(r"\|[-| :]+\|", line)))
    return Block("p", tuple(_joined(lines)))


def _items(lines: list[str]) -> Iterator[str]:
    current: list[str] = []
    for line in lines:
        if (item := _ITEM.match(line.strip())) and current:
            yield " ".join(current)
            current = []
        current.append(line.strip()[item.end() :] if item else line.strip())
    yield " ".join(current)


def _joined(lines: list[str]) -> Iterator[str]:
    current: list[str] = []
    for line in lines:
        current.append(line.strip().removesuffix("\\"))
        if line.rstrip().endswith("\\"):
            yield " ".join(current)
            current = []
    if current:
        yield " ".join(current)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


# --- inline markup ------------------------------------------------------------------------------------------

# A link's address is our template's: sealed characters, which only a fact can hold, never match.
_INLINE = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*"
    r'|\[(?P<text>[^][]+)\]\((?P<url>(?:https?://|mailto:)[^\s()<>|"\ue000-\uf8ff]+)\)'
    r"|@\[(?P<user>[UW][A-Z0-9]+)\]"
)


def _inline(
    text: str,
    literal: Callable[[str], str],
    bold: Callable[[str], str],
    link: Callable[[str, str], str],
    user: Callable[[str], str] = str,
) -> str:
    parts, end = [], 0
    for mark in _INLINE.finditer(text):
        parts.append(literal(text[end : mark.start()]))
        if mark["bold"]:
            parts.append(bold(_inline(mark["bold"], literal, bold, link, user)))
        elif mark["user"]:
            parts.append(user(mark["user"]))
        else:
            parts.append(link(literal(mark["text"]), mark["url"]))
        end = mark.end()
    return "".join([*parts, literal(text[end:])])


def _bare(text: str) -> str:
    return _inline(text, str, str, lambda words, _url: words)


def _plain_inline(text: str) -> str:
    return _inline(text, _defused, str, _plain_link)


def _plain_link(words: str, url: str) -> str:
    address = url.removeprefix("mailto:")
    return address if words in (address, url) else f"{words} <{address}>"  # RFC 3986, appendix C


def _defused(text: str) -> str:
    # A mail program makes links of what looks like one; a fact's address must not become clickable.
    return unseal(re.sub("(\ue03a)(?=\ue02f\ue02f)", "\\1\u2060", text))


# --- plain text ---------------------------------------------------------------------------------------------


def _plain_block(block: Block) -> str:
    texts = [_plain_inline(line) for line in block.lines]
    match block.kind:
        case "h":
            return f"{texts[0]}\n{'-' * min(len(texts[0]), WIDTH)}"
        case "ul":
            return "\n".join(_wrap(text, "- ", "  ") for text in texts)
        case "ol":
            return "\n".join(_wrap(text, f"{n}. ", "   ") for n, text in enumerate(texts, 1))
        case "table":
            return _plain_table([_cells(row) for row in block.lines])
        case "button":
            return _inline(block.lines[0], _defused, str, lambda _words, url: url)
        case _:
            return "\n".join(_wrap(text) for text in texts)


def _wrap(text: str, first: str = "", rest: str = "") -> str:
    wrapper = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = first, rest
    return wrapper.fill(text)


def _plain_table(rows: list[list[str]]) -> str:
    texts = [[_plain_inline(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    texts.insert(1, ["-" * width for width in widths])
    padded = ((cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in texts)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


# --- HTML ---------------------------------------------------------------------------------------------------

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
  body, .letter {{ background: #17191c !important; color: #e8e6e3 !important; }}
  a {{ color: #8ab8ff !important; }}
  a.button {{ color: #ffffff !important; }}
  td, th {{ border-color: #3a3d42 !important; }}
}}
</style>
</head>
<body style="margin:0;padding:0;background:#ffffff;color:#1d1f23;-webkit-text-size-adjust:100%">
<div class="letter" style="max-width:38em;margin:0 auto;padding:24px 20px;font:16px/1.55 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere">
{body}
</div>
</body>
</html>
"""  # noqa: E501 - mail programs read inline styles only
_P = "margin:0 0 1em"
_BUTTON = "display:inline-block;padding:10px 22px;border-radius:6px;background:#0b5cad;color:#fff;text-decoration:none"
_STYLE = re.compile(r' style="[^"]*"')
_CELL = "padding:6px 14px 6px 0;border-bottom:1px solid #d9dce1;text-align:left;vertical-align:top"


def _html_block(block: Block) -> str:
    texts = [_html_inline(line) for line in block.lines]
    match block.kind:
        case "h":
            return f'<h2 style="margin:1.6em 0 .5em;font-size:1.06em;line-height:1.35">{texts[0]}</h2>'
        case "ul" | "ol" as tag:
            items = "".join(f'<li style="margin:0 0 .35em">{text}</li>' for text in texts)
            return f'<{tag} style="margin:0 0 1em;padding:0 0 0 1.3em">{items}</{tag}>'
        case "table":
            return _html_table([_cells(row) for row in block.lines])
        case "button":
            return f'<p style="{_P}">{_inline(block.lines[0], _html_literal, str, _html_button)}</p>'
        case _:
            return f'<p style="{_P}">{"<br>".join(texts)}</p>'


def _html_table(rows: list[list[str]]) -> str:
    lines = [
        "<tr>" + "".join(f'<{tag} style="{_CELL}">{_html_inline(cell)}</{tag}>' for cell in row) + "</tr>"
        for tag, row in zip(["th", *["td"] * (len(rows) - 1)], rows, strict=True)
    ]
    return f'<table role="table" style="border-collapse:collapse;{_P}">{"".join(lines)}</table>'


def _html_inline(text: str) -> str:
    return _inline(text, _html_literal, "<strong>{}</strong>".format, _html_link)


def _html_literal(text: str) -> str:
    return _html.escape(_defused(text))


def _html_link(words: str, url: str) -> str:
    return f'<a href="{_html.escape(url)}" style="color:#0b5cad">{words}</a>'


def _html_button(words: str, url: str) -> str:
    return f'<a class="button" href="{_html.escape(url)}" style="{_BUTTON}">{words}</a>'


# --- Slack --------------------------------------------------------------------------------------------------

_ESCAPE = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
# mrkdwn has no escape for its own marks, so a foreign one becomes its twin that means nothing to Slack.
_TWIN = {"\ue02a": "∗", "\ue07e": "∼", "\ue060": "ˋ", "*": "∗", "~": "∼", "`": "ˋ"}


def _slack_block(block: Block) -> str:
    match block.kind:
        case "h":
            return f"*{_slack_literal(_bare(block.lines[0]))}*"
        case "ul":
            return "\n".join(f"• {_slack_inline(line)}" for line in block.lines)
        case "ol":
            return "\n".join(f"{n}. {_slack_inline(line)}" for n, line in enumerate(block.lines, 1))
        case "table":
            return _slack_table([_cells(row) for row in block.lines])
        case _:
            return "\n".join(_slack_inline(line) for line in block.lines)


def _slack_table(rows: list[list[str]]) -> str:
    return "\n".join("• " + " · ".join(_slack_inline(cell) for cell in row if cell) for row in rows[1:])


def _slack_inline(text: str) -> str:
    return _inline(text, _slack_literal, "*{}*".format, _slack_link, "<@{}>".format)


def _slack_link(words: str, url: str) -> str:
    return f"<{url.translate(_ESCAPE)}|{words}>"


def _slack_literal(text: str) -> str:
    inert = re.sub("[\ue02a\ue07e\ue060*~`]", lambda mark: _TWIN[mark[0]], text)
    inert = re.sub("(?<![^\\W_])\ue05f|\ue05f(?![^\\W_])", "\uff3f", inert)  # harmless inside a word
    inert = re.sub("\ue03a(?=[\\w\ue02b\ue02d\ue05f\uff3f]+\ue03a|\ue02f)", "\ue03a\u2060", inert)  # :emoji:, https://
    return unseal(re.sub("^\ue03e", "›", inert)).translate(_ESCAPE)  # a leading ">" would quote
