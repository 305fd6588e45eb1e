"""Treatment agreements and diversion contracts over HTTP."""

from datetime import date
from typing import Any

from marshmallow import fields, validate

from consumption_room import clock
from consumption_room.agreements import audience, queries, service
from consumption_room.agreements.models import Agreement
from consumption_room.agreements.queries import Attendance
from consumption_room.agreements.schemas import (
    AgreementOut,
    AttendanceOut,
    NewAgreementForm,
    NewConditionForm,
    StepForm,
)
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.errors import NotAllowed
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("agreements", __name__, url_prefix="/api/v1/agreements", description="What people sign up to")


class AgreementListForm(ListForm):
    """A list of which one may want only what runs, or what is to be looked at again by now."""

    state = fields.String(
        validate=validate.OneOf(["running", "due", "all"], error="The state is running, due or all."),
        load_default="all",
    )


@bp.post("")
@requires(Permission.KEEP_AGREEMENTS)
@writes
@bp.arguments(NewAgreementForm)
@bp.response(201, AgreementOut)
def offer(asked: service.NewAgreement) -> Agreement:
    """Offer somebody an agreement."""
    if asked.kind not in audience.kinds(here.may):
        raise NotAllowed("Contracts are not made in your role.")
    return service.offer(asked, here.policy(), here.actor(), clock.now())


@bp.get("")
@requires(Permission.KEEP_AGREEMENTS)
@bp.arguments(AgreementListForm, location="query")
@bp.response(200, page_of(AgreementOut))
def agreements(asked: dict[str, Any]) -> dict[str, Any]:
    """List agreements, newest first; ``state=due`` for those to be looked at again by today."""
    kinds = audience.kinds(here.may)
    if asked["state"] == "due":
        return listed(queries.due(kinds, _today()))
    running = asked["state"] == "running"
    found = queries.page(kinds, running_only=running, before=asked.get("after"), limit=asked["limit"])
    return listed(found, asked["limit"])


@bp.get("/<code>")
@requires(Permission.KEEP_AGREEMENTS)
@bp.response(200, AgreementOut)
def agreement(code: str) -> Agreement:
    """Give one agreement with everything in it."""
    return queries.agreement(code, audience.kinds(here.may))


@bp.post("/<code>/conditions")
@requires(Permission.KEEP_AGREEMENTS)
@writes
@bp.arguments(NewConditionForm)
@bp.response(201, AgreementOut)
def add_condition(asked: service.NewCondition, code: str) -> Agreement:
    """Write down a goal, a step down, or a condition of a contract."""
    queries.agreement(code, audience.kinds(here.may))
    return service.add_condition(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/events")
@requires(Permission.KEEP_AGREEMENTS)
@writes
@bp.arguments(StepForm)
@bp.response(200, AgreementOut)
def carry_on(asked: service.Step, code: str) -> Agreement:
    """Write down what happened: signed, looked at again, came, extended, sent for review, completed ..."""
    queries.agreement(code, audience.kinds(here.may))
    return service.carry_on(code, asked, here.policy(), here.actor(), clock.now())


@bp.get("/<code>/attendance")
@requires(Permission.KEEP_AGREEMENTS)
@bp.response(200, AttendanceOut)
def attendance(code: str) -> Attendance:
    """Give on which days somebody came: for their key worker."""
    return queries.attendance(queries.agreement(code, audience.kinds(here.may)), _today())


@bp.get("/<code>/for-the-partner")
@requires(Permission.KEEP_CONTRACTS)
@bp.response(200, AttendanceOut)
def for_the_partner(code: str) -> Attendance:
    """Give what the police team behind a contract may be told: 409 ``no-consent`` unless the person agreed to it."""
    return queries.for_the_partner(code, _today(), clock.now())


def _today() -> date:
    return here.policy().service_day(clock.now())
