"""Reading deliveries for the screens and programs of administrators."""

from collections.abc import Sequence

from sqlalchemy import select

from consumption_room.database import db
from consumption_room.deliveries.models import Delivery
from consumption_room.vocabulary.deliveries import DeliveryState


def page(state: DeliveryState | None, after: str | None, limit: int) -> Sequence[Delivery]:
    """Deliveries in this state (or any), newest first, those after the one with this code."""
    rows = select(Delivery).order_by(Delivery.id.desc()).limit(limit)
    if state is not None:
        rows = rows.where(Delivery.state == state)
    if after is not None:
        rows = rows.where(Delivery.id < select(Delivery.id).where(Delivery.code == after).scalar_subquery())
    return db.session.scalars(rows).all()
