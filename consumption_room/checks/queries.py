"""Reading what is due and what was seen in cubicles."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from consumption_room.checks.models import WelfareCheck
from consumption_room.cubicles import service as cubicles
from consumption_room.database import db
from consumption_room.incidents import queries as incidents
from consumption_room.policy.room import Policy
from consumption_room.visits.models import Stay

# Built once: it runs every second.
_MISSED = (
    select(Stay.id)
    .where(Stay.ended_at.is_(None))
    .where(or_(Stay.check_due_at <= bindparam("missed"), Stay.overrun_due_at <= bindparam("now")))
    .limit(1)
)


def any_missed(policy: Policy, now: datetime) -> bool:
    """Whether nobody has looked after somebody in time, or somebody has stayed very long."""
    return db.session.scalar(_MISSED, {"missed": now - policy.check_grace, "now": now}) is not None


def could_hurry(policy: Policy, now: datetime) -> bool:
    """Whether the room is warned and somebody waits longer for a look than they should then."""
    shortest = min(plan.check_every_while_warned for plan in policy.stays.values())
    later = select(Stay.id).where(Stay.ended_at.is_(None), Stay.check_due_at > now + shortest).limit(1)
    return db.session.scalar(later) is not None and incidents.cluster(policy, now) is not None


def last_seated_or_seen() -> datetime | None:
    """The latest moment at which somebody who is still in a cubicle sat down or was looked after."""
    seated, seen = db.session.execute(
        select(func.max(Stay.started_at), func.max(Stay.checked_at)).where(Stay.ended_at.is_(None))
    ).one()
    return max((moment for moment in (seated, seen) if moment is not None), default=None)


def of_cubicle(number: int, after: str | None = None, limit: int = 50) -> Sequence[WelfareCheck]:
    """The checks in a cubicle, newest first, those before the one with this code; raise ``NotFound``."""
    rows = (
        select(WelfareCheck)
        .where(WelfareCheck.cubicle_id == cubicles.get(number).id)
        .options(joinedload(WelfareCheck.stay).joinedload(Stay.visit))
        .order_by(WelfareCheck.id.desc())
        .limit(limit)
    )
    if after is not None:
        rows = rows.where(WelfareCheck.id < select(WelfareCheck.id).where(WelfareCheck.code == after).scalar_subquery())
    return db.session.scalars(rows).all()
