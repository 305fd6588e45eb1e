"""Welfare checks over HTTP: one call for "seen, responsive", and the same call that rings when somebody is not."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.checks import queries, service
from consumption_room.checks.models import WelfareCheck
from consumption_room.checks.schemas import LookForm, WelfareCheckOut
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import alarm, requires
from consumption_room.gate.unstored import rings_anyway
from consumption_room.staff.rules import Permission

bp = Blueprint("checks", __name__, url_prefix="/api/v1/cubicles/<int(max=999):number>/checks", description="Looking in")


@bp.post("")
@requires(Permission.RUN_VISIT)
@rings_anyway
@writes
@alarm
@bp.arguments(LookForm)
@bp.response(201, WelfareCheckOut)
def check(asked: dict[str, bool], number: int) -> WelfareCheck:
    """Say what was seen in a cubicle; ``responsive: false`` raises the overdose alarm at once."""
    return service.note(number, asked["responsive"], here.policy(), here.actor(), clock.now())


@bp.get("")
@requires(Permission.RUN_VISIT)
@bp.arguments(ListForm, location="query")
@bp.response(200, page_of(WelfareCheckOut))
def checks(asked: dict[str, Any], number: int) -> dict[str, Any]:
    """List the checks in a cubicle, newest first."""
    return listed(queries.of_cubicle(number, asked.get("after"), asked["limit"]), asked["limit"])
