"""Records of emergencies: which wait for a name, what is written in one, and what is still to be done."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.alerts import endings
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.incidents import queries, service
from consumption_room.incidents.aftermath import AFTER_NALOXONE
from consumption_room.incidents.schemas import IncidentForm, TaskForm
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.incidents import Breathing, Consciousness, TaskState
from consumption_room.vocabulary.visits import Substance
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("incidents", __name__)

A_PAGE = 40


@bp.get("/incidents")
@requires(Permission.CLOSE_ALARM)
def page() -> ResponseReturnValue:
    """Every record, those without a name first."""
    found = queries.page(unsigned_only=False, after=request.args.get("before"), limit=A_PAGE + 1)
    shown = found[:A_PAGE]
    return render_template(
        "incidents/page.html",
        unsigned=queries.unsigned() if "before" not in request.args else [],
        signed=[one for one in shown if one.signed_at],
        older=shown[-1].code if len(found) > A_PAGE else None,
        cluster=queries.cluster(here.policy(), clock.now()),
        first_page="before" not in request.args,
    )


@bp.get("/incidents/<code>")
@requires(Permission.CLOSE_ALARM)
def incident(code: str) -> ResponseReturnValue:
    """The record of one alarm."""
    return _incident(code)


@bp.post("/incidents/<code>")
@requires(Permission.CLOSE_ALARM)
@writes
def write(code: str) -> ResponseReturnValue:
    """Write in the record, and sign it if that was the button."""
    empty = {"happened": None, "substances": (), "breathing": None, "consciousness": None, "causes": ()}
    service.change(code, empty | read(IncidentForm()), here.actor(), clock.now())
    if "sign" in request.form:
        service.sign(code, here.actor(), clock.now())
        flash(_("The record is signed."))
    else:
        flash(_("The record is kept. It still waits for a name."))
    return redirect(url_for(".incident", code=code), 303)


@bp.post("/incidents/<code>/debrief")
@requires(Permission.CLOSE_ALARM)
@writes
def debrief(code: str) -> ResponseReturnValue:
    """The people who were there have talked about it, just now."""
    held = {"debriefed_at": clock.now(), "debriefed_by": here.actor().name}
    service.change(code, held, here.actor(), clock.now())
    return redirect(url_for(".incident", code=code, _anchor="debrief"), 303)


@bp.post("/incidents/<code>/tasks")
@requires(Permission.CLOSE_ALARM)
@writes
def add_task(code: str) -> ResponseReturnValue:
    """Something is still to be done."""
    service.add_task(code, read(TaskForm()), here.actor(), clock.now())
    return redirect(url_for(".incident", code=code, _anchor="tasks"), 303)


@bp.post("/incidents/<code>/tasks/<task>/done")
@requires(Permission.CLOSE_ALARM)
@writes
def finish_task(code: str, task: str) -> ResponseReturnValue:
    """It has been done."""
    service.finish_task(code, task, here.actor(), clock.now())
    return redirect(url_for(".incident", code=code, _anchor="tasks"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    return again(lambda: _incident((request.view_args or {})["code"], refusal), refusal)


def _incident(code: str, refusal: Refusal | None = None) -> str:
    found = queries.incident(code)
    return render_template(
        "incidents/incident.html",
        incident=found,
        alert=found.alert,
        refusal=refusal,
        errors=refusal.errors if isinstance(refusal, FieldsWrong) else {},
        typed=request.form,
        written=_written(found) if request.endpoint != "incidents.write" else _typed(),
        has_person=queries.client_of(found.alert.visit_id) is not None,
        said={AFTER_NALOXONE: _("Speak with the person: they were given naloxone.")},
        parts=_parts(),
        Breathing=Breathing,
        causes=endings.CAUSES[found.alert.kind],
        Consciousness=Consciousness,
        Substance=Substance,
        TaskState=TaskState,
    )


def _written(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("happened", "substances", "breathing", "consciousness", "causes")}


def _typed() -> dict[str, Any]:
    said = request.form
    return {
        **{name: said.get(name) for name in ("happened", "breathing", "consciousness")},
        **{name: said.getlist(name) for name in ("substances", "causes")},
    }


def _parts() -> dict[str, str]:
    """What the parts of a record are called."""
    return {
        "happened": _("What happened"),
        "substances": _("What the person said they took"),
        "breathing": _("Breathing when help came"),
        "consciousness": _("Consciousness when help came"),
        "causes": _("What may have contributed"),
    }
