"""Shifts, what their opening check found, what was set aside, hand-overs and duties, as stored."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.columns import Facts, choice
from consumption_room.database import Model, new_code
from consumption_room.journal import SITE
from consumption_room.shifts.rules import Sight
from consumption_room.staff.models import Staff
from consumption_room.vocabulary.shifts import OpeningCheck, Override
from consumption_room.vocabulary.staff import Role

_STILL_OPEN = text("closed_at IS NULL")
_STILL_ON = text("ended_at IS NULL")


class Shift(Model):
    """The room is open: since when, by whom, and how it stands with its displays."""

    __tablename__ = "shift"
    __table_args__ = (
        # The database, not the program, settles who opens the room.
        Index("one_open_shift_per_site", "site", unique=True, sqlite_where=_STILL_OPEN, postgresql_where=_STILL_OPEN),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closing_a_shift_needs_a_name"),
        CheckConstraint("(blind_since IS NULL) = (blind_counts_from IS NULL)", name="blindness_says_when_it_counts"),
        CheckConstraint("blind_told_at IS NULL OR blind_since IS NOT NULL", name="only_blindness_is_told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    site: Mapped[str] = mapped_column(insert_default=SITE)
    service_day: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    close_reason: Mapped[str | None]
    # No display is able since then; from ``blind_counts_from`` on it is an alarm, and nobody new sits down.
    blind_since: Mapped[datetime | None]
    blind_counts_from: Mapped[datetime | None]
    blind_told_at: Mapped[datetime | None]

    checks: Mapped[list["ShiftCheck"]] = relationship(order_by="ShiftCheck.number")
    overrides: Mapped[list["ShiftOverride"]] = relationship(order_by="ShiftOverride.id")
    handovers: Mapped[list["ShiftHandover"]] = relationship(order_by="ShiftHandover.id")

    def see(self, since: datetime | None, counts_from: datetime | None = None) -> None:
        """The only place that changes since when the room is blind; what was told of an older time is over."""
        self.blind_since, self.blind_counts_from, self.blind_told_at = since, counts_from, None

    def sight(self, *, overridden: bool) -> Sight:
        """How this shift stands with its displays, as the rules want to know it."""
        return Sight(self.blind_since, self.blind_counts_from, self.blind_told_at is not None, overridden)


class ShiftCheck(Model):
    """What the opening check found at one point; added, never edited."""

    __tablename__ = "shift_check"

    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    check: Mapped[OpeningCheck] = mapped_column(choice(OpeningCheck))
    passed: Mapped[bool]
    found: Mapped[str]


class ShiftOverride(Model):
    """A rule set aside, by name and with a reason; added, never edited."""

    __tablename__ = "shift_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"), index=True)
    what: Mapped[Override] = mapped_column(choice(Override))
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class ShiftHandover(Model):
    """Who handed over to whom, and how the room stood at that moment; added, never edited."""

    __tablename__ = "shift_handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"), index=True)
    from_whom: Mapped[str]
    to_staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str | None]
    sheet: Mapped[dict[str, Any]] = mapped_column(Facts)
    at: Mapped[datetime]

    to_staff: Mapped[Staff] = relationship(lazy="joined")


class Duty(Model):
    """Somebody is on duty, as what, from when to when."""

    __tablename__ = "duty"
    __table_args__ = (
        Index("one_open_duty_per_person", "staff_id", unique=True, sqlite_where=_STILL_ON, postgresql_where=_STILL_ON),
        # Who was on duty when a step of an alarm was taken is found without reading years of duties.
        Index("duty_by_end", "ended_at"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="a_duty_ends_after_it_began"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[Role] = mapped_column(choice(Role))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Staff] = relationship(lazy="joined")
