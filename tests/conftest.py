"""No test reaches beyond this machine; one running counter serves all tests of the road, one PostgreSQL all others."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import fresh_database, postgres_server
from tests.running import Running

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test wanted to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`guichet serve` in its own process, with demo data, a maildir and a fake Slack workspace."""
    with Running(Path(tmp_path_factory.mktemp("running"))) as machine:
        yield machine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of our own, for this session."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """An empty database of its own on that server."""
    with fresh_database(postgres_url) as url:
        yield url


# Both databases under the same tests: ask for `database_url`.
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that we serve."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'guichet.db'}"
    return str(request.getfixturevalue("fresh_postgres"))
