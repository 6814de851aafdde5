"""A process that has imported the program once, and forks for each command: the same program, without its start-up time.

Reads one JSON object a line (arguments, environment, folder, standard input), answers with one (status, output, errors).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn


class Warm:
    """Runs `guichet` commands in forks of one warm process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm"], cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip

    def run(
        self, arguments: tuple[str, ...], *, folder: Path, environment: dict[str, str], given: str | None
    ) -> subprocess.CompletedProcess[str]:
        """What the command printed, and its status."""
        asked = {"arguments": arguments, "folder": str(folder), "environment": environment, "given": given or ""}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(["guichet", *arguments], said["status"], said["output"], said["errors"])

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        paths = [Path(scratch) / name for name in ("given", "output", "errors")]
        paths[0].write_text(asked["given"], "utf-8")
        child = os.fork()
        if child == 0:
            _become(asked, paths)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return {"status": status, "output": paths[1].read_text("utf-8"), "errors": paths[2].read_text("utf-8")}


def _become(asked: dict[str, Any], paths: list[Path]) -> NoReturn:
    """The child: standard streams, folder and environment of its own, then the program as if started afresh."""
    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)
    for number, (path, flag) in enumerate(zip(paths, flags, strict=True)):
        os.dup2(os.open(path, flag), number)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["guichet", *asked["arguments"]]
    status: object = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 1 if status else 0)


if __name__ == "__main__":
    import alembic.command  # noqa: F401  (what commands import late is imported here once)
    import facturx  # noqa: F401

    import bot.app
    import bot.demo.start
    import bot.understand  # noqa: F401
    from bot.__main__ import main

    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()
