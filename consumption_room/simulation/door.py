"""The door of a simulated room: who it is that comes, and what happens as they come in."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from random import Random

from consumption_room.simulation import guests
from consumption_room.simulation.chance import choose
from consumption_room.simulation.guests import Guest
from consumption_room.simulation.happenings import Happening, Registered, SharpsReturned
from consumption_room.simulation.people import Crowd, Person
from consumption_room.simulation.scenario import Scenario
from consumption_room.simulation.timetable import Opening, Timetable
from consumption_room.vocabulary.stock import ReturnMethod
from consumption_room.vocabulary.visits import Purpose

_BRINGS_SHARPS_BACK = 0.8


class Door:
    """Everybody who may come, and the numbers their visits get."""

    def __init__(self, scenario: Scenario, timetable: Timetable, random: Random) -> None:
        """Nobody has come yet."""
        self._scenario, self._random = scenario, random
        self._crowd = Crowd(scenario, random, timetable.begins_at.year)
        self._visits = itertools.count(1)

    def somebody_to_use(self, opening: Opening) -> Guest:
        """Somebody with drugs of their own."""
        return guests.somebody_to_use(next(self._visits), self._somebody(opening), self._scenario, self._random)

    def somebody_else(self, opening: Opening) -> Guest:
        """Somebody who comes for anything but using; of those who want needles, some are not known at all."""
        random = self._random
        purpose = choose(random, self._scenario.other_purposes)
        unknown = purpose is Purpose.NEEDLES and random.random() < self._scenario.unknown_visitors
        person = None if unknown else self._somebody(opening)
        return guests.somebody_else(next(self._visits), person, purpose, self._scenario, random)

    def _somebody(self, opening: Opening) -> Person:
        return self._crowd.somebody(newcomer=self._scenario.new_a_week / 7 / (self._scenario.accesses * opening.load))

    def lets_in(self, guest: Guest, now: datetime) -> Iterator[Happening]:
        """They are registered if they were not, checked in, and hand over the sharps they brought."""
        person = guest.person
        if person is not None:
            if not person.known:
                yield Registered(now, guest.number, person)
            person.known = person.inside = True
        yield guest.checked_in(now)
        if back := self._sharps_of(guest):
            counted = self._random.random() < 0.6
            yield SharpsReturned(now, guest.number, back, ReturnMethod.COUNTED if counted else ReturnMethod.BIN_VOLUME)

    def _sharps_of(self, guest: Guest) -> int:
        random, person = self._random, guest.person
        if person is None:
            return round(10 * guest.take_away_kits * self._scenario.sharps_back * random.uniform(0.6, 1.4))
        if random.random() >= _BRINGS_SHARPS_BACK:
            return 0
        back, person.sharps_at_home = person.sharps_at_home, 0
        return back
