"""Opening, handing over and closing a shift, coming on and off duty, and what becomes of a room without displays."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.shifts import opening, queries, rules
from consumption_room.shifts.models import Duty, Shift, ShiftCheck, ShiftHandover, ShiftOverride
from consumption_room.shifts.queries import Facts
from consumption_room.shifts.rules import Blindness
from consumption_room.staff import service as staff
from consumption_room.staff.models import Staff
from consumption_room.staff.rules import Permission, allowed
from consumption_room.vocabulary.shifts import OpeningCheck, Override
from consumption_room.vocabulary.staff import Role

_OPEN = select(Shift).where(Shift.closed_at.is_(None)).with_for_update(of=Shift)
_LAST = select(Shift).order_by(Shift.id.desc()).limit(1)


@dataclass(frozen=True)
class Opening:
    """What people looked at and say they saw, and why the room shall open all the same, if it shall."""

    checks: Mapping[OpeningCheck, bool] = field(default_factory=dict)
    override: str | None = None


@dataclass(frozen=True)
class OnOrOff:
    """Who comes on or goes off duty: whoever asks, unless a staff code is given; as what, unless as they always do."""

    on: bool
    role: Role | None = None
    staff: str | None = None


@dataclass(frozen=True)
class HandOver:
    """To whom (a staff code), and what they should know."""

    to: str
    note: str | None = None


@dataclass(frozen=True)
class Sheet:
    """How the room stands when it is handed over."""

    in_cubicles: int
    in_aftercare: int
    waiting: int
    open_alarms: int
    short: tuple[str, ...]


def open_room(asked: Opening, facts: Facts, policy: Policy, by: Actor, now: datetime) -> tuple[Shift, bool]:
    """Open the room; gives the shift, and whether it is a new one. Twice is once.

    Raises ``OpeningCheckFailed`` naming each check, or ``OverrideNotYours``; a manager's override opens all the same.
    """
    if (shift := db.session.scalar(_OPEN)) is not None:
        return shift, False
    found = queries.look(asked.checks, facts, policy, now)
    opening.may_open(found, asked.override is not None, Permission.OVERRIDE_CHECK in allowed(by.role, None))
    shift = Shift(opened_at=now, opened_by=by.name, service_day=policy.service_day(now))
    try:
        with db.session.begin_nested():
            db.session.add(shift)
    except IntegrityError:  # somebody else has opened it at this very moment
        return db.session.scalars(_OPEN).one(), False
    shift.checks = [
        ShiftCheck(number=number, check=one.check, passed=one.passed, found=one.sentence)
        for number, one in enumerate(found, start=1)
    ]
    failing = [one.check for one in found if not one.passed]
    journal.record(Happened.SHIFT_OPENED, shift.code, by, now, failing=[check.value for check in failing])
    if failing and asked.override is not None:
        _set_aside(shift, Override.OPENING_CHECK, asked.override, by, now)
        if OpeningCheck.DISPLAYS in failing:
            shift.see(now, now + policy.blind_after)
            _set_aside(shift, Override.NO_DISPLAY, asked.override, by, now)
    db.session.flush()
    return shift, True


def see_displays(able: int, policy: Policy, now: datetime) -> Blindness:
    """Note how many displays are able; ``NOW_RAISE`` once for each time the open room is blind for too long.

    A display that blinks is no news: the journal hears of a room that stayed blind, and that it sees again.
    """
    shift, sight = db.session.scalar(_OPEN), queries.sight()
    what = rules.blindness(sight, able, now)
    if shift is None or sight is None:
        return what
    by = Actor(name="The watch")
    if what is Blindness.NOW_BLIND:
        shift.see(now, now + policy.blind_after)
    elif what is Blindness.NOW_SEEING:
        shift.see(None)
        if sight.told or sight.overridden:
            journal.record(Happened.SHIFT_SEES_AGAIN, shift.code, by, now)
    elif what is Blindness.NOW_RAISE:
        shift.blind_told_at = now
        journal.record(Happened.SHIFT_WENT_BLIND, shift.code, by, now)
    return what


def go_on_without_displays(reason: str, by: Actor, now: datetime) -> Shift:
    """Take upon oneself, by name, that new sessions begin although no display is able. Ends when one is. Twice is once.

    With an able display there is nothing to set aside, and nothing is written.
    """
    shift = _open_shift()
    sight = queries.sight()
    if sight is not None and sight.blind_since is not None and not sight.overridden:
        _set_aside(shift, Override.NO_DISPLAY, reason, by, now)
    return shift


def may_begin_a_session(now: datetime) -> None:
    """Raise ``NoAbleDisplay`` when nobody new may sit down; a room that keeps no shifts is never held up."""
    rules.may_begin_a_session(queries.sight(), now)


def may_take_one_more(
    in_cubicles: Callable[[], int], override: str | None, policy: Policy, by: Actor, now: datetime
) -> None:
    """Raise ``TooFewStaff`` in an open shift with too few on duty, unless a nurse or a manager says why not, by name.

    The shift is locked first and ``in_cubicles`` counted then: two desks at once never seat one too many. A room
    that keeps no shifts is never held up, nor one that was opened by name without a nurse, until somebody is on duty.
    """
    shift = db.session.scalar(_OPEN)
    if shift is None:
        return
    room = queries.now(now)
    if not room.counts_staff:
        return
    try:
        rules.may_take_one_more([one.role for one in room.on_duty], in_cubicles(), policy.staffing)
    except rules.TooFewStaff:
        if override is None:
            raise
        rules.may_decide_otherwise(Permission.RUN_SHIFT in allowed(by.role, None))
        _set_aside(shift, Override.TOO_FEW_STAFF, override, by, now)


def hand_over(asked: HandOver, sheet: Sheet, by: Actor, now: datetime, *, discrepancies: int = 0) -> ShiftHandover:
    """Hand over to somebody, who comes on duty with it; the room's figures stand as they are now. Twice is once.

    Raises ``RegisterDisagrees`` while a count of controlled drugs differs (``discrepancies``) and no note says why.
    """
    shift, to = _open_shift(), _somebody(asked.to, "to")
    last = shift.handovers[-1] if shift.handovers else None
    if last is not None and (last.from_whom, last.to_staff_id, last.note) == (by.name, to.id, asked.note):
        return last
    rules.may_sign_off(discrepancies, asked.note)
    handover = ShiftHandover(from_whom=by.name, to_staff=to, note=asked.note, sheet=asdict(sheet), at=now)
    shift.handovers.append(handover)
    db.session.flush()
    journal.record(Happened.SHIFT_HANDED_OVER, shift.code, by, now, to=to.code, **asdict(sheet))
    if _duty_of(to) is None:
        _begin(to, to.role, by, now)
    return handover


def close(reason: str | None, people_in_cubicles: int, by: Actor, now: datetime, *, discrepancies: int = 0) -> Shift:
    """Close the room, by name; everybody's duty ends. Closing a closed room changes nothing.

    Raises ``PeopleInside`` while somebody is in a cubicle, and ``RegisterDisagrees`` while a count of controlled drugs
    differs (``discrepancies``), unless a reason is given.
    """
    shift = db.session.scalar(_OPEN)
    if shift is None:
        last = db.session.scalar(_LAST)
        if last is None:
            raise rules.ShiftNotOpen("The room has not been opened.")
        return last
    rules.may_close(people_in_cubicles, reason)
    rules.may_sign_off(discrepancies, reason)
    shift.closed_at, shift.closed_by, shift.close_reason = now, by.name, reason
    shift.see(None)
    journal.record(Happened.SHIFT_CLOSED, shift.code, by, now, people=people_in_cubicles, discrepancies=discrepancies)
    for duty in db.session.scalars(select(Duty).where(Duty.ended_at.is_(None))):
        _end(duty, by, now)
    db.session.flush()
    return shift


def duty(asked: OnOrOff, by: Actor, now: datetime) -> Duty | None:
    """Come on duty or go off; gives the duty, or ``None`` when they are off. Twice is once."""
    if asked.staff is None and by.staff is None:
        raise FieldsWrong({"staff": ["Please say who: a device cannot be on duty."]})
    runs_the_shift = Permission.RUN_SHIFT in allowed(by.role, None)
    rules.may_speak_for(asked.staff in (None, by.staff), runs_the_shift)
    person = _somebody(asked.staff or by.staff or "", "staff")
    role, there = asked.role or person.role, _duty_of(person)
    if not asked.on:
        if there is not None:
            _end(there, by, now)
        return None
    rules.may_be_on_duty(person.role, role)
    if there is not None and there.role is role:
        return there
    if there is not None:
        _end(there, by, now)
    return _begin(person, role, by, now)


def _open_shift() -> Shift:
    shift = db.session.scalar(_OPEN)
    if shift is None:
        raise rules.ShiftNotOpen("The room is not open. Please open it first, with the opening check.")
    return shift


def _somebody(code: str, said_in: str) -> Staff:
    try:
        person = staff.get(code)
    except NotFound as nobody:
        raise FieldsWrong({said_in: ["Nobody who works here has this code."]}) from nobody
    if person.disabled_at is not None:
        raise FieldsWrong({said_in: ["This person does not work here any more."]})
    return person


def _duty_of(person: Staff) -> Duty | None:
    return db.session.scalar(select(Duty).where(Duty.staff_id == person.id, Duty.ended_at.is_(None)))


def _begin(person: Staff, role: Role, by: Actor, now: datetime) -> Duty:
    duty = Duty(person=person, role=role, began_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(duty)
    except IntegrityError:  # they have come on duty on another screen at this very moment
        return db.session.scalars(select(Duty).where(Duty.staff_id == person.id, Duty.ended_at.is_(None))).one()
    journal.record(Happened.DUTY_BEGAN, duty.code, by, now, staff=person.code, role=role.value)
    return duty


def _end(duty: Duty, by: Actor, now: datetime) -> None:
    duty.ended_at = max(now, duty.began_at)
    db.session.flush()
    journal.record(Happened.DUTY_ENDED, duty.code, by, now, staff=duty.person.code)


def _set_aside(shift: Shift, what: Override, reason: str, by: Actor, now: datetime) -> None:
    shift.overrides.append(ShiftOverride(what=what, by=by.name, reason=reason, at=now))
    db.session.flush()
    journal.record(Happened.SHIFT_OVERRIDDEN, shift.code, by, now, rule=what.value)
