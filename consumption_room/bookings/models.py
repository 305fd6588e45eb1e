"""Bookings, as stored: every single one is a row, so that the database can refuse what overlaps."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.clients.models import Client
from consumption_room.columns import choice
from consumption_room.cubicles.models import Cubicle
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.bookings import BookingState

_TO_COME = text("state = 'booked'")


class Booking(Model):
    """A cubicle for a person, from when to when.

    That neither a cubicle nor a person has two at once is kept by exclusion constraints on PostgreSQL and by triggers
    on SQLite (migration ``bookings``): both let go of what is cancelled or was not kept.
    """

    __tablename__ = "booking"
    __table_args__ = (
        Index("bookings_to_hold", "hold_at", sqlite_where=_TO_COME, postgresql_where=_TO_COME),
        Index("bookings_to_release", "release_at", sqlite_where=_TO_COME, postgresql_where=_TO_COME),
        Index("bookings_by_time", "starts_at", "id"),
        Index("bookings_of_a_cubicle", "cubicle_id", "starts_at"),
        Index("bookings_of_a_person", "client_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="a_booking_ends_after_it_starts"),
        CheckConstraint("(state = 'booked') = (ended_at IS NULL)", name="what_is_over_has_a_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    # The bookings that were made together carry the same.
    series: Mapped[str] = mapped_column(index=True)
    cubicle_id: Mapped[int] = mapped_column(ForeignKey("cubicle.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # From then on nobody else is given the cubicle; and from then on it is nobody's again.
    hold_at: Mapped[datetime]
    release_at: Mapped[datetime]
    state: Mapped[BookingState] = mapped_column(choice(BookingState), insert_default=BookingState.BOOKED)
    # Whether the cubicle is held for it at this moment.
    holds: Mapped[bool] = mapped_column(insert_default=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    cubicle: Mapped[Cubicle] = relationship(lazy="joined")
    client: Mapped[Client] = relationship(lazy="joined")

    def end(self, state: BookingState, now: datetime) -> None:
        """The only place that changes a booking's state."""
        self.state, self.ended_at, self.holds = state, now, False
