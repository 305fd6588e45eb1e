"""When presses join, what an alarm may become, and which alarms are emergencies."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from consumption_room.errors import FieldsWrong, OutOfOrder
from consumption_room.policy.alarms import Rung
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.alarms import AlarmKind, AlarmState, Outcome, WaitsFor
from consumption_room.vocabulary.staff import Role


class OnDuty(Protocol):
    """Somebody who is on duty."""

    @property
    def role(self) -> Role:
        """As what."""


Person = TypeVar("Person", bound=OnDuty)

ALLOWED: dict[AlarmState, frozenset[AlarmState]] = {
    AlarmState.RAISED: frozenset({AlarmState.ACKNOWLEDGED, AlarmState.ON_SCENE}),
    AlarmState.ACKNOWLEDGED: frozenset({AlarmState.ON_SCENE, AlarmState.CLOSED}),
    AlarmState.ON_SCENE: frozenset({AlarmState.CLOSED}),
    AlarmState.CLOSED: frozenset(),
}
JOINABLE = (AlarmState.RAISED, AlarmState.ACKNOWLEDGED)
"""A press joins an alarm whose answer is still on the way; with somebody on scene it calls for more help."""
_ORDER = list(AlarmState)
CLINICAL = frozenset({AlarmKind.OVERDOSE, AlarmKind.STIMULANT, AlarmKind.MEDICAL})
"""Kinds that count as emergencies in reports; aggression and technical faults do not."""


def joins(last_pressed_at: datetime, within: timedelta, now: datetime) -> bool:
    """Whether another press at the same place and of the same kind is the same call for help."""
    return now - last_pressed_at <= within


def may_become(old: AlarmState, new: AlarmState) -> None:
    """Raise ``OutOfOrder`` when an alarm cannot go from one state to the other."""
    if new in ALLOWED[old]:
        return
    if old is AlarmState.RAISED:
        raise OutOfOrder("Nobody has answered this alarm yet. Acknowledge it first.")
    raise OutOfOrder(f"This alarm is already {old.value.replace('-', ' ')}.")


def at_least(state: AlarmState, reached: AlarmState) -> bool:
    """Whether an alarm has come as far as ``reached``: saying so again changes nothing."""
    return _ORDER.index(state) >= _ORDER.index(reached)


def ladder(policy: Policy, kind: AlarmKind, raised_at: datetime) -> list[tuple[Rung, datetime]]:
    """Each step of this kind of alarm and when it is due, if nobody has acknowledged by then."""
    return [(rung, raised_at + rung.after) for rung in policy.ladder_of(kind)]


def is_needed(waits_for: WaitsFor, state: AlarmState) -> bool:
    """Whether a step that is due must be taken: nobody has answered yet, or nobody is there yet."""
    return state is AlarmState.RAISED or (waits_for is WaitsFor.ARRIVAL and state is AlarmState.ACKNOWLEDGED)


def called(roles: Collection[Role], on_duty: Sequence[Person]) -> Sequence[Person]:
    """Who of those on duty a step calls: the roles it names, or everybody when it names none or none is there."""
    return [person for person in on_duty if person.role in roles] or on_duty


def confirms(whose: str | None, raised_from: str | None) -> bool:
    """Whether a display's word tells the raiser that others know: their own screen does not."""
    return whose is None or whose != raised_from


def is_emergency(kind: AlarmKind, drill: bool, outcome: Outcome | None) -> bool:
    """Whether this counts as an emergency: clinical, real, and not found to be nothing. Open ones count."""
    return kind in CLINICAL and not drill and outcome is not Outcome.FALSE_ALARM


def freezes(kind: AlarmKind, drill: bool) -> bool:
    """Whether nobody new sits down where this alarm is, until it is closed."""
    return kind in CLINICAL and not drill


def happened_in_time(at: datetime, raised_at: datetime, now: datetime) -> None:
    """Raise ``FieldsWrong`` for an action before its alarm or in the future."""
    if not raised_at - timedelta(minutes=10) <= at <= now + timedelta(seconds=5):
        raise FieldsWrong({"at": ["This moment lies before the alarm or in the future."]})
