"""What places outside are to be told, and how far each has been told, as stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room.columns import Facts, choice
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.deliveries import DeliveryState

_WAITING = text("state = 'waiting'")


class Follower(Model):
    """A place outside, and the number of the journal up to which deliveries to it are written down."""

    __tablename__ = "follower"

    target: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


class Delivery(Model):
    """One change of an alarm that one place outside is told of: no name, no visit."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("one_delivery_per_target_and_change", "target", "seq", unique=True),
        Index("deliveries_to_come", "target", "next_try_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="what_is_done_has_a_moment"),
        CheckConstraint("tries >= 0", name="tries_are_counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    target: Mapped[str]
    seq: Mapped[int]
    event: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(Facts)
    state: Mapped[DeliveryState] = mapped_column(choice(DeliveryState), insert_default=DeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(insert_default=0)
    written_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    # The kind of the last trouble, or the status that was answered: never what was said.
    trouble: Mapped[str | None]
