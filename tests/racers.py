"""Real processes that start together and want the same thing: each with connections of its own."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from consumption_room import clock, watch
from consumption_room.cubicles import service as rooms
from consumption_room.database import db, transaction
from consumption_room.errors import Busy, Refusal
from consumption_room.gate import here
from consumption_room.visits import queue, seating
from consumption_room.visits import service as visits
from tests import builders, ledger
from tests.databases import opened
from tests.faults.naive import watch as naive

READY_WITHIN_S = 120
TRIES = 5
ROUND_EVERY_S = 0.02
Act = Callable[..., Any]

# A server of forks, single-threaded and without an engine, saves every race the second that the imports take.
_crews = multiprocessing.get_context("forkserver")
_crews.set_forkserver_preload(["__main__", "tests.racers"])
_racers = multiprocessing.get_context("fork")


def race(folder: Path, address: str, act: Act, runs: list[tuple[Any, ...]]) -> Counter[str]:
    """Let one process for each of ``runs`` do ``act`` at the same moment; counts ``done`` and the codes of refusals."""
    told = _crews.SimpleQueue()
    crew = _crews.Process(target=_crew, args=(folder, address, clock.now(), act, runs, told))
    crew.start()
    counted: Counter[str] = told.get()
    crew.join()
    return counted


def _crew(folder: Path, address: str, at: datetime, act: Act, runs: list[tuple[Any, ...]], told: Any) -> None:
    """Make the application once; it has no connection yet, so that every racer opens one of its own."""
    start, results = _racers.Barrier(len(runs)), _racers.SimpleQueue()
    counted = Counter[str]()
    try:
        with clock.stopped_at(at), opened(folder, address):
            racers = [_racers.Process(target=_run, args=(act, run, start, results)) for run in runs]
            for racer in racers:
                racer.start()
            counted.update(results.get() for _ in racers)
            for racer in racers:
                racer.join()
    except Exception as error:  # noqa: BLE001 - told to the test, which fails on it
        counted[repr(error)] += 1
    told.put(counted)


def _run(act: Act, run: tuple[Any, ...], start: Any, results: Any) -> None:
    try:
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
        start.wait(READY_WITHIN_S)
        _insist(act, run)
        results.put("done")
    except Refusal as refusal:
        results.put(refusal.code)
    except Exception as error:  # noqa: BLE001 - told to the test, which fails on it
        start.abort()
        results.put(repr(error))


def _insist(act: Act, run: tuple[Any, ...]) -> None:
    """Do it, and again when told that the room is too busy to say: that is no answer to who may."""
    for _ in range(TRIES):
        try:
            act(*run)
        except Busy:
            db.session.rollback()
        else:
            return
    act(*run)


def sits_down(visit: str, cubicle: int) -> None:
    """Seat somebody."""
    builders.sits_down(visit, cubicle)


def undoes_or_sits_down(visit: str, undoes: bool) -> None:
    """Take a check-in back, or seat the person."""
    if undoes:
        builders.undone(visits.get(visit))
    else:
        builders.sits_down(visit, 3)


def calls(visit: str, cubicle: int | None) -> None:
    """Call somebody."""
    with transaction():
        queue.call(visit, here.policy(), builders.ROSA, clock.now(), cubicle)


def minds_claims() -> None:
    """Sweep up the calls that have run out."""
    watch.mind_claims(clock.now())


def fights_for_cubicles(people: list[str], cubicles: Sequence[int], attempts: int, seed: int) -> None:
    """Seat anybody anywhere, so many times, as a host whose clock is a second off would; whoever sits gets up again."""
    chance = random.Random(seed)
    for _ in range(attempts):
        now = datetime.now(UTC) + timedelta(seconds=chance.uniform(-1, 1))
        person, cubicle = chance.choice(people), chance.choice(cubicles)
        try:
            with transaction():
                seating.seat(person, seating.Seating(cubicle), here.policy(), builders.ROSA, now)
            with transaction():
                if chance.random() < 0.3:
                    seating.move(person, seating.Seating(chance.choice(cubicles)), here.policy(), builders.NINA, now)
                visits.aftercare(person, builders.NINA, now)
        except Refusal:
            pass
        try:
            with transaction():
                rooms.clean(cubicle, builders.ROSA, now)
        except Refusal:
            pass


def takes_a_kit(kit: str) -> None:
    """Hand out one kit."""
    builders.issued(1, kit=kit)


def checks_in(client: str) -> None:
    """Check somebody in."""
    builders.checked_in(client)


def presses(place: str) -> None:
    """Press the alarm button."""
    builders.pressed(place)


def supplies_a_dose(dose: str) -> None:
    """Give out 200 mg for a dose."""
    ledger.supplied("200", dose)


def takes_a_line_back(line: str) -> None:
    """Take a line of the register back."""
    ledger.reversed_line(line)


def takes_back(movement: str) -> None:
    """Take a booking back."""
    builders.taken_back(movement)


def sweeps() -> None:
    """Take the steps that are due."""
    builders.steps_taken()


def goes_round(moments: list[datetime]) -> None:
    """Go round as the watch does, at each of these moments, when the others do too."""
    for moment in _paced(moments):
        watch.go_round(moment)


def goes_round_naively(address: str, moments: list[datetime]) -> None:
    """The same with the naive watch."""
    engine = naive.opened(address)
    for moment in _paced(moments):
        naive.go_round(engine, moment)
    engine.dispose()


def _paced(moments: list[datetime]) -> Iterator[datetime]:
    """The moments, one every so often: all racers came from the same barrier, and stay side by side."""
    began = time.monotonic()
    for number, moment in enumerate(moments):
        time.sleep(max(0, began + number * ROUND_EVERY_S - time.monotonic()))
        yield moment
