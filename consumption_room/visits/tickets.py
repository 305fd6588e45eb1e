"""Numbers on tickets: each day of the room begins at one, and no two desks give out the same."""

from datetime import date

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from consumption_room.database import db, run, table_of
from consumption_room.visits.models import TicketCounter

# Built once: these run several times in every visit, and putting a statement together costs as much as running it.
_COUNTER = table_of(TicketCounter)
_NEXT_TICKET = (
    update(_COUNTER)
    .where(_COUNTER.c.service_day == bindparam("day"))
    .values(last=_COUNTER.c.last + 1)
    .returning(_COUNTER.c.last)
)


def next_number(day: date) -> int:
    """The next number of this day of the room; of two desks that ask at once, each gets its own."""
    number = _bump(day)
    if number is not None:
        return number
    try:
        with db.session.begin_nested():
            db.session.add(TicketCounter(service_day=day, last=1))
    except IntegrityError:  # another desk gave out the day's first ticket at this very moment
        number = _bump(day)
        if number is None:
            raise
        return number
    return 1


def _bump(day: date) -> int | None:
    return run(_NEXT_TICKET, {"day": day}).scalar()
