"""Which of the road is walked in the quick run."""

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a road that is walked in three languages, the quick run walks the first; the slow suite walks all."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.name.endswith(("[fr]", "[en]")):
            item.add_marker(pytest.mark.slow)
