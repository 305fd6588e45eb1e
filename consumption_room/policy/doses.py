"""When prescribed doses are due, and the clinical limits that a new room begins with."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist, since_midnight
from consumption_room.vocabulary.doses import DoseWindow, Limit


@dataclass(frozen=True)
class WindowPlan:
    """When a dose of this part of the day is due, since local midnight, and the grace after it."""

    window: DoseWindow
    opens: timedelta
    closes: timedelta
    grace: timedelta


@dataclass(frozen=True)
class Doses:
    """The windows of the day, what is marked, and the limits in the units that their names say."""

    dose_windows: tuple[WindowPlan, ...]
    dose_is_late_after: timedelta
    prescription_ends_soon: timedelta
    clinical_limits: dict[Limit, int]


def read(found: Found) -> Doses:
    """Dose windows and limits as the file says them; every limit has a number."""
    dose = found["dose"]
    return Doses(
        dose_windows=tuple(
            WindowPlan(
                DoseWindow(plan["window"]),
                since_midnight(plan["opens_at"]),
                since_midnight(plan["closes_at"]),
                timedelta(minutes=plan["grace_minutes"]),
            )
            for plan in found["dose_window"]
        ),
        dose_is_late_after=timedelta(minutes=dose["late_entry_minutes"]),
        prescription_ends_soon=timedelta(days=dose["ends_soon_days"]),
        clinical_limits={limit: int(found["clinical"][limit.value]) for limit in Limit},
    )


def check(policy: Doses, insist: Insist) -> None:
    """Insist that every window stands there once, and opens before it closes."""
    insist(
        {plan.window for plan in policy.dose_windows} == set(DoseWindow)
        and len(policy.dose_windows) == len(DoseWindow)
        and all(plan.opens < plan.closes and plan.grace >= timedelta(0) for plan in policy.dose_windows),
        "each dose window stands there once, and closes after it opens.",
    )
    insist(
        timedelta(0) < policy.dose_is_late_after and timedelta(0) < policy.prescription_ends_soon,
        "a late dose and an ending prescription are marked after some time.",
    )
