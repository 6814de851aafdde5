"""The conversation in the README is what the counter says."""

import re
import shlex
from pathlib import Path

from tests.running import Running

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_conversation_in_the_readme_is_true(running: Running) -> None:
    block = README.split("```console\n")[1].split("```")[0]
    turns = re.findall(r"^\$ guichet (.+)\n(.+)$", block, re.M)
    assert len(turns) == 3
    for command, answer in turns:
        told = running.command(*shlex.split(command))
        lines = [line for line in told.stdout.splitlines() if not line.startswith("  ->")]
        assert lines[0] == answer, command
