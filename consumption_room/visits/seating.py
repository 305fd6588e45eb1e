"""Giving somebody a cubicle, and bringing them to another."""

from dataclasses import dataclass
from datetime import datetime

from consumption_room import journal
from consumption_room.bookings import service as bookings
from consumption_room.database import db
from consumption_room.errors import OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.shifts import service as shifts
from consumption_room.visits import rules, stays
from consumption_room.visits import service as visits
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.visits import Stage


@dataclass(frozen=True)
class Seating:
    """Which cubicle somebody is given, and why although too few are on duty, if somebody takes that upon themselves."""

    cubicle: int
    override: str | None = None


def seat(code: str, asked: Seating, policy: Policy, by: Actor, now: datetime) -> Visit:
    """Give somebody a cubicle; raise ``CubicleTaken``, ``CubicleNotReady`` or, when none is free, ``RoomFull``.

    Raises ``CubicleOffered`` while it is kept for somebody else who was called to it, ``NoAbleDisplay`` in an open
    shift where nobody would notice an alarm, and ``TooFewStaff`` in one with too few on duty unless ``override`` says
    why. The same cubicle twice is once.
    """
    visit, number = visits.get(code), asked.cubicle
    stay = stays.of(visit)
    if stay is not None and stay.cubicle.number == number:
        return visit
    rules.may_become(visit.ticket, visit.stage, Stage.IN_CUBICLE)
    shifts.may_begin_a_session(now)
    shifts.may_take_one_more(stays.people_in_cubicles, asked.override, policy, by, now)
    bookings.claim(visit.client_id, by, now)
    stays.begin(visit, number, policy, by, now)
    visit.move_to(Stage.IN_CUBICLE, now)
    if visit.seated_at is None:
        visit.seated_at, visit.waited_s = now, rules.waited(visit.arrived_at, now)
    visit.hold_reason = None
    visits.taken_by(visit, by)
    journal.record(Happened.VISIT_SEATED, visit.code, by, now, visit=visit.code, cubicle=number)
    return visit


def move(code: str, asked: Seating, policy: Policy, by: Actor, now: datetime) -> Visit:
    """Bring somebody from their cubicle to another, in one step; the old one is cleaned."""
    visit, number = visits.get(code), asked.cubicle
    stay = stays.of(visit)
    if stay is None:
        raise OutOfOrder(f"Ticket {visit.ticket} is {rules.spoken(visit.stage)}, not in a cubicle.")
    if stay.cubicle.number != number:
        stays.end(visit, stay, by, now)
        db.session.flush()
        stays.begin(visit, number, policy, by, now)
        visits.taken_by(visit, by)
        journal.record(Happened.VISIT_MOVED, visit.code, by, now, visit=visit.code, cubicle=number)
    return visit
