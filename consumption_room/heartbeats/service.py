"""Hearing a device's heartbeat, and noticing when none comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from consumption_room import journal
from consumption_room.database import db, insert_new
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.heartbeats import queries, rules
from consumption_room.heartbeats.models import DeviceState
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.staff.models import Device
from consumption_room.vocabulary.staff import DeviceCondition

_WORDS = {DeviceCondition.LATE: Happened.DEVICE_LATE, DeviceCondition.SILENT: Happened.DEVICE_SILENT}


@dataclass(frozen=True)
class Heartbeat:
    """How a device feels, in per cent of full."""

    battery: int | None = None
    signal: int | None = None


def hear(device: str, beat: Heartbeat, by: Actor, now: datetime) -> DeviceState:
    """Note that a device is alive. The first word of it, and the first after it was missed, go into the journal."""
    key = db.session.scalar(select(Device.id).where(Device.code == device))
    if key is None:
        raise NotFound("No device has this code.")
    unheard = {"device_id": key, "heard_at": now, "condition": DeviceCondition.SILENT}
    insert_new(DeviceState, [unheard])
    state = db.session.scalars(
        select(DeviceState).where(DeviceState.device_id == key).with_for_update(of=DeviceState)
    ).one()
    if state.condition is not DeviceCondition.HEARD:
        state.condition = DeviceCondition.HEARD
        journal.record(Happened.DEVICE_HEARD, device, by, now)
    state.heard_at, state.battery, state.signal = now, beat.battery, beat.signal
    return state


def note_missed(policy: Policy, by: Actor, now: datetime) -> Sequence[Device]:
    """Write down whose heartbeat has become late or silent; gives those who are silent from now on."""
    silent = []
    for state in queries.getting_worse(policy, now):
        db.session.refresh(state, with_for_update={"of": DeviceState})  # it may be heard at this very moment
        found = queries.condition_of(state, policy, now)
        if not rules.is_worse(found, state.condition):
            continue
        state.condition = found
        journal.record(_WORDS[state.condition], state.device.code, by, now)
        if state.condition is DeviceCondition.SILENT:
            silent.append(state.device)
    return silent
