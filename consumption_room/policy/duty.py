"""How many have to be on duty, and how staff sign in."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist


@dataclass(frozen=True)
class Staffing:
    """How many people may be in cubicles with so many on duty, so many of them nurses."""

    on_duty: int
    nurses: int
    cubicles_at_most: int


@dataclass(frozen=True)
class Duty:
    """The table of staff, and what a sign-in may take."""

    staffing: tuple[Staffing, ...]
    sign_in_tries: int
    locked_for: timedelta
    session_lasts: timedelta


def read(found: Found) -> Duty:
    """Duty and sign-in as the file says them."""
    sign_in = found["sign_in"]
    return Duty(
        staffing=tuple(
            Staffing(line["on_duty"], line["nurses"], line["cubicles_at_most"]) for line in found["shift"]["staffing"]
        ),
        sign_in_tries=sign_in["tries"],
        locked_for=timedelta(minutes=sign_in["locked_minutes"]),
        session_lasts=timedelta(hours=sign_in["session_hours"]),
    )


def check(policy: Duty, insist: Insist) -> None:
    """Insist on a nurse, and on somebody being able to sign in."""
    insist(bool(policy.staffing), "the table of staff has at least one line.")
    insist(all(line.on_duty >= line.nurses >= 1 for line in policy.staffing), "there is always a nurse on duty.")
    insist(policy.sign_in_tries >= 1, "at least one try to sign in.")
