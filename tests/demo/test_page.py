"""The demo page: what went out, what Slack shows, and the forms that write to both."""

import asyncio
import email
import email.policy
import re
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from starlette.applications import Starlette
from starlette.routing import Route

from bot.demo import MANIFEST, slack_settings
from bot.demo.page import Contact, demo_routes
from bot.demo.screen import rendered, typed
from bot.demo.slack import ESCALATIONS, FakeSlack

CONTACTS = (
    Contact("Sabine Krüger", "buchhaltung@kunde.example", "de"),
    Contact("Claire Moreau", "comptabilite@client.example", "fr"),
)
EVIL = "<script>alert(1)</script>"


class Browser:
    """Asks for pages and sends forms, and follows where it is sent."""

    def __init__(self, routes: list[Route]) -> None:
        self._transport = httpx.ASGITransport(Starlette(routes=routes))

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._ask("GET", path))

    def post(self, path: str, data: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, data=data, headers=headers))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://demo") as client:
            return await client.request(method, path, follow_redirects=True, **more)


class Sink:
    """Takes every mail."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.arrived = threading.Event()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.taken.append((envelope.mail_from, envelope.content))  # type: ignore[attr-defined]
        self.arrived.set()
        return "250 kept"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(manifest=MANIFEST) as workspace:
        workspace.connect("socket")
        yield workspace


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    yield sink, port
    controller.stop()


@pytest.fixture
def browser(slack: FakeSlack, sink: tuple[Sink, int], tmp_path: Path) -> Browser:
    routes = demo_routes(
        slack, tmp_path, smtp=("127.0.0.1", sink[1]), support="support@guichet.example",
        contacts=CONTACTS, authserv_id="mx.guichet.example",
    )  # fmt: skip
    return Browser(routes)


def put_mail(folder: Path, subject: str = "Ihre Rechnung", html: str = "<p>Guten Tag</p>") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "support@guichet.example", CONTACTS[0].email, subject
    mail["Message-ID"], mail["Reply-To"] = "<row1@guichet.example>", "support+token@guichet.example"
    mail.set_content("Guten Tag")
    mail.add_alternative(html, subtype="html")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Rechnung Ä.pdf")
    (folder / "new").mkdir(exist_ok=True)
    (folder / "new" / "1.row1").write_bytes(bytes(mail))


def test_an_empty_demo_says_so(browser: Browser) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "No mail has gone out yet" in page.text and "Nothing has been said here yet" in page.text


def test_a_mail_is_shown_with_its_headers_and_files_and_its_html_in_a_cage(browser: Browser, tmp_path: Path) -> None:
    put_mail(tmp_path, subject=f"Rechnung {EVIL}", html=f"<p>Guten Tag</p><a href='/x'>X</a>{EVIL}")
    page = browser.get("/demo")
    assert EVIL not in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text  # no script, no form, no top window
    assert "&lt;p&gt;Guten Tag&lt;/p&gt;&lt;a target=&#34;_blank&#34; rel=&#34;noopener&#34;" in page.text
    assert "&lt;row1@guichet.example&gt;" in page.text
    file = browser.get("/demo/enclosure/1.row1/0")
    assert file.content == b"%PDF-1.7"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''Rechnung%20%C3%84.pdf"


@pytest.mark.parametrize("path", ["/demo/enclosure/..%2F..%2Fetc/0", "/demo/enclosure/1.row1/9", "/demo/file/F1"])
def test_nothing_but_the_mailbox_can_be_fetched(browser: Browser, tmp_path: Path, path: str) -> None:
    put_mail(tmp_path)
    assert browser.get(path).status_code == 404


def test_a_person_speaks_and_what_they_say_stays_text(browser: Browser, slack: FakeSlack) -> None:
    form = {"as": "jonas", "in": "general", "text": f"@guichet {EVIL} an a@b.example & *fett*"}
    page = browser.post("/demo/say", data=form)
    said = slack.last("general")
    assert said["user"] == slack.user("jonas")
    assert said["text"].startswith(f"<@{slack.bot_user}> &lt;script&gt;")
    assert "<mailto:a@b.example|a@b.example> &amp; *fett*" in said["text"]
    assert EVIL not in page.text and "<strong>fett</strong>" in page.text


def test_a_button_on_screen_can_be_pressed_and_one_that_is_not_cannot(browser: Browser, slack: FakeSlack) -> None:
    button = {"type": "button", "action_id": "yes", "value": "p1", "text": {"type": "plain_text", "text": "Ja"}}
    posted = slack.client().chat_postMessage(
        channel=slack.channel(ESCALATIONS), text="?", blocks=[{"type": "actions", "elements": [button]}]
    )
    where = {"as": "ada", "in": ESCALATIONS, "ts": str(posted["ts"]), "value": "p1"}
    assert 'name="action" value="yes"' in browser.get(f"/demo?as=ada&in={ESCALATIONS}").text
    slack.settle()
    before = len(slack.deliveries)
    browser.post("/demo/click", data=where | {"action": "yes"})
    assert slack.deliveries[-1].payload["actions"][0]["value"] == "p1" and len(slack.deliveries) == before + 1
    refused = browser.post("/demo/click", data=where | {"action": "destroy"})
    assert "nothing to click" in refused.text and len(slack.deliveries) == before + 1


def test_a_contact_writes_a_mail_and_replies_to_one(browser: Browser, sink: tuple[Sink, int], tmp_path: Path) -> None:
    put_mail(tmp_path)
    page = browser.get("/demo?mail=1.row1&reply=1")
    assert re.search(r"<textarea[^>]*>Ja\n", page.text)
    form = {
        "from": CONTACTS[0].email, "to": "support+token@guichet.example", "subject": "Re: Ihre Rechnung",
        "text": "Ja\r\n", "In-Reply-To": "<row1@guichet.example>", "References": "<row1@guichet.example>",
    }  # fmt: skip
    browser.post("/demo/mail", data=form)
    [(sender, raw)] = sink[0].taken
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert sender == CONTACTS[0].email
    assert (mail["To"], mail["In-Reply-To"]) == ("support+token@guichet.example", "<row1@guichet.example>")
    assert "dmarc=pass header.from=kunde.example" in mail["Authentication-Results"]


def test_a_header_cannot_be_smuggled_into_a_mail(browser: Browser, sink: tuple[Sink, int]) -> None:
    form = {"from": CONTACTS[0].email, "subject": "a\r\nBcc: victim@x.example", "text": "hi"}
    browser.post("/demo/mail", data=form)
    mail = email.message_from_bytes(sink[0].taken[0][1], policy=email.policy.default)
    assert mail["Bcc"] is None and mail["Subject"] == "a Bcc: victim@x.example"


def test_another_site_cannot_use_the_forms(browser: Browser, slack: FakeSlack) -> None:
    form = {"as": "jonas", "in": "general", "text": "hi"}
    assert browser.post("/demo/say", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not slack.messages[slack.channel("general")]


def test_a_closed_smtp_door_is_said_in_words(slack: FakeSlack, tmp_path: Path) -> None:
    routes = demo_routes(slack, tmp_path, smtp=("127.0.0.1", 1), support="s@guichet.example", contacts=())
    page = Browser(routes).post("/demo/mail", data={"from": "x@y.example", "subject": "", "text": ""})
    assert 'role="alert"' in page.text and "refused" in page.text


def test_the_version_changes_when_there_is_something_to_see(browser: Browser, slack: FakeSlack, tmp_path: Path) -> None:
    seen = {browser.get("/demo/version").text}
    put_mail(tmp_path)
    seen.add(browser.get("/demo/version").text)
    slack.client().chat_postMessage(channel=slack.channel("general"), text="new")
    seen.add(browser.get("/demo/version").text)
    assert len(seen) == 3


def test_the_portal_stand_in_answers_every_link(browser: Browser) -> None:
    page = browser.get("/portal/invoices/RE-2026-000123")
    assert page.status_code == 200 and "/portal/invoices/RE-2026-000123" in page.text


def test_the_settings_fit_the_workspace(slack: FakeSlack) -> None:
    settings = slack_settings(slack)
    assert settings["slack_agents"] == slack.user("ada")
    assert settings["slack_api_url"].endswith("/api/")
    assert slack.channels[settings["slack_escalation_channel"]]["is_private"]


@pytest.mark.parametrize(
    ("mrkdwn", "html"),
    [
        ("*fett* & &amp; <b>", "<strong>fett</strong> &amp; &amp; b"),
        ("<https://x.example/?a&amp;b|hier>", '<a href="https://x.example/?a&amp;b" rel="noreferrer">hier</a>'),
        ('<javascript:alert(1)|x> "', "x &quot;"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_mrkdwn_is_shown_as_slack_would(slack: FakeSlack, mrkdwn: str, html: str) -> None:
    assert str(rendered(mrkdwn, slack)) == html


def test_typing_is_what_slacks_editor_sends() -> None:
    assert typed("<!channel> a@b.example") == "&lt;!channel&gt; <mailto:a@b.example|a@b.example>"
