"""No test reaches beyond this machine; one running counter serves all tests of the road."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
