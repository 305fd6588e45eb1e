"""Reading cubicles and places for screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from sqlalchemy import select

from consumption_room.cubicles.models import Cubicle, CubicleSpell, Place
from consumption_room.database import db
from consumption_room.vocabulary.cubicles import CubicleState


def all_cubicles() -> Sequence[Cubicle]:
    """Every cubicle, by number."""
    return db.session.scalars(select(Cubicle).order_by(Cubicle.number)).all()


@dataclass(frozen=True)
class Cleaning:
    """How long cleaning took, lately: how many times, and the time that half of them took at most."""

    times: int
    median: timedelta


def cleaning_times(since: datetime) -> dict[int, Cleaning]:
    """How long each cubicle took to be cleaned since then, by row key; one that was not cleaned is not there."""
    took: dict[int, list[timedelta]] = {}
    rows = select(CubicleSpell.cubicle_id, CubicleSpell.began_at, CubicleSpell.ended_at).where(
        CubicleSpell.state == CubicleState.CLEANING, CubicleSpell.began_at >= since, CubicleSpell.ended_at.is_not(None)
    )
    for key, began_at, ended_at in db.session.execute(rows):
        took.setdefault(key, []).append((ended_at or began_at) - began_at)
    return {key: Cleaning(len(times), median_low(times)) for key, times in took.items()}


def all_places() -> Sequence[Place]:
    """Every place an alarm can come from: cubicles by number, then zones."""
    return db.session.scalars(select(Place).order_by(Place.cubicle_id.is_(None), Place.cubicle_id, Place.id)).all()
