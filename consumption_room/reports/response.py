"""How fast we came: from the press to the first screen, to an answer, to the person's side; drills always apart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from consumption_room.alerts.models import Alert, Receipt
from consumption_room.cubicles.models import Place
from consumption_room.database import db
from consumption_room.policy.room import Policy
from consumption_room.reports import rules
from consumption_room.reports.queries import Report
from consumption_room.reports.rules import Period
from consumption_room.vocabulary.alarms import AlarmKind, Outcome
from consumption_room.vocabulary.incidents import PartOfDay

_FIRST_RECEIPT = select(Receipt.alert_id, func.min(Receipt.at).label("at")).group_by(Receipt.alert_id).subquery()


@dataclass(frozen=True)
class Rang:
    """One alarm as this report sees it."""

    day: date
    place: str
    part: PartOfDay
    hour: int
    drill: bool
    was_nothing: bool
    receipt: timedelta | None
    acknowledge: timedelta | None
    on_scene: timedelta | None


def alerts(period: Period, policy: Policy) -> Report:
    """How fast we came, for each day, week or month and part of the day; false alarms by place and by hour."""
    rules.check(period)
    rang = _rang(period, policy)
    real = [one for one in rang if not one.drill]
    rows: list[dict[str, Any]] = []
    for start in period.starts():
        here = [one for one in rang if rules.start_of(one.day, period.grain) == start]
        rows.extend(
            {"period": rules.name_of(start, period.grain), "shift": part.value}
            | _figures([one for one in here if one.part is part])
            for part in PartOfDay
        )
    totals = {"shift": None, **_figures(rang)}
    totals["by_shift"] = [
        {"shift": part.value} | _figures([one for one in rang if one.part is part]) for part in PartOfDay
    ]
    totals["by_place"] = _false_alarms(real, "place", lambda one: one.place)
    totals["by_hour"] = _false_alarms(real, "hour", lambda one: one.hour)
    return Report("alerts", period, rows, totals, rules.RESPONSE)


def _rang(period: Period, policy: Policy) -> list[Rang]:
    rows = db.session.execute(
        select(
            Alert.service_day,
            Alert.raised_at,
            Alert.acknowledged_at,
            Alert.on_scene_at,
            Alert.outcome,
            Alert.drill,
            Place.code,
            _FIRST_RECEIPT.c.at,
        )
        .join(Place, Place.id == Alert.place_id)
        .outerjoin(_FIRST_RECEIPT, _FIRST_RECEIPT.c.alert_id == Alert.id)
        # Faults are raised by the room itself, and nobody runs.
        .where(
            Alert.service_day.between(period.first, period.last),
            Alert.kind.not_in((AlarmKind.TECHNICAL, AlarmKind.WELFARE_CHECK)),
        )
        .order_by(Alert.id)
    )
    return [
        Rang(
            day=day,
            place=place,
            part=policy.part_of_day(raised),
            hour=raised.astimezone(policy.timezone).hour,
            drill=drill,
            was_nothing=outcome is Outcome.FALSE_ALARM,
            receipt=_since(raised, receipt),
            acknowledge=_since(raised, acknowledged),
            on_scene=_since(raised, on_scene),
        )
        for day, raised, acknowledged, on_scene, outcome, drill, place, receipt in rows
    ]


def _since(raised: datetime, then: datetime | None) -> timedelta | None:
    return max(then - raised, timedelta(0)) if then else None


def _figures(rang: Sequence[Rang]) -> dict[str, Any]:
    real = [one for one in rang if not one.drill]
    drills = [one for one in rang if one.drill]
    receipts = _sorted((one.receipt for one in real), timedelta(milliseconds=1))
    answers = _sorted(one.acknowledge for one in real)
    arrivals = _sorted(one.on_scene for one in real)
    return {
        "alarms": len(real),
        "false_alarms": sum(one.was_nothing for one in real),
        "median_receipt_ms": rules.median(receipts),
        "p95_receipt_ms": rules.p95(receipts),
        "median_acknowledge_s": rules.median(answers),
        "p95_acknowledge_s": rules.p95(answers),
        "median_on_scene_s": rules.median(arrivals),
        "p95_on_scene_s": rules.p95(arrivals),
        "drills": len(drills),
        "drill_median_on_scene_s": rules.median(_sorted(one.on_scene for one in drills)),
    }


def _sorted(times: Iterable[timedelta | None], unit: timedelta = timedelta(seconds=1)) -> list[int]:
    return sorted(round(time / unit) for time in times if time is not None)


def _false_alarms(real: Sequence[Rang], name: str, key: Callable[[Rang], Any]) -> list[dict[str, Any]]:
    """Of the real presses at each place or hour, how many found nothing wrong; only where something rang."""
    found = []
    for one in sorted({key(rang) for rang in real}):
        here = [rang for rang in real if key(rang) == one]
        wrong = sum(rang.was_nothing for rang in here)
        found.append({name: one, "alarms": len(here), "false_alarms": wrong, "false_rate": round(wrong / len(here), 3)})
    return found
