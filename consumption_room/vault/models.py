"""Who people really are, as stored: sealed, each with a key of its own that can be destroyed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.clients.models import Client
from consumption_room.database import Model

_KEPT = text("erased_at IS NULL")


class Identity(Model):
    """One person's real name, birth date and number, readable only with two keys."""

    __tablename__ = "identity"
    __table_args__ = (
        Index("one_identity_per_client", "client_id", unique=True, sqlite_where=_KEPT, postgresql_where=_KEPT),
        CheckConstraint("(erased_at IS NULL) = (wrapped_key IS NOT NULL)", name="erased_means_without_a_key"),
        CheckConstraint("(sealed IS NULL) = (wrapped_key IS NULL)", name="what_is_sealed_has_its_key"),
        CheckConstraint("(erased_at IS NULL) = (erased_by IS NULL)", name="erasing_is_noted_with_a_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    # The person's own key, wrapped with a key of the vault that is not in the database.
    wrapped_key: Mapped[str | None]
    vault_key: Mapped[str]
    sealed: Mapped[str | None] = mapped_column(Text)
    has_number: Mapped[bool]
    kept_at: Mapped[datetime]
    kept_by: Mapped[str]
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[str | None]

    client: Mapped[Client] = relationship(lazy="joined")
