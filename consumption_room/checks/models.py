"""The log of welfare checks, as stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.alerts.models import Alert
from consumption_room.columns import choice
from consumption_room.database import Model, new_code
from consumption_room.visits.models import Stay
from consumption_room.vocabulary.checks import CheckResult

_BY_THE_CLOCK = text("result IN ('missed', 'overran')")


class WelfareCheck(Model):
    """Somebody looked after the person in a cubicle, or nobody did in time; added, never edited."""

    __tablename__ = "welfare_check"
    __table_args__ = (
        # Two processes that find the same check missed ring once.
        Index(
            "what_is_missed_is_missed_once",
            "stay_id",
            "result",
            "due_at",
            unique=True,
            sqlite_where=_BY_THE_CLOCK,
            postgresql_where=_BY_THE_CLOCK,
        ),
        Index("checks_of_a_cubicle", "cubicle_id", "id"),
        CheckConstraint("result = 'responsive' OR alert_id IS NOT NULL", name="what_is_not_well_rings"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    stay_id: Mapped[int] = mapped_column(ForeignKey("stay.id"))
    cubicle_id: Mapped[int] = mapped_column(ForeignKey("cubicle.id"))
    result: Mapped[CheckResult] = mapped_column(choice(CheckResult))
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    by: Mapped[str]
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"))

    stay: Mapped[Stay] = relationship()
    alert: Mapped[Alert | None] = relationship(lazy="joined")
