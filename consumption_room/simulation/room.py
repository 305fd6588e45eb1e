"""A room with people in it, moment by moment: who comes, waits, sits, needs help and leaves. Pure, from a seed."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random

from consumption_room.policy.room import Policy
from consumption_room.simulation import emergencies
from consumption_room.simulation.agenda import Agenda
from consumption_room.simulation.bells import Bells
from consumption_room.simulation.chance import choose, lasting
from consumption_room.simulation.counter import Counter
from consumption_room.simulation.door import Door
from consumption_room.simulation.guests import Guest
from consumption_room.simulation.happenings import (
    Called,
    CubicleCleaned,
    Happening,
    Held,
    Left,
    Seated,
    TurnedAway,
    WentToAftercare,
)
from consumption_room.simulation.scenario import Scenario
from consumption_room.simulation.seats import Seats
from consumption_room.simulation.timetable import AFTER_CLOSING, SET_UP, Opening, Timetable, arrivals
from consumption_room.vocabulary.visits import LeaveReason, Route

_OBSERVED = timedelta(hours=1)
"""How long somebody stays after naloxone: its effect lasts 45 to 70 minutes (St Paul's rule)."""
_AFTER_HELP = timedelta(minutes=1)
_DRILL_AFTER = timedelta(hours=3)


class Room:
    """The simulated room: call ``happenings`` once, and read what happened in order of time."""

    def __init__(
        self, scenario: Scenario, policy: Policy, timetable: Timetable, stock: Mapping[str, int], seed: int
    ) -> None:
        """``stock`` is what is on the shelf to begin with, by item."""
        self.scenario, self.timetable = scenario, timetable
        self.random = Random(seed)  # noqa: S311 - a simulation repeats itself from its seed
        self.agenda = Agenda(timetable.begins_at)
        self.door = Door(scenario, timetable, self.random)
        self.seats = Seats(policy, scenario)
        self.counter = Counter(scenario, policy, stock, self.random)
        self.queue: list[Guest] = []
        self.sitting: list[Guest] = []
        self._bells = Bells(scenario, policy, self.agenda, self.random, timetable.until)
        self._opening = timetable.openings[0]
        self._bad_batch: bool | None = None

    def happenings(self) -> Iterator[Happening]:
        """Everything that happens, moments never going back."""
        for number, opening in enumerate(self.timetable.openings):
            self.agenda.at(opening.at - SET_UP, self._open, opening, number)
        return self.agenda.run(self.ends_at)

    @property
    def ends_at(self) -> datetime:
        """When nothing happens any more: in the middle of a day, or when the last people have left."""
        return self.timetable.until or self.timetable.openings[-1].at + self.scenario.open_for + AFTER_CLOSING

    # The day.

    def _open(self, opening: Opening, number: int) -> None:
        scenario, agenda = self.scenario, self.agenda
        self._opening, self._bad_batch = opening, opening.bad_batch
        if self._bad_batch is None:
            self._bad_batch = self.random.random() < scenario.bad_batch_days
        if number == 0:
            agenda.happens(*self.seats.changes(agenda.now))
        agenda.happens(*self.counter.shelf.deliveries(agenda.now))
        for moment in arrivals(opening, scenario, self.random):
            agenda.at(moment, self._arrive)
        if scenario.drills_a_week and number % max(1, 7 // scenario.drills_a_week) == 1:
            agenda.at(opening.at + _DRILL_AFTER, self._bells.drill)
        agenda.at(opening.at + scenario.open_for, self._close)

    def _close(self) -> None:
        for guest in self.queue:
            self._leave(guest, LeaveReason.OTHER)
        self.queue.clear()

    def _arrive(self) -> None:
        scenario, random = self.scenario, self.random
        if random.random() < scenario.turned_away:
            reason = choose(random, scenario.turned_away_reasons)
            self.agenda.happens(TurnedAway(self.agenda.now, None, reason))
            return
        self._bells.by_chance()
        if random.random() < scenario.without_use:
            guest = self.door.somebody_else(self._opening)
            self._come_in(guest)
            self._after(lasting(random, scenario.at_the_desk), self._attend, guest)
        else:
            self.come_to_use()

    def come_to_use(self) -> None:
        """Somebody comes in with drugs of their own."""
        guest = self.door.somebody_to_use(self._opening)
        self._come_in(guest)
        self._after(lasting(self.random, self.scenario.at_the_desk), self._queue_up, guest)

    def _come_in(self, guest: Guest) -> None:
        self.agenda.happens(*self.door.lets_in(guest, self.agenda.now))

    def _attend(self, guest: Guest) -> None:
        self.call(guest)
        self._after(lasting(self.random, self.scenario.other_stay), self._finish, guest)

    # The queue.

    def _queue_up(self, guest: Guest) -> None:
        guest.queued_at = self.agenda.now
        self.queue.append(guest)
        self._serve()
        if guest in self.queue:
            self._wait(guest)
            if self.random.random() < self.scenario.put_on_hold:
                self.hold(guest, "Speaks with the nurse first")
                self._after(lasting(self.random, self.scenario.other_stay), self._take_off_hold, guest)

    def _wait(self, guest: Guest) -> None:
        scenario = self.scenario
        patience = scenario.smoking_patience if guest.route is Route.SMOKE else scenario.injecting_patience
        self._after(lasting(self.random, patience), self._lose_patience, guest)

    def _lose_patience(self, guest: Guest) -> None:
        if guest not in self.queue or guest.held or guest.called:
            return
        if guest.route is Route.SMOKE and self.random.random() < self.scenario.switch_to_injecting:
            guest.route, guest.switched = Route.INJECT, True
            self._wait(guest)
            self._serve()
        else:
            self.queue.remove(guest)
            self._leave(guest, LeaveReason.GAVE_UP)

    def hold(self, guest: Guest, reason: str) -> None:
        """Let somebody wait outside the queue."""
        guest.held, guest.called = True, False
        self.agenda.happens(Held(self.agenda.now, guest.number, reason))

    def _take_off_hold(self, guest: Guest) -> None:
        guest.held = False
        self._serve()

    def call(self, guest: Guest) -> None:
        """Call somebody, once."""
        if not guest.called:
            guest.called = True
            self.agenda.happens(Called(self.agenda.now, guest.number))

    def _serve(self) -> None:
        for guest in list(self.queue):
            number = None if guest.held else self.seats.take_for(guest.route)
            if number is None:
                continue
            self.queue.remove(guest)
            if guest.queued_at == self.agenda.now:
                self._sit(guest, number)
            else:
                self.call(guest)
                self._after(lasting(self.random, self.scenario.to_the_cubicle), self._sit, guest, number)

    # The cubicle.

    def _sit(self, guest: Guest, number: int) -> None:
        scenario, random = self.scenario, self.random
        guest.cubicle, guest.seated_at = number, self.agenda.now
        self.sitting.append(guest)
        self._take(guest)
        self.agenda.happens(Seated(self.agenda.now, guest.number, number))
        stay = lasting(random, scenario.smoking_stay if guest.route is Route.SMOKE else scenario.injecting_stay)
        again = random.random() < scenario.second_intake
        if again:
            self._after(stay // 2, self._take, guest)
        risk = emergencies.risk(guest.substances, guest.route, scenario, self._opening, bad=bool(self._bad_batch))
        if random.random() < risk * (1 + again):
            guest.trouble_at = choose(random, scenario.emergency_places)
        if guest.trouble_at == "cubicle":
            self._after(stay // 3, self._need_help, guest, f"cubicle-{number}")
        self._after(stay, self.get_up, guest)

    def _take(self, guest: Guest) -> None:
        if guest.cubicle is None or guest.helped_until is not None:
            return
        self.agenda.happens(guest.intake(self.agenda.now))
        self.agenda.happens(*self.counter.for_an_intake(guest, self.agenda.now))

    def _need_help(self, guest: Guest, place: str) -> None:
        course = self._bells.for_somebody(guest, place)
        if course is None:
            return
        guest.helped_until = course.ends_at + _AFTER_HELP
        if course.naloxone_at is not None:
            guest.observed_until = course.naloxone_at + _OBSERVED
            self.agenda.at(course.naloxone_at, self._give_naloxone, guest)
        if course.to_hospital:
            guest.leaves_because = LeaveReason.TO_HOSPITAL

    def _give_naloxone(self, guest: Guest) -> None:
        self.agenda.happens(*self.counter.naloxone(guest, self.agenda.now))

    def get_up(self, guest: Guest, *, rests: bool = False) -> None:
        """Somebody leaves their cubicle: home, to aftercare, or with the ambulance; when helped, only afterwards."""
        scenario, now = self.scenario, self.agenda.now
        if guest.cubicle is None:
            return
        if guest.helped_until is not None and now < guest.helped_until:
            self.agenda.at(guest.helped_until, self.get_up, guest)
            return
        self.sitting.remove(guest)
        self._after(lasting(self.random, scenario.cleaning), self._clean, guest.cubicle, guest.number)
        guest.cubicle = None
        rests = rests or guest.trouble_at is not None or self.random.random() < scenario.aftercare_share
        if rests and guest.leaves_because is LeaveReason.FINISHED:
            self._rest(guest)
        else:
            self._finish(guest)

    def _clean(self, number: int, visit: int) -> None:
        self.agenda.happens(CubicleCleaned(self.agenda.now, visit, number))
        self.seats.give_back(number)
        self._serve()

    # Aftercare, and the way out.

    def _rest(self, guest: Guest) -> None:
        now = self.agenda.now
        self.agenda.happens(WentToAftercare(now, guest.number))
        stay = lasting(self.random, self.scenario.aftercare_stay)
        if guest.trouble_at in {"aftercare", "reception"}:
            self._after(stay // 4, self._need_help, guest, guest.trouble_at)
        self._after(stay, self._finish, guest)

    def _finish(self, guest: Guest) -> None:
        helped, observed = guest.helped_until, guest.observed_until
        stays = [helped] if guest.leaves_because is LeaveReason.TO_HOSPITAL else [helped, observed]
        longest = max((until for until in stays if until is not None), default=self.agenda.now)
        if longest > self.agenda.now:
            self.agenda.at(longest, self._finish, guest)
            return
        self.agenda.happens(*self.counter.before_leaving(guest, self.agenda.now))
        self._leave(guest, guest.leaves_because)

    def _leave(self, guest: Guest, reason: LeaveReason) -> None:
        self.agenda.happens(Left(self.agenda.now, guest.number, reason))
        if guest.person is not None:
            guest.person.inside = False

    def _after(self, a_while: timedelta, act: Callable[..., object], *facts: object) -> None:
        seconds = a_while // timedelta(seconds=1)
        self.agenda.at(self.agenda.now + timedelta(seconds=seconds), act, *facts)
