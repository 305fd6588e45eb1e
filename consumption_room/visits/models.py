"""Visits, stays in cubicles, consumption episodes and people turned away, as stored."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.clients.models import Client
from consumption_room.columns import Facts, Words, choice
from consumption_room.cubicles.models import Cubicle
from consumption_room.database import Model, new_code
from consumption_room.visits import rules
from consumption_room.visits.concerns import concerns
from consumption_room.vocabulary.screening import Concern
from consumption_room.vocabulary.visits import (
    LeaveReason,
    Purpose,
    Route,
    Stage,
    Substance,
    TurnedAwayReason,
    UndoReason,
)

_STILL_OPEN = text("left_at IS NULL")
_OFFERED = text("offered IS NOT NULL")
_CLAIMED = text("claim_until IS NOT NULL")


UNDONE_FOR_A_REASON = "(undone_because IS NOT NULL) = (exit_reason IS NOT NULL AND exit_reason = 'undone')"


class TicketCounter(Model):
    """The last ticket number given out on a day of the room; its row is the lock of the counter."""

    __tablename__ = "ticket_counter"

    service_day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Visit(Model):
    """From the door to the door. Stage times are written by the server."""

    __tablename__ = "visit"
    __table_args__ = (
        # The database, not the program, settles it when two desks check the same person in.
        Index(
            "one_open_visit_per_client",
            "client_id",
            unique=True,
            sqlite_where=text("left_at IS NULL AND client_id IS NOT NULL"),
            postgresql_where=text("left_at IS NULL AND client_id IS NOT NULL"),
        ),
        Index("one_ticket_per_day", "service_day", "ticket_number", unique=True),
        Index("open_visits", "stage", "arrived_at", sqlite_where=_STILL_OPEN, postgresql_where=_STILL_OPEN),
        Index("visit_by_day", "service_day", "client_id", "gave_up", "waited_s", "exit_reason"),
        CheckConstraint("(left_at IS NULL) = (exit_reason IS NULL)", name="no_visit_ends_without_a_reason"),
        CheckConstraint("(left_at IS NULL) = (stage <> 'left')", name="left_means_left"),
        CheckConstraint(UNDONE_FOR_A_REASON, name="undone_for_a_reason"),
        Index("one_offer_per_cubicle", "offered", unique=True, sqlite_where=_OFFERED, postgresql_where=_OFFERED),
        Index("claims_to_lapse", "claim_until", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
        CheckConstraint("claim_until IS NULL OR stage = 'called'", name="only_the_called_have_a_claim"),
        CheckConstraint("offered IS NULL OR claim_until IS NOT NULL", name="an_offer_has_an_end"),
        CheckConstraint("(seated_at IS NULL) = (waited_s IS NULL)", name="a_wait_ends_in_a_cubicle"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    ticket_number: Mapped[int]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    purposes: Mapped[tuple[Purpose, ...]] = mapped_column(Words(Purpose))
    screening: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    stage: Mapped[Stage] = mapped_column(choice(Stage), insert_default=Stage.WAITING)
    service_day: Mapped[date]
    arrived_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    seated_at: Mapped[datetime | None]
    aftercare_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    # Since when the visit is in its present stage.
    since: Mapped[datetime]
    waited_s: Mapped[int | None]
    exit_reason: Mapped[LeaveReason | None] = mapped_column(choice(LeaveReason))
    undone_because: Mapped[UndoReason | None] = mapped_column(choice(UndoReason))
    gave_up: Mapped[bool] = mapped_column(insert_default=False)
    # The person's how manieth visit of the room's day, counted when it was opened; nobody's is ``None``.
    nth_today: Mapped[int | None]
    hold_reason: Mapped[str | None]
    # A screening asked for a nurse, and a nurse has spoken with them.
    nurse_asked_at: Mapped[datetime | None]
    nurse_came_at: Mapped[datetime | None]
    # A call: until when the place is kept, and the number of the cubicle offered, if one was.
    claim_until: Mapped[datetime | None]
    offered: Mapped[int | None]
    missed_at: Mapped[datetime | None]
    unwell: Mapped[bool] = mapped_column(insert_default=False)
    # A prescribed dose can be given until then.
    window_closes_at: Mapped[datetime | None]
    # After naloxone: observed at least until then, wherever they are.
    observe_until: Mapped[datetime | None]
    # After a prescribed dose: they leave only when somebody has said that they are fit to.
    kept_in: Mapped[bool] = mapped_column(insert_default=False)
    # Who has the person, and at which station.
    with_whom: Mapped[str | None]
    station: Mapped[str | None]

    client: Mapped[Client | None] = relationship(lazy="joined")
    stays: Mapped[list["Stay"]] = relationship(back_populates="visit", order_by="Stay.id")
    episodes: Mapped[list["Episode"]] = relationship(back_populates="visit", order_by="Episode.id")

    @property
    def ticket(self) -> str:
        """What stands on the person's ticket."""
        return rules.ticket(self.ticket_number)

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """What the screening gives reason to think of."""
        return concerns(self.screening)

    @property
    def waits_for_a_nurse(self) -> bool:
        """Whether a nurse was asked for and has not come yet."""
        return self.nurse_asked_at is not None and self.nurse_came_at is None

    @property
    def cubicle(self) -> int | None:
        """The number of the cubicle the person is in now."""
        return next((stay.cubicle.number for stay in self.stays if stay.ended_at is None), None)

    def move_to(self, stage: Stage, now: datetime) -> None:
        """The only place that changes a visit's stage."""
        rules.may_become(self.ticket, self.stage, stage)
        self.stage, self.since = stage, now
        self.claim_until = self.offered = None


_NOT_ENDED = text("ended_at IS NULL")


class Stay(Model):
    """Somebody in a cubicle, from when to when."""

    __tablename__ = "stay"
    __table_args__ = (
        Index(
            "one_occupant_per_cubicle", "cubicle_id", unique=True, sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED
        ),
        Index("stays_to_check", "check_due_at", sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED),
        Index("stay_by_end", "ended_at"),
        Index("one_cubicle_per_visit", "visit_id", unique=True, sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="a_stay_ends_after_it_starts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    cubicle_id: Mapped[int] = mapped_column(ForeignKey("cubicle.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Promises to look after the person: when somebody is next due to look, and when the stay itself rings, once.
    checked_at: Mapped[datetime | None]
    check_due_at: Mapped[datetime | None]
    overrun_due_at: Mapped[datetime | None]

    visit: Mapped[Visit] = relationship(back_populates="stays")
    cubicle: Mapped[Cubicle] = relationship(lazy="joined")


class Episode(Model):
    """One own-drug consumption: self-declared, unmeasured, without cap or schedule."""

    __tablename__ = "episode"
    __table_args__ = (
        Index("episode_by_day", "service_day", "route", "switched_from_smoking"),
        CheckConstraint("NOT switched_from_smoking OR route = 'inject'", name="one_switches_to_injecting"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    substances: Mapped[tuple[Substance, ...]] = mapped_column(Words(Substance))
    route: Mapped[Route] = mapped_column(choice(Route))
    # Helped by an adult who is not staff: Danish order 972/2016, section 6.
    assisted: Mapped[bool]
    # Would have smoked, and injects because the wait was too long: a health indicator.
    switched_from_smoking: Mapped[bool] = mapped_column(insert_default=False)
    registered_at: Mapped[datetime]
    service_day: Mapped[date]

    visit: Mapped[Visit] = relationship(back_populates="episodes")


class TurnedAway(Model):
    """Somebody who was not let in; no record of the person is needed."""

    __tablename__ = "turned_away"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    reason: Mapped[TurnedAwayReason] = mapped_column(choice(TurnedAwayReason))
    at: Mapped[datetime]
    service_day: Mapped[date] = mapped_column(index=True)
