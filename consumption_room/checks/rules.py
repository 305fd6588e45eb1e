"""When somebody in a cubicle is looked after next, and when nobody has done so in time."""

from datetime import datetime, timedelta

from consumption_room.errors import RuleBroken
from consumption_room.policy.stays import StayPlan

SOON = timedelta(minutes=1)
"""How long before it is due a check is announced."""


class NobodyThere(RuleBroken):
    """Nobody sits in this cubicle."""

    code = "nobody-there"


def next_due(plan: StayPlan, seen_at: datetime, warned: bool) -> datetime:
    """When somebody looks again after having looked at ``seen_at``; sooner while the room is warned."""
    return seen_at + (plan.check_every_while_warned if warned else plan.check_every)


def hurried(plan: StayPlan, due_at: datetime, now: datetime) -> datetime:
    """When somebody looks next although more time was left: the room has just been warned."""
    return min(due_at, next_due(plan, now, warned=True))


def is_missed(due_at: datetime, grace: timedelta, now: datetime) -> bool:
    """Whether nobody looked in time."""
    return now >= due_at + grace


def urgency(due_at: datetime | None, now: datetime) -> str:
    """How a check stands: ``calm``, ``soon`` within its last minute, ``over`` once it is due."""
    if due_at is None or now < due_at - SOON:
        return "calm"
    return "soon" if now < due_at else "over"
