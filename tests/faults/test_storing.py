"""H10: a press that the database cannot take is answered 507, rings all the same, and is stored when it can be."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests import evidence
from tests.faults.builds import Build, Display, comes_true, naive_server
from tests.faults.measures import at_most, many
from tests.servers import Server

LOCKED_S = many("ROOM_LOCKED_S", 3)
ANSWERED_S = 3
STORED_S = 5
HOLD = """import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(600)"""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the database for itself inside the block, and is then killed."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            yield
        finally:
            holder.kill()


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not one byte more can be written inside the block, not even to the log."""
    ballast = disk / "ballast"
    for path in (ballast, disk / "server.log"):
        with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b" " * min(4096, 4096 - file.tell() % 4096))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A file system of three megabytes under this name."""
    mounted = []

    def mount(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        told = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)], capture_output=True, text=True, check=False
        )
        if os.geteuid() != 0 or told.returncode:
            pytest.skip(f"a small disk cannot be made here: {told.stderr.strip() or 'only root may mount'}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def rings_and_is_stored(build: Build, display: Display, trouble: AbstractContextManager[None], lasts_s: float) -> float:
    """Press while there is trouble: it must ring; gives how long after the trouble it was stored."""
    with trouble:
        pressed = time.monotonic()
        answer = build.press(place="toilet")
        assert time.monotonic() - pressed <= at_most(ANSWERED_S)
        assert (answer.status_code, answer.json()["code"]) == (507, "not-stored")
        assert display.shows({"unstored-medical-toilet"}, at_most(1))
        time.sleep(max(0, pressed + lasts_s - time.monotonic()))
    began = time.monotonic()
    assert comes_true(lambda: any(one["place"] == "toilet" for one in build.open_alarms().values()), at_most(STORED_S))
    took = time.monotonic() - began
    kept = [code for code, one in build.open_alarms().items() if (one["place"], one["kind"]) == ("toilet", "medical")]
    assert len(kept) == 1
    assert display.shows(kept, at_most(2))
    return took


def is_lost(build: Build, trouble: AbstractContextManager[None], lasts_s: float) -> bool:
    """Press while there is trouble, wait until it is over, start again: whether an alarm that was answered is gone."""
    with trouble:
        code = build.alarm("toilet")
        time.sleep(lasts_s)
    time.sleep(1)
    build.server.kill()
    build.server.start()
    return code not in build.open_alarms()


def test_an_alarm_rings_while_the_database_is_locked_and_is_stored_afterwards(ours, displays):
    (display,) = displays(ours, 1)
    took = rings_and_is_stored(ours, display, locked(ours.server.folder / "room.db"), LOCKED_S)
    note(f"A press while the database is locked for {LOCKED_S} s", took, f"ROOM_LOCKED_S={LOCKED_S} ")


def test_the_naive_room_says_yes_and_loses_an_alarm_while_its_database_is_locked(naive):
    assert is_lost(naive, locked(naive.server.folder / "naive.db"), 2)


def test_an_alarm_rings_while_the_disk_is_full_and_is_stored_afterwards(small_disk, sqlite_shelf):
    folder = small_disk("ours")
    sqlite_shelf.copy(folder)
    with Server(folder) as server:
        build = Build(server, sqlite_shelf.cast)
        display = build.display()
        took = rings_and_is_stored(build, display, full(folder), 2)
        display.close()
    note("A press while the disk is full", took, "")


def test_the_naive_room_says_yes_and_loses_an_alarm_while_its_disk_is_full(small_disk):
    folder = small_disk("naive")
    with naive_server(folder) as server:
        assert is_lost(Build(server, None), full(folder), 1)


def note(what: str, took_s: float, variable: str, engine: str = "sqlite") -> None:
    """Keep a figure."""
    evidence.note(
        what,
        f"answered 507, rung, and stored {took_s:.1f} s after it was over",
        threshold="rung, and stored",
        engine=engine,
        command=f"{variable}pytest tests/faults/test_storing.py",
    )
