"""One machine for the tests of a module; a test that counts takes a fresh one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.threats.machine import Machine


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    yield machine
    machine.close()


@pytest.fixture
def capped(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(
        tmp_path, answer_caps="stranger 1/d, contact 60/h, same text 2/h, conversation without progress 3"
    )
    yield machine
    machine.close()
