"""The record of an emergency, and what is still to be done about it, as stored."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.alerts import timeline
from consumption_room.alerts.models import Alert
from consumption_room.columns import Words, choice
from consumption_room.database import Model, new_code
from consumption_room.incidents import rules
from consumption_room.vocabulary.alarms import AlarmAction, Cause
from consumption_room.vocabulary.incidents import Breathing, Consciousness, TaskState
from consumption_room.vocabulary.visits import Substance

_UNSIGNED = text("signed_at IS NULL")


class Incident(Model):
    """What is written down about one real emergency; a draft until somebody signs it by name."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="signing_needs_a_name"),
        CheckConstraint(
            "signed_at IS NULL OR (happened IS NOT NULL AND breathing IS NOT NULL AND consciousness IS NOT NULL)",
            name="only_a_complete_record_is_signed",
        ),
        CheckConstraint("(debriefed_at IS NULL) = (debriefed_by IS NULL)", name="a_debrief_was_held_by_somebody"),
        Index("unsigned_incidents", "id", sqlite_where=_UNSIGNED, postgresql_where=_UNSIGNED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), unique=True)
    drafted_at: Mapped[datetime]
    happened: Mapped[str | None] = mapped_column(Text)
    substances: Mapped[tuple[Substance, ...]] = mapped_column(Words(Substance), insert_default=())
    breathing: Mapped[Breathing | None] = mapped_column(choice(Breathing))
    consciousness: Mapped[Consciousness | None] = mapped_column(choice(Consciousness))
    causes: Mapped[tuple[Cause, ...]] = mapped_column(Words(Cause), insert_default=())
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    debriefed_at: Mapped[datetime | None]
    debriefed_by: Mapped[str | None]

    alert: Mapped[Alert] = relationship(lazy="joined")
    tasks: Mapped[list["FollowUp"]] = relationship(
        primaryjoin="foreign(FollowUp.alert_id) == Incident.alert_id", order_by="FollowUp.id", viewonly=True
    )

    @property
    def missing(self) -> list[str]:
        """What must still be written before it can be signed."""
        return [] if self.signed_at else rules.missing({name: getattr(self, name) for name in rules.REQUIRED})

    @property
    def ambulance_called_at(self) -> datetime | None:
        """When the ambulance was first called, as the timeline says."""
        return timeline.first(self.alert.entries, AlarmAction.AMBULANCE_CALLED)

    @property
    def ambulance_arrived_at(self) -> datetime | None:
        """When the ambulance came, as the timeline says."""
        return timeline.first(self.alert.entries, AlarmAction.AMBULANCE_ARRIVED)


class FollowUp(Model):
    """Something to be done after an emergency: by a day, or when the person comes next."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_means_done_at_some_time"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_means_done_by_somebody"),
        CheckConstraint("due_on IS NOT NULL OR client_id IS NOT NULL", name="somebody_is_reminded_some_time"),
        Index(
            "open_follow_ups", "client_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    what: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date | None]
    # Whose next check-in reminds of it.
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    state: Mapped[TaskState] = mapped_column(choice(TaskState), insert_default=TaskState.OPEN)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]

    @property
    def at_check_in(self) -> bool:
        """Whether it waits for the person's next check-in."""
        return self.client_id is not None
