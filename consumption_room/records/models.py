"""Two records brought together, as stored: what was moved, so that it can be put back."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.clients.models import Client
from consumption_room.columns import Facts
from consumption_room.database import Model, new_code

_STANDS = text("undone_at IS NULL")


class Merge(Model):
    """One record brought together with another: the merged one stays as it was, and its rows hang on the survivor."""

    __tablename__ = "merge"
    __table_args__ = (
        Index(
            "one_standing_merge_per_record", "merged_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS
        ),
        CheckConstraint("survivor_id <> merged_id", name="a_record_is_not_merged_with_itself"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="a_merge_is_undone_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    # The row keys that were moved, by table.
    moved: Mapped[dict[str, Any]] = mapped_column(Facts)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]

    survivor: Mapped[Client] = relationship(foreign_keys=[survivor_id], lazy="joined")
    merged: Mapped[Client] = relationship(foreign_keys=[merged_id], lazy="joined")
