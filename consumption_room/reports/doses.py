"""Who came for their doses: what became of each window's doses, and how often several were missed in a row."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import case, func, select

from consumption_room.database import db
from consumption_room.doses.models import Dose
from consumption_room.doses.rules import GIVEN
from consumption_room.reports import rules
from consumption_room.reports.queries import Report
from consumption_room.reports.rules import Period
from consumption_room.vocabulary.doses import DoseOutcome, DoseState, DoseWindow

_NOT_GIVEN = (DoseState.REFUSED, DoseState.WITHHELD, DoseState.ABSENT)
_SETTLED = (*sorted(GIVEN), *_NOT_GIVEN, DoseState.MISSED)
A_RUN = 2
"""So many doses missed one after the other are a run."""


@dataclass
class Counted:
    """What became of some doses."""

    due: int = 0
    taken: int = 0
    in_part: int = 0
    elsewhere: int = 0
    not_given: int = 0
    missed: int = 0
    late_entries: int = 0
    missed_runs: int = 0
    longest_run: int = 0

    def add(self, other: "Counted") -> None:
        """Count these as well."""
        longest = max(self.longest_run, other.longest_run)
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        self.longest_run = longest

    def figures(self) -> dict[str, Any]:
        """The columns of a row in their order; without any dose due there is no adherence."""
        found = asdict(self)
        adherence = round((self.taken + self.elsewhere) / self.due, 3) if self.due else None
        return {name: adherence if name == "adherence" else found[name] for name in rules.DOSES if name not in _KEYS}


_KEYS = ("period", "window")


def doses(period: Period) -> Report:
    """What became of the doses of each day, week or month and window; nobody's code, alias or name is in it."""
    rules.check(period)
    counted: dict[tuple[date, DoseWindow], Counted] = defaultdict(Counted)
    for day, window, one in (*_fates(period), *_runs(period)):
        counted[rules.start_of(day, period.grain), window].add(one)
    rows = [
        {"period": rules.name_of(start, period.grain), "window": window.value} | counted[start, window].figures()
        for start in period.starts()
        for window in DoseWindow
    ]
    by_window = [{"window": window.value} | _sum(counted, window).figures() for window in DoseWindow]
    totals = {"window": None, **_sum(counted).figures(), "by_window": by_window}
    return Report("doses", period, rows, totals, rules.DOSES)


def _sum(counted: dict[tuple[date, DoseWindow], Counted], window: DoseWindow | None = None) -> Counted:
    whole = Counted()
    for (_start, of), one in counted.items():
        if window in (None, of):
            whole.add(one)
    return whole


def _fates(period: Period) -> Iterable[tuple[date, DoseWindow, Counted]]:
    """What became of the doses of each day, counted in the database."""
    late = func.sum(case((Dose.late.is_(True), 1), else_=0))
    asked = (
        select(Dose.service_day, Dose.window, Dose.state, Dose.outcome, func.count(), late)
        .where(Dose.service_day.between(period.first, period.last), Dose.state.in_(_SETTLED))
        .group_by(Dose.service_day, Dose.window, Dose.state, Dose.outcome)
    )
    for day, window, state, outcome, many, entered_late in db.session.execute(asked):
        here = state in GIVEN and state is not DoseState.ELSEWHERE
        yield (
            day,
            window,
            Counted(
                due=many,
                taken=many if here else 0,
                in_part=many if here and outcome is DoseOutcome.PART_GIVEN else 0,
                elsewhere=many if state is DoseState.ELSEWHERE else 0,
                not_given=many if state in _NOT_GIVEN else 0,
                missed=many if state is DoseState.MISSED else 0,
                late_entries=int(entered_late) if here else 0,
            ),
        )


def _runs(period: Period) -> Iterable[tuple[date, DoseWindow, Counted]]:
    """How long each run of missed doses was when it reached each of them; whatever was taken ends one.

    The database numbers the runs: a year of a whole city's doses is not carried into the program.
    """
    in_order = (Dose.opens_at, Dose.id)
    taken_before = (
        func.sum(case((Dose.state != DoseState.MISSED, 1), else_=0))
        .over(partition_by=Dose.prescription_id, order_by=in_order)
        .label("taken_before")
    )
    seen = (
        select(Dose.id, Dose.prescription_id, Dose.opens_at, Dose.service_day, Dose.window, Dose.state, taken_before)
        .where(Dose.service_day.between(period.first, period.last), Dose.state.in_([DoseState.MISSED, *sorted(GIVEN)]))
        .subquery()
    )
    place = func.row_number().over(
        partition_by=(seen.c.prescription_id, seen.c.taken_before), order_by=(seen.c.opens_at, seen.c.id)
    )
    missed = (
        select(seen.c.service_day, seen.c.window, place.label("place"))
        .where(seen.c.state == DoseState.MISSED)
        .subquery()
    )
    runs = func.sum(case((missed.c.place == A_RUN, 1), else_=0))
    asked = select(missed.c.service_day, missed.c.window, runs, func.max(missed.c.place)).group_by(
        missed.c.service_day, missed.c.window
    )
    for day, window, many, longest in db.session.execute(asked):
        yield day, window, Counted(missed_runs=int(many), longest_run=int(longest))
