"""Prescribed doses over HTTP."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint
from consumption_room.doses import limits
from consumption_room.doses.models import ClinicalLimits
from consumption_room.doses.schemas import LimitsForm, LimitsOut
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.doses import Limit

bp = Blueprint("doses", __name__, url_prefix="/api/v1/doses", description="Prescribed doses under supervision")


@bp.get("/limits")
@requires(Permission.SEE_DOSES)
@bp.response(200, LimitsOut(many=True))
def signed_limits() -> Any:
    """List every version of the clinical limits, the one in force first."""
    return limits.versions()


@bp.post("/limits")
@requires(Permission.PRESCRIBE)
@writes
@bp.arguments(LimitsForm)
@bp.response(201, LimitsOut)
def sign_limits(asked: dict[str, Any]) -> ClinicalLimits:
    """Sign new limits; they are in force at once."""
    numbers = {Limit(name): number for name, number in asked["numbers"].items()}
    return limits.sign(numbers, asked["seen"], asked.get("note"), here.actor(), clock.now())
