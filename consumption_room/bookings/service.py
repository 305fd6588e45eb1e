"""Booking cubicles, keeping them near their time, and letting them go when nobody comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, text
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.bookings import rules
from consumption_room.bookings.models import Booking
from consumption_room.bookings.rules import Repeats, Span
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Cubicle
from consumption_room.database import db, is_postgresql, new_code
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.bookings import BookingState
from consumption_room.vocabulary.cubicles import CubicleState

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('bookings', 0))")
# Built once: it runs whenever somebody with a record sits down.
_MINE_NOW = (
    select(Booking)
    .where(Booking.client_id == bindparam("client"), Booking.state == BookingState.BOOKED)
    .where(Booking.hold_at <= bindparam("now"), Booking.ends_at > bindparam("now"))
    .order_by(Booking.starts_at)
    .with_for_update(of=Booking)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True)
class NewBooking:
    """Which cubicle, for whom (a client's code), from when to when, and how it repeats if it does."""

    cubicle: int
    client: str
    starts_at: datetime
    ends_at: datetime
    repeats: Repeats | None = None


def book(asked: NewBooking, policy: Policy, by: Actor, now: datetime) -> Sequence[Booking]:
    """Book a cubicle, once or as a series: all of it or nothing. Raises ``Overlap`` naming the day it clashes on."""
    if is_postgresql():  # two that clash would wait for one another; SQLite writes one at a time anyhow
        db.session.execute(_ONE_AT_A_TIME)
    first = Span(asked.starts_at, asked.ends_at)
    rules.may_book(first, asked.repeats, policy, now)
    cubicle, client = _cubicle(asked.cubicle), _client(asked.client)
    spans = rules.occurrences(first, asked.repeats, policy.timezone)
    if rules.overlap(spans):
        raise rules.Overlap("The bookings of this series would overlap one another.")
    series, made = new_code(), []
    for span in spans:
        booking = Booking(
            series=series,
            cubicle=cubicle,
            client=client,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            hold_at=span.starts_at - policy.hold_before,
            release_at=min(span.starts_at + policy.no_show_after, span.ends_at),
            made_at=now,
            made_by=by.name,
        )
        try:
            with db.session.begin_nested():
                db.session.add(booking)
        except IntegrityError as clash:  # the database, not the program, settles who was first
            raise rules.Overlap(_clash(asked.cubicle, span, policy)) from clash
        made.append(booking)
        journal.record(Happened.BOOKING_MADE, booking.code, by, now, cubicle=asked.cubicle)
    return made


def _clash(number: int, span: Span, policy: Policy) -> str:
    local = span.starts_at.astimezone(policy.timezone)
    return (
        f"Cubicle {number}, or this person, has another booking on {local:%Y-%m-%d} at about {local:%H:%M}. "
        "Please choose another time or cubicle. Nothing was booked."
    )


def get(code: str) -> Booking:
    """The booking with this code, locked for the change to come; raise ``NotFound``."""
    booking = db.session.scalar(select(Booking).where(Booking.code == code).with_for_update(of=Booking))
    if booking is None:
        raise NotFound("There is no booking with this code.")
    return booking


def cancel(code: str, whole_series: bool, by: Actor, now: datetime) -> Booking:
    """Cancel one booking, or it and every later one of its series. Twice is once."""
    booking = get(code)
    rules.may_cancel(booking.state)
    later = select(Booking).where(
        Booking.series == booking.series, Booking.starts_at > booking.starts_at, Booking.state == BookingState.BOOKED
    )
    rest = db.session.scalars(later.order_by(Booking.id).with_for_update(of=Booking)).all() if whole_series else []
    for one in [booking, *rest]:
        if one.state is BookingState.BOOKED:
            _let_go(one, BookingState.CANCELLED, by, now)
    return booking


def claim(client: int | None, by: Actor, now: datetime) -> None:
    """Somebody with a record (by row key) sits down: their booking is kept, and its cubicle no longer held for it."""
    if client is None:
        return
    for booking in db.session.scalars(_MINE_NOW, {"client": client, "now": now}).all():
        _let_go(booking, BookingState.KEPT, by, now)
    db.session.flush()


def take_due(by: Actor, now: datetime) -> Sequence[Booking]:
    """Hold cubicles whose bookings are near, and let go of those that nobody came for; gives what was done.

    A cubicle that is not free yet is held as soon as it is. Two processes that sweep at once do nothing twice.
    """
    due = db.session.scalars(
        select(Booking)
        .join(Cubicle, Cubicle.id == Booking.cubicle_id)
        .where(Booking.state == BookingState.BOOKED)
        .where(or_(Booking.release_at <= now, is_to_be_held(now)))
        .order_by(Booking.id)
        .with_for_update(of=Booking, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for booking in due:
        if booking.release_at <= now:
            _let_go(booking, BookingState.NO_SHOW, by, now)
        elif cubicles.keep_for_a_booking(booking.cubicle_id, booking.starts_at, by, now):
            booking.holds = True
    return due


def is_to_be_held(now: datetime) -> ColumnElement[bool]:
    """Whether a booking is near, and its cubicle is free to be held for it."""
    free = and_(Cubicle.state == CubicleState.FREE, Cubicle.frozen.is_(False))
    return and_(Booking.hold_at <= now, Booking.holds.is_(False), free)


def _let_go(booking: Booking, state: BookingState, by: Actor, now: datetime) -> None:
    held = booking.holds
    booking.end(state, now)
    if held:
        cubicles.no_longer_kept(booking.cubicle_id, by, now)
    what = {
        BookingState.KEPT: Happened.BOOKING_KEPT,
        BookingState.NO_SHOW: Happened.BOOKING_NOT_KEPT,
        BookingState.CANCELLED: Happened.BOOKING_CANCELLED,
    }[state]
    journal.record(what, booking.code, by, now, cubicle=booking.cubicle.number)


def _cubicle(number: int) -> Cubicle:
    try:
        return cubicles.get(number)
    except NotFound as none:
        raise FieldsWrong({"cubicle": [none.message]}) from none


def _client(code: str) -> Client:
    try:
        return clients.get(code)
    except NotFound as none:
        raise FieldsWrong({"client": ["There is no person with this code."]}) from none
