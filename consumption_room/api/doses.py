"""Prescribed doses over HTTP: what is due, giving, observing, letting go, and taking back."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint
from consumption_room.doses import corrections, limits, observing, queries, service
from consumption_room.doses.models import ClinicalLimits, Dose, Observation
from consumption_room.doses.precheck import Measured
from consumption_room.doses.queries import Day
from consumption_room.doses.schemas import (
    DayOut,
    DischargeForm,
    DoseForm,
    DoseOut,
    EndForm,
    LimitsForm,
    LimitsOut,
    MeasuredForm,
    ObservationOut,
    PreCheckForm,
    PrepareForm,
    ReverseForm,
)
from consumption_room.doses.service import Check, Ending, Preparing
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.gate.witness import signed, witnessed
from consumption_room.incidents import adverse
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.doses import Limit

bp = Blueprint("doses", __name__, url_prefix="/api/v1/doses", description="Prescribed doses under supervision")


@bp.get("/due")
@requires(Permission.SEE_DOSES)
@bp.response(200, DayOut)
def due() -> Day:
    """Give today's doses: still to come, under way, observed, done; each in the order in which its window ends."""
    return queries.today(here.policy(), clock.now())


@bp.get("/<code>")
@requires(Permission.SEE_DOSES)
@bp.response(200, DoseOut)
def dose(code: str) -> Dose:
    """Give one dose."""
    return queries.get(code)


@bp.post("")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
@bp.arguments(DoseForm)
@bp.response(201, DoseOut)
def give(asked: dict[str, Any]) -> Dose:
    """Log a whole dose: the pre-check, what was prepared by two, what was taken. Everything holds, or nothing."""
    return service.give(
        _check(asked),
        Preparing(asked["amount"], asked.get("again"), asked.get("override")),
        _ending(asked, asked["amount"]),
        here.policy(),
        signed(),
        clock.now(),
    )


@bp.post("/checks")
@requires(Permission.GIVE_DOSES)
@writes
@bp.arguments(PreCheckForm)
@bp.response(201, DoseOut)
def check(asked: dict[str, Any]) -> Dose:
    """Look at somebody before a dose: give, reduce, hold or refer."""
    return service.check(_check(asked), here.policy(), here.actor(), clock.now())


@bp.post("/<code>/prepare")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
@bp.arguments(PrepareForm)
@bp.response(200, DoseOut)
def prepare(asked: dict[str, Any], code: str) -> Dose:
    """Prepare a dose by two and hand it over."""
    return service.prepare(code, Preparing(**asked), here.policy(), signed(), clock.now())


@bp.post("/<code>/end")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
@bp.arguments(EndForm)
@bp.response(200, DoseOut)
def end(asked: dict[str, Any], code: str) -> Dose:
    """Say what became of a dose that was handed over."""
    found, _order = service.locked(code)
    return service.end(code, _ending(asked, found.prepared), here.policy(), signed(), clock.now())


@bp.post("/<code>/observations")
@requires(Permission.GIVE_DOSES)
@writes
@bp.arguments(MeasuredForm)
@bp.response(201, ObservationOut)
def observe(asked: Measured, code: str) -> Observation:
    """Write down how the person is after a dose."""
    return observing.observe(code, asked, here.actor(), clock.now())


@bp.post("/<code>/discharge")
@requires(Permission.GIVE_DOSES)
@writes
@bp.arguments(DischargeForm, required=False)
@bp.response(200, DoseOut)
def discharge(asked: dict[str, Any], code: str) -> Dose:
    """Let the person go: the time is over and somebody has looked, or by name and with a reason."""
    return observing.discharge(code, asked.get("override"), here.actor(), clock.now())


@bp.post("/<code>/adverse")
@requires(Permission.GIVE_DOSES)
@writes
@bp.response(200, DoseOut)
def went_wrong(code: str) -> Dose:
    """Something went wrong after a dose: it is noted, and the alarm rings where the person is."""
    return adverse.ring(code, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/reverse")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
@bp.arguments(ReverseForm)
@bp.response(200, DoseOut)
def reverse(asked: dict[str, Any], code: str) -> Dose:
    """Take back a dose that was entered wrongly; two people sign."""
    return corrections.reverse(code, asked["reason"], here.policy(), signed(), clock.now())


@bp.get("/limits")
@requires(Permission.SEE_DOSES)
@bp.response(200, LimitsOut(many=True))
def signed_limits() -> Any:
    """List every version of the clinical limits, the one in force first."""
    return limits.versions()


@bp.post("/limits")
@requires(Permission.PRESCRIBE)
@writes
@bp.arguments(LimitsForm)
@bp.response(201, LimitsOut)
def sign_limits(asked: dict[str, Any]) -> ClinicalLimits:
    """Sign new limits; they are in force at once."""
    numbers = {Limit(name): number for name, number in asked["numbers"].items()}
    return limits.sign(numbers, asked["seen"], asked.get("note"), here.actor(), clock.now())


def _check(asked: dict[str, Any]) -> Check:
    return Check(asked["prescription"], asked["visit"], asked["window"], asked["precheck"], asked.get("reason"))


def _ending(asked: dict[str, Any], prepared: int) -> Ending:
    given, wasted = asked.get("given", 0), asked.get("wasted", 0)
    return Ending(
        asked["outcome"],
        given,
        wasted,
        asked.get("returned", max(prepared - given - wasted, 0)),
        asked.get("reason"),
        asked.get("attempts"),
        asked.get("given_at"),
    )
