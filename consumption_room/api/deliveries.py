"""What places outside were told, over HTTP: what was given up stands here until somebody looks."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.deliveries import queries, service
from consumption_room.deliveries.models import Delivery
from consumption_room.deliveries.schemas import DeliveryOut
from consumption_room.forms import Choice
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.deliveries import DeliveryState

bp = Blueprint("deliveries", __name__, url_prefix="/api/v1/deliveries", description="What places outside are told")


class DeliveriesForm(ListForm):
    """A page of deliveries, of one state or all."""

    state = Choice(DeliveryState)


@bp.get("")
@requires(Permission.ADMINISTER)
@bp.arguments(DeliveriesForm, location="query")
@bp.response(200, page_of(DeliveryOut))
def deliveries(asked: dict[str, Any]) -> dict[str, Any]:
    """List deliveries, newest first; ``state=dead`` for those that were given up."""
    return listed(queries.page(asked.get("state"), asked.get("after"), asked["limit"]), asked["limit"])


@bp.post("/<code>/again")
@requires(Permission.ADMINISTER)
@writes
@bp.response(200, DeliveryOut)
def again(code: str) -> Delivery:
    """Try one that was given up once more."""
    return service.again(code, here.actor(), clock.now())
