"""Visits over HTTP: from checking in to leaving."""

from typing import Any

from flask import Response, jsonify

from consumption_room import clock
from consumption_room.api.reading import Blueprint, StateListForm, listed, page_of
from consumption_room.cubicles import queries as cubicles
from consumption_room.doses import arrivals
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.visits import intakes, queries, queue, seating, service
from consumption_room.visits.models import Episode, TurnedAway, Visit
from consumption_room.visits.schemas import (
    CallForm,
    CheckInForm,
    EpisodeOut,
    HoldForm,
    IntakeForm,
    LeaveForm,
    MoveForm,
    ScreeningForm,
    SeatForm,
    SuggestForm,
    SuggestionOut,
    TurnedAwayForm,
    TurnedAwayOut,
    UndoForm,
    UnwellForm,
    VisitOut,
)
from consumption_room.vocabulary.cubicles import CubicleState

_OF_OWN_USE = ("screening", "concerns", "episodes")
"""What somebody said of their own drugs: told to those who look after the visit, and to nobody who treats (D19)."""

bp = Blueprint("visits", __name__, url_prefix="/api/v1/visits", description="From the door to the door")


@bp.post("")
@requires(Permission.CHECK_IN)
@writes
@bp.arguments(CheckInForm)
@bp.response(201, VisitOut)
def check_in(asked: service.CheckIn) -> Visit:
    """Check somebody in and give out a ticket."""
    policy, now = here.policy(), clock.now()
    return service.check_in(arrivals.with_window(asked, policy, now), policy, here.actor(), now)


@bp.get("")
@requires(Permission.SEE_CLIENTS)
@bp.arguments(StateListForm, location="query")
@bp.response(200, page_of(VisitOut))
def visits(asked: dict[str, Any]) -> dict[str, Any] | Response:
    """List visits in the order they were opened; ``state=open`` for those still inside."""
    found = queries.page(open_only=asked["state"] == "open", after=asked.get("after"), limit=asked["limit"])
    page = listed(found, asked["limit"])
    return page if here.may(Permission.RUN_VISIT) else jsonify(page | {"items": [_apart(one) for one in found]})


@bp.get("/<code>")
@requires(Permission.SEE_CLIENTS)
@bp.response(200, VisitOut)
def visit(code: str) -> Visit | Response:
    """Give one visit; what was said of own drugs only to those who look after it."""
    found = queries.visit(code)
    return found if here.may(Permission.RUN_VISIT) else jsonify(_apart(found))


def _apart(visit: Visit) -> dict[str, Any]:
    told: dict[str, Any] = VisitOut(exclude=_OF_OWN_USE).dump(visit)
    return told


@bp.post("/<code>/call")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(CallForm, required=False)
@bp.response(200, VisitOut)
def call(asked: dict[str, Any], code: str) -> Visit:
    """Call the person, to a cubicle if one is named; it is kept for them for some minutes."""
    return queue.call(code, here.policy(), here.actor(), clock.now(), asked.get("cubicle"))


@bp.post("/<code>/queue")
@requires(Permission.RUN_VISIT)
@writes
@bp.response(200, VisitOut)
def queue_again(code: str) -> Visit:
    """Put the person back in the queue, where they stood by their arrival."""
    return queue.queue_again(code, here.actor(), clock.now())


@bp.post("/<code>/unwell")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(UnwellForm)
@bp.response(200, VisitOut)
def mark_unwell(asked: dict[str, bool], code: str) -> Visit:
    """Say that the person is visibly unwell and goes first, or no longer."""
    return queue.mark_unwell(code, asked["unwell"], here.actor(), clock.now())


@bp.post("/<code>/screening")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(ScreeningForm)
@bp.response(200, VisitOut)
def screen(asked: dict[str, Any], code: str) -> Visit:
    """Note what the person answered before using; a nurse is told, or the person waits for one, as the policy says."""
    return service.screen(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/nurse-came")
@requires(Permission.RUN_VISIT)
@writes
@bp.response(200, VisitOut)
def nurse_came(code: str) -> Visit:
    """Say that a nurse has spoken with the person."""
    return service.nurse_came(code, here.actor(), clock.now())


@bp.post("/<code>/seat")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(SeatForm)
@bp.response(200, VisitOut)
def seat(asked: seating.Seating, code: str) -> Visit:
    """Give the person a cubicle."""
    return seating.seat(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/move")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(MoveForm)
@bp.response(200, VisitOut)
def move(asked: seating.Seating, code: str) -> Visit:
    """Bring the person to another cubicle."""
    return seating.move(code, asked, here.policy(), here.actor(), clock.now())


@bp.get("/<code>/suggestions")
@requires(Permission.RUN_VISIT)
@bp.arguments(SuggestForm, location="query")
@bp.response(200, page_of(SuggestionOut))
def suggestions(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """List the free cubicles for this person, the best first; nothing is given to anybody by asking."""
    free = [one for one in cubicles.all_cubicles() if one.state is CubicleState.FREE and not one.frozen]
    return {"items": queries.suggestions(queries.visit(code), free, asked["needs"]), "next": None}


@bp.post("/<code>/hold")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(HoldForm, required=False)
@bp.response(200, VisitOut)
def hold(asked: dict[str, Any], code: str) -> Visit:
    """Let the person wait outside the queue."""
    return queue.hold(code, asked.get("reason"), here.actor(), clock.now())


@bp.post("/<code>/aftercare")
@requires(Permission.RUN_VISIT)
@writes
@bp.response(200, VisitOut)
def aftercare(code: str) -> Visit:
    """Let the person rest under observation."""
    return service.aftercare(code, here.actor(), clock.now())


@bp.post("/<code>/leave")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(LeaveForm)
@bp.response(200, VisitOut)
def leave(asked: dict[str, Any], code: str) -> Visit:
    """End the visit, with the reason."""
    return service.leave(code, asked["reason"], here.actor(), clock.now())


@bp.post("/<code>/undo")
@requires(Permission.CHECK_IN)
@writes
@bp.arguments(UndoForm, required=False)
@bp.response(200, VisitOut)
def undo(asked: dict[str, Any], code: str) -> Visit:
    """Take a wrong check-in back, within the minutes that the policy gives."""
    return service.undo(code, asked["reason"], here.policy(), here.actor(), clock.now())


@bp.post("/<code>/episodes")
@requires(Permission.RUN_VISIT)
@writes
@bp.arguments(IntakeForm)
@bp.response(201, EpisodeOut)
def register_intake(asked: intakes.Intake, code: str) -> Episode:
    """Register a consumption before it happens."""
    return intakes.register_intake(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/turned-away")
@requires(Permission.CHECK_IN)
@writes
@bp.arguments(TurnedAwayForm)
@bp.response(201, TurnedAwayOut)
def turn_away(asked: dict[str, Any]) -> TurnedAway:
    """Note that somebody was not let in."""
    return service.turn_away(asked["reason"], here.policy(), here.actor(), clock.now())
