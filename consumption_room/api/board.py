"""The board and the closed lists over HTTP."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields

from consumption_room import board as room_board
from consumption_room import clock
from consumption_room.alerts import endings
from consumption_room.alerts import queries as alerts
from consumption_room.alerts.schemas import WallAlertOut
from consumption_room.api.devices import DeviceOut, seen
from consumption_room.api.reading import Blueprint
from consumption_room.board import Seat, Waiting
from consumption_room.cubicles.schemas import CubicleOut
from consumption_room.gate import here, sight
from consumption_room.gate.doors import public, requires
from consumption_room.inventory.schemas import LevelOut
from consumption_room.shifts.schemas import BoardShiftOut
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.clocks import ClockWitness
from consumption_room.vocabulary.labels import label
from consumption_room.vocabulary.lists import LISTS
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.screening import Concern

bp = Blueprint("board", __name__, url_prefix="/api/v1/board", description="What the room looks like now")
vocabulary_bp = Blueprint("vocabulary", __name__, url_prefix="/api/v1/vocabulary", description="Every closed list")


class SeatOut(CubicleOut):
    """A cubicle as the board shows it; visit and alias only for those who may see people."""

    ticket = fields.String(allow_none=True)
    visit = fields.String(allow_none=True)
    alias = fields.String(allow_none=True)
    nth_today = fields.Integer(allow_none=True)
    elapsed_s = fields.Integer()
    limit_s = fields.Integer()
    pressure = fields.String()
    observed_until = fields.AwareDateTime(allow_none=True)
    check_due_at = fields.AwareDateTime(allow_none=True)
    sensor_disagrees = fields.Boolean()
    booking = fields.String(allow_none=True)


class WaitingOut(Schema):
    """Somebody who is inside and not in a cubicle."""

    ticket = fields.String()
    visit = fields.String(allow_none=True)
    alias = fields.String(allow_none=True)
    nth_today = fields.Integer(allow_none=True)
    stage = fields.String()
    purposes = fields.List(fields.String())
    since = fields.AwareDateTime()
    elapsed_s = fields.Integer()
    pressure = fields.String()
    concerns = fields.List(fields.Enum(Concern, by_value=True))
    waits_for_a_nurse = fields.Boolean()
    turn = fields.Enum(Turn, by_value=True, metadata={"description": "What gives them their place in the queue."})
    with_whom = fields.String(allow_none=True)
    station = fields.String(allow_none=True)
    offered = fields.Integer(allow_none=True)
    claim_until = fields.AwareDateTime(allow_none=True)
    missed_at = fields.AwareDateTime(allow_none=True)
    observed_until = fields.AwareDateTime(allow_none=True)


class ClockOut(Schema):
    """Whether the server's clock is right: off by more than it may be, by how many seconds, and who said so."""

    is_off = fields.Boolean()
    seconds = fields.Integer()
    told_by = fields.Enum(ClockWitness, by_value=True, allow_none=True)
    sentence = fields.String(allow_none=True)


class BoardOut(Schema):
    """One picture of the room, true at journal number ``seq``."""

    version = fields.Integer()
    seq = fields.Integer()
    at = fields.AwareDateTime()
    cubicles = fields.List(fields.Nested(SeatOut))
    queue = fields.List(fields.Nested(WaitingOut))
    other = fields.List(fields.Nested(WaitingOut))
    aftercare = fields.List(fields.Nested(WaitingOut))
    held = fields.List(fields.Nested(WaitingOut))
    stock_warnings = fields.List(fields.Nested(LevelOut))
    alerts = fields.List(fields.Nested(WallAlertOut))
    devices = fields.List(fields.Nested(DeviceOut))
    shift = fields.Nested(BoardShiftOut)
    too_few_staff = fields.String(allow_none=True)
    clock = fields.Nested(ClockOut)


@bp.get("")
@requires(Permission.SEE_BOARD)
@bp.response(200, BoardOut)
def board() -> dict[str, Any]:
    """Give the room as it is; never more than whoever asks may see."""
    now = clock.now()
    room = room_board.now(here.policy(), now)
    return {
        "version": room.seq,
        "seq": room.seq,
        "at": now,
        "cubicles": [_seat(seat) for seat in room.seats],
        "queue": [_waiting(one) for one in room.queue],
        "other": [_waiting(one) for one in room.other],
        "aftercare": [_waiting(one) for one in room.aftercare],
        "held": [_waiting(one) for one in room.held],
        "stock_warnings": room.short,
        "alerts": alerts.tell(room.alerts, room.seq, now),
        "devices": seen(room.devices),
        "shift": room.shift,
        "too_few_staff": room.too_few_staff,
        "clock": sight.clock_verdict(),
    }


def _seconds(elapsed: timedelta) -> int:
    return int(elapsed.total_seconds())


def _seat(seat: Seat) -> dict[str, Any]:
    shown = {
        "number": seat.cubicle.number,
        "place": seat.cubicle.place,
        "state": seat.cubicle.state,
        "modes": seat.cubicle.modes,
        "since": seat.cubicle.since,
        "reason": seat.cubicle.reason,
        "until": seat.cubicle.until,
        "frozen": seat.cubicle.frozen,
        "sensed": seat.cubicle.sensed,
        "sensed_at": seat.cubicle.sensed_at,
        "sensor_disagrees": seat.sensor_disagrees,
        "observed_until": seat.visit.observe_until if seat.visit else None,
        "check_due_at": seat.check_due_at,
        "elapsed_s": _seconds(seat.elapsed),
        "limit_s": _seconds(seat.limit),
        "pressure": seat.pressure,
        "ticket": seat.visit.ticket if seat.visit else None,
    }
    if here.may(Permission.SEE_CLIENTS):
        shown["booking"] = seat.booking.code if seat.booking else None
    return shown | (_who(seat.visit) if seat.visit else {})


def _waiting(one: Waiting) -> dict[str, Any]:
    return {
        "ticket": one.visit.ticket,
        "stage": one.visit.stage.value,
        "purposes": list(one.visit.purposes) if here.may(Permission.SEE_CLIENTS) else [],
        "since": one.visit.since,
        "elapsed_s": _seconds(one.elapsed),
        "pressure": one.pressure,
        "with_whom": one.visit.with_whom,
        "station": one.visit.station,
        "offered": one.visit.offered,
        "claim_until": one.visit.claim_until,
        "missed_at": one.visit.missed_at,
        "observed_until": one.until,
    } | _of_the_person(one)


def _of_the_person(one: Waiting) -> dict[str, Any]:
    """Who it is and how they are: nothing for a wall."""
    if not here.may(Permission.SEE_CLIENTS):
        return {}
    how = {"turn": one.turn, "waits_for_a_nurse": one.visit.waits_for_a_nurse}
    if here.may(Permission.RUN_VISIT):
        how["concerns"] = one.visit.concerns
    return _who(one.visit) | how


def _who(visit: Any) -> dict[str, Any]:
    if not here.may(Permission.SEE_CLIENTS):
        return {}
    return {
        "visit": visit.code,
        "alias": visit.client.alias if visit.client else None,
        "nth_today": visit.nth_today,
    }


@vocabulary_bp.get("")
@public
@vocabulary_bp.response(200)
def vocabulary() -> dict[str, list[dict[str, Any]]]:
    """Give every closed list with its labels; a kind of alarm also says which outcomes and causes may close it."""
    lists: dict[str, list[dict[str, Any]]] = {
        name: [{"code": word.value, "label": label(word)} for word in words] for name, words in LISTS.items()
    }
    for kind, said in zip(AlarmKind, lists["alarm_kinds"], strict=True):
        said |= {"outcomes": list(endings.OUTCOMES[kind]), "causes": list(endings.CAUSES[kind])}
    return lists
