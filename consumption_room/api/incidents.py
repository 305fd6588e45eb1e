"""Records of emergencies and their follow-ups over HTTP: for those who may close alarms."""

from typing import Any

from marshmallow import fields, validate

from consumption_room import clock
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.incidents import queries, service
from consumption_room.incidents.models import FollowUp, Incident
from consumption_room.incidents.schemas import IncidentForm, IncidentOut, TaskForm, TaskOut
from consumption_room.staff.rules import Permission

bp = Blueprint("incidents", __name__, url_prefix="/api/v1", description="What an emergency leaves to be done")
_OF_ALARM = "/alerts/<code>/incident"


class IncidentListForm(ListForm):
    """A list of which one may want only what is not signed yet."""

    state = fields.String(
        validate=validate.OneOf(["unsigned", "all"], error="The state is unsigned or all."), load_default="all"
    )


@bp.get("/incidents")
@requires(Permission.CLOSE_ALARM)
@bp.arguments(IncidentListForm, location="query")
@bp.response(200, page_of(IncidentOut))
def incidents(asked: dict[str, Any]) -> dict[str, Any]:
    """List records, newest first; ``state=unsigned`` for those that wait for a name."""
    found = queries.page(unsigned_only=asked["state"] == "unsigned", after=asked.get("after"), limit=asked["limit"])
    return listed(found, asked["limit"])


@bp.get(_OF_ALARM)
@requires(Permission.CLOSE_ALARM)
@bp.etag
@bp.response(200, IncidentOut)
def incident(code: str) -> Incident:
    """Give the record of an alarm."""
    return queries.incident(code)


@bp.patch(_OF_ALARM)
@requires(Permission.CLOSE_ALARM)
@writes
@bp.arguments(IncidentForm(partial=True))
@bp.etag
@bp.response(200, IncidentOut)
def change(asked: dict[str, Any], code: str) -> Incident:
    """Write in a record; after signing only the debrief."""
    bp.check_etag(service.get(code), IncidentOut)
    return service.change(code, asked, here.actor(), clock.now())


@bp.post(f"{_OF_ALARM}/sign")
@requires(Permission.CLOSE_ALARM)
@writes
@bp.response(200, IncidentOut)
def sign(code: str) -> Incident:
    """Sign a complete record by name."""
    return service.sign(code, here.actor(), clock.now())


@bp.post(f"{_OF_ALARM}/tasks")
@requires(Permission.CLOSE_ALARM)
@writes
@bp.arguments(TaskForm)
@bp.response(201, TaskOut)
def add_task(asked: service.NewTask, code: str) -> FollowUp:
    """Say what is still to be done, by a day or at the person's next check-in."""
    return service.add_task(code, asked, here.actor(), clock.now())


@bp.post(f"{_OF_ALARM}/tasks/<task>/done")
@requires(Permission.CLOSE_ALARM)
@writes
@bp.response(200, TaskOut)
def finish_task(code: str, task: str) -> FollowUp:
    """Say that it has been done."""
    return service.finish_task(code, task, here.actor(), clock.now())
