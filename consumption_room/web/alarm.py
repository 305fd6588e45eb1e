"""The alarm: raised from any page by anybody, answered, worked on and closed on a page of its own."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consumption_room import clock
from consumption_room.alerts import endings, queries, rules, service
from consumption_room.alerts.models import Alert
from consumption_room.alerts.schemas import ActionForm, CloseForm, PressForm, RelocateForm
from consumption_room.cubicles import queries as cubicles
from consumption_room.errors import Refusal
from consumption_room.gate import answers, here, refusals
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import alarm, public, requires
from consumption_room.gate.unstored import rings_anyway
from consumption_room.incidents import aftermath
from consumption_room.incidents import queries as incident_queries
from consumption_room.incidents import service as incidents
from consumption_room.staff.rules import Permission
from consumption_room.visits import queries as visits
from consumption_room.visits.queries import Door
from consumption_room.vocabulary.alarms import (
    AlarmAction,
    AlarmKind,
    AlarmState,
    NaloxoneRoute,
    ReceiptStage,
    Sedation,
)
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("alarm", __name__)

ONE_TAP = (
    AlarmAction.AIRWAY,
    AlarmAction.OXYGEN,
    AlarmAction.NALOXONE,
    AlarmAction.BREATHING,
    AlarmAction.AMBULANCE_CALLED,
    AlarmAction.AMBULANCE_ARRIVED,
    AlarmAction.HANDED_OVER,
    AlarmAction.TRANSPORTED,
)
# A stimulant emergency goes another way: cool, calm, water, ECG for chest pain, and no naloxone.
ONE_TAP_STIMULANT = (
    AlarmAction.CALM_ROOM,
    AlarmAction.COOLING,
    AlarmAction.FLUIDS,
    AlarmAction.ECG,
    AlarmAction.OXYGEN,
    AlarmAction.AMBULANCE_CALLED,
    AlarmAction.AMBULANCE_ARRIVED,
    AlarmAction.HANDED_OVER,
    AlarmAction.TRANSPORTED,
)
MEASURED = (AlarmAction.SATURATION, AlarmAction.RESPIRATORY_RATE)


@bp.post("/alarm")
@public
@rings_anyway
@writes
@alarm
def raise_alarm() -> ResponseReturnValue:
    """Call for help from any page, signed in or not; without a place, where this screen stands."""
    press: service.Press = read(PressForm())
    alert, is_new = service.raise_alarm(_somewhere(press), here.policy(), here.actor(), clock.now())
    answers.about(alert.code)
    if _for_a_script():
        return jsonify(_told(alert)), 201 if is_new else 200
    return redirect(url_for(".page", code=alert.code), 303)


def _told(alert: Alert) -> dict[str, Any]:
    """What the screen that pressed is told: no more than it may show to anybody."""
    return {
        "code": alert.code,
        "place": alert.place.code,
        "place_name": look.place_name(alert.place),
        "state": alert.state,
        "confirmed": alert.confirmed_at is not None,
    }


@bp.post("/alarm/drill")
@requires(Permission.ANSWER_ALARM)
@writes
def drill() -> ResponseReturnValue:
    """Ring every screen for practice; it never counts as an incident."""
    press: service.Press = read(PressForm())
    alert, _ = service.raise_alarm(replace(_somewhere(press), drill=True), here.policy(), here.actor(), clock.now())
    return _done(alert)


@bp.get("/alarm/<code>")
@public
def page(code: str) -> ResponseReturnValue:
    """How the call for help fares; somebody who is not signed in sees where, what and how far, no more."""
    return jsonify(_told(queries.alert(code))) if _for_a_script() else _page(code)


@bp.post("/alarm/<code>/place")
@public
@writes
@alarm
def relocate(code: str) -> ResponseReturnValue:
    """Correct where the alarm is; it rings again."""
    return _done(service.relocate(code, read(RelocateForm())["place"], here.actor(), clock.now()))


@bp.post("/alarm/<code>/acknowledge")
@requires(Permission.ANSWER_ALARM)
@writes
def acknowledge(code: str) -> ResponseReturnValue:
    """I am coming."""
    return _done(service.acknowledge(code, here.policy(), here.actor(), clock.now()))


@bp.post("/alarm/<code>/silence")
@requires(Permission.ANSWER_ALARM)
@writes
def silence(code: str) -> ResponseReturnValue:
    """Not on my screens, for a while."""
    return _done(service.silence(code, here.policy(), here.actor(), clock.now()))


@bp.post("/alarm/<code>/on-scene")
@requires(Permission.ANSWER_ALARM)
@writes
def on_scene(code: str) -> ResponseReturnValue:
    """I am there."""
    return _done(service.on_scene(code, here.actor(), clock.now()))


@bp.post("/alarm/<code>/timeline")
@requires(Permission.ANSWER_ALARM)
@writes
def note(code: str) -> ResponseReturnValue:
    """Something was done, just now."""
    aftermath.note(code, read(ActionForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".page", code=code, _anchor="timeline"), 303)


@bp.post("/alarm/<code>/escalate")
@requires(Permission.ANSWER_ALARM)
@writes
def escalate(code: str) -> ResponseReturnValue:
    """More people are needed now."""
    return _done(service.escalate(code, here.actor(), clock.now()))


@bp.post("/alarm/<code>/close")
@requires(Permission.CLOSE_ALARM)
@writes
def close(code: str) -> ResponseReturnValue:
    """It is over, and this is how it ended."""
    asked = read(CloseForm())
    return _done(incidents.close(code, asked["outcome"], asked["causes"], here.actor(), clock.now()))


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    if _for_a_script():
        return refusals.problem(refusal.status, refusal.code, refusal.message)
    code = (request.view_args or {}).get("code")
    if code is None:
        return render_template("alarm/unsent.html", refusal=refusal), refusal.status
    return again(lambda: _page(code, refusal), refusal)


def _for_a_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _somewhere(press: service.Press) -> service.Press:
    """The press with a place that exists: one that was mistyped must never stop an alarm."""
    places = [place.code for place in cubicles.all_places()]
    for code in (press.place, here.actor().place, "reception"):
        if code in places:
            return replace(press, place=code)
    return replace(press, place=places[-1])


def _done(alert: Alert) -> ResponseReturnValue:
    return redirect(url_for(".page", code=alert.code), 303)


def _person(alert: Alert) -> incident_queries.Person | None:
    """What an emergency call is told: only to those who may see people, and never for a drill."""
    if not here.may(Permission.SEE_CLIENTS) or alert.drill or alert.closed_at or alert.kind not in rules.CLINICAL:
        return None
    return incident_queries.person_of(alert, here.policy().service_day(clock.now()))


def _doors(alert: Alert) -> list[Door]:
    """What is next to the alarm, while somebody may still run to the wrong door."""
    cubicle = alert.place.cubicle_id
    return visits.doors_around(cubicle) if cubicle is not None and alert.closed_at is None else []


def _page(code: str, refusal: Refusal | None = None) -> str:
    alert = queries.alert(code)
    known: dict[str, Any] = {"alert": alert, "refusal": refusal, "places": cubicles.all_places(), "typed": request.form}
    if not here.may(Permission.SEE_ALARMS):
        return render_template("alarm/outside.html", **known)
    return render_template(
        "alarm/page.html",
        **known,
        screens=queries.screens(code),
        doors=_doors(alert),
        one_tap=ONE_TAP_STIMULANT if alert.kind is AlarmKind.STIMULANT else ONE_TAP,
        measured=MEASURED,
        told=queries.tell([alert], 0, clock.now(), here.policy().naloxone_again)[0],
        person=_person(alert),
        record=incident_queries.record_of(alert.id) if here.may(Permission.CLOSE_ALARM) else None,
        NaloxoneRoute=NaloxoneRoute,
        Sedation=Sedation,
        AlarmAction=AlarmAction,
        AlarmState=AlarmState,
        ReceiptStage=ReceiptStage,
        outcomes=endings.OUTCOMES[alert.kind],
        causes=endings.CAUSES[alert.kind],
    )
