"""How people are watched in cubicles, and how cubicles are kept, booked and cleaned."""

from dataclasses import dataclass, replace
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist
from consumption_room.vocabulary.cubicles import CubicleMode

CHECKED_AT_LEAST = timedelta(minutes=15)
"""No configuration may leave somebody in a cubicle alone for longer than this without a look."""

GRACE_AT_MOST = timedelta(minutes=3)
"""No configuration may wait longer than this with a welfare check that is due: the brain lives four minutes."""

TYPES = (CubicleMode.INJECTING, CubicleMode.SMOKING, CubicleMode.TREATMENT)
"""The types of cubicles, which are watched each in their own way; the other modes say what else one offers."""


@dataclass(frozen=True)
class StayPlan:
    """How a stay in one type of cubicle is watched: when it is marked, when it rings, and how often somebody looks."""

    amber: timedelta
    red: timedelta
    alert: timedelta
    check_every: timedelta
    check_every_while_warned: timedelta


@dataclass(frozen=True)
class Stays:
    """What happens in a cubicle, before somebody sits there and after they leave it."""

    stays: dict[CubicleMode, StayPlan]
    check_grace: timedelta
    aftercare: timedelta
    sensor_settles: timedelta
    cleaning_steps: tuple[str, ...]
    hold_before: timedelta
    no_show_after: timedelta
    booked_at_most: timedelta
    booked_ahead: timedelta

    def stay(self, modes: tuple[CubicleMode, ...]) -> StayPlan:
        """How a stay is watched here: the longer limits where a cubicle is fit for several, and the more frequent look.

        A cubicle that is fit for none of the three is watched like one for injecting.
        """
        fit = [self.stays[mode] for mode in TYPES if mode in modes] or [self.stays[CubicleMode.INJECTING]]
        return replace(
            max(fit, key=lambda plan: plan.red),
            check_every=min(plan.check_every for plan in fit),
            check_every_while_warned=min(plan.check_every_while_warned for plan in fit),
        )


def read(found: Found) -> Stays:
    """Stays, bookings and cleaning as the file says them."""
    stay, booking = found["stay"], found["booking"]
    return Stays(
        stays={mode: _plan(stay[mode.value]) for mode in TYPES},
        check_grace=timedelta(seconds=stay["check_grace_seconds"]),
        aftercare=timedelta(minutes=stay["aftercare_minutes"]),
        sensor_settles=timedelta(seconds=stay["sensor_settles_seconds"]),
        cleaning_steps=tuple(found["cleaning"]["steps"]),
        hold_before=timedelta(minutes=booking["hold_minutes_before"]),
        no_show_after=timedelta(minutes=booking["no_show_minutes"]),
        booked_at_most=timedelta(hours=booking["at_most_hours"]),
        booked_ahead=timedelta(days=booking["ahead_days"]),
    )


def _plan(said: dict[str, int]) -> StayPlan:
    return StayPlan(
        amber=timedelta(minutes=said["amber_after_minutes"]),
        red=timedelta(minutes=said["red_after_minutes"]),
        alert=timedelta(minutes=said["alert_after_minutes"]),
        check_every=timedelta(minutes=said["check_every_minutes"]),
        check_every_while_warned=timedelta(minutes=said["check_every_while_warned_minutes"]),
    )


def check(policy: Stays, insist: Insist) -> None:
    """Insist that nobody is left alone for long in a cubicle."""
    for stay in policy.stays.values():
        insist(timedelta(0) < stay.amber < stay.red < stay.alert, "a stay turns amber, then red, and then rings.")
        insist(
            timedelta(0) < stay.check_every_while_warned <= stay.check_every <= CHECKED_AT_LEAST,
            "somebody looks into a cubicle every 15 minutes or sooner, and no less often while the room is warned.",
        )
    insist(timedelta(0) <= policy.check_grace <= GRACE_AT_MOST, "a welfare check is missed after 3 minutes or sooner.")
    insist(policy.sensor_settles > timedelta(0), "a sensor is believed some seconds after it has spoken.")
    insist(bool(policy.cleaning_steps), "a cubicle is cleaned in at least one step.")
    insist(policy.hold_before >= timedelta(0) < policy.no_show_after, "a booked cubicle is held for some minutes.")
    insist(timedelta(0) < policy.booked_at_most <= policy.booked_ahead, "bookings have a length and a horizon.")
