"""Copies of the whole room, made while it runs and verified before they count."""

import os
from datetime import datetime
from pathlib import Path

from consumption_room.database import db, is_postgresql, sqlite_driver
from consumption_room.errors import RuleBroken
from consumption_room.settings import Settings


class CopyFailed(RuleBroken):
    """The copy could not be made, or is not whole."""

    code = "copy-failed"


def to_file(path: str | Path) -> None:
    """Copy the SQLite database to a new file readable by this user alone; raise ``CopyFailed`` if it is not whole."""
    if is_postgresql():
        raise CopyFailed("This room is on PostgreSQL: back it up with pg_dump, which copies it while it runs.")
    target = Path(path)
    if target.exists():
        raise CopyFailed(f"{target} exists already; a backup never overwrites another.")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(handle)
    source = db.engine.raw_connection()
    copy = sqlite_driver.connect(str(target))
    try:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
        whole = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    finally:
        copy.close()
        source.close()
    if not whole:
        target.unlink()
        raise CopyFailed("The copy was not whole, and was thrown away.")


def before_upgrade(settings: Settings, now: datetime) -> Path | None:
    """Copy an existing SQLite room before its schema changes; gives the copy, or ``None`` when there is nothing yet."""
    if is_postgresql() or not (settings.data_dir / "room.db").exists():
        return None
    folder = settings.data_dir / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"before-upgrade-{now:%Y%m%dT%H%M%S%f}.db"
    to_file(target)
    return target
