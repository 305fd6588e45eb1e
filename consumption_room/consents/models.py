"""What people have agreed to, as stored: each agreement names the exact text, and what ended it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.clients.models import Client
from consumption_room.columns import choice
from consumption_room.consents import rules
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.consents import ConsentEnding, ConsentScope, ConsentWay

_STANDS = text("ended_at IS NULL")


class Consent(Model):
    """One agreement of one person; ended, never edited."""

    __tablename__ = "consent"
    __table_args__ = (
        # Withdrawing ends the one that stands: there must not be a second behind it.
        Index(
            "one_standing_consent_per_client_and_scope",
            "client_id",
            "scope",
            "whom",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("consent_by_client", "client_id", "scope", "id"),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="an_end_has_a_reason"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="an_end_was_noted_by_somebody"),
        CheckConstraint("expires_at > given_at", name="a_consent_expires_after_it_was_given"),
        CheckConstraint("(scope = 'partner') = (whom <> '')", name="only_a_partner_has_a_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    scope: Mapped[ConsentScope] = mapped_column(choice(ConsentScope))
    # Which partner is told; empty where nobody outside is.
    whom: Mapped[str] = mapped_column(insert_default="")
    version: Mapped[int]
    language: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    way: Mapped[ConsentWay] = mapped_column(choice(ConsentWay))
    given_at: Mapped[datetime]
    noted_by: Mapped[str]
    # Every agreement has an end; across the wall of law that is a rule of its own.
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ending: Mapped[ConsentEnding | None] = mapped_column(choice(ConsentEnding))

    client: Mapped[Client] = relationship(lazy="joined")

    @property
    def facts(self) -> rules.Agreed:
        """What the rules need of it."""
        return rules.Agreed(self.scope, self.version, self.given_at, self.expires_at, self.ended_at, self.ending)

    def end(self, how: ConsentEnding, by: str, now: datetime) -> None:
        """The only place that ends an agreement."""
        self.ending, self.ended_by, self.ended_at = how, by, now
