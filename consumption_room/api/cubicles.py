"""Cubicles and places over HTTP."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, page_of
from consumption_room.cubicles import queries, service
from consumption_room.cubicles.models import Cubicle
from consumption_room.cubicles.schemas import CubicleChangeForm, CubicleHoldForm, CubicleOut, PlaceOut, SensorForm
from consumption_room.forms import NOT_SAID
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.cubicles import CubicleState

bp = Blueprint("cubicles", __name__, url_prefix="/api/v1/cubicles", description="Places to consume in")
places_bp = Blueprint("places", __name__, url_prefix="/api/v1/places", description="Where an alarm can come from")
_NUMBER = "/<int(max=999):number>"


@bp.get("")
@requires(Permission.SEE_CUBICLES)
@bp.response(200, page_of(CubicleOut))
def cubicles() -> dict[str, Any]:
    """List every cubicle."""
    return {"items": queries.all_cubicles(), "next": None}


@bp.get(_NUMBER)
@requires(Permission.SEE_CUBICLES)
@bp.etag
@bp.response(200, CubicleOut)
def cubicle(number: int) -> Cubicle:
    """Give one cubicle."""
    return service.get(number)


@bp.patch(_NUMBER)
@requires(Permission.CHANGE_CUBICLE)
@writes
@bp.arguments(CubicleChangeForm)
@bp.etag
@bp.response(200, CubicleOut)
def change(asked: dict[str, Any], number: int) -> Cubicle:
    """Take a cubicle out of use, put it back, or say what it is fit for."""
    bp.check_etag(service.get(number), CubicleOut)
    if asked.get("state") is CubicleState.OUT_OF_USE:
        asked["reason"] = asked.get("reason") or NOT_SAID
    return service.change(number, service.Change(**asked), here.actor(), clock.now())


@bp.post(f"{_NUMBER}/clean")
@requires(Permission.CLEAN_CUBICLE)
@writes
@bp.response(200, CubicleOut)
def clean(number: int) -> Cubicle:
    """Say that a cubicle is clean and free again."""
    return service.clean(number, here.actor(), clock.now())


@bp.post(f"{_NUMBER}/hold")
@requires(Permission.CHANGE_CUBICLE)
@writes
@bp.arguments(CubicleHoldForm, required=False)
@bp.response(200, CubicleOut)
def hold(asked: service.Hold, number: int) -> Cubicle:
    """Keep a cubicle from being given to anybody, with the reason and the expected return."""
    return service.hold(number, asked, here.actor(), clock.now())


@bp.post(f"{_NUMBER}/release")
@requires(Permission.CHANGE_CUBICLE)
@writes
@bp.response(200, CubicleOut)
def release(number: int) -> Cubicle:
    """Give a cubicle that was held or out of use back to the room."""
    return service.release(number, here.actor(), clock.now())


@bp.post(f"{_NUMBER}/sensor")
@requires(Permission.SENSE_CUBICLE)
@writes
@bp.arguments(SensorForm)
@bp.response(200, CubicleOut)
def sensor(asked: dict[str, bool], number: int) -> Cubicle:
    """Tell what a sensor sees in a cubicle; it moves nobody."""
    return service.sense(number, asked["occupied"], here.actor(), clock.now())


@places_bp.get("")
@requires(Permission.SEE_CUBICLES)
@places_bp.response(200, page_of(PlaceOut))
def places() -> dict[str, Any]:
    """List every place an alarm can come from."""
    return {"items": queries.all_places(), "next": None}
