"""Bookings over HTTP."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, StateListForm, listed, page_of
from consumption_room.bookings import queries, service
from consumption_room.bookings.models import Booking
from consumption_room.bookings.schemas import BookedOut, BookingForm, BookingOut, CancelForm
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("bookings", __name__, url_prefix="/api/v1/bookings", description="Cubicles booked ahead")


@bp.post("")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(BookingForm)
@bp.response(201, BookedOut)
def book(asked: service.NewBooking) -> dict[str, Any]:
    """Book a cubicle, once or as a series; all of it or nothing."""
    made = service.book(asked, here.policy(), here.actor(), clock.now())
    first = made[0]
    return {name: getattr(first, name) for name in BookingOut().fields} | {"bookings": made}


@bp.get("")
@requires(Permission.RUN_VISIT)
@bp.arguments(StateListForm, location="query")
@bp.response(200, page_of(BookingOut))
def bookings(asked: dict[str, Any]) -> dict[str, Any]:
    """List bookings in the order they were made; ``state=open`` for those still to come."""
    found = queries.page(open_only=asked["state"] == "open", after=asked.get("after"), limit=asked["limit"])
    return listed(found, asked["limit"])


@bp.post("/<code>/cancel")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(CancelForm, required=False)
@bp.response(200, BookingOut)
def cancel(asked: dict[str, bool], code: str) -> Booking:
    """Cancel one booking, or with ``whole_series`` it and every later one of its series."""
    return service.cancel(code, asked.get("whole_series", False), here.actor(), clock.now())
