"""Shifts over HTTP: the opening check, who is on duty, hand-over and closing."""

from typing import Any

from marshmallow import Schema, fields

from consumption_room import board, clock
from consumption_room.alerts import queries as alerts
from consumption_room.api.reading import Blueprint
from consumption_room.gate import here, sight
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.register import queries as register
from consumption_room.shifts import queries, service
from consumption_room.shifts.schemas import (
    ClosingForm,
    DutyForm,
    HandOverForm,
    HandoverOut,
    OpeningForm,
    ReasonForm,
    ShiftNowOut,
    ShiftOut,
)
from consumption_room.shifts.service import HandOver, OnOrOff, Opening
from consumption_room.staff.rules import Permission


class DrillOut(Schema):
    """An alarm for practice: where, by whom, and who answered when."""

    code = fields.String()
    place = fields.String(attribute="place.code")
    raised_at = fields.AwareDateTime()
    raised_by = fields.String()
    acknowledged_at = fields.AwareDateTime(allow_none=True)
    responder = fields.String(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class ShiftWithDrillsOut(ShiftNowOut):
    """The shift with the drills since the one before was closed."""

    drills = fields.List(fields.Nested(DrillOut))


bp = Blueprint("shifts", __name__, url_prefix="/api/v1/shifts", description="The opening check, and who is on duty")


@bp.get("")
@requires(Permission.BE_ON_DUTY)
@bp.response(200, ShiftWithDrillsOut)
def now() -> dict[str, Any]:
    """Give the open shift or null, who is on duty, and what the opening check finds at this moment."""
    return _now()


@bp.post("/open")
@requires(Permission.RUN_SHIFT)
@writes
@bp.arguments(OpeningForm)
@bp.response(201, ShiftOut)
@bp.alt_response(200, schema=ShiftOut, success=True)
def open_room(asked: dict[str, Any]) -> tuple[Any, int]:
    """Open the room; 409 ``opening-check-failed`` names each check, and a manager's override opens all the same."""
    override = asked.get("override")
    opening = Opening(asked["checks"], override["reason"] if override else None)
    shift, is_new = service.open_room(opening, sight.facts(), here.policy(), here.actor(), clock.now())
    return shift, 201 if is_new else 200


@bp.post("/override")
@requires(Permission.RUN_SHIFT)
@writes
@bp.arguments(ReasonForm)
@bp.response(200, ShiftWithDrillsOut)
def go_on(asked: dict[str, Any]) -> dict[str, Any]:
    """Take upon oneself that new sessions begin without an able display, until there is one."""
    service.go_on_without_displays(asked["reason"], here.actor(), clock.now())
    return _now()


@bp.post("/duty")
@requires(Permission.BE_ON_DUTY)
@writes
@bp.arguments(DutyForm)
@bp.response(200, ShiftWithDrillsOut)
def duty(asked: OnOrOff) -> dict[str, Any]:
    """Come on duty or go off; who runs the shift may say so of others too."""
    service.duty(asked, here.actor(), clock.now())
    return _now()


@bp.post("/handover")
@requires(Permission.RUN_SHIFT)
@writes
@bp.arguments(HandOverForm)
@bp.response(200, HandoverOut)
def hand_over(asked: HandOver) -> Any:
    """Hand the room over, with its figures as they are now."""
    at = clock.now()
    return service.hand_over(
        asked, board.now(here.policy(), at).sheet, here.actor(), at, discrepancies=_discrepancies()
    )


@bp.post("/close")
@requires(Permission.RUN_SHIFT)
@writes
@bp.arguments(ClosingForm)
@bp.response(200, ShiftOut)
def close(asked: dict[str, Any]) -> Any:
    """Close the room; 409 ``people-inside`` while somebody is in a cubicle and no reason is given."""
    at = clock.now()
    inside = board.now(here.policy(), at).in_cubicles
    return service.close(asked.get("reason"), inside, here.actor(), at, discrepancies=_discrepancies())


def _discrepancies() -> int:
    """How many counts of controlled drugs differ from their register and are not settled."""
    return len(register.open_discrepancies())


def _now() -> dict[str, Any]:
    at = clock.now()
    room = queries.now(at)
    return {
        "open": queries.whole(),
        "on_duty": room.on_duty,
        "checks": queries.look({}, sight.facts(), here.policy(), at),
        "blocked": room.blocked,
        "drills": alerts.drills(here.policy().service_day(at), queries.last_closed_at()),
    }
