"""Clinical limits, as stored: added to, never edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room.database import Facts, Model


class ClinicalLimits(Model):
    """One version of every clinical number, and who signed it; the newest is in force. Added, never edited."""

    __tablename__ = "clinical_limits"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="limits_are_signed_by_somebody"),
        CheckConstraint("signed_by IS NOT NULL OR version = 1", name="only_the_first_limits_are_unsigned"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    numbers: Mapped[dict[str, Any]] = mapped_column(Facts)
    written_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    note: Mapped[str | None]
