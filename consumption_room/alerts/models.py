"""Alarms, the steps of their ladder, what was done, and who has seen them, as stored."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.alerts import rules
from consumption_room.columns import Words, choice
from consumption_room.cubicles.models import Place
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.alarms import (
    AlarmAction,
    AlarmKind,
    AlarmState,
    Cause,
    NaloxoneRoute,
    Outcome,
    ReceiptStage,
    WaitsFor,
)
from consumption_room.vocabulary.staff import Role

_STILL_OPEN = text("closed_at IS NULL")
_WAITED_FOR = text("confirm_by IS NOT NULL")


class Alert(Model):
    """Somebody called for help at a place."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("open_alerts", "raised_at", sqlite_where=_STILL_OPEN, postgresql_where=_STILL_OPEN),
        Index("unconfirmed_alerts", "confirm_by", sqlite_where=_WAITED_FOR, postgresql_where=_WAITED_FOR),
        Index("alert_by_day", "service_day", "kind", "drill", "outcome"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closing_needs_an_outcome"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closing_needs_a_named_person"),
        CheckConstraint("(closed_at IS NULL) = (state <> 'closed')", name="closed_means_closed"),
        CheckConstraint("(state = 'raised') = (acknowledged_at IS NULL)", name="answered_means_acknowledged"),
        CheckConstraint("count >= 1", name="an_alarm_was_pressed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    kind: Mapped[AlarmKind] = mapped_column(choice(AlarmKind))
    priority: Mapped[str]
    # Fixed when raised: a drill can never become real, nor the other way round.
    drill: Mapped[bool]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    state: Mapped[AlarmState] = mapped_column(choice(AlarmState), insert_default=AlarmState.RAISED)
    raised_at: Mapped[datetime]
    raised_by: Mapped[str]
    last_pressed_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(insert_default=1)
    # The highest step of the ladder that was reached; 0 before the first.
    step: Mapped[int] = mapped_column(insert_default=0)
    acknowledged_at: Mapped[datetime | None]
    responder: Mapped[str | None]
    on_scene_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    causes: Mapped[tuple[Cause, ...]] = mapped_column(Words(Cause), insert_default=())
    service_day: Mapped[date]
    # The code of the person or else the device that pressed; their own display cannot confirm that others know.
    raised_from: Mapped[str | None]
    # Until when some display must have shown it, or the next step begins; empty once looked at.
    confirm_by: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]

    place: Mapped[Place] = relationship(lazy="joined")
    steps: Mapped[list["AlertStep"]] = relationship(order_by="AlertStep.number")
    entries: Mapped[list["AlertEntry"]] = relationship(order_by="AlertEntry.id")
    answers: Mapped[list["AlertAnswer"]] = relationship(order_by="AlertAnswer.id")
    silences: Mapped[list["AlertSilence"]] = relationship(order_by="AlertSilence.id", lazy="selectin")

    def move_to(self, state: AlarmState) -> None:
        """The only place that changes an alarm's state."""
        rules.may_become(self.state, state)
        self.state = state


class AlertStep(Model):
    """A step of the ladder and when it is due: a promise about the future is a row, not a timer."""

    __tablename__ = "alert_step"
    __table_args__ = (
        Index(
            "steps_to_come", "due_at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")
        ),
    )

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    audience: Mapped[str]
    due_at: Mapped[datetime]
    # Whether everybody called must answer, not only one.
    all_call: Mapped[bool] = mapped_column(insert_default=False)
    # Who of those on duty is called, as the policy said when it was raised; nothing said is everybody.
    roles: Mapped[tuple[Role, ...]] = mapped_column(Words(Role), insert_default=())
    waits_for: Mapped[WaitsFor] = mapped_column(choice(WaitsFor), insert_default=WaitsFor.ANSWER)
    # When it was taken, or found no longer needed.
    done_at: Mapped[datetime | None]
    needed: Mapped[bool | None]


class AlertAnswer(Model):
    """Somebody said, by name, that they are coming."""

    __tablename__ = "alert_answer"
    __table_args__ = (Index("one_answer_per_person", "alert_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    name: Mapped[str]
    staff: Mapped[str | None]
    at: Mapped[datetime]


class AlertSilence(Model):
    """Somebody has silenced their own screen for this alarm; it ends by itself."""

    __tablename__ = "alert_silence"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    name: Mapped[str]
    whose: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[datetime]


class AlertEntry(Model):
    """One thing done during an alarm; added, never edited."""

    __tablename__ = "alert_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    action: Mapped[AlarmAction] = mapped_column(choice(AlarmAction))
    # Milligrams of naloxone, per cent, breaths or litres a minute, a step of sedation: as the action says.
    value: Mapped[str | None]
    route: Mapped[NaloxoneRoute | None] = mapped_column(choice(NaloxoneRoute))
    lot: Mapped[str | None]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Receipt(Model):
    """A display says that an alarm has come, is shown, or has sounded."""

    __tablename__ = "alert_receipt"
    __table_args__ = (Index("one_receipt_per_display_and_stage", "alert_id", "display", "stage", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    display: Mapped[str]
    stage: Mapped[ReceiptStage] = mapped_column(choice(ReceiptStage))
    at: Mapped[datetime]
