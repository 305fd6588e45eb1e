"""Reading alarms for screens, sockets and programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consumption_room.alerts.models import Alert, AlertStep, Receipt
from consumption_room.database import db
from consumption_room.errors import NotFound

_PRIORITY = ("high", "medium", "low")


def open_alerts() -> Sequence[Alert]:
    """Every open alarm: high priority first, then the unanswered, then the oldest."""
    alerts = db.session.scalars(
        select(Alert).where(Alert.closed_at.is_(None)).order_by(Alert.raised_at, Alert.id)
    ).all()
    return sorted(alerts, key=lambda alert: (alert.drill, _PRIORITY.index(alert.priority), alert.state != "raised"))


def with_codes(codes: set[str]) -> Sequence[Alert]:
    """These alarms, as they are now."""
    return db.session.scalars(select(Alert).where(Alert.code.in_(codes)).order_by(Alert.id)).all()


def alert(code: str) -> Alert:
    """One alarm with its steps and timeline; raise ``NotFound``."""
    found = db.session.scalar(
        select(Alert).where(Alert.code == code).options(selectinload(Alert.steps), selectinload(Alert.entries))
    )
    if found is None:
        raise NotFound("There is no alarm with this code.")
    return found


def page(*, open_only: bool, after: int = 0, limit: int = 50) -> Sequence[Alert]:
    """Alarms in the order they were raised, from a row's key on."""
    rows = (
        select(Alert)
        .where(Alert.id > after)
        .order_by(Alert.id)
        .limit(limit)
        .options(selectinload(Alert.steps), selectinload(Alert.entries))
    )
    return db.session.scalars(rows.where(Alert.closed_at.is_(None)) if open_only else rows).all()


def receipts(code: str) -> Sequence[Receipt]:
    """What every display said about an alarm, in order."""
    return db.session.scalars(select(Receipt).where(Receipt.alert_id == alert(code).id).order_by(Receipt.id)).all()


def overdue_steps(now: datetime) -> int:
    """How many steps are due and not taken: a figure that should be 0 a moment after it was not."""
    return len(
        db.session.scalars(select(AlertStep.number).where(AlertStep.done_at.is_(None), AlertStep.due_at < now)).all()
    )


def as_the_wall_sees(alert: Alert, seq: int, now: datetime) -> dict[str, Any]:
    """An alarm as any display may show it: place, kind, age and responder, never who the person is."""
    return {
        "seq": seq,
        "code": alert.code,
        "kind": alert.kind.value,
        "priority": alert.priority,
        "place": alert.place.code,
        "place_name": alert.place.name,
        "state": alert.state.value,
        "raised_at": alert.raised_at.isoformat(),
        "age_ms": max(0, int((now - alert.raised_at).total_seconds() * 1000)),
        "count": alert.count,
        "step": alert.step,
        "responder": alert.responder,
        "drill": alert.drill,
    }
