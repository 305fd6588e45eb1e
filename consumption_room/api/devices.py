"""Devices over HTTP: who is able, and the heartbeat of those that have no socket."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields

from consumption_room import clock, journal, presence
from consumption_room.alerts import queries
from consumption_room.alerts import service as alerts
from consumption_room.alerts.queries import Told
from consumption_room.alerts.schemas import PressForm, WallAlertOut
from consumption_room.alerts.service import Press
from consumption_room.api.reading import Blueprint, page_of
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.heartbeats import queries as heartbeats
from consumption_room.heartbeats import service
from consumption_room.heartbeats.queries import InUse
from consumption_room.heartbeats.schemas import HeardOut, HeartbeatForm
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.staff import DeviceKind

bp = Blueprint("devices", __name__, url_prefix="/api/v1/devices", description="Screens, buttons and programs")


class DeviceOut(Schema):
    """A device: whether it is able to call a nurse now, and if not, why; battery and signal in per cent, if it said."""

    code = fields.String()
    kind = fields.Enum(DeviceKind, by_value=True)
    place = fields.String(allow_none=True)
    able = fields.Boolean()
    why = fields.String(allow_none=True)
    last_beat_s = fields.Float(allow_none=True)
    battery = fields.Integer(allow_none=True)
    signal = fields.Integer(allow_none=True)


def seen(in_use: Sequence[InUse]) -> list[presence.Device]:
    """These devices, as the room sees them now."""
    return presence.devices(in_use, here.policy(), clock.now(), clock.monotonic())


@bp.get("")
@requires(Permission.SEE_DEVICES)
@bp.response(200, page_of(DeviceOut))
def devices() -> dict[str, Any]:
    """List devices: able or not, how long ago they were heard, and why they are not able."""
    return {"items": seen(heartbeats.in_use()), "next": None}


@bp.post("/drill")
@requires(Permission.ANSWER_ALARM)
@writes
@bp.arguments(PressForm, required=False)
@bp.response(201, WallAlertOut)
def drill(press: Press) -> Told:
    """Ring every display for practice, at ``reception`` unless told where: heard and seen, never counted."""
    press = replace(press, place=press.place or here.actor().place or "reception", drill=True)
    alert, _ = alerts.raise_alarm(press, here.policy(), here.actor(), clock.now())
    return queries.tell([alert], journal.last(), clock.now())[0]


@bp.post("/heartbeat")
@requires(Permission.SEND_HEARTBEAT)
@writes
@bp.arguments(HeartbeatForm, required=False)
@bp.response(200, HeardOut)
def heartbeat(beat: service.Heartbeat) -> dict[str, Any]:
    """Say, with your own key, that you are alive: whoever has said so once is missed when it stops."""
    by, policy = here.actor(), here.policy()
    state = service.hear(by.device or "", beat, by, clock.now())
    return {
        "device": by.device,
        "heard_at": state.heard_at,
        "period_s": policy.device_beats_every.total_seconds(),
        "grace_s": policy.device_grace.total_seconds(),
    }
