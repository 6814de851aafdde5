"""One machine in this process for all conversations: demo data, real policy, nothing sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.threats.conftest import make, seeded
from tests.threats.machine import Machine

__all__ = ["make", "seeded"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Machine]:
    """A machine without caps."""
    machine = Machine(tmp_path_factory.mktemp("talks"), seeded=seeded)
    yield machine
    machine.close()
