"""How long ago the database answered, the watch went round and the alarm path was tested, by the monotonic clock."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from consumption_room.alerts import queries as alerts
from consumption_room.database import db, is_postgresql, transaction
from consumption_room.errors import Busy
from consumption_room.timekeeping.rules import Verdict

TOO_OLD_S = 5.0
"""So old, a part counts as stopped: who looks every two seconds then knows within ten (proof P23)."""

STEP_LATE_AFTER = timedelta(seconds=5)
"""No step of a ladder may be taken later than this (proof P13)."""

DATABASE_SILENT = "The database does not answer."
WATCH_STOPPED = "The watch does not go round."
PUMP_STOPPED = "Alarms are not being sent to displays."
STEP_OVERDUE = "A step of an alarm's ladder is overdue."


@dataclass
class Pulse:
    """Moments on the monotonic clock, in seconds; ``None`` before the first."""

    database_at: float | None = None
    watch_at: float | None = None
    pump_at: float | None = None
    self_test_at: float | None = None
    self_test_ms: float | None = None


pulse = Pulse()
_guard = threading.Lock()


def feel_database(now: float) -> None:
    """See whether the database would take an alarm now, and note that it would."""
    try:
        with transaction(urgent=True):
            db.session.execute(text("SELECT seq FROM journal_head"))
    except (Busy, SQLAlchemyError):
        return
    with _guard:
        pulse.database_at = now


def age_ms(at: float | None, now: float) -> int | None:
    """How long ago that was, in milliseconds; ``None`` if it never was."""
    return None if at is None else max(0, int((now - at) * 1000))


def overdue_steps(now: datetime) -> int | None:
    """How many steps of ladders are due and not done for longer than may be; ``None`` when nobody can say."""
    try:
        if is_postgresql():
            db.session.execute(text("SET LOCAL lock_timeout = '1s'"))
        return alerts.overdue_steps(now - STEP_LATE_AFTER)
    except SQLAlchemyError:
        return None
    finally:
        db.session.rollback()


@dataclass(frozen=True)
class Condition:
    """How it stands with the room: what is not right, in sentences, and the figures behind it."""

    ready: bool
    trouble: list[str]
    database_age_ms: int | None
    watch_age_ms: int | None
    pump_age_ms: int | None
    overdue_steps: int | None
    warnings: list[str]
    """What is not right either, and stops no alarm."""
    clock_off_s: int | None
    """By how many seconds the clock is off, either way; ``None`` while nobody can say."""


def condition(overdue: int | None, told: Verdict, now: float) -> Condition:
    """Whether the room is ready, with so many steps overdue. A wrong clock is said, and stops no alarm."""
    parts = {DATABASE_SILENT: pulse.database_at, WATCH_STOPPED: pulse.watch_at, PUMP_STOPPED: pulse.pump_at}
    trouble = [sentence for sentence, at in parts.items() if at is None or now - at > TOO_OLD_S]
    if overdue:
        trouble.append(STEP_OVERDUE)
    return Condition(
        ready=not trouble,
        trouble=trouble,
        database_age_ms=age_ms(pulse.database_at, now),
        watch_age_ms=age_ms(pulse.watch_at, now),
        pump_age_ms=age_ms(pulse.pump_at, now),
        overdue_steps=overdue,
        warnings=[told.sentence] if told.sentence else [],
        clock_off_s=None if told.ahead is None else told.seconds,
    )
