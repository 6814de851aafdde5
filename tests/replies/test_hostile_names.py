"""A company may be called anything. What a person wrote stays literal text in every dress."""

import html
import re
from html.parser import HTMLParser

import pytest

from billing import Money
from bot import dress
from bot.messages import Language, Reply
from bot.outcomes import Card, Change, Item, Outcome, ShallI
from bot.render import Words
from handlers import (
    activate_portal,
    change_billing_address,
    change_company_name,
    change_country,
    request_renewal_quote,
    send_invoice,
    submit_payment_proof,
    update_profile,
)

pytestmark = pytest.mark.slow

WORDS = Words()
NAMES = {
    "markup of every kind": "<!channel> [x](http://evil.example) & **Co** {{7*7}}",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)> Ltd",
    "a mention": "<@U0ADA> <!here|here> @channel",
    "a Slack link": "<https://evil.example|Portal> Inc",
    "an emoji that vouches": ":white_check_mark: proven",
    "our own marks": "## Head | - item | 1. one | @[U0ADA] | a\\",
    "a fake seal": "\ue03c!channel\ue03e \ue02a\ue02abold\ue02a\ue02a",
    "jinja": "{% raw %}{{ house }}{# x #}",
    "quotes": 'O\'Neil "& Sons" `code` ~struck~ _under_',
}
LINES = "Acme\n\n## Approved\r\n- yes\u2028\u2029\x0b\x85GmbH"
TURNED = "Acme \u202eHbmG\u2066 \u200b\u200eLtd\x00\x1b[31m"


def told(name: str) -> list[tuple[str, Outcome]]:
    """Replies that hold the name."""
    ask = change_company_name.Ask(name)  # type: ignore[arg-type]
    item = Item("change_company_name", ask)
    return [
        ("change_company_name", change_company_name.Received("Alt GmbH", name, "G-1")),
        ("change_company_name", change_company_name.Unchanged(name)),
        (
            "change_billing_address",
            change_billing_address.ShallIChange(name, (name, name), (name,), None, (), (), name),
        ),
        ("change_billing_address", change_billing_address.Told(name, (name,), (name,), name)),
        ("change_country", change_country.Received("DE", "AT", "G-1", unread=name)),
        ("submit_payment_proof", submit_payment_proof.WrongType((name,))),
        ("update_profile", update_profile.Updated("a@b.example", name, name, "")),
        ("send_invoice", send_invoice.Enclosed(name, ("RE-1",))),
        ("send_invoice", send_invoice.NotFound((name,))),
        ("activate_portal", activate_portal.SetUp("/setup/x", name)),
        ("request_renewal_quote", request_renewal_quote.Sent("AN-1", Money(1, "EUR"), None, (name,))),
        ("_common", ShallI(item)),
        ("_approval", Card("G-1", name, item, (Change("company_name", name, name),), "T1", (name,))),
    ]


def replies(name: str) -> list[Reply]:
    """All of them in all languages, as letters."""
    return [
        WORDS.letter(WORDS.render(outcome, language, intent=intent), salutation_name=name, case="G-1")
        for intent, outcome in told(name)
        for language in Language
    ]


class Tags(HTMLParser):
    """Which tags and links a document holds, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for key, value in attrs if key in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


every_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


@every_name
def test_a_name_makes_no_tag_and_no_link_in_html(name: str) -> None:
    for reply in replies(name):
        page = Tags(dress.html(reply))
        assert page.tags <= {"html", "head", "meta", "title", "style", "body", "div", "p", "br", "strong",
                             "ul", "ol", "li", "a", "h2", "table", "tr", "th", "td"}  # fmt: skip
        assert all(link.startswith(("https://guichet.example/", "mailto:support@")) for link in page.links)
        assert dress.unseal(dress.seal(name)).replace("://", ":\u2060//") in page.text


@every_name
def test_a_name_pages_nobody_and_links_nowhere_in_slack(name: str) -> None:
    for reply in replies(name):
        text = dress.slack(reply)
        assert all(re.fullmatch(r"<https://guichet\.example/[^<>]*>", mark) for mark in re.findall(r"<[^>]*>", text))
        assert "http:/" not in text
        assert not re.search(r":[a-z_]+:", text)
        assert "&lt;!channel" in text or "!channel" not in text


@every_name
def test_a_name_formats_nothing_in_slack(name: str) -> None:
    plain_name = "Acme GmbH"
    for hostile, harmless in zip(replies(name), replies(plain_name), strict=True):
        for mark in "*~`":
            assert dress.slack(hostile).count(mark) == dress.slack(harmless).count(mark)


@every_name
def test_a_name_stands_in_plain_text_as_it_was_written(name: str) -> None:
    wanted = dress.unseal(dress.seal(name)).replace("://", ":\u2060//")
    for reply in replies(name):
        assert wanted in " ".join(dress.plain(reply).split())


@every_name
def test_a_name_never_makes_two_header_lines(name: str) -> None:
    for reply in replies(name):
        assert len(dress.subject(reply)) <= 78
        assert dress.subject(reply).splitlines() == [dress.subject(reply)]


@pytest.mark.parametrize("name", [LINES, TURNED], ids=["line breaks", "turned and hidden"])
def test_line_breaks_controls_and_bidi_marks_are_gone(name: str) -> None:
    sealed = dress.unseal(dress.seal(name))
    assert sealed in ("Acme ## Approved - yes GmbH", "Acme HbmG Ltd[31m")
    harmless = replies("Acme GmbH")
    for hostile, same in zip(replies(name), harmless, strict=True):
        assert len(dress.blocks(hostile.body)) == len(dress.blocks(same.body))


def test_a_name_as_long_as_a_book_does_not_fill_the_letter() -> None:
    for reply in replies("x" * 30_000):
        assert len(dress.plain(reply)) < 5_000
        assert len(dress.subject(reply)) <= 78


def test_sealing_twice_changes_nothing() -> None:
    for name in NAMES.values():
        assert dress.seal(dress.seal(name)) == dress.seal(name)


def test_french_spacing_leaves_a_name_alone() -> None:
    name = "Qui ? ; Quoi : « rien » !"
    reply = WORDS.render(change_company_name.Unchanged(name), Language.FR, intent="change_company_name")
    assert name in dress.plain(reply).replace("\n", " ")
    assert html.escape(name) in dress.html(reply)
