"""Periods, percentiles and the fixed definitions that are printed with every figure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from consumption_room.errors import FieldsWrong
from consumption_room.vocabulary.reports import Grain

LONGEST_DAYS = 3700

DEFINITIONS: dict[str, str] = {
    "period": "The room's own day (which may end after midnight), the ISO week or the month.",
    "accesses": "Visits that began in the period, whatever they were for; a check-in taken back is none.",
    "episodes": "Own-drug consumptions registered in the period; a visit may hold none, one or several.",
    "people": "Different people with a record who visited. People do not add up over periods.",
    "emergencies": "Overdose, stimulant and medical alarms; drills, and alarms where nothing was wrong, are left out.",
    "turned_away": "People who were not let in, with or without a record.",
    "left_waiting": "Visits whose person wanted a cubicle and gave up before one came.",
    "switched_to_injecting": "Intakes by people who would have smoked, and injected because the wait was too long.",
    "needles_out": "Needles and syringes handed out, less bookings taken back, whatever the size of kit.",
    "needles_back": "Used sharps returned, by whatever method they were counted.",
    "referrals": "Referrals made, drafts included, without those withdrawn.",
    "median_wait_s": "Half of those seated waited at most so many seconds, from the door to the cubicle.",
    "p90_wait_s": "Nine of ten of those seated waited at most so many seconds, from the door to the cubicle.",
}

RESPONSE: dict[str, str] = {
    "period": DEFINITIONS["period"],
    "shift": "Early, late or night, by the room's own clock at the press; a night belongs to the day it began on.",
    "alarms": "Real alarms of every kind but technical faults, those where nothing was wrong among them. No drills.",
    "false_alarms": "Of these alarms, those where nothing was wrong.",
    "median_receipt_ms": "Half of the alarms were on a first screen within so many thousandths of a second.",
    "p95_receipt_ms": "19 of 20 alarms were on a first screen within so many thousandths of a second.",
    "median_acknowledge_s": "Half of the alarms that were answered were answered by name within so many seconds.",
    "p95_acknowledge_s": "19 of 20 alarms that were answered were answered by name within so many seconds.",
    "median_on_scene_s": "Half of the alarms with somebody on scene had them there within so many seconds.",
    "p95_on_scene_s": "19 of 20 alarms with somebody on scene had them there within so many seconds.",
    "drills": "Drills, counted apart: they are in no other figure but the next.",
    "drill_median_on_scene_s": "Half of the drills had somebody on scene within so many seconds.",
}

DOSES: dict[str, str] = {
    "period": DEFINITIONS["period"],
    "window": "The part of the day that the doses were prescribed for.",
    "due": "Prescribed doses of which it is settled what became of them. A dose that was spilled or taken back counts "
    "once, as what came of the next try.",
    "taken": "Doses taken here, in full or in part.",
    "in_part": "Of these, doses of which only a part was taken.",
    "elsewhere": "Doses had at another place, as somebody told us.",
    "not_given": "Doses refused by the person or withheld by staff, and those of people who had left. "
    "They are not missed doses.",
    "missed": "Doses nobody came for before the window and its grace had ended.",
    "adherence": "The share of the doses due that were taken, here or at another place.",
    "late_entries": "Doses taken here that were written down later than the room allows.",
    "missed_runs": "How often somebody missed a second dose in a row in the period; a longer run counts once. "
    "A dose refused or withheld neither ends a run nor makes it longer.",
    "longest_run": "The most doses that anybody missed in a row in the period, up to that window.",
}


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included, in rows of one grain."""

    first: date
    last: date
    grain: Grain

    def starts(self) -> list[date]:
        """The first day of every row, oldest first; a first row may begin before the period does."""
        starts, at = [], start_of(self.first, self.grain)
        while at <= self.last:
            starts.append(at)
            at = start_of(at + timedelta(days={Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31}[self.grain]), self.grain)
        return starts


def check(period: Period) -> None:
    """Raise ``FieldsWrong`` when a period runs backwards or is too long."""
    if period.last < period.first:
        raise FieldsWrong({"to": ["The period ends before it begins."]})
    if (period.last - period.first).days > LONGEST_DAYS:
        raise FieldsWrong({"from": ["A report covers at most ten years."]})


def start_of(day: date, grain: Grain) -> date:
    """The first day of the day, ISO week or month that ``day`` lies in."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day


def name_of(start: date, grain: Grain) -> str:
    """How a row is called: 2026-11-20, 2026-W47 or 2026-11."""
    if grain is Grain.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    return start.strftime("%Y-%m") if grain is Grain.MONTH else start.isoformat()


def median(waits: Sequence[int]) -> int | None:
    """The middle one of some waits in seconds, rounded; ``None`` of none."""
    return round(statistics.median(waits)) if waits else None


def p90(waits: Sequence[int]) -> int | None:
    """The nearest-rank 90th percentile of some sorted waits in seconds; ``None`` of none."""
    return waits[ceil(0.9 * len(waits)) - 1] if waits else None


def p95(times: Sequence[int]) -> int | None:
    """The nearest-rank 95th percentile of some sorted times; ``None`` of none."""
    return times[ceil(0.95 * len(times)) - 1] if times else None
