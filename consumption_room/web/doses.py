"""Doses: the clinical limits, and signing new ones."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.doses import limits as clinical
from consumption_room.doses.schemas import LimitsForm, NumbersForm
from consumption_room.errors import Busy, FieldsWrong, Refusal, RuleBroken
from consumption_room.gate import here
from consumption_room.gate.answers import IdempotencyMismatch, writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.doses import Limit
from consumption_room.web.fields import read, whole

bp = Blueprint("doses", __name__)


@bp.get("/doses/limits")
@requires(Permission.SEE_DOSES)
def limits() -> ResponseReturnValue:
    """Every clinical number, who signed it, and the versions before."""
    return _limits()


@bp.post("/doses/limits")
@requires(Permission.PRESCRIBE)
@writes
def sign_limits() -> ResponseReturnValue:
    """Sign new limits; they are in force at once."""
    numbers = read(NumbersForm())
    asked = read(LimitsForm(exclude=("numbers",)))
    signed = clinical.sign(
        {Limit(name): number for name, number in numbers.items()},
        asked["seen"],
        asked.get("note"),
        here.actor(),
        clock.now(),
    )
    flash(_("Version %(version)d is signed and in force.", version=signed.version))
    return redirect(url_for(".limits"), 303)


@bp.errorhandler(RuleBroken)
@bp.errorhandler(FieldsWrong)
@bp.errorhandler(IdempotencyMismatch)
@bp.errorhandler(Busy)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    return _limits(refusal), refusal.status


def _limits(refusal: Refusal | None = None) -> str:
    versions = clinical.versions()
    typed = {limit.value: whole(request.form[limit.value]) for limit in Limit if limit.value in request.form}
    return render_template(
        "doses/limits.html",
        refusal=refusal,
        typed=request.form,
        numbers={**versions[0].numbers, **typed},
        in_force=versions[0],
        earlier=versions[1:],
        limits=list(Limit),
    )
