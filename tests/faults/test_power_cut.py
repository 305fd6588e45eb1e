"""P1: an alarm whose commit returned is there, whole, after the power went at whatever write.

The statements are those that our engine sends for real presses, traced as SQLite gets them, from the pragmas of a new
connection to COMMIT. They are run again on a disk that forgets what was not synced. One thing differs from the served
room: the one connection holds its lock throughout, because this disk has no shared memory for the WAL's index.
"""

import contextlib
import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest
from sqlalchemy import event

from consumption_room.database import db, wal_is_safe
from tests import evidence
from tests.builders import pressed
from tests.faults.measures import many
from tests.faults.power import Disk, Disks, PowerIsOut

CUTS = many("ROOM_POWER_CUTS", 200)
PRESSES = 8
FILE = "room.db"


@dataclass
class Recording:
    """What our engine said: at the opening of a connection, and for each press, by the code of its alarm."""

    base: bytes
    opening: list[str]
    presses: dict[str, list[str]]


@pytest.fixture
def recording(room, tmp_path: Path) -> Recording:
    """Real presses through our services, as SQLite heard them."""
    said: list[str] = []
    db.session.remove()
    db.engine.dispose()  # the last connection leaves nothing in the WAL
    base = (tmp_path / "data" / "room.db").read_bytes()

    def listen(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(said.append)

    event.listen(db.engine, "connect", listen, insert=True)
    db.session.connection()
    db.session.rollback()
    opening = [one for one in said if one.startswith("PRAGMA")]
    presses = {}
    for number in range(1, PRESSES + 1):
        said.clear()
        alert, is_new = pressed(f"cubicle-{number}")
        assert is_new
        presses[alert.code] = said[said.index("BEGIN IMMEDIATE") : said.index("COMMIT") + 1]
    event.remove(db.engine, "connect", listen)
    return Recording(base, opening, presses)


@pytest.fixture(scope="module")
def disks() -> Disks:
    """A machine whose disk can be changed."""
    return Disks()


def connected(disks: Disks, opening: list[str], mode: str) -> apsw.Connection:
    """A connection that opens as ours do."""
    connection = apsw.Connection(FILE, vfs="power")
    if mode == "WAL":
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    for one in opening:
        connection.execute(one)
    return connection


def until_the_power_goes(
    disks: Disks, recording: Recording, opening: list[str], mode: str, chance: random.Random
) -> list[str]:
    """Press until the disk dies; gives the alarms whose commit had returned."""
    stored: list[str] = []
    connection = None
    try:
        connection = connected(disks, opening, mode)
        for code, statements in recording.presses.items():
            for one in statements:
                connection.execute(one)
            stored.append(code)
            if mode == "WAL" and chance.random() < 0.2:  # as happens by itself each thousand pages
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except (PowerIsOut, apsw.Error):
        if disks.disk.left is None:
            raise
    finally:
        if connection is not None:
            with contextlib.suppress(PowerIsOut, apsw.Error):  # closing writes, too
                connection.close(True)
    return stored


def lost(disks: Disks, recording: Recording, opening: list[str], mode: str, cuts: int) -> tuple[int, int]:
    """Cut the power so often; gives how many stored alarms were looked for, and how many were not whole."""
    base = in_mode(recording.base, mode)
    disks.disk = Disk({FILE: base}, random.Random(0), None)
    until_the_power_goes(disks, recording, opening, mode, random.Random(0))
    deeds = disks.disk.deeds
    wanted = missing = 0
    for seed in range(cuts):
        chance = random.Random(seed)
        disks.disk = Disk({FILE: base}, chance, chance.randint(1, deeds))
        stored = until_the_power_goes(disks, recording, opening, mode, chance)
        disks.disk = Disk(disks.disk.after_the_cut(), chance, None)
        wanted += len(stored)
        missing += len(set(stored) - whole_alarms(disks, mode))
    return wanted, missing


def whole_alarms(disks: Disks, mode: str) -> set[str]:
    """The alarms that are there after the cut, with their ladder and a row of the journal; none in a broken file."""
    connection = None
    try:
        connection = connected(disks, [], mode)
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return set()
        return {
            str(code)
            for (code,) in connection.execute(
                "SELECT code FROM alert WHERE (SELECT count(*) FROM alert_step WHERE alert_id = alert.id) = 3 AND "
                "EXISTS (SELECT 1 FROM journal AS row, journal_head AS head "
                "WHERE row.subject = alert.code AND row.seq <= head.seq)"
            )
        }
    except apsw.Error:
        return set()
    finally:
        if connection is not None:
            connection.close(True)


def in_mode(base: bytes, mode: str) -> bytes:
    """The same database in another journal mode: two bytes of its header."""
    flag = {"WAL": 2, "TRUNCATE": 1}[mode]
    return base[:18] + bytes([flag, flag]) + base[20:]


def spoken(opening: list[str], mode: str, synchronous: str = "FULL") -> list[str]:
    """The opening of a connection in this mode; fails when ours no longer says these words."""
    said = " ; ".join(opening)
    assert "PRAGMA journal_mode = WAL" in said or "PRAGMA journal_mode = TRUNCATE" in said
    assert "PRAGMA synchronous = FULL" in said
    for old in ("WAL", "TRUNCATE"):
        said = said.replace(f"journal_mode = {old}", f"journal_mode = {mode}")
    return said.replace("synchronous = FULL", f"synchronous = {synchronous}").split(" ; ")


@pytest.mark.parametrize("mode", ["WAL", "TRUNCATE"])
def test_an_alarm_that_was_stored_is_there_after_a_power_cut(recording, disks, mode):
    assert mode != "WAL" or wal_is_safe(tuple(map(int, apsw.sqlite_lib_version().split("."))))
    wanted, missing = lost(disks, recording, spoken(recording.opening, mode), mode, CUTS)
    assert wanted > CUTS
    assert missing == 0
    evidence.note(
        f"Alarms stored and lost, under simulated power cuts, {mode} journal",
        f"0 lost of {wanted} in {CUTS} cuts",
        threshold="0",
        command=f"ROOM_POWER_CUTS={CUTS} pytest tests/faults/test_power_cut.py",
    )


@pytest.mark.parametrize(("mode", "synchronous"), [("WAL", "OFF"), ("TRUNCATE", "OFF"), ("WAL", "NORMAL")])
def test_a_naive_database_that_syncs_less_loses_alarms(recording, disks, mode, synchronous):
    wanted, missing = lost(disks, recording, spoken(recording.opening, mode, synchronous), mode, 30)
    assert 0 < missing <= wanted
