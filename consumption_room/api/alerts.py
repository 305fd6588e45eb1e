"""Alarms over HTTP: raising needs a key and nothing else; answering needs a role."""

from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify, request

from consumption_room import clock, journal
from consumption_room.alerts import queries, service
from consumption_room.alerts.models import Alert, AlertEntry
from consumption_room.alerts.queries import Told
from consumption_room.alerts.schemas import (
    ActionForm,
    AlertOut,
    CloseForm,
    EntryOut,
    PressForm,
    ReceiptOut,
    RelocateForm,
    WallAlertOut,
)
from consumption_room.api.reading import Blueprint, StateListForm, listed, page_of
from consumption_room.gate import answers, here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import alarm, requires
from consumption_room.gate.unstored import rings_anyway
from consumption_room.incidents import aftermath
from consumption_room.incidents import service as incidents
from consumption_room.staff.rules import Permission

bp = Blueprint("alerts", __name__, url_prefix="/api/v1/alerts", description="Alarms: never lost")


def _told(alert: Alert) -> Told:
    return queries.tell([alert], journal.last(), clock.now(), here.policy().naloxone_again)[0]


def _all_told(alerts: Sequence[Alert]) -> list[Told]:
    return queries.tell(alerts, journal.last(), clock.now())


@bp.post("")
@requires(Permission.RAISE_ALARM)
@rings_anyway
@writes
@alarm
@bp.arguments(PressForm, required=False)
@bp.response(201, WallAlertOut)
@bp.alt_response(200, schema=WallAlertOut, success=True)
def raise_alarm(press: service.Press) -> tuple[Told, int]:
    """Call for help. 201: a new alarm; 200: it joined the open one at the same place, and rings louder."""
    alert, is_new = service.raise_alarm(press, here.policy(), here.actor(), clock.now())
    answers.about(alert.code)
    return _told(alert), 201 if is_new else 200


@bp.get("")
@requires(Permission.SEE_ALARMS)
@bp.arguments(StateListForm, location="query")
@bp.response(200, page_of(WallAlertOut))
def alerts(asked: dict[str, Any]) -> dict[str, Any]:
    """List alarms in the order they were raised; ``state=open`` for those not closed, all of them unless paged."""
    if asked["state"] == "open" and "after" not in asked and "limit" not in request.args:
        return {"items": _all_told(queries.open_alerts()), "next": None}
    found = queries.page(open_only=asked["state"] == "open", after=asked.get("after"), limit=asked["limit"])
    return listed(_all_told(found), asked["limit"])


@bp.get("/<code>")
@requires(Permission.SEE_ALARMS)
@bp.response(200, AlertOut)
def alert(code: str) -> Told | Response:
    """Give one alarm; a display is told no more than it may show."""
    found = _told(queries.alert(code))
    return found if here.may(Permission.ANSWER_ALARM) else jsonify(WallAlertOut().dump(found))


@bp.post("/<code>/acknowledge")
@requires(Permission.ANSWER_ALARM)
@writes
@bp.response(200, AlertOut)
def acknowledge(code: str) -> Told:
    """Say that you are coming."""
    return _told(service.acknowledge(code, here.policy(), here.actor(), clock.now()))


@bp.post("/<code>/silence")
@requires(Permission.ANSWER_ALARM)
@writes
@bp.response(200, AlertOut)
def silence(code: str) -> Told:
    """Silence it on your own screens for two minutes at most; every screen says so, and what comes later sounds."""
    return _told(service.silence(code, here.policy(), here.actor(), clock.now()))


@bp.post("/<code>/on-scene")
@requires(Permission.ANSWER_ALARM)
@writes
@bp.response(200, AlertOut)
def on_scene(code: str) -> Told:
    """Say that you are at the person's side."""
    return _told(service.on_scene(code, here.actor(), clock.now()))


@bp.post("/<code>/timeline")
@requires(Permission.ANSWER_ALARM)
@writes
@bp.arguments(ActionForm)
@bp.response(201, EntryOut)
def note(asked: service.Action, code: str) -> AlertEntry:
    """Put something that was done on the timeline."""
    return aftermath.note(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/escalate")
@requires(Permission.ANSWER_ALARM)
@writes
@bp.response(200, AlertOut)
def escalate(code: str) -> Told:
    """Take the next step of the ladder at once."""
    return _told(service.escalate(code, here.actor(), clock.now()))


@bp.post("/<code>/place")
@requires(Permission.RAISE_ALARM)
@writes
@bp.arguments(RelocateForm)
@bp.response(200, WallAlertOut)
def relocate(asked: dict[str, str], code: str) -> Told:
    """Correct where the alarm is; it rings again."""
    return _told(service.relocate(code, asked["place"], here.actor(), clock.now()))


@bp.post("/<code>/close")
@requires(Permission.CLOSE_ALARM)
@writes
@bp.arguments(CloseForm)
@bp.response(200, AlertOut)
def close(asked: dict[str, Any], code: str) -> Told:
    """End the alarm with its outcome."""
    return _told(incidents.close(code, asked["outcome"], asked["causes"], here.actor(), clock.now()))


@bp.get("/<code>/receipts")
@requires(Permission.SEE_ALARMS)
@bp.response(200, page_of(ReceiptOut))
def receipts(code: str) -> dict[str, Any]:
    """List what every display said about an alarm."""
    return {"items": queries.receipts(code), "next": None}
