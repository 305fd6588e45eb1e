"""Whose turn it is: the order of the queue by a rule that is shown, and how long a call holds a place open."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from consumption_room.errors import RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.visits import Stage

_ORDER = tuple(Turn)


class AlreadyCalled(RuleBroken):
    """Somebody else has called the person, to another cubicle."""

    code = "already-called"


class CubicleOffered(RuleBroken):
    """The cubicle is kept for a few minutes for somebody who was called to it."""

    code = "cubicle-offered"


class Waits(Protocol):
    """What the rule looks at: where somebody stands, and since when."""

    @property
    def arrived_at(self) -> datetime:
        """When they came in."""

    @property
    def unwell(self) -> bool:
        """Whether they are visibly unwell or in withdrawal."""

    @property
    def window_closes_at(self) -> datetime | None:
        """Until when their prescribed dose can be given."""

    @property
    def missed_at(self) -> datetime | None:
        """When they were called and did not come; ``None`` once they were seen again."""


Someone = TypeVar("Someone")


def turn(one: Waits, policy: Policy, now: datetime) -> Turn:
    """What gives this person their place: unwell first, then a dose window about to close, then arrival.

    Who did not come when called stands behind until somebody has seen them; an unwell person keeps the first place, for
    somebody has to go and look.
    """
    if one.unwell:
        return Turn.UNWELL
    if one.window_closes_at and timedelta(0) < one.window_closes_at - now <= policy.window_soon:
        return Turn.DOSE_WINDOW
    return Turn.MISSED_CALL if one.missed_at else Turn.ARRIVAL


def in_order(some: Iterable[Someone], who: Callable[[Someone], Waits], policy: Policy, now: datetime) -> list[Someone]:
    """The queue as it is served: the strongest reason first, and by arrival (a window by its end) where it is equal."""

    def place(one: Someone) -> tuple[int, datetime]:
        waits = who(one)
        why = turn(waits, policy, now)
        by = waits.window_closes_at if why is Turn.DOSE_WINDOW and waits.window_closes_at else waits.arrived_at
        return _ORDER.index(why), by

    return sorted(some, key=place)


def may_call(ticket: str, stage: Stage, offered: int | None, asked: int | None) -> None:
    """Raise ``AlreadyCalled`` when somebody was called to one cubicle and is now called to another."""
    if stage is Stage.CALLED and asked is not None and asked != offered:
        place = f"to cubicle {offered}" if offered else "already"
        raise AlreadyCalled(f"Ticket {ticket} has been called {place}. Put them back in the queue to call them again.")


def not_kept(number: int, ticket: str, until: datetime, now: datetime) -> None:
    """Raise ``CubicleOffered`` while a cubicle is kept for the ticket that was called to it."""
    if until > now:
        minutes = -((now - until) // timedelta(minutes=1))
        left = "1 more minute" if minutes == 1 else f"{minutes} more minutes"
        raise CubicleOffered(
            f"Cubicle {number} is kept for ticket {ticket} for {left}. "
            "Choose another, or put that ticket back in the queue."
        )
