"""Cubicles and places, as stored."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.cubicles import rules
from consumption_room.database import Model, Words, choice
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState


class Cubicle(Model):
    """A place to consume in. Who sits there stands in the visit's stay."""

    __tablename__ = "cubicle"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    modes: Mapped[tuple[CubicleMode, ...]] = mapped_column(Words(CubicleMode))
    state: Mapped[CubicleState] = mapped_column(choice(CubicleState), insert_default=CubicleState.FREE)
    since: Mapped[datetime]
    reason: Mapped[str | None]
    # An emergency is open here: nobody new sits down until it is closed. The alarm sets and clears it, nobody else.
    frozen: Mapped[bool] = mapped_column(insert_default=False)

    @property
    def place(self) -> str:
        """The code of the place that this cubicle is."""
        return f"cubicle-{self.number}"

    def move_to(self, state: CubicleState, now: datetime, reason: str | None = None) -> None:
        """The only place that changes a cubicle's state."""
        rules.may_become(self.number, self.state, state)
        self.state, self.since, self.reason = state, now, reason


class Place(Model):
    """Anywhere an alarm can come from: every cubicle, and the zones of the policy."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    cubicle_id: Mapped[int | None] = mapped_column(ForeignKey("cubicle.id"), unique=True)

    cubicle: Mapped[Cubicle | None] = relationship(lazy="joined")
