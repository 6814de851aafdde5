"""A private PostgreSQL server for tests: made in a temporary folder, gone afterwards. A missing program is a failure."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

DEBIAN = "/usr/lib/postgresql/*/bin"  # Debian keeps the server's programs off the path
UNPRIVILEGED = ("postgres", "nobody")  # the server refuses to run as root


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        map(str, sorted(Path("/").glob(f"{DEBIAN.lstrip('/')}/{name}"), reverse=True)), None
    )
    if found is None:
        raise RuntimeError(f"{name} is missing: .ci/programs installs Debian's package postgresql")
    return found


def _user() -> str | None:
    """Whom to run the server as, where we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of an empty database on a server of our own."""
    user, port = _user(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="guichet-postgres-"))  # a short path: a socket's name has 107 octets
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, user=user, cwd=folder, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip() or done.stdout.strip()}")

    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=50"
    try:
        run(_program("initdb"), "-D", str(data), "-U", "guichet", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(_program("pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://guichet@127.0.0.1:{port}/postgres"
        finally:
            run(_program("pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of an empty database of its own on a server; it goes with the server."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"fresh_{secrets.token_hex(4)}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    yield server.rpartition("/")[0] + f"/{name}"
