"""Where the room is, when it is open, and the places in it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from consumption_room import clock
from consumption_room.policy.reading import Found, Insist, since_midnight
from consumption_room.vocabulary.cubicles import CubicleMode
from consumption_room.vocabulary.incidents import PartOfDay


@dataclass(frozen=True)
class CubiclePlan:
    """A cubicle that the room has, and what it is fit for."""

    number: int
    modes: tuple[CubicleMode, ...]


@dataclass(frozen=True)
class ZonePlan:
    """A place that is not a cubicle, from which an alarm can come."""

    code: str
    name: str


@dataclass(frozen=True)
class Premises:
    """The room's address, hours and places; times of day count from local midnight."""

    room_name: str
    timezone: ZoneInfo
    day_ends: timedelta
    opens: timedelta
    closes: timedelta
    address: str
    entrance: str
    call_back_number: str
    early_from: timedelta
    late_from: timedelta
    night_from: timedelta
    cubicles: tuple[CubiclePlan, ...]
    zones: tuple[ZonePlan, ...]

    def service_day(self, moment: datetime) -> date:
        """The room's day that ``moment`` belongs to."""
        return clock.service_day(moment, self.timezone, self.day_ends)

    def begin_of(self, day: date) -> datetime:
        """The moment at which a day of the room begins."""
        return datetime(day.year, day.month, day.day, tzinfo=self.timezone) + self.day_ends

    def end_of(self, day: date) -> datetime:
        """The moment at which a day of the room is over."""
        return self.begin_of(day + timedelta(days=1))

    def part_of_day(self, moment: datetime) -> PartOfDay:
        """Early, late or night, by the room's own clock."""
        local = moment.astimezone(self.timezone)
        so_far = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        if self.early_from <= so_far < self.late_from:
            return PartOfDay.EARLY
        return PartOfDay.LATE if self.late_from <= so_far < self.night_from else PartOfDay.NIGHT


def read(found: Found, timezone: ZoneInfo) -> Premises:
    """The room's address, hours and places as the file says them; the time zone is a setting of the machine."""
    room, response = found["room"], found["response"]
    return Premises(
        room_name=room["name"],
        timezone=timezone,
        day_ends=since_midnight(room["day_ends_at"]),
        opens=since_midnight(room["opens_at"]),
        closes=since_midnight(room["closes_at"]),
        address=room["address"],
        entrance=room["entrance"],
        call_back_number=room["call_back_number"],
        early_from=since_midnight(response["early_from"]),
        late_from=since_midnight(response["late_from"]),
        night_from=since_midnight(response["night_from"]),
        cubicles=tuple(
            CubiclePlan(number, tuple(CubicleMode(mode) for mode in group["modes"]))
            for group in found["cubicle"]
            for number in group["numbers"]
        ),
        zones=tuple(ZonePlan(zone["code"], zone["name"]) for zone in found["zone"]),
    )


def check(policy: Premises, insist: Insist) -> None:
    """Insist on hours in their order, and on cubicles that can be told apart and used."""
    numbers = [cubicle.number for cubicle in policy.cubicles]
    insist(policy.day_ends < timedelta(hours=12), "the room's day ends before noon.")
    insist(policy.early_from < policy.late_from < policy.night_from, "the day begins early, then late, then night.")
    insist(
        len(numbers) == len(set(numbers)) and all(0 < n <= 999 for n in numbers),
        "cubicle numbers are 1 to 999, once each.",
    )
    insist(all(cubicle.modes for cubicle in policy.cubicles), "every cubicle has at least one mode.")
