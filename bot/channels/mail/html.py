"""HTML to the text that a person sees: hidden elements go, quotes of mail programs become "> " lines."""

import logging
import re
from typing import Any

import lxml.etree
import lxml.html
from inscriptis import Inscriptis
from inscriptis.model.config import ParserConfig

MOST_HTML = 256 * 1024  # characters
MOST_TAGS = 20_000
MOST_CELLS = 2_000  # a table of 200 x 200 cells takes the text maker six seconds
MOST_DEPTH = 200

log = logging.getLogger(__name__)

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})([^<>]{0,20000})>?")
_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
# Their end tags are optional or absent, so they say nothing about depth.
_VOID = frozenset(
    ("br", "hr", "img", "input", "meta", "link", "area", "base", "col", "wbr", "p", "li", "td", "tr", "th")
)
_GONE = ("script", "style", "title", "head", "template", "noscript", "svg", "object", "select", "textarea")
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]{0,2000})\}")
_SIMPLE = re.compile(r"[a-z0-9]{0,20}[.#][\w-]{1,80}$", re.IGNORECASE)
_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|font-size:0(?:\.\d{1,4})?(?:px|pt|em|rem|%)?(?:;|!|$)|font-size:0?\.\d|"
    r"font-size:1px|opacity:0(?:\.0\d{0,3})?(?:;|!|$)|mso-hide:all|text-indent:-\d{3,}|(?:left|top|right|bottom):-\d{3,}|"
    r"max-height:0(?:px)?(?:;|!|$)|(?:^|;)height:0(?:px)?;.{0,200}overflow:hidden|overflow:hidden.{0,200};height:0|"
    r"max-width:0(?:px)?(?:;|!|$)|clip:rect\(0|clip-path:inset\((?:50|100)%|transform:scale\(0|color:transparent"
)
_COLOUR = re.compile(r"(?:^|;)color:([^;!]{1,40})")
_GROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]{1,80})")
_WHITE = frozenset(("#ffffff", "white", "rgb(255,255,255)", "#fefefe", "#fffffe", "snow"))
_QUOTE_CLASSES = ("gmail_quote", "yahoo_quoted", "moz-cite", "protonmail_quote", "cite", "quote", "ori_quote")
_QUOTE_MARK = "> …"
_OLD_MAIL_BELOW = ("appendonsend", "divRplyFwdMsg", "mail-editor-reference-message-container")  # Outlook


class TooMuchHtml(Exception):
    """The HTML is too large or too deep to be read safely."""


def visible_text(html: str) -> str:
    """The text that the reader of a mail sees. Raises TooMuchHtml."""
    _check(html)
    tree = _tree(html)
    if tree is None:
        return ""
    _drop_hidden(tree)
    _mark_quotes(tree)
    text = Inscriptis(tree, ParserConfig(display_links=False)).get_text()
    plain = str(text).replace("\u200b", "").replace("\u200c", "").replace("\ufeff", "")
    return "\n".join(line.strip() for line in plain.split("\n"))


def rough_text(html: str) -> str:
    """For people only, where the HTML is too much: the tags taken out of its beginning."""
    return re.sub(r"<[^<>]{0,2000}>", " ", html[:MOST_HTML])


def _check(html: str) -> None:
    if len(html) > MOST_HTML or len(_CELL.findall(html)) > MOST_CELLS:
        raise TooMuchHtml
    depth = deepest = 0
    for count, tag in enumerate(_TAG.finditer(html)):
        name = tag[2].lower()
        if name not in _VOID and not tag[3].endswith("/"):
            depth = max(0, depth + (-1 if tag[1] else 1))
            deepest = max(deepest, depth)
        if count > MOST_TAGS or deepest > MOST_DEPTH or tag[3].count("=") > 200:
            raise TooMuchHtml


def _tree(html: str) -> Any:
    # Encoded, because lxml refuses a text with an encoding declaration; lone surrogates become question marks.
    octets = html.replace("\0", "").encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml.html.document_fromstring(octets, parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        return None


def _drop_hidden(tree: Any) -> None:
    hidden = _hiding_names(tree)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in _GONE or _is_hidden(element, hidden):
            _drop(element)


def _hiding_names(tree: Any) -> frozenset[str]:
    """Class and id selectors of the style sheets that hide what bears them."""
    names: set[str] = set()
    for style in tree.iter("style"):
        for selectors, rules in _RULE.findall((style.text or "")[:MOST_HTML]):
            if _hides(rules):
                simple = (one.strip() for one in selectors.split(","))
                names.update(re.sub(r"^\w*", "", one) for one in simple if _SIMPLE.match(one))
    return frozenset(names)


def _is_hidden(element: Any, hidden: frozenset[str]) -> bool:
    if "hidden" in element.attrib or (element.get("aria-hidden") == "true" and element.tag != "img"):
        return True
    if _hides(element.get("style", "")) or _is_white(element):
        return True
    names = {f".{name}" for name in element.get("class", "").split()} | {f"#{element.get('id', '')}"}
    return not hidden.isdisjoint(names) or (element.tag == "font" and element.get("size") == "0")


def _hides(style: str) -> bool:
    return bool(style) and _HIDING.search(_compact(style)) is not None


def _compact(style: str) -> str:
    return re.sub(r"\s|/\*[^*]{0,500}\*/", "", style[:2000].lower())


def _is_white(element: Any) -> bool:
    """Text in the colour of its ground, or white text where nothing around it is said to be dark."""
    style = _compact(element.get("style", ""))
    found = _COLOUR.search(style)
    colour = _plain_colour(found[1] if found else element.get("color", "").lower())
    if not colour:
        return False
    grounds = (_ground(above) for above in (element, *element.iterancestors()))
    ground = next((one for one in grounds if one), "white")
    return colour == ground or (colour in _WHITE and ground in _WHITE)


def _ground(element: Any) -> str:
    """The colour behind an element's text, where the element says one."""
    found = _GROUND.search(_compact(element.get("style", "")))
    named = _plain_colour(found[1] if found else element.get("bgcolor", "").lower())
    return "" if named in ("transparent", "none", "inherit", "initial") else named


def _plain_colour(named: str) -> str:
    """One spelling for a colour: #abc is #aabbcc."""
    short = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", named)
    return "#" + "".join(sign * 2 for sign in short.groups()) if short else named


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree() if isinstance(element.tag, str) else element.getparent().remove(element)


def _mark_quotes(tree: Any) -> None:
    """Block quotes of mail programs become one line that the trimmer knows; a writer's own block quote stays."""
    for quote in list(tree.iter("blockquote")):
        if quote.getparent() is not None and _is_mail_quote(quote):
            for child in list(quote):
                quote.remove(child)
            quote.tag, quote.text = "div", _QUOTE_MARK
            quote.attrib.clear()
    for element in list(tree.iter()):
        if element.get("id") in _OLD_MAIL_BELOW and element.getparent() is not None:
            element.addprevious(lxml.html.fragment_fromstring("<div>________________________________</div>"))


def _is_mail_quote(quote: Any) -> bool:
    if quote.get("type", "").lower() == "cite" or quote.get("cite"):
        return True
    names = f"{quote.get('class', '')} {quote.get('id', '')}".lower()
    return any(name in names for name in _QUOTE_CLASSES) or _follows_attribution(quote)


def _follows_attribution(quote: Any) -> bool:
    before = quote.getprevious()
    text = (before.tail or "").strip() or before.text_content() if before is not None else quote.getparent().text or ""
    line = text.strip()[-300:]
    return line.endswith(":") and re.search(r"schrieb|geschrieben|crit\s?:|wrote", line, re.IGNORECASE) is not None
