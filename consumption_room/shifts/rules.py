"""When the room may go on without a display, how many may be in cubicles, and who may be on duty as what."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consumption_room.errors import RuleBroken
from consumption_room.policy.duty import Staffing
from consumption_room.vocabulary.staff import Role


class OverrideNotYours(RuleBroken):
    """This rule can be set aside by name, but not by this person."""

    code = "override-not-yours"


class NoAbleDisplay(RuleBroken):
    """The room is open and nobody would notice an alarm on any display."""

    code = "no-able-display"


class TooFewStaff(RuleBroken):
    """Too few people are on duty for one more person in a cubicle."""

    code = "too-few-staff"


class PeopleInside(RuleBroken):
    """Somebody is still in a cubicle."""

    code = "people-inside"


class RegisterDisagrees(RuleBroken):
    """A count of controlled drugs does not agree with their register."""

    code = "register-disagrees"


class ShiftNotOpen(RuleBroken):
    """There is no open shift to do this in."""

    code = "shift-not-open"


class NotANurse(RuleBroken):
    """Only a nurse can be on duty as one."""

    code = "not-a-nurse"


class NotYourDuty(RuleBroken):
    """Somebody else's duty is theirs, or whoever runs the shift says so."""

    code = "not-your-duty"


@dataclass(frozen=True)
class Sight:
    """How an open shift stands with its displays: since when it is blind, from when that counts, and what was done."""

    blind_since: datetime | None = None
    counts_from: datetime | None = None
    told: bool = False
    overridden: bool = False


class Blindness(enum.StrEnum):
    """What to do about displays now; the words that begin with *now* are said once."""

    SEEING = "seeing"
    NOW_BLIND = "now-blind"
    STILL_BLIND = "still-blind"
    NOW_RAISE = "now-raise"
    NOW_SEEING = "now-seeing"


def blindness(sight: Sight | None, able: int, now: datetime) -> Blindness:
    """What so many able displays mean to the open shift, or to a room that keeps none (``None``)."""
    if sight is None:
        return Blindness.SEEING
    if able > 0:
        return Blindness.SEEING if sight.blind_since is None else Blindness.NOW_SEEING
    if sight.blind_since is None:
        return Blindness.NOW_BLIND
    return Blindness.NOW_RAISE if not sight.told and refuses_sessions(sight, now) else Blindness.STILL_BLIND


def refuses_sessions(sight: Sight | None, now: datetime) -> bool:
    """Whether nobody new may sit down: the open shift is blind for too long, and nobody took that upon themselves."""
    if sight is None or sight.counts_from is None:
        return False
    return now >= sight.counts_from and not sight.overridden


def may_begin_a_session(sight: Sight | None, now: datetime) -> None:
    """Raise ``NoAbleDisplay`` when nobody new may sit down."""
    if refuses_sessions(sight, now):
        raise NoAbleDisplay(
            "No display is able to show an alarm, so nobody new can sit down. "
            "Please switch a display on, with its sound. Everybody inside stays, and alarms still work."
        )


def may_take_one_more(on_duty: Sequence[Role], in_cubicles: int, table: Sequence[Staffing]) -> None:
    """Raise ``TooFewStaff`` when one more person in a cubicle is more than those on duty can look after."""
    nurses = sum(role is Role.NURSE for role in on_duty)
    fitting = [line for line in table if line.on_duty <= len(on_duty) and line.nurses <= nurses]
    at_most = max((line.cubicles_at_most for line in fitting), default=0)
    if in_cubicles < at_most:
        return
    if not fitting and not nurses:
        raise TooFewStaff("No nurse is on duty, so nobody new can sit down. Please call one, or a manager.")
    raise TooFewStaff(
        f"On duty: {len(on_duty)}, nurses among them: {nurses}. That is enough for {at_most} people in cubicles, and "
        f"{in_cubicles} are there. The person keeps their place; a nurse or a manager may decide otherwise, by name.",
        at_most=at_most,
    )


def may_decide_otherwise(runs_the_shift: bool) -> None:
    """Raise ``OverrideNotYours`` when somebody who does not run the shift would set the table of staff aside."""
    if not runs_the_shift:
        raise OverrideNotYours("Only a nurse or a manager may seat somebody with too few on duty. Please call one.")


def may_close(people_in_cubicles: int, reason: str | None) -> None:
    """Raise ``PeopleInside`` while somebody is in a cubicle, unless a reason is given."""
    if people_in_cubicles and not reason:
        raise PeopleInside(
            f"People in cubicles: {people_in_cubicles}. They leave first, or you give a reason for closing.",
            people=people_in_cubicles,
        )


def may_sign_off(discrepancies: int, reason: str | None) -> None:
    """Raise ``RegisterDisagrees`` while a count of controlled drugs differs and nobody says why they sign off (R11)."""
    if discrepancies and not reason:
        raise RegisterDisagrees(
            f"Counts of controlled drugs that do not agree with the register: {discrepancies}. "
            "They are settled first, or you sign off with a reason.",
            discrepancies=discrepancies,
        )


def may_speak_for(oneself: bool, runs_the_shift: bool) -> None:
    """Raise ``NotYourDuty`` when somebody who does not run the shift speaks for another."""
    if not oneself and not runs_the_shift:
        raise NotYourDuty("Only a nurse or a manager may say that somebody else is on or off duty.")


def may_be_on_duty(own: Role, as_what: Role) -> None:
    """Raise ``NotANurse`` when somebody else would stand in for one."""
    if as_what is Role.NURSE and own is not Role.NURSE:
        raise NotANurse("Only a nurse can be on duty as one.")
