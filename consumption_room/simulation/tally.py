"""The simulation's own count of what it did, to hold against the room's reports; it knows nothing of their code."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from consumption_room.policy.room import Policy
from consumption_room.simulation.happenings import (
    AlarmClosed,
    AlarmRaised,
    CheckedIn,
    Happening,
    IntakeRegistered,
    Issued,
    Left,
    ReferralMoved,
    Referred,
    Seated,
    SharpsReturned,
    TurnedAway,
)
from consumption_room.vocabulary.alarms import AlarmKind, Outcome
from consumption_room.vocabulary.referrals import ReferralState
from consumption_room.vocabulary.stock import ItemKind
from consumption_room.vocabulary.visits import LeaveReason, Purpose

FIGURES = (
    "accesses",
    "episodes",
    "emergencies",
    "turned_away",
    "left_waiting",
    "switched_to_injecting",
    "needles_out",
    "needles_back",
    "referrals",
)
_CLINICAL = {AlarmKind.OVERDOSE, AlarmKind.STIMULANT, AlarmKind.MEDICAL}


class Tally:
    """Counts by day of the room, made by looking at everything that happened, once."""

    def __init__(self, policy: Policy) -> None:
        """Nothing has happened yet."""
        self._day_of = policy.service_day
        needles = {item.code for item in policy.items if item.kind is ItemKind.NEEDLE}
        self._needles = dict.fromkeys(needles, 1) | {
            kit.code: sum(each for item, each in kit.parts.items() if item in needles) for kit in policy.kits
        }
        self._counts: Counter[tuple[date, str]] = Counter()
        self._people: dict[date, set[int]] = {}
        self._waits: dict[date, list[int]] = {}
        self._arrived: dict[int, datetime] = {}
        self._wanted_a_cubicle: set[int] = set()
        self._seated: set[int] = set()
        self._emergencies: dict[int, date] = {}
        self._referrals: dict[int, date] = {}
        self.happenings: Counter[str] = Counter()
        self._by_kind: Mapping[type[Happening], Callable[[Any, date], None]] = {
            CheckedIn: self._checked_in,
            Seated: self._sat_down,
            Left: self._left,
            IntakeRegistered: self._intake,
            TurnedAway: lambda _, day: self._add(day, "turned_away"),
            Issued: self._issued,
            SharpsReturned: lambda back, day: self._add(day, "needles_back", back.quantity),
            AlarmRaised: self._rang,
            AlarmClosed: self._closed,
            Referred: self._referred,
            ReferralMoved: self._referral_moved,
        }

    def count(self, happening: Happening) -> None:
        """Something happened."""
        self.happenings[type(happening).__name__] += 1
        if count := self._by_kind.get(type(happening)):
            count(happening, self._day_of(happening.at))

    def days(self) -> list[date]:
        """The days of the room on which anybody came, in order."""
        return sorted({day for day, figure in self._counts if figure == "accesses"})

    def usage(self, first: date, last: date) -> dict[str, int | None]:
        """Every figure of the usage report from the first to the last day, both included."""
        figures: dict[str, int | None] = {
            figure: sum(count for (day, name), count in self._counts.items() if name == figure and first <= day <= last)
            for figure in FIGURES
        }
        people = [some for day, some in self._people.items() if first <= day <= last]
        waits = sorted(wait for day, some in self._waits.items() if first <= day <= last for wait in some)
        middle = len(waits) // 2
        median = None if not waits else waits[middle] if len(waits) % 2 else (waits[middle - 1] + waits[middle]) / 2
        figures["people"] = len(set().union(*people))
        figures["median_wait_s"] = None if median is None else round(median)
        figures["p90_wait_s"] = waits[ceil(0.9 * len(waits)) - 1] if waits else None
        return figures

    def summary(self) -> dict[str, Any]:
        """The figures of every day and of all days together, ready for JSON."""
        days = self.days()
        return {
            "days": {day.isoformat(): self.usage(day, day) for day in days},
            "totals": self.usage(days[0], days[-1]) if days else {},
        }

    def _add(self, day: date, figure: str, number: int = 1) -> None:
        self._counts[day, figure] += number

    def _checked_in(self, visit: CheckedIn, day: date) -> None:
        number = visit.visit or 0
        self._add(day, "accesses")
        self._arrived[number] = visit.at
        if visit.person is not None:
            self._people.setdefault(day, set()).add(visit.person.number)
        if Purpose.CONSUME in visit.purposes:
            self._wanted_a_cubicle.add(number)

    def _intake(self, intake: IntakeRegistered, day: date) -> None:
        self._add(day, "episodes")
        self._add(day, "switched_to_injecting", int(intake.switched))

    def _sat_down(self, seated: Seated, day: date) -> None:
        number = seated.visit or 0
        if number not in self._seated:
            self._seated.add(number)
            arrived = self._arrived[number]
            self._waits.setdefault(self._day_of(arrived), []).append((seated.at - arrived) // timedelta(seconds=1))

    def _left(self, left: Left, day: date) -> None:
        number = left.visit or 0
        if left.reason is LeaveReason.GAVE_UP and number in self._wanted_a_cubicle - self._seated:
            self._add(self._day_of(self._arrived[number]), "left_waiting")

    def _issued(self, issued: Issued, day: date) -> None:
        self._add(day, "needles_out", issued.quantity * self._needles.get(issued.kit or issued.item or "", 0))

    def _rang(self, alarm: AlarmRaised, day: date) -> None:
        if alarm.kind in _CLINICAL and not alarm.drill and not alarm.again:
            self._emergencies[alarm.alarm] = day
            self._add(day, "emergencies")

    def _closed(self, alarm: AlarmClosed, day: date) -> None:
        if alarm.outcome is Outcome.FALSE_ALARM and alarm.alarm in self._emergencies:
            self._add(self._emergencies.pop(alarm.alarm), "emergencies", -1)

    def _referred(self, referral: Referred, day: date) -> None:
        self._referrals[referral.referral] = day
        self._add(day, "referrals")

    def _referral_moved(self, referral: ReferralMoved, day: date) -> None:
        if referral.state is ReferralState.WITHDRAWN:
            self._add(self._referrals[referral.referral], "referrals", -1)
