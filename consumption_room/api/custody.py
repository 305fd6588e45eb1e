"""Substances left behind, over HTTP: sealed bags, and where each went."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.gate.witness import signed, witnessed
from consumption_room.register import custody
from consumption_room.register.custody import Sealed, Step
from consumption_room.register.models import Bag
from consumption_room.register.schemas import BagForm, BagOut, BagStepForm
from consumption_room.staff.rules import Permission

bp = Blueprint("custody", __name__, url_prefix="/api/v1/custody", description="Substances left behind or handed in")


@bp.get("")
@requires(Permission.SEE_REGISTER)
@bp.arguments(ListForm, location="query")
@bp.response(200, page_of(BagOut))
def log(asked: dict[str, Any]) -> dict[str, Any]:
    """List the bags, the newest first, with every step."""
    return listed(custody.log(asked.get("after"), asked["limit"]), asked["limit"])


@bp.post("")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(BagForm)
@bp.response(201, BagOut)
def seal(asked: Sealed) -> Bag:
    """Take a sealed bag into custody, by two people."""
    return custody.seal(asked, signed(), clock.now())


@bp.post("/<code>/steps")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(BagStepForm)
@bp.response(201, BagOut)
def move(asked: Step, code: str) -> Bag:
    """Move a bag, or hand it over to the police or the pharmacy, by two people."""
    return custody.move(code, asked, signed(), clock.now())
