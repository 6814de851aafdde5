"""The page behind a set-up link: looking does nothing, the button does, and a dead link says so."""

import asyncio

import httpx
import pytest

from bot.render import House
from bot.web import LANGUAGES, web_app


class Door:
    """Asks for the page, and remembers which tokens were used."""

    def __init__(self) -> None:
        self.used: list[str] = []
        house = House(team="Fernblick Software GmbH")
        app = web_app(lambda: False, self._finish, "https://portal.example/in", house=house)
        self._transport = httpx.ASGITransport(app)

    def _finish(self, token: str) -> str | None:
        self.used.append(token)
        return "fr" if token == "good" else None

    def ask(self, method: str, url: str, speaks: str = "") -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://guichet") as client:
                return await client.request(method, url, headers={"Accept-Language": speaks} if speaks else {})

        return asyncio.run(asked())


def test_only_the_button_acts_for_scanners_open_every_link() -> None:
    door = Door()
    page = door.ask("GET", "/setup/good", "de-DE")
    assert (page.status_code, door.used) == (200, [])
    assert "<button>Portal aktivieren</button>" in page.text
    done = door.ask("POST", "/setup/good", "de-DE")
    assert door.used == ["good"]
    assert "Votre portail client est activé" in done.text
    assert 'href="https://portal.example/in"' in done.text


def test_a_dead_link_says_so_in_the_readers_language_or_in_all_three() -> None:
    door = Door()
    french = door.ask("POST", "/setup/old", "fr")
    assert (french.status_code, "Ce lien n’est plus valable" in french.text) == (404, True)
    every = door.ask("POST", "/setup/old").text
    assert all(f'lang="{language}"' in every for language in LANGUAGES)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_keeps_or_frames_the_page(method: str) -> None:
    answer = Door().ask(method, "/setup/good")
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


def test_health_is_not_readiness() -> None:
    door = Door()
    assert door.ask("GET", "/healthz").status_code == 200
    assert door.ask("GET", "/readyz").status_code == 503
