"""What the understander still gets wrong is listed in `known_misses.txt`, and must keep missing: the list only shrinks."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
MISSES = frozenset(
    line for line in (HERE / "known_misses.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and f"{item.path.stem}::{item.name}" in MISSES:
            item.add_marker(pytest.mark.xfail(strict=True, reason="a known miss; heard now? strike it from the list"))
