"""Who has been called by name: whoever was on duty, in a role that a step calls, at the moment it was taken.

Steps are taken without asking the roster, and are true without it: with nobody on duty, everybody is called.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import and_, bindparam, or_, select

from consumption_room.alerts import rules
from consumption_room.alerts.models import Alert, AlertAnswer, AlertStep
from consumption_room.database import db
from consumption_room.shifts.models import Duty
from consumption_room.staff.models import Staff
from consumption_room.vocabulary.staff import Role


@dataclass(frozen=True)
class Called:
    """Somebody who was called, as what they were on duty, and when they answered if they have."""

    staff: str
    name: str
    role: Role
    answered_at: datetime | None


@dataclass(frozen=True)
class Call:
    """A step that was taken, and the people it called; nobody by name means everybody."""

    number: int
    all_call: bool
    people: tuple[Called, ...]


_WAS_ON_DUTY = and_(Duty.began_at <= AlertStep.done_at, or_(Duty.ended_at.is_(None), Duty.ended_at > AlertStep.done_at))
_STILL_WORKED_HERE = and_(
    Staff.id == Duty.staff_id, or_(Staff.disabled_at.is_(None), Staff.disabled_at > AlertStep.done_at)
)
_ANSWERED = and_(AlertAnswer.alert_id == AlertStep.alert_id, AlertAnswer.staff == Staff.code)
# Built once, and one question for every alarm: it is asked while they ring.
_TAKEN = (
    select(
        AlertStep.alert_id,
        AlertStep.number,
        AlertStep.all_call,
        AlertStep.roles,
        Duty.role,
        Staff.code,
        Staff.name,
        AlertAnswer.at,
    )
    .outerjoin(Duty, _WAS_ON_DUTY)
    .outerjoin(Staff, _STILL_WORKED_HERE)
    .outerjoin(AlertAnswer, _ANSWERED)
    .where(AlertStep.alert_id.in_(bindparam("alerts", expanding=True)), AlertStep.needed.is_(True))
    .order_by(AlertStep.alert_id, AlertStep.number, Duty.began_at, Staff.name)
)


def of(alerts: Iterable[Alert]) -> dict[int, tuple[Call, ...]]:
    """Each call of these alarms by the alarm's row key; costs nothing while no step has been taken."""
    climbing = [alert.id for alert in alerts if alert.step > 0]
    if not climbing:
        return {}
    found: dict[int, tuple[Call, ...]] = {}
    rows = db.session.execute(_TAKEN, {"alerts": climbing})
    for (alert, number, all_call, roles), people in groupby(rows, lambda row: row[:4]):
        on_duty = [Called(code, name, role, at) for *_, role, code, name, at in people if code is not None]
        call = Call(number, all_call, tuple(rules.called(roles, on_duty)))
        found[alert] = (*found.get(alert, ()), call)
    return found
