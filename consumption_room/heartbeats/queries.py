"""Reading signs of life for screens and for the watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, lazyload

from consumption_room.cubicles.models import Place
from consumption_room.database import db
from consumption_room.heartbeats import rules
from consumption_room.heartbeats.models import DeviceState
from consumption_room.policy.room import Policy
from consumption_room.staff.models import Device
from consumption_room.vocabulary.staff import DeviceCondition


@dataclass(frozen=True)
class Missed:
    """A device that should have been heard: where it stands, and how long ago it was."""

    device: Device
    place: Place | None
    condition: DeviceCondition
    heard_at: datetime


@dataclass(frozen=True)
class InUse:
    """A device in use, its last heartbeat if it ever sent one, and where it stands."""

    device: Device
    state: DeviceState | None
    place: Place | None


def states() -> dict[int, DeviceState]:
    """The last heartbeat of every device that ever sent one, by the device's key."""
    return {state.device_id: state for state in db.session.scalars(select(DeviceState))}


def in_use() -> list[InUse]:
    """Every device in use with its heartbeat, in one question."""
    rows = db.session.execute(
        select(Device, DeviceState, Place)
        .outerjoin(DeviceState, DeviceState.device_id == Device.id)
        .outerjoin(Place, Place.code == Device.place)
        .options(lazyload(DeviceState.device))
        .where(Device.revoked_at.is_(None))
        .order_by(Device.kind, Device.place)
    )
    return [InUse(*row) for row in rows]


def missed(devices: Sequence[InUse], policy: Policy, now: datetime) -> list[Missed]:
    """Those of them that are late or silent, longest first."""
    found = [
        Missed(one.device, one.place, condition_of(one.state, policy, now), one.state.heard_at)
        for one in devices
        if one.state is not None
    ]
    late = [one for one in found if one.condition is not DeviceCondition.HEARD]
    return sorted(late, key=lambda one: one.heard_at)


def getting_worse(policy: Policy, now: datetime) -> Sequence[DeviceState]:
    """Those whose stored condition is better than what it has become."""
    found = db.session.scalars(
        select(DeviceState)
        .join(DeviceState.device)
        .options(contains_eager(DeviceState.device))
        .where(Device.revoked_at.is_(None))
        .where(DeviceState.heard_at < now - policy.device_beats_every - policy.device_grace)
        .order_by(DeviceState.heard_at)
    ).all()
    return [state for state in found if rules.is_worse(condition_of(state, policy, now), state.condition)]


def condition_of(state: DeviceState, policy: Policy, now: datetime) -> DeviceCondition:
    """How it stands with a device at this moment."""
    return rules.condition(state.heard_at, policy.device_beats_every, policy.device_grace, now)
