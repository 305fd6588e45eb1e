"""Filling a furnished room with simulated days, many happenings to a transaction, and counting them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import groupby

import click

from consumption_room.database import transaction
from consumption_room.gate import here
from consumption_room.inventory import queries as inventory
from consumption_room.policy.room import Policy
from consumption_room.simulation import full_swing, timetable
from consumption_room.simulation.hands import Hands
from consumption_room.simulation.happenings import Happening
from consumption_room.simulation.room import Room
from consumption_room.simulation.scenario import Scenario
from consumption_room.simulation.tally import Tally

_BATCH = timedelta(minutes=30)


def simulate(
    policy: Policy,
    scenario: Scenario,
    first: date,
    days: int,
    seed: int,
    *,
    until: datetime | None = None,
    progress: bool = False,
) -> Tally:
    """Fill the room of the present application, which is furnished and has seen no visit; gives the count of all done.

    Whole days from ``first`` on; with ``until``, so many days of history and then today, in full swing at that moment.
    """
    if until is None:
        hours = timetable.whole_days(first, days, scenario, policy)
    else:
        hours = timetable.up_to(until, days, scenario, policy)
    stock = {level.code: level.balance for level in inventory.levels(policy.service_day(hours.begins_at))}
    room = Room(scenario, policy, hours, stock, seed)
    if until is not None:
        full_swing.prepare(room, until)
    tally, hands = Tally(policy), Hands(policy, here.phrase_key())
    length = (room.ends_at - hours.begins_at) // _BATCH
    with _old_things_left_alone(), click.progressbar(length=length, label="Simulating", hidden=not progress) as bar:
        done = 0
        for number, batch in groupby(room.happenings(), lambda it: _batch(it, hours.begins_at)):
            with transaction():
                for happening in batch:
                    hands.carry_out(happening)
                    tally.count(happening)
            bar.update(number - done)
            done = number
        bar.update(length - done)
    return tally


def _batch(happening: Happening, begins_at: datetime) -> int:
    return (happening.at - begins_at) // _BATCH


@contextmanager
def _old_things_left_alone() -> Iterator[None]:
    """Nothing made before is garbage: the collector looking through it again and again takes a tenth of the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
