"""Reading signs of life for screens and for the watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from consumption_room.cubicles.models import Place
from consumption_room.database import db
from consumption_room.heartbeats import rules
from consumption_room.heartbeats.models import DeviceState
from consumption_room.policy import Policy
from consumption_room.staff.models import Device
from consumption_room.vocabulary.staff import DeviceCondition


@dataclass(frozen=True)
class Missed:
    """A device that should have been heard: where it stands, and how long ago it was."""

    device: Device
    place: Place | None
    condition: DeviceCondition
    heard_at: datetime


def states() -> dict[int, DeviceState]:
    """The last heartbeat of every device that ever sent one, by the device's key."""
    return {state.device_id: state for state in db.session.scalars(select(DeviceState))}


def missed(policy: Policy, now: datetime) -> list[Missed]:
    """Every device still in use that is late or silent, longest first."""
    rows = db.session.execute(_late(policy, now).add_columns(Place).outerjoin(Place, Place.code == Device.place))
    return [Missed(state.device, place, condition_of(state, policy, now), state.heard_at) for state, place in rows]


def getting_worse(policy: Policy, now: datetime) -> Sequence[DeviceState]:
    """Those whose stored condition is better than what it has become."""
    found = db.session.scalars(_late(policy, now)).all()
    return [state for state in found if rules.is_worse(condition_of(state, policy, now), state.condition)]


def condition_of(state: DeviceState, policy: Policy, now: datetime) -> DeviceCondition:
    """How it stands with a device at this moment."""
    return rules.condition(state.heard_at, policy.device_beats_every, policy.device_grace, now)


def _late(policy: Policy, now: datetime) -> Select[DeviceState]:
    return (
        select(DeviceState)
        .join(DeviceState.device)
        .options(contains_eager(DeviceState.device))
        .where(Device.revoked_at.is_(None))
        .where(DeviceState.heard_at < now - policy.device_beats_every - policy.device_grace)
        .order_by(DeviceState.heard_at)
    )
