"""Through the wall of law, over HTTP: what one side may see of the other while the person agrees."""

from typing import Any

from marshmallow import Schema, fields

from consumption_room import clock
from consumption_room.api.reading import Blueprint, page_of
from consumption_room.clients import service as clients
from consumption_room.doses import across as doses
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.visits import across
from consumption_room.vocabulary.visits import Route, Substance

bp = Blueprint("across", __name__, url_prefix="/api/v1/clients", description="What one side may see of the other")


class LastDoseOut(Schema):
    """When somebody last had a prescribed dose here; neither drug nor amount."""

    last_dose_at = fields.AwareDateTime(allow_none=True)


class OwnUseOut(Schema):
    """One own-drug episode, as the person declared it."""

    code = fields.String()
    substances = fields.List(fields.Enum(Substance, by_value=True))
    route = fields.Enum(Route, by_value=True)
    registered_at = fields.AwareDateTime()


@bp.get("/<code>/own-use")
@requires(Permission.SEE_TREATMENT)
@bp.response(200, page_of(OwnUseOut))
def own_use(code: str) -> dict[str, Any]:
    """List a person's newest own-drug episodes for their treatment: 409 ``no-consent`` unless they agreed to it."""
    return {"items": across.own_use(clients.get(code).id, clock.now()), "next": None}


@bp.get("/<code>/last-dose")
@requires(Permission.RUN_VISIT)
@bp.response(200, LastDoseOut)
def last_dose(code: str) -> dict[str, Any]:
    """Give when somebody last had a prescribed dose, to those who look after them: 409 ``no-consent`` unless agreed."""
    return {"last_dose_at": doses.last_given_at(clients.get(code).id, clock.now())}
