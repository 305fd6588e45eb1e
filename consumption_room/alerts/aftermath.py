"""What an emergency does to the cubicle it is in: nobody new sits down there until it is closed."""

from datetime import datetime

from sqlalchemy import bindparam, select

from consumption_room.alerts import rules
from consumption_room.alerts.models import Alert
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Place
from consumption_room.database import db
from consumption_room.journal import Actor

_EMERGENCY_AT = (
    select(Alert.id)
    .where(Alert.place_id == bindparam("place"), Alert.closed_at.is_(None), Alert.drill.is_(False))
    .where(Alert.kind.in_(sorted(rules.CLINICAL)))
    .limit(1)
)


def freeze(alert: Alert, by: Actor, now: datetime) -> None:
    """Let nobody new sit down where this alarm is, if it is a real emergency in a cubicle."""
    if rules.freezes(alert.kind, alert.drill) and alert.place.cubicle_id is not None:
        cubicles.freeze(alert.place.cubicle_id, by, now)


def release(place: Place, by: Actor, now: datetime) -> None:
    """Let a cubicle be used again, unless another emergency is open in it."""
    if place.cubicle_id is None:
        return
    db.session.flush()
    cubicle = cubicles.lock(place.cubicle_id)  # before looking: a press at this very moment freezes it again after us
    if db.session.scalar(_EMERGENCY_AT, {"place": place.id}) is None:
        cubicles.thaw(cubicle, by, now)
