"""People who use the room, as stored: no legal name, no birth date, no photograph."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room.clients import rules
from consumption_room.database import Model, choice, new_code
from consumption_room.vocabulary.people import AgeBand, Area, Sex


class Client(Model):
    """A person under an alias of their own choosing."""

    __tablename__ = "client"
    __table_args__ = (
        Index("client_by_alias", "alias_folded"),
        Index("client_by_phrase", "phrase_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=lambda: rules.spoken_code(new_code(8)))
    alias: Mapped[str]
    # Compared byte by byte on every engine: a search for what an alias begins with is a range of the index.
    alias_folded: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"))
    phrase_digest: Mapped[str | None]
    birth_year: Mapped[int | None]
    age_band: Mapped[AgeBand | None] = mapped_column(choice(AgeBand))
    sex: Mapped[Sex | None] = mapped_column(choice(Sex))
    home_area: Mapped[Area | None] = mapped_column(choice(Area))
    language: Mapped[str | None]
    registered_at: Mapped[datetime]

    def call(self, alias: str) -> None:
        """The only place that sets the alias, so that the form it is searched by never lags behind."""
        self.alias, self.alias_folded = alias, rules.folded(alias)
