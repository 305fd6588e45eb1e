"""People who use the room, as stored: no legal name, no birth date, no photograph."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.clients import likeness, rules
from consumption_room.columns import Words, choice
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.records import BarReason, BarScope, FlagPriority
from consumption_room.vocabulary.staff import Role


class Client(Model):
    """A person under an alias of their own choosing."""

    __tablename__ = "client"
    __table_args__ = (
        Index("client_by_alias", "alias_folded"),
        Index("client_by_phrase", "phrase_digest"),
        Index("client_by_sound", "alias_sound"),
        Index("client_by_shape", "code_shape"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=lambda: rules.spoken_code(new_code(8)))
    alias: Mapped[str]
    # Compared byte by byte on every engine: a search for what an alias begins with is a range of the index.
    alias_folded: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"))
    # Kept beside the alias, so that a second record is noticed without looking through all of them.
    alias_sound: Mapped[str]
    code_shape: Mapped[str | None]
    phrase_digest: Mapped[str | None]
    birth_year: Mapped[int | None]
    age_band: Mapped[AgeBand | None] = mapped_column(choice(AgeBand))
    sex: Mapped[Sex | None] = mapped_column(choice(Sex))
    home_area: Mapped[Area | None] = mapped_column(choice(Area))
    language: Mapped[str | None]
    registered_at: Mapped[datetime]
    # This record is the same person's as that one, which holds everything now.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)

    def call(self, alias: str, birth_year: int | None) -> None:
        """The only place that sets alias and birth year, so that what they are searched by never lags behind."""
        self.alias, self.birth_year = alias, birth_year
        self.alias_folded = rules.folded(alias)
        self.alias_sound, self.code_shape = likeness.sound_of(alias), likeness.shape_of(alias, birth_year)


class Flag(Model):
    """Something that staff of some roles should know of a person, until a day."""

    __tablename__ = "flag"
    __table_args__ = (CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="a_flag_is_ended_by_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    priority: Mapped[FlagPriority] = mapped_column(choice(FlagPriority))
    audience: Mapped[tuple[Role, ...]] = mapped_column(Words(Role))
    # The last day of the room on which it is shown.
    expires_on: Mapped[date] = mapped_column(index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class RecoveryTry(Model):
    """That a station asked for a lost code, and when; never what was said."""

    __tablename__ = "recovery_try"
    __table_args__ = (Index("recovery_try_by_station", "station", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    station: Mapped[str]
    at: Mapped[datetime]


class Bar(Model):
    """What is closed to a person, why, until when, who decided it, and when it is looked at again."""

    __tablename__ = "bar"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="a_bar_ends_after_it_starts"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="a_bar_is_lifted_by_somebody"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="a_bar_is_lifted_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    reason: Mapped[BarReason] = mapped_column(choice(BarReason))
    notes: Mapped[str] = mapped_column(Text)
    scope: Mapped[BarScope] = mapped_column(choice(BarScope))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    review_on: Mapped[date]
    decided_by: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
    lifted_reason: Mapped[str | None]

    client: Mapped[Client] = relationship(lazy="joined")


class BarOverride(Model):
    """A day of the room on which a bar does not hold, because a nurse or a manager said so by name."""

    __tablename__ = "bar_override"
    __table_args__ = (Index("one_override_per_bar_and_day", "bar_id", "service_day", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bar_id: Mapped[int] = mapped_column(ForeignKey("bar.id"))
    service_day: Mapped[date]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
