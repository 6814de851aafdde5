"""A backup can be put back, whole, and never over something that is there."""

import sqlite3
import stat
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import NotPossible, back_up, restore


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "guichet.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE kept (what TEXT)")
        made.execute("INSERT INTO kept VALUES ('a letter')")
        made.commit()
    path.with_suffix(".key").write_text("secret")
    return path


def test_what_was_backed_up_comes_back_with_its_key(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.tar.gz")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    restore(tmp_path / "copy.tar.gz", elsewhere / "guichet.db")
    with closing(sqlite3.connect(elsewhere / "guichet.db")) as restored:
        assert restored.execute("SELECT what FROM kept").fetchall() == [("a letter",)]
    assert (elsewhere / "guichet.key").read_text() == "secret"


def test_only_its_owner_can_read_a_backup(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.tar.gz")
    assert stat.S_IMODE((tmp_path / "copy.tar.gz").stat().st_mode) == 0o600


def test_what_another_writes_meanwhile_is_not_half_in_it(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as other:
        other.execute("INSERT INTO kept VALUES ('not committed')")
        back_up(database, tmp_path / "copy.tar.gz")
        other.rollback()
    (tmp_path / "b").mkdir()
    restore(tmp_path / "copy.tar.gz", tmp_path / "b" / "guichet.db")
    with closing(sqlite3.connect(tmp_path / "b" / "guichet.db")) as restored:
        assert restored.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_nothing_that_is_there_is_overwritten(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.tar.gz")
    with pytest.raises(NotPossible):
        back_up(database, tmp_path / "copy.tar.gz")
    with pytest.raises(NotPossible):
        restore(tmp_path / "copy.tar.gz", database)


@pytest.mark.parametrize("content", [b"no tar at all", b""])
def test_what_is_no_backup_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(NotPossible):
        restore(tmp_path / "x.tar.gz", tmp_path / "guichet.db")
    assert not (tmp_path / "guichet.db").exists()


def test_a_damaged_database_is_not_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "guichet.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "guichet.db", "guichet.db")
    (tmp_path / "b").mkdir()
    with pytest.raises(NotPossible):
        restore(tmp_path / "x.tar.gz", tmp_path / "b" / "guichet.db")
    assert not (tmp_path / "b" / "guichet.db").exists()
