"""The page behind a pay link: what is to be paid today, how, and nothing that could be misused."""

import asyncio
import html
import re
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from billing import Money, PayPage
from billing.clock import FixedClock
from billing.demo import DEMO_DAY, seed
from billing.documents import Documents
from billing.errors import NotFound
from billing.fake import FakeCore
from bot.render import House
from bot.web import LANGUAGES, web_app
from tests.billing.people import SYSTEM, key

HOUSE = House(team="Fernblick Software GmbH", support_address="support@guichet.example")


@pytest.fixture(scope="module")
def core() -> FakeCore:
    core = FakeCore(clock=FixedClock(DEMO_DAY), documents=Documents())
    seed(core)
    return core


class Browser:
    """Opens links of the core, as a customer's browser does."""

    def __init__(self, open_pay_link: Callable[[str, str], PayPage | None]) -> None:
        app = web_app(lambda: True, lambda _: None, "https://portal.example", open_pay_link=open_pay_link, house=HOUSE)
        self._transport = httpx.ASGITransport(app)

    def get(self, url: str, *, speaks: str = "", method: str = "GET") -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://guichet") as client:
                return await client.request(method, url, headers={"Accept-Language": speaks} if speaks else {})

        return asyncio.run(ask())

    def read(self, url: str, *, speaks: str = "") -> str:
        """What stands on the page, without markup; blanks are blanks."""
        page = re.sub(r"<style.*?</style>", "", self.get(url, speaks=speaks).text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def browser(core: FakeCore) -> Browser:
    def opened(number: str, seal: str) -> PayPage | None:
        try:
            return core.pay_page(number, seal)
        except NotFound:
            return None

    return Browser(opened)


def link(core: FakeCore, number: str, *, asked: int | None = None) -> str:
    """The link that was mailed, perhaps when another amount was open."""
    invoice = core._exact(number)
    return core.pay_links.path(number, Money(invoice.remaining.minor if asked is None else asked, invoice.currency))


def test_the_page_says_how_much_by_when_and_how(core: FakeCore, browser: Browser) -> None:
    text = browser.read(link(core, "RE-2026-000123"))
    for fact in (
        "Rechnung RE-2026-000123", "vom 11. November 2026, für Lindenhof Gartenbau GmbH", "1.142,40 €",
        "zu zahlen bis 25. November 2026", "DE97 9999 9999 0000 0123 45", "Fernblick Software GmbH",
        "Verwendungszweck RE-2026-000123", "support@guichet.example",
    ):  # fmt: skip
        assert fact in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Rechnung RE-2026-000123 vom 11. November 2026"),
        ("fr", "Facture RE-2026-000123 du 11 novembre 2026"),
        ("en", "Invoice RE-2026-000123 of 11 November 2026"),
    ],
)
def test_the_page_speaks_as_it_is_asked_to(core: FakeCore, browser: Browser, language: str, words: str) -> None:
    url = link(core, "RE-2026-000123")
    assert words in browser.read(url, speaks=f"{language}-XX,{language};q=0.9")
    assert words in browser.read(f"{url}?lang={language}", speaks="de" if language != "de" else "fr")
    assert f'<html lang="{language}">' in browser.get(f"{url}?lang={language}").text


def test_a_browser_of_a_fourth_language_sees_that_of_the_invoice(core: FakeCore, browser: Browser) -> None:
    number = "RE-2026-000122"
    assert "Facture" in browser.read(link(core, number), speaks="it-IT")
    assert "Facture" in browser.read(f"{link(core, number)}?lang=xx")


def test_only_what_remains_is_asked_for_and_how_it_comes_about_is_shown(core: FakeCore, browser: Browser) -> None:
    text = browser.read(link(core, "RE-2026-000106"), speaks="fr")
    assert "295,00 €" in text  # 595.00 less 300.00, reverse charge
    assert "Montant de la facture 595,00 € Déjà réglé 300,00 € Reste à payer 295,00 €" in text
    assert "à régler depuis le 10 mars 2026" in text


def test_what_came_in_since_the_link_was_made_is_said(core: FakeCore, browser: Browser) -> None:
    assert "hat sich der offene Betrag geändert: Statt 2.000,00 € sind jetzt 1.142,40 € zu zahlen" in browser.read(
        link(core, "RE-2026-000123", asked=200_000)
    )


@pytest.mark.parametrize(
    ("number", "language", "words"),
    [
        ("RE-2026-000101", "de", "Diese Rechnung ist bezahlt. Vielen Dank, Ihre letzte Zahlung"),
        ("RE-2026-000110", "en", "Paid too much US$232.00"),
        ("RE-2026-000112", "fr", "Cette facture est annulée. Merci de ne pas la régler"),
        ("RE-2026-000107", "de", "Hier ist nichts zu zahlen"),
        ("RE-2026-000113", "fr", "Il n’y a rien à payer"),
    ],
)
def test_where_nothing_is_to_be_paid_no_bank_account_is_shown(
    core: FakeCore, browser: Browser, number: str, language: str, words: str
) -> None:
    page = f"{link(core, number, asked=100)}?lang={language}"
    assert words in browser.read(page)
    assert "IBAN" not in browser.read(page)
    assert "<img" not in browser.get(page).text


def test_euro_have_a_code_to_scan_and_francs_and_pounds_do_not(core: FakeCore, browser: Browser) -> None:
    assert "data:image/svg+xml;base64," in browser.get(link(core, "RE-2026-000123")).text
    draft = core.invoices("K1012")[0]
    franc = replace(draft, remaining=draft.total, payment=draft.payment)
    shown = Browser(lambda _n, _s: PayPage(franc, franc.total, core.bank_details(), core.documents.payment_qr(franc)))
    assert "<img" not in shown.get("/pay/x/y").text
    assert "CHF" in shown.read("/pay/x/y")


def test_a_link_that_is_not_ours_says_nothing_about_what_exists(core: FakeCore, browser: Browser) -> None:
    number, seal = link(core, "RE-2026-000123").split("/")[2:]
    pages = [browser.get(f"/pay/{n}/{s}") for n, s in ((number, "x"), ("RE-2026-999999", seal), ("nothing", "x"))]
    assert [page.status_code for page in pages] == [404, 404, 404]
    texts = {re.sub(r'nonce="[^"]*"', "", page.text) for page in pages}
    assert len(texts) == 1
    assert "IBAN" not in texts.pop()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", ["RE-2026-000123", "RE-2026-000101", "RE-2026-999999"])
def test_nobody_keeps_the_page_frames_it_or_loads_anything_into_it(
    core: FakeCore, browser: Browser, number: str, language: str
) -> None:
    known = number != "RE-2026-999999"
    answer = browser.get(f"{link(core, number) if known else f'/pay/{number}/x'}?lang={language}")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<(script|form|input|link|iframe)\b|https?://", answer.text)
    assert not re.search(r"\{\w+\}|None|Undefined", re.sub(r"<style.*?</style>", "", answer.text, flags=re.DOTALL))


def test_the_page_only_looks(core: FakeCore, browser: Browser) -> None:
    assert browser.get(link(core, "RE-2026-000123"), method="POST").status_code == 405


def test_a_hostile_name_is_text(core: FakeCore) -> None:
    invoice = core._exact("RE-2026-000123")
    hostile = replace(invoice, buyer=replace(invoice.buyer, name='"><script>x</script> {due} {{ 1 }}'))
    shown = Browser(lambda _n, _s: PayPage(hostile, hostile.total, core.bank_details(), ""))
    assert "<script>" not in shown.get("/pay/x/y").text
    assert "{due} {{ 1 }}" in shown.read("/pay/x/y")


def test_the_three_languages_have_the_same_words() -> None:
    from bot.web import _Pages

    for page in ("pay", "setup", "confirm"):
        tables = _Pages(HOUSE).words(page)
        assert set(tables) == set(LANGUAGES)
        assert {frozenset(table) for table in tables.values()} == {frozenset(tables["de"])}
        for name in tables["de"]:
            facts = {frozenset(re.findall(r"\{(\w+)\}", tables[language][name])) for language in LANGUAGES}
            assert len(facts) == 1, name


def test_a_number_with_a_slash_is_found_again(core: FakeCore) -> None:
    asked: list[tuple[str, str]] = []
    Browser(lambda number, seal: asked.append((number, seal))).get(core.pay_links.path("2024/01 A", Money(1, "EUR")))  # type: ignore[func-returns-value]
    assert asked[0][0] == "2024/01 A"
    assert core.pay_links.amount(*asked[0]) == Money(1, "EUR")


def test_the_page_after_a_payment_says_paid(core: FakeCore, browser: Browser) -> None:
    url = link(core, "RE-2026-000124")
    assert "380,80 €" in browser.read(url)
    core.record_payment("RE-2026-000124", Money(38_080, "EUR"), DEMO_DAY, actor=SYSTEM, idem=key())
    assert "Diese Rechnung ist bezahlt" in browser.read(url)
