"""Two records of one person over HTTP: bringing them together, parting them again."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, listed, page_of
from consumption_room.clients import service as clients
from consumption_room.forms import NOT_SAID
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.records import merging
from consumption_room.records.models import Merge
from consumption_room.records.schemas import MergeForm, MergeOut
from consumption_room.staff.rules import Permission

bp = Blueprint("merging", __name__, url_prefix="/api/v1/clients", description="Two records of one person")


@bp.post("/<code>/merge")
@requires(Permission.KEEP_RECORDS)
@writes
@bp.arguments(MergeForm(partial=("reason",)))
@bp.response(201, MergeOut)
def merge(asked: dict[str, Any], code: str) -> Merge:
    """Let this record hold everything of the other one too; the other's code, alias and phrase lead here."""
    return merging.merge(code, asked["other"], asked.get("reason", NOT_SAID), here.actor(), clock.now())


@bp.get("/<code>/merges")
@requires(Permission.SEE_CLIENTS)
@bp.response(200, page_of(MergeOut))
def merges(code: str) -> dict[str, Any]:
    """List the records that were brought together with this one."""
    return listed(merging.standing(clients.get(code).id))


@bp.post("/<code>/merges/<merge>/undo")
@requires(Permission.KEEP_RECORDS)
@writes
@bp.response(200, MergeOut)
def undo(code: str, merge: str) -> Merge:
    """Part two records again, within the policy's hours: everything is where it was."""
    return merging.undo(code, merge, here.policy(), here.actor(), clock.now())
