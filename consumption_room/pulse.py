"""How long ago the database answered, the watch went round and the alarm path was tested, by the monotonic clock."""

import threading
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from consumption_room.database import db, transaction
from consumption_room.errors import Busy

TOO_OLD_S = 10.0


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


def trouble(now: float) -> list[str]:
    """What is not right, in sentences; nothing when the room is ready."""
    feel_database(now)
    parts = {
        "The database does not answer.": pulse.database_at,
        "The watch does not go round.": pulse.watch_at,
        "Alarms are not being sent to displays.": pulse.pump_at,
    }
    return [sentence for sentence, at in parts.items() if at is None or now - at > TOO_OLD_S]
