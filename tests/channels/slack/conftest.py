"""The real door against the fake workspace, over Socket Mode and over signed HTTP."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.slack.door import SlackDoor
from bot.channels.slack.stored import StoredEvent
from bot.demo import MANIFEST
from bot.demo.slack import FakeSlack, delivery
from bot.messages import Language, Reply
from bot.outcomes import CardFacts, Change

PARKED = "parked-7"


class Inbox:
    """Keeps deliveries by key, as the real one does: a second one changes nothing."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.deliveries = 0
        self.broken = 0  # so many times the disk is full

    async def keep(self, event: StoredEvent) -> None:
        self.deliveries += 1
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        self.rows.setdefault(event.key, event.raw)

    @property
    def raws(self) -> list[bytes]:
        return list(self.rows.values())


class Office:
    """A workspace, a door, and what the door kept."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.inbox = Inbox()
        self.agents = {slack.user("ada")}
        self.cards: dict[str, CardFacts] = {PARKED: card("Müller AG", "Müller Holding AG")}
        self.card_delay = 0.0
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def door(self, **transport: str) -> SlackDoor:
        return SlackDoor(
            keep=self.inbox.keep,
            is_agent=lambda user: user in self.agents,
            card=self._card,
            preview=self._preview,
            bot_token=self.slack.bot_token,
            api_url=self.slack.api_url,
            **transport,
        )

    async def _card(self, parked_id: str) -> CardFacts | None:
        await asyncio.sleep(self.card_delay)
        return self.cards.get(parked_id)

    async def _preview(self, parked_id: str, standard: str, text: str) -> Reply | None:
        await asyncio.sleep(self.card_delay)
        return Reply("Eine Frage", f"Guten Tag!\n\n{standard} {text}", Language.DE) if parked_id in self.cards else None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


def card(old: str, new: str, *, is_open: bool = True) -> CardFacts:
    change = Change("company_name", old, new)
    return CardFacts("C-1042", "Müller AG", (change,), is_open, "de", "buchhaltung@mueller.example")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack waits a second for an acknowledgement, not three: for tests in which none comes."""
    monkeypatch.setattr(delivery, "ACK_SECONDS", 1.0)


@pytest.fixture
def office() -> Iterator[Office]:
    with FakeSlack(manifest=MANIFEST) as slack:
        office = Office(slack)
        yield office
        slack.connect(None)
        office.close()


@pytest.fixture
def by_socket(office: Office) -> Iterator[Office]:
    door = office.door(app_token=office.slack.app_token)
    office.run(door.start())
    office.slack.wait(office.slack.sockets)
    office.slack.connect("socket")
    yield office
    office.slack.connect(None)
    office.run(door.close())


@pytest.fixture
def by_http(office: Office) -> Iterator[Office]:
    door = office.door(signing_secret=office.slack.signing_secret)
    app = Starlette(routes=door.routes)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    served = asyncio.run_coroutine_threadsafe(server.serve([listener]), office.loop)
    office.run(door.start())
    office.slack.wait(lambda: server.started)
    office.slack.connect(f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events")
    yield office
    office.slack.connect(None)
    office.run(door.close())
    server.should_exit = True
    served.result(10)
    listener.close()


@pytest.fixture(params=["by_socket", "by_http"])
def counter(request: pytest.FixtureRequest) -> Office:
    """Both transports, one behaviour."""
    made: Office = request.getfixturevalue(request.param)
    return made
