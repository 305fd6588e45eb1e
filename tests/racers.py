"""Real processes that start together and want the same thing: each has its own application and its own connections."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from consumption_room import clock
from consumption_room.database import db
from consumption_room.errors import Refusal
from tests import builders
from tests.databases import opened

READY_WITHIN_S = 60
Act = Callable[..., Any]

# The server of forks is single-threaded and has no engine: a process forked from it is as good as a fresh one, and
# need not import the application again.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["__main__", "tests.racers"])


def race(folder: Path, address: str, act: Act, runs: list[tuple[Any, ...]]) -> Counter[str]:
    """Let one process for each of ``runs`` do ``act`` at the same moment; counts ``done`` and the codes of refusals."""
    at = clock.now()
    start, results = _processes.Barrier(len(runs)), _processes.SimpleQueue()
    racers = [_processes.Process(target=_run, args=(folder, address, at, act, run, start, results)) for run in runs]
    for racer in racers:
        racer.start()
    told = Counter(results.get() for _ in racers)
    for racer in racers:
        racer.join()
    return told


def _run(folder: Path, address: str, at: datetime, act: Act, run: tuple[Any, ...], start: Any, results: Any) -> None:
    try:
        with clock.stopped_at(at), opened(folder, address):
            db.session.execute(text("SELECT 1"))
            db.session.rollback()
            start.wait(READY_WITHIN_S)
            act(*run)
        results.put("done")
    except Refusal as refusal:
        results.put(refusal.code)
    except Exception as error:  # noqa: BLE001 - told to the test, which fails on it
        start.abort()
        results.put(repr(error))


def sits_down(visit: str, cubicle: int) -> None:
    """Seat somebody."""
    builders.sits_down(visit, cubicle)


def takes_a_kit(kit: str) -> None:
    """Hand out one kit."""
    builders.issued(1, kit=kit)


def checks_in(client: str) -> None:
    """Check somebody in."""
    builders.checked_in(client)


def presses(place: str) -> None:
    """Press the alarm button."""
    builders.pressed(place)


def takes_back(movement: str) -> None:
    """Take a booking back."""
    builders.taken_back(movement)


def sweeps() -> None:
    """Take the steps that are due."""
    builders.steps_taken()
