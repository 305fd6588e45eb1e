"""Cubicles and places, as stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.columns import Words, choice
from consumption_room.cubicles import rules
from consumption_room.database import Model
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
    # When it is expected back; nothing happens by itself then, but the board says so.
    until: Mapped[datetime | None]
    # What the sensor of this cubicle says, and since when; nothing where there is none.
    sensed: Mapped[bool | None]
    sensed_at: Mapped[datetime | None]
    # An emergency is open here: nobody new sits down until it is closed. The alarm sets and clears it, nobody else.
    frozen: Mapped[bool] = mapped_column(insert_default=False)

    @property
    def place(self) -> str:
        """The code of the place that this cubicle is."""
        return f"cubicle-{self.number}"

    @property
    def told(self) -> rules.Told:
        """What the board and the sensor say."""
        return rules.Told(self.state, self.since, self.sensed, self.sensed_at)

    def move_to(
        self, state: CubicleState, now: datetime, reason: str | None = None, until: datetime | None = None
    ) -> None:
        """The only place that changes a cubicle's state."""
        rules.may_become(self.number, self.state, state)
        self.state, self.since, self.reason, self.until = state, now, reason, until


class CubicleSpell(Model):
    """How long a cubicle was cleaned, held or out of use, and why: what it is not there for people."""

    __tablename__ = "cubicle_spell"
    __table_args__ = (
        Index(
            "one_open_spell_per_cubicle",
            "cubicle_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("spells_of_a_state", "state", "began_at"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="a_spell_ends_after_it_began"),
        CheckConstraint("state IN ('held', 'cleaning', 'out-of-use')", name="a_spell_keeps_people_out"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cubicle_id: Mapped[int] = mapped_column(ForeignKey("cubicle.id"))
    state: Mapped[CubicleState] = mapped_column(choice(CubicleState))
    reason: Mapped[str | None]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class Place(Model):
    """Anywhere an alarm can come from: every cubicle, and the zones of the policy."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    cubicle_id: Mapped[int | None] = mapped_column(ForeignKey("cubicle.id"), unique=True)

    cubicle: Mapped[Cubicle | None] = relationship(lazy="joined")
