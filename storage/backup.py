"""A copy of the whole installation that one can go back to: the SQLite file as it is at one instant, and its key."""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

DATABASE, KEY = "guichet.db", "guichet.key"


class NotPossible(Exception):
    """A backup cannot be made or put back; the text tells the operator why."""


def back_up(database: Path, target: Path) -> None:
    """Write database and key to a tar file that only its owner can read; the service may go on. Raises NotPossible."""
    if not database.exists():
        raise NotPossible(f"there is no database {database.name}")
    if target.exists():
        raise NotPossible(f"{target} is there already")
    key = database.with_suffix(".key")
    with TemporaryDirectory(dir=target.parent) as scratch:
        copy = Path(scratch) / DATABASE
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as into:
            source.backup(into)  # SQLite's online backup: one consistent instant, whatever is written meanwhile
        made = Path(scratch) / "made"
        made.touch(mode=0o600)  # it holds the key that proves our letters
        with tarfile.open(made, "w:gz") as archive:
            archive.add(copy, DATABASE)
            if key.exists():
                archive.add(key, KEY)
        made.rename(target)


def restore(source: Path, database: Path) -> None:
    """Put a backup where no database is. Nothing is in place before all of it was checked. Raises NotPossible."""
    key = database.with_suffix(".key")
    if database.exists() or key.exists():
        raise NotPossible(f"{database.name} or its key is there already: move them away first")
    with TemporaryDirectory(dir=database.parent) as scratch:
        try:
            with tarfile.open(source) as archive:
                names = [member.name for member in archive.getmembers() if member.name in (DATABASE, KEY)]
                for name in names:
                    archive.extract(name, scratch, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise NotPossible(f"{source} is no backup of ours: {type(error).__name__}") from error
        copy = Path(scratch) / DATABASE
        if not copy.exists() or not _is_sound(copy):
            raise NotPossible(f"the database in {source} is damaged or missing")
        if (Path(scratch) / KEY).exists():
            (Path(scratch) / KEY).rename(key)
            key.chmod(0o600)
        copy.rename(database)


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as opened:
            return bool(opened.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False
