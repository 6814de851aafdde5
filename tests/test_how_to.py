"""What `docs/how-to/add-an-intent.md` says works as it stands, in a copy of the house."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/how-to/add-an-intent.md").read_text("utf-8")
WRITTEN = ("handlers", "templates")  # what the page adds to


def files_of_the_page() -> dict[str, str]:
    """By path, the blocks that the page says to write."""
    handler = re.search(r"`(handlers/\w+\.py)`\n\n```python\n(.*?)```", PAGE, re.DOTALL)
    folder = re.search(r"`(templates/\w+/)`", PAGE)
    words = re.findall(r"^`(\w+\.\w\w\.md\.j2)`\n\n```jinja\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert handler and folder and len(words) == 9
    return {handler[1]: handler[2]} | {folder[1] + name: text for name, text in words}


@pytest.mark.slow
def test_an_intent_that_is_added_as_the_page_says_is_asked_about_and_then_answered(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    for name in ("bot", "billing", "storage"):
        (house / name).symlink_to(ROOT / name)
    for name in WRITTEN:
        shutil.copytree(ROOT / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in files_of_the_page().items():
        (house / path).parent.mkdir(exist_ok=True)
        (house / path).write_text(text, "utf-8")

    def guichet(*words: str) -> str:
        settings = {
            "GUICHET_DATABASE_URL": f"sqlite:///{tmp_path / 'guichet.db'}",
            "GUICHET_RELAY_URL": f"maildir:{tmp_path / 'out'}",
        }
        ran = subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=house, env=os.environ | settings, capture_output=True, text=True,
            check=True, timeout=120,
        )  # fmt: skip
        return ran.stdout

    guichet("seed")
    for command, answer in zip(re.findall(r'^\$ guichet ask "(.+)" --as (\S+)$', PAGE, re.M), ASKED, strict=True):
        said, sender = command
        assert answer in guichet("ask", said, "--as", sender)


ASKED = ("say where our terms of business are", "You will find them on the support page")
