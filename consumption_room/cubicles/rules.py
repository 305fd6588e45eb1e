"""What a cubicle may become, and when a stay has lasted too long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from consumption_room.errors import FieldsWrong, NotAllowed, OutOfOrder, RuleBroken
from consumption_room.policy.stays import StayPlan
from consumption_room.vocabulary.cubicles import Because, CubicleMode, CubicleState, Needs
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

BOOKED = "Booked"
"""The reason that stands at a cubicle which is held only for a booking."""

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
        return CubicleMode.TREATMENT not in modes or not {CubicleMode.INJECTING, CubicleMode.SMOKING}.isdisjoint(modes)
    return CubicleMode.INJECTING in modes


@dataclass(frozen=True)
class Offer:
    """A free cubicle, and what it is fit for."""

    number: int
    modes: tuple[CubicleMode, ...]


@dataclass(frozen=True)
class Suggestion:
    """A free cubicle for somebody: whether it fits, and what speaks for it, or against."""

    number: int
    fits: bool
    because: tuple[Because, ...]


def suggest(offers: Iterable[Offer], needs: Needs) -> list[Suggestion]:
    """Every free cubicle, the best first and those that do not fit last. It suggests; people decide.

    What is fit for least comes first, so that a place for a wheelchair is not the first to go.
    """
    rated = [(_order(offer, needs), offer) for offer in offers]
    return [_rated(offer, needs) for _, offer in sorted(rated, key=lambda one: one[0])]


def _rated(offer: Offer, needs: Needs) -> Suggestion:
    against, for_it = _weigh(offer, needs)
    return Suggestion(offer.number, not against, against or for_it)


def _weigh(offer: Offer, needs: Needs) -> tuple[tuple[Because, ...], tuple[Because, ...]]:
    """What speaks against a cubicle, and what for it."""
    has = set(offer.modes)
    against, for_it = [], []
    if not fits(offer.modes, needs.route) and CubicleMode.TREATMENT not in needs.must_offer:
        against.append(Because.OTHER_ROUTE)
    if not needs.must_offer <= has:
        against.append(Because.LACKS_WHAT_IS_NEEDED)
    elif needs.must_offer:
        for_it.append(Because.OFFERS_WHAT_IS_NEEDED)
    if CubicleMode.WOMEN_ONLY in has:
        (for_it if needs.is_a_woman else against).append(Because.FOR_WOMEN)
    if needs.better_near_the_nurse and CubicleMode.NEAR_NURSE in has:
        for_it.append(Because.NEAR_THE_NURSE)
    return tuple(against), tuple(for_it)


def _order(offer: Offer, needs: Needs) -> tuple[int, bool, bool, int, int]:
    against, for_it = _weigh(offer, needs)
    spare = len(set(offer.modes) - needs.must_offer)
    return (len(against), Because.NEAR_THE_NURSE not in for_it, Because.FOR_WOMEN not in for_it, spare, offer.number)


def may_speak_of(number: int, stands_at: str | None, place: str) -> None:
    """Raise ``NotAllowed`` when a sensor that stands in one cubicle speaks of another."""
    if stands_at is not None and stands_at.startswith("cubicle-") and stands_at != place:
        raise NotAllowed(f"This sensor stands at {stands_at}, not in cubicle {number}.")


@dataclass(frozen=True)
class Told:
    """What the board says of a cubicle and since when, and what its sensor says and since when."""

    state: CubicleState
    since: datetime
    occupied: bool | None
    at: datetime | None


def disagrees(told: Told, settles_after: timedelta, now: datetime) -> bool:
    """Whether a sensor says otherwise than the board for longer than it takes to sit down or to leave.

    Somebody in a cubicle that is held, cleaned or out of use is at work there, and no news.
    """
    if told.occupied is None or told.at is None or now < max(told.at, told.since) + settles_after:
        return False
    if told.state is CubicleState.OCCUPIED:
        return not told.occupied
    return told.state is CubicleState.FREE and told.occupied


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
