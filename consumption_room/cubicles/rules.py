"""What a cubicle may become, and when a stay has lasted too long."""

from datetime import datetime, timedelta

from consumption_room.errors import FieldsWrong, OutOfOrder, RuleBroken
from consumption_room.policy import StayPlan
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState
from consumption_room.vocabulary.visits import Route

ALLOWED: dict[CubicleState, frozenset[CubicleState]] = {
    CubicleState.FREE: frozenset(
        {CubicleState.HELD, CubicleState.OCCUPIED, CubicleState.CLEANING, CubicleState.OUT_OF_USE}
    ),
    CubicleState.HELD: frozenset(
        {CubicleState.FREE, CubicleState.OCCUPIED, CubicleState.CLEANING, CubicleState.OUT_OF_USE}
    ),
    CubicleState.OCCUPIED: frozenset({CubicleState.HELD, CubicleState.CLEANING}),
    CubicleState.CLEANING: frozenset({CubicleState.FREE, CubicleState.HELD, CubicleState.OUT_OF_USE}),
    CubicleState.OUT_OF_USE: frozenset({CubicleState.FREE, CubicleState.CLEANING}),
}


class CubicleTaken(RuleBroken):
    """Somebody else sits there."""

    code = "cubicle-taken"


class CubicleNotReady(RuleBroken):
    """The cubicle is being cleaned, is held, or is out of use."""

    code = "cubicle-not-ready"


class CubicleFrozen(RuleBroken):
    """There is an open emergency in the cubicle."""

    code = "cubicle-frozen"


EXPECTED_WITHIN = timedelta(days=366)
UNAVAILABLE = frozenset({CubicleState.HELD, CubicleState.CLEANING, CubicleState.OUT_OF_USE})
"""States in which nobody sits in a cubicle and nobody could."""

BECAUSE_OF_AN_ALARM = "Alarm"
"""The reason that stands at a cubicle which is held only because of an emergency in it."""


def may_be_changed(number: int, state: CubicleState, frozen: bool, asked: CubicleState) -> None:
    """Raise when nobody may change a cubicle by hand: an emergency is open in it, or somebody sits there."""
    if frozen:
        raise CubicleFrozen(f"There is an alarm in cubicle {number}. It is released when the alarm is closed.")
    if state is CubicleState.OCCUPIED and asked is not CubicleState.OCCUPIED:
        raise CubicleTaken(f"Somebody sits in cubicle {number}. It can be changed once they have left.")


def may_be_expected(until: datetime | None, now: datetime) -> None:
    """Raise ``FieldsWrong`` when a cubicle is expected back in the past, or so late that somebody mistyped."""
    if until is not None and not now < until <= now + EXPECTED_WITHIN:
        raise FieldsWrong({"until": ["The expected return lies in the future, and within a year."]})


def may_become(number: int, old: CubicleState, new: CubicleState) -> None:
    """Raise ``OutOfOrder`` when a cubicle cannot go from one state to the other."""
    if new not in ALLOWED[old]:
        raise OutOfOrder(f"Cubicle {number} is {spoken(old)}; it cannot become {spoken(new)} from there.")


def can_take_a_person(number: int, state: CubicleState, frozen: bool = False) -> None:
    """Raise the reason why nobody can sit down in this cubicle now."""
    if state is CubicleState.OCCUPIED:
        raise CubicleTaken(f"Cubicle {number} is taken. Please choose another.")
    if frozen:
        raise CubicleNotReady(f"There is an alarm in cubicle {number}. Nobody new is seated there until it is closed.")
    if state is not CubicleState.FREE:
        raise CubicleNotReady(f"Cubicle {number} is {spoken(state)}. Please choose another, or free it first.")


def fits(modes: tuple[CubicleMode, ...], route: Route | None) -> bool:
    """Whether a cubicle is fit for this route; without one, for any own-drug use."""
    if route is Route.SMOKE:
        return CubicleMode.SMOKING in modes
    if route is None:
        return set(modes) != {CubicleMode.TREATMENT}
    return CubicleMode.INJECTING in modes


def pressure(elapsed: timedelta, plan: StayPlan) -> str:
    """How a stay stands: ``calm``, ``soon`` (amber) and ``over`` (red), from the minutes on that the plan names."""
    if elapsed >= plan.red:
        return "over"
    return "soon" if elapsed >= plan.amber else "calm"


def spoken(state: CubicleState) -> str:
    """The state as one says it."""
    return {CubicleState.CLEANING: "being cleaned", CubicleState.OCCUPIED: "taken"}.get(
        state, state.value.replace("-", " ")
    )
