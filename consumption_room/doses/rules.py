"""What may become of a dose: its states, the guards before it is given, and where every milligram goes. Pure.

Amounts are whole micrograms inside and milligrams with at most three decimals outside, so that nothing is rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consumption_room.amounts import in_mg
from consumption_room.errors import FieldsWrong, OutOfOrder, RuleBroken
from consumption_room.vocabulary.doses import Advice, DoseOutcome, DoseState, DoseWindow, HoldLevel, Limit

State = DoseState
Outcome = DoseOutcome
MG = 1000
"""Micrograms in a milligram."""

_REASON: dict[Limit, tuple[int, int]] = {
    Limit.SINGLE_MAXIMUM: (1, 2000),
    Limit.DAILY_MAXIMUM: (1, 5000),
    Limit.MINIMUM_GAP: (30, 24 * 60),
    Limit.OBSERVATION: (5, 6 * 60),
    Limit.ALCOHOL_REDUCE: (1, 500),
    Limit.ALCOHOL_HOLD: (1, 500),
    Limit.SEDATION_HOLD: (2, 4),
    Limit.SEDATION_REFER: (3, 4),
    Limit.BREATHS_HOLD: (6, 30),
    Limit.BREATHS_REFER: (4, 30),
    Limit.SATURATION_HOLD: (80, 100),
    Limit.SATURATION_REFER: (70, 100),
    Limit.SYSTOLIC_HOLD: (60, 140),
    Limit.SYSTOLIC_REFER: (120, 260),
    Limit.OWN_USE_HOLD: (0, 72),
    Limit.OWN_USE_REDUCE: (0, 168),
    Limit.REDUCE_TO: (1, 99),
    Limit.RETYPE_BEYOND: (1, 100),
    Limit.VEIN_ATTEMPTS: (1, 10),
    Limit.MISSED_WARNING: (1, 60),
    Limit.MISSED_REDUCE: (1, 60),
    Limit.MISSED_RETITRATE: (1, 60),
}
"""Bounds that no signature goes beyond: they catch slips of the pen, and are no clinical advice."""
_IN_ORDER: tuple[tuple[Limit, Limit], ...] = (
    (Limit.SINGLE_MAXIMUM, Limit.DAILY_MAXIMUM),
    (Limit.ALCOHOL_REDUCE, Limit.ALCOHOL_HOLD),
    (Limit.SEDATION_HOLD, Limit.SEDATION_REFER),
    (Limit.BREATHS_REFER, Limit.BREATHS_HOLD),
    (Limit.SATURATION_REFER, Limit.SATURATION_HOLD),
    (Limit.SYSTOLIC_HOLD, Limit.SYSTOLIC_REFER),
    (Limit.OWN_USE_HOLD, Limit.OWN_USE_REDUCE),
    (Limit.MISSED_WARNING, Limit.MISSED_REDUCE),
    (Limit.MISSED_REDUCE, Limit.MISSED_RETITRATE),
)

_NOT_GIVEN = frozenset({State.HELD, State.REFERRED, State.MISSED, State.ABSENT, State.REFUSED, State.WITHHELD})
ALLOWED: dict[State, frozenset[State]] = {
    State.EXPECTED: frozenset({State.PRE_CHECK, State.ELSEWHERE}) | _NOT_GIVEN,
    # Somebody who is late, or thinks again, may still be seen in the same window or with a reason after it.
    **{state: frozenset({State.PRE_CHECK, State.ELSEWHERE}) | (_NOT_GIVEN - {state}) for state in _NOT_GIVEN},
    State.PRE_CHECK: frozenset({State.PRE_CHECK, State.PREPARED}) | _NOT_GIVEN,
    State.PREPARED: frozenset({State.HANDED_OVER, State.RETURNED}),
    State.HANDED_OVER: frozenset({State.TAKEN, State.RETURNED}),
    State.TAKEN: frozenset({State.OBSERVING, State.RETURNED}),
    State.RETURNED: frozenset({State.REFUSED, State.WITHHELD, State.ABSENT, State.SPILLED, State.REVERSED}),
    State.OBSERVING: frozenset({State.DISCHARGED, State.ADVERSE_EVENT, State.REVERSED}),
    State.ADVERSE_EVENT: frozenset({State.DISCHARGED, State.REVERSED}),
    State.DISCHARGED: frozenset({State.REVERSED}),
    State.SPILLED: frozenset({State.REVERSED}),
    State.ELSEWHERE: frozenset({State.REVERSED}),
    State.REVERSED: frozenset(),
}
GIVEN = frozenset({State.TAKEN, State.OBSERVING, State.DISCHARGED, State.ADVERSE_EVENT, State.ELSEWHERE})
"""States in which something was taken: these use the window up, and count for the gap and the day."""
UNDER_WAY = frozenset({State.PRE_CHECK, State.PREPARED, State.HANDED_OVER, State.TAKEN, State.RETURNED})


class WindowUsed(RuleBroken):
    """A dose was given in this window, or is on its way."""

    code = "window-used"


class TooSoon(RuleBroken):
    """The window has not opened, or the last dose is too near."""

    code = "too-soon"


class OverMaximum(RuleBroken):
    """More than may be given at once or in a day."""

    code = "over-maximum"


class Expired(RuleBroken):
    """The prescription does not reach this day."""

    code = "expired"


class Held(RuleBroken):
    """Somebody, or the pre-check, says that no dose is given now."""

    code = "held"


class Retype(RuleBroken):
    """The amount is far from the last one and was not typed twice."""

    code = "type-again"


class DoesNotAddUp(RuleBroken):
    """What was prepared is not what was taken, wasted and given back."""

    code = "does-not-add-up"


class NeedsAReason(RuleBroken):
    """This is only done with a reason, by name."""

    code = "needs-a-reason"


class StillObserved(RuleBroken):
    """The time of observation is not over, or the last look at the person was not good."""

    code = "still-observed"


@dataclass(frozen=True)
class Limits:
    """The clinical numbers in force: which version, who signed it (``None``: nobody has), and each number."""

    version: int
    signed_by: str | None
    numbers: Mapping[Limit, int]

    def __getitem__(self, limit: Limit) -> int:
        """One number, in the unit that its name ends with."""
        return self.numbers[limit]

    def ug(self, limit: Limit) -> int:
        """A limit in milligrams, as micrograms."""
        return self.numbers[limit] * MG

    def minutes(self, limit: Limit) -> timedelta:
        """A limit in minutes, as a length of time."""
        return timedelta(minutes=self.numbers[limit])


@dataclass(frozen=True)
class Order:
    """What a prescription says of its doses; amounts in micrograms."""

    starts_on: date
    ends_on: date
    single_maximum_ug: int
    daily_maximum_ug: int
    minimum_gap: timedelta


@dataclass(frozen=True)
class Taken:
    """What a person has had: today in micrograms, and the last dose (when, how much), here or elsewhere."""

    today_ug: int = 0
    last_at: datetime | None = None
    last_ug: int | None = None


def check_limits(numbers: Mapping[Limit, int]) -> None:
    """Raise ``FieldsWrong`` when a number is out of all reason, or two of them contradict each other."""
    wrong: dict[str, list[str]] = {}
    for limit, (least, most) in _REASON.items():
        if not least <= numbers[limit] <= most:
            wrong[limit.value] = [f"This must be from {least} to {most}."]
    for lower, higher in _IN_ORDER:
        if numbers[lower] > numbers[higher]:
            wrong.setdefault(higher.value, []).append(f"This must not be less than {numbers[lower]}.")
    if wrong:
        raise FieldsWrong(wrong, "These limits cannot be signed like this.")


def may_be_ordered(doses: Mapping[DoseWindow, int], order: Order, limits: Limits) -> None:
    """Raise ``FieldsWrong`` for an order that contradicts itself or the clinical limits; amounts in micrograms."""
    wrong: dict[str, list[str]] = {}
    single, daily = limits.ug(Limit.SINGLE_MAXIMUM), limits.ug(Limit.DAILY_MAXIMUM)
    if not doses:
        wrong["doses"] = ["A prescription has at least one dose a day."]
    elif min(doses.values()) <= 0 or max(doses.values()) > order.single_maximum_ug:
        wrong["doses"] = [f"Each dose is more than nought and at most {in_mg(order.single_maximum_ug)} mg."]
    elif sum(doses.values()) > order.daily_maximum_ug:
        wrong["doses"] = [f"Together they are more than the day's maximum of {in_mg(order.daily_maximum_ug)} mg."]
    if order.single_maximum_ug > single:
        wrong["single_maximum_mg"] = [f"The clinical limits allow at most {in_mg(single)} mg."]
    if order.daily_maximum_ug > daily:
        wrong["daily_maximum_mg"] = [f"The clinical limits allow at most {in_mg(daily)} mg."]
    if order.daily_maximum_ug < order.single_maximum_ug:
        wrong.setdefault("daily_maximum_mg", []).append("This must not be less than the maximum of one dose.")
    if order.minimum_gap < limits.minutes(Limit.MINIMUM_GAP):
        wrong["minimum_gap_minutes"] = [f"The clinical limits ask for at least {limits[Limit.MINIMUM_GAP]} minutes."]
    if order.ends_on < order.starts_on:
        wrong["ends_on"] = ["It ends before it begins."]
    if wrong:
        raise FieldsWrong(wrong, "This cannot be prescribed like this.")


def may_become(old: State, new: State) -> None:
    """Raise when a dose cannot go from one state to the other; a used window says so by its own name."""
    if new not in ALLOWED[old]:
        if new in {State.PRE_CHECK, State.ELSEWHERE} and (old in GIVEN or old in UNDER_WAY):
            raise WindowUsed("A dose of this window has been given already, or is on its way. Nothing was changed.")
        raise OutOfOrder(f"A dose that is {old.value} cannot become {new.value}.")


def reaches(order: Order, day: date) -> None:
    """Raise ``Expired`` when a prescription does not cover this day of the room."""
    if day > order.ends_on:
        raise Expired(f"This prescription ended on {order.ends_on}. A prescriber has to renew it.")
    if day < order.starts_on:
        raise Expired(f"This prescription begins on {order.starts_on}.")


def not_too_soon(opens_at: datetime, order: Order, taken: Taken, limits: Limits, now: datetime) -> None:
    """Raise ``TooSoon`` before the window opens, or under the longer of the two minimum gaps after the last dose."""
    if now < opens_at:
        raise TooSoon("The window for this dose has not opened yet.", opens_at=opens_at.isoformat())
    if taken.last_at is None:
        return
    gap = max(order.minimum_gap, limits.minutes(Limit.MINIMUM_GAP))
    if now < taken.last_at + gap:
        left = -(-(taken.last_at + gap - now) // timedelta(minutes=1))
        raise TooSoon(
            f"The last dose is too near: the next may be given in {left} minutes.",
            earliest_at=(taken.last_at + gap).isoformat(),
        )


def within_maximum(amount_ug: int, order: Order, taken: Taken, limits: Limits) -> None:
    """Raise ``OverMaximum`` above the hard maximum of a dose or of a day, the prescription's or the room's."""
    single = min(order.single_maximum_ug, limits.ug(Limit.SINGLE_MAXIMUM))
    if amount_ug > single:
        raise OverMaximum(f"{in_mg(amount_ug)} mg is more than one dose may be: {in_mg(single)} mg.")
    daily = min(order.daily_maximum_ug, limits.ug(Limit.DAILY_MAXIMUM))
    if taken.today_ug + amount_ug > daily:
        raise OverMaximum(
            f"With {in_mg(taken.today_ug)} mg taken today, {in_mg(amount_ug)} mg more would be over the "
            f"day's maximum of {in_mg(daily)} mg."
        )


def looks_like_a_slip(amount_ug: int, usual_ug: int, limits: Limits) -> bool:
    """Whether an amount is so far from the usual one (the last, else the prescribed) that it must be typed twice."""
    return abs(amount_ug - usual_ug) * 100 > usual_ug * limits[Limit.RETYPE_BEYOND]


def not_a_slip(amount_ug: int, usual_ug: int, typed_again_ug: int | None, limits: Limits) -> None:
    """Raise ``Retype`` for an amount that may be ten-fold or in the wrong unit, until it is typed a second time."""
    if looks_like_a_slip(amount_ug, usual_ug, limits) and typed_again_ug != amount_ug:
        raise Retype(
            f"{in_mg(amount_ug)} mg is far from the usual {in_mg(usual_ug)} mg. "
            "Please type the amount a second time, in milligrams."
        )


def heeds(advice: Advice, amount_ug: int, planned_ug: int, limits: Limits, override: str | None, doctor: bool) -> None:
    """Raise ``Held`` when an amount goes against the pre-check and nobody answers for it by name and reason.

    A nurse may answer for a held or reduced dose; what was referred only a prescriber may give.
    """
    if advice is Advice.GIVE or (advice is Advice.REDUCE and amount_ug <= reduced(planned_ug, limits)):
        return
    if advice is Advice.REFER and not doctor:
        raise Held("The pre-check says: refer. A prescriber has to see the person before any dose.", advice="refer")
    if not override:
        if advice is Advice.REDUCE:
            raise Held(
                f"The pre-check says: reduce, to {in_mg(reduced(planned_ug, limits))} mg at most. "
                "More is given only by name and with a reason.",
                advice="reduce",
            )
        raise Held("The pre-check says: hold. A dose is given all the same only by name and with a reason.")


def reduced(planned_ug: int, limits: Limits) -> int:
    """The most that may be given when the pre-check says reduce."""
    return planned_ug * limits[Limit.REDUCE_TO] // 100


def may_look(level: HoldLevel, doctor: bool) -> None:
    """Raise ``Held`` when this person may not let the held prescription go on."""
    if level is HoldLevel.PRESCRIBER and not doctor:
        raise Held("Only a prescriber may let this prescription go on.")


def missed_step(run: int, limits: Limits) -> HoldLevel | None:
    """Who has to look after so many doses missed in a row; ``None``: nobody yet (a warning may be due)."""
    if run >= limits[Limit.MISSED_RETITRATE]:
        return HoldLevel.PRESCRIBER
    return HoldLevel.NURSE if run >= limits[Limit.MISSED_REDUCE] else None


def may_go(observe_until: datetime, last_look_is_good: bool | None, override: str | None, now: datetime) -> None:
    """Raise ``StillObserved`` until the time is over and the last look at the person was good, or somebody answers."""
    if override:
        return
    if now < observe_until:
        left = -(-(observe_until - now) // timedelta(minutes=1))
        raise StillObserved(f"The person is observed for {left} more minutes after the dose.")
    if last_look_is_good is None:
        raise StillObserved("Nobody has written down how the person is after the dose. Please look, and say.")
    if not last_look_is_good:
        raise StillObserved("At the last look the person was not fit to leave. Please look again.")
