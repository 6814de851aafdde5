"""Backup and restore while the counter serves, the doctor, and a worker that needs a shared database."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.running import Running


def test_a_backup_of_the_running_counter_can_be_put_back(running: Running, tmp_path: Path) -> None:
    made = running.command("backup", str(tmp_path / "copy.tar.gz"))
    assert made.returncode == 0, made.stderr
    refused = running.command("restore", str(tmp_path / "copy.tar.gz"))
    assert refused.returncode == 1 and "already" in refused.stderr  # the running one is not touched
    from storage.backup import restore

    restore(tmp_path / "copy.tar.gz", tmp_path / "guichet.db")
    with closing(sqlite3.connect(tmp_path / "guichet.db")) as database:
        assert database.execute("SELECT count(*) FROM billing_customer").fetchone()[0] > 10


def test_a_worker_alone_needs_a_shared_database(running: Running) -> None:
    refused = running.command("worker")
    assert refused.returncode == 1 and "PostgreSQL" in refused.stderr


def test_the_doctor_looks_at_the_audit(running: Running) -> None:
    found = json.loads(running.command("doctor", "--json").stdout)
    assert {"what": "audit", "ok": True, "found": "every chain holds"} in found
