"""Reading bookings for screens, programs and the sweep."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from consumption_room.bookings.models import Booking
from consumption_room.bookings.service import is_to_be_held
from consumption_room.cubicles.models import Cubicle
from consumption_room.database import db
from consumption_room.vocabulary.bookings import BookingState


def any_due(now: datetime) -> bool:
    """Whether a cubicle is to be held for a booking, or let go because nobody came."""
    due = (
        select(Booking.id)
        .join(Cubicle, Cubicle.id == Booking.cubicle_id)
        .where(Booking.state == BookingState.BOOKED, or_(Booking.release_at <= now, is_to_be_held(now)))
        .limit(1)
    )
    return db.session.scalar(due) is not None


def held_for() -> Sequence[Booking]:
    """Every booking that a cubicle is held for at this moment."""
    return db.session.scalars(select(Booking).where(Booking.state == BookingState.BOOKED, Booking.holds)).all()


def page(*, open_only: bool, after: str | None = None, limit: int = 50) -> Sequence[Booking]:
    """Bookings in the order they were made, those after the one with this code."""
    rows = select(Booking).order_by(Booking.id).limit(limit)
    if open_only:
        rows = rows.where(Booking.state == BookingState.BOOKED)
    if after is not None:
        rows = rows.where(Booking.id > select(Booking.id).where(Booking.code == after).scalar_subquery())
    return db.session.scalars(rows).all()


def to_come(limit: int = 200) -> Sequence[Booking]:
    """Everything that is booked, soonest first."""
    rows = select(Booking).where(Booking.state == BookingState.BOOKED)
    return db.session.scalars(rows.order_by(Booking.starts_at, Booking.id).limit(limit)).all()
