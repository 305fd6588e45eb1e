"""Counting what the room did, by plain aggregates over indexed columns; no history is loaded as objects."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from consumption_room import database
from consumption_room.alerts.models import Alert
from consumption_room.alerts.rules import CLINICAL
from consumption_room.database import db
from consumption_room.inventory.models import Item, Lot, Movement, SharpsReturn
from consumption_room.referrals.models import Referral
from consumption_room.reports import rules
from consumption_room.reports.rules import Period
from consumption_room.visits.models import Episode, TurnedAway, Visit
from consumption_room.vocabulary.alarms import Outcome
from consumption_room.vocabulary.referrals import ReferralState
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.stock import ItemKind, MovementReason
from consumption_room.vocabulary.visits import LeaveReason

Day = InstrumentedAttribute[Any]
# A check-in that was taken back was nobody's visit.
_NOT_UNDONE = Visit.exit_reason.is_distinct_from(LeaveReason.UNDONE)


@dataclass(frozen=True)
class UsageRow:
    """One row of the usage report; what each figure means stands in ``rules.DEFINITIONS``."""

    period: str
    accesses: int
    episodes: int
    people: int
    emergencies: int
    turned_away: int
    left_waiting: int
    switched_to_injecting: int
    needles_out: int
    needles_back: int
    referrals: int
    median_wait_s: int | None
    p90_wait_s: int | None


@dataclass(frozen=True)
class Report:
    """A report as it leaves the room."""

    name: str
    period: Period
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    definitions: dict[str, str]
    suppressed: int = 0


def usage(period: Period) -> Report:
    """How busy the room was: M1's counts for each day, week or month, and for the whole period."""
    rules.check(period)
    figures = _figures(period)
    people = _grouped(period, Visit.service_day, func.count(Visit.client_id.distinct()), _NOT_UNDONE)
    waits = _waits(period)
    rows = []
    for start in period.starts():
        key = start.isoformat()
        rows.append(
            asdict(
                UsageRow(
                    period=rules.name_of(start, period.grain),
                    people=people.get(key, 0),
                    median_wait_s=rules.median(waits[key]),
                    p90_wait_s=rules.p90(waits[key]),
                    **{name: by_period.get(key, 0) for name, by_period in figures.items()},
                )
            )
        )
    all_waits = sorted(wait for some in waits.values() for wait in some)
    whole = select(func.count(Visit.client_id.distinct())).where(
        Visit.service_day.between(period.first, period.last), _NOT_UNDONE
    )
    totals: dict[str, Any] = {name: sum(row[name] for row in rows) for name in figures}
    totals |= {
        "people": db.session.scalar(whole) or 0,
        "median_wait_s": rules.median(all_waits),
        "p90_wait_s": rules.p90(all_waits),
    }
    return Report("usage", period, rows, totals, rules.DEFINITIONS)


def _figures(period: Period) -> dict[str, dict[str, int]]:
    clinical = and_(
        Alert.kind.in_(sorted(CLINICAL)),
        Alert.drill.is_(False),
        or_(Alert.outcome.is_(None), Alert.outcome != Outcome.FALSE_ALARM),
    )
    return {
        "accesses": _grouped(period, Visit.service_day, func.count(), _NOT_UNDONE),
        "episodes": _grouped(period, Episode.service_day, func.count()),
        "emergencies": _grouped(period, Alert.service_day, func.count(), clinical),
        "turned_away": _grouped(period, TurnedAway.service_day, func.count()),
        "left_waiting": _grouped(period, Visit.service_day, func.sum(case((Visit.gave_up.is_(True), 1), else_=0))),
        "switched_to_injecting": _grouped(
            period, Episode.service_day, func.count(), Episode.switched_from_smoking.is_(True)
        ),
        "needles_out": _needles_out(period),
        "needles_back": _grouped(period, SharpsReturn.service_day, func.sum(SharpsReturn.quantity)),
        "referrals": _grouped(period, Referral.service_day, func.count(), Referral.state != ReferralState.WITHDRAWN),
    }


def _grouped(period: Period, day: Day, figure: ColumnElement[Any], *also: ColumnElement[bool]) -> dict[str, int]:
    start = _start_of(day, period.grain)
    return _counts(select(start, figure).where(day.between(period.first, period.last), *also).group_by(start))


def _needles_out(period: Period) -> dict[str, int]:
    start = _start_of(Movement.service_day, period.grain)
    undone = aliased(Movement)
    return _counts(
        select(start, -func.sum(Movement.quantity))
        .join(Lot, Lot.id == Movement.lot_id)
        .join(Item, Item.id == Lot.item_id)
        .outerjoin(undone, undone.id == Movement.reverses_id)
        .where(
            Movement.service_day.between(period.first, period.last),
            Item.kind == ItemKind.NEEDLE,
            or_(Movement.reason == MovementReason.ISSUED, undone.reason == MovementReason.ISSUED),
        )
        .group_by(start)
    )


def _waits(period: Period) -> dict[str, list[int]]:
    start = _start_of(Visit.service_day, period.grain)
    rows = db.session.execute(
        select(start, Visit.waited_s)
        .where(Visit.service_day.between(period.first, period.last), Visit.waited_s.is_not(None))
        .order_by(Visit.waited_s)
    )
    waits: dict[str, list[int]] = defaultdict(list)
    for key, wait in rows:
        waits[key].append(wait or 0)
    return waits


def _counts(rows: Select[Any, Any]) -> dict[str, int]:
    return {key: int(count) for key, count in db.session.execute(rows)}


def _start_of(day: Day, grain: Grain) -> ColumnElement[str]:
    if database.is_postgresql():
        return func.to_char(func.date_trunc(grain.value, day), "YYYY-MM-DD")
    return {
        Grain.DAY: func.strftime("%Y-%m-%d", day),
        Grain.WEEK: func.date(day, "weekday 0", "-6 days"),
        Grain.MONTH: func.strftime("%Y-%m-01", day),
    }[grain]
