"""The floor: every cubicle as a tile for gloved hands, with the one or two things that make sense in its state."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consumption_room import board, clock
from consumption_room.board import Board
from consumption_room.checks import queries as check_queries
from consumption_room.checks import service as checks
from consumption_room.checks.schemas import LookForm
from consumption_room.cubicles import rules as cubicle_rules
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Cubicle
from consumption_room.cubicles.rules import Offer
from consumption_room.cubicles.schemas import CubicleChangeForm, CubicleHoldForm
from consumption_room.errors import Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import alarm, requires
from consumption_room.gate.unstored import rings_anyway
from consumption_room.incidents import queries as incidents
from consumption_room.staff.rules import Permission
from consumption_room.visits import queries as visit_queries
from consumption_room.visits import queue, seating
from consumption_room.visits import service as visits
from consumption_room.visits.models import Visit
from consumption_room.visits.schemas import CallForm, LeaveForm, MoveForm, SeatForm
from consumption_room.vocabulary.checks import CheckResult
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.visits import SAID_ON_LEAVING, LeaveReason, Stage
from consumption_room.web.again import on_refusal
from consumption_room.web.fields import read

bp = Blueprint("floor", __name__)


@bp.get("/floor")
@requires(Permission.SEE_BOARD)
def page() -> ResponseReturnValue:
    """The room as tiles."""
    return _page()


@bp.post("/floor/visits/<code>/nurse-came")
@requires(Permission.RUN_VISIT)
@writes
def nurse_came(code: str) -> ResponseReturnValue:
    """A nurse has spoken with somebody."""
    visits.nurse_came(code, here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/visits/<code>/call")
@requires(Permission.RUN_VISIT)
@writes
def call(code: str) -> ResponseReturnValue:
    """Call the next person."""
    queue.call(code, here.policy(), here.actor(), clock.now(), read(CallForm()).get("cubicle"))
    return redirect(url_for(".page"), 303)


@bp.post("/floor/visits/<code>/seat")
@requires(Permission.RUN_VISIT)
@writes
def seat(code: str) -> ResponseReturnValue:
    """Give the next person this cubicle."""
    seating.seat(code, read(SeatForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/visits/<code>/move")
@requires(Permission.RUN_VISIT)
@writes
def move(code: str) -> ResponseReturnValue:
    """Bring somebody to another cubicle: the first tap chose whom, this one where."""
    seating.move(code, read(MoveForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/visits/<code>/aftercare")
@requires(Permission.RUN_VISIT)
@writes
def aftercare(code: str) -> ResponseReturnValue:
    """Let somebody rest under observation."""
    visits.aftercare(code, here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/visits/<code>/leave")
@requires(Permission.RUN_VISIT)
@writes
def leave(code: str) -> ResponseReturnValue:
    """End a visit, with the reason."""
    visits.leave(code, read(LeaveForm())["reason"], here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/cubicles/<int:number>/checks")
@requires(Permission.RUN_VISIT)
@rings_anyway
@writes
@alarm
def check(number: int) -> ResponseReturnValue:
    """Somebody has looked: all is well, or the alarm rings at once and its page opens."""
    made = checks.note(number, read(LookForm())["responsive"], here.policy(), here.actor(), clock.now())
    if made.result is CheckResult.NOT_RESPONSIVE and made.alert is not None:
        return redirect(url_for("alarm.page", code=made.alert.code), 303)
    return redirect(url_for(".page"), 303)


@bp.get("/floor/cubicles/<int:number>")
@requires(Permission.RUN_VISIT)
def cubicle(number: int) -> ResponseReturnValue:
    """Who looked after people in this cubicle, and when."""
    return render_template("floor/cubicle.html", cubicle=cubicles.get(number), log=check_queries.of_cubicle(number))


@bp.post("/floor/cubicles/<int:number>/clean")
@requires(Permission.CLEAN_CUBICLE)
@writes
def clean(number: int) -> ResponseReturnValue:
    """The cubicle is clean and free again."""
    cubicles.clean(number, here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/cubicles/<int:number>/hold")
@requires(Permission.CHANGE_CUBICLE)
@writes
def hold(number: int) -> ResponseReturnValue:
    """Keep a cubicle from being given to anybody for a while."""
    cubicles.hold(number, read(CubicleHoldForm()), here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/cubicles/<int:number>/release")
@requires(Permission.CHANGE_CUBICLE)
@writes
def release(number: int) -> ResponseReturnValue:
    """What was held or out of use is free again."""
    cubicles.release(number, here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/floor/cubicles/<int:number>/change")
@requires(Permission.CHANGE_CUBICLE)
@writes
def change(number: int) -> ResponseReturnValue:
    """Take a cubicle out of use."""
    cubicles.change(number, cubicles.Change(**read(CubicleChangeForm())), here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    return _page(refusal), refusal.status


def _page(refusal: Refusal | None = None) -> str:
    now = clock.now()
    room = board.now(here.policy(), now)
    moved = request.args.get("move") or ((request.view_args or {}).get("code") if refusal else None)
    return render_template(
        "floor/page.html",
        board=room,
        now=now,
        next_for=_next_for(room),
        moving=next((seat for seat in room.seats if seat.visit and seat.visit.code == moved), None),
        ringing_at={alert.place.code for alert in room.alerts},
        unsigned=incidents.unsigned() if here.may(Permission.CLOSE_ALARM) else [],
        cluster=incidents.cluster(here.policy(), now),
        refusal=refusal,
        typed=request.form,
        at_number=(request.view_args or {}).get("number"),
        CubicleState=CubicleState,
        LeaveReason=LeaveReason,
        leave_reasons=SAID_ON_LEAVING,
    )


def _next_for(room: Board) -> dict[int, Visit]:
    """For each free cubicle, who is next for it: whoever was called to it, else the first in the queue whom it fits.

    It suggests: the button says whom, and nobody sits down before somebody has pressed it.
    """
    return {
        seat.cubicle.number: visit
        for seat in room.seats
        if seat.cubicle.state is CubicleState.FREE and (visit := _first_fit(room, seat.cubicle)) is not None
    } | {cubicle.number: one.visit for one in room.queue if (cubicle := room.kept_for(one.visit.client_id)) is not None}


def _first_fit(room: Board, cubicle: Cubicle) -> Visit | None:
    queued = [one.visit for one in room.queue]
    if kept := next((visit for visit in queued if visit.offered == cubicle.number), None):
        return kept
    free_to_come = [visit for visit in queued if visit.offered is None]
    free_to_come.sort(key=lambda visit: visit.stage is not Stage.CALLED)
    offer = [Offer(cubicle.number, cubicle.modes)]
    return next((one for one in free_to_come if cubicle_rules.suggest(offer, visit_queries.needs(one))[0].fits), None)
