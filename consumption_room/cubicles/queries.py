"""Reading cubicles and places for screens."""

from collections.abc import Sequence

from sqlalchemy import select

from consumption_room.cubicles.models import Cubicle, Place
from consumption_room.database import db


def all_cubicles() -> Sequence[Cubicle]:
    """Every cubicle, by number."""
    return db.session.scalars(select(Cubicle).order_by(Cubicle.number)).all()


def all_places() -> Sequence[Place]:
    """Every place an alarm can come from: cubicles by number, then zones."""
    return db.session.scalars(select(Place).order_by(Place.cubicle_id.is_(None), Place.cubicle_id, Place.id)).all()
