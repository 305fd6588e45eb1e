"""One visit at the desk: what happened in it, and what is done next."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.visits import intakes, seating
from consumption_room.visits import service as visits
from consumption_room.visits.schemas import IntakeForm, LeaveForm, MoveForm, ScreeningForm, SeatForm, UndoForm
from consumption_room.web import desk_page
from consumption_room.web.again import on_refusal
from consumption_room.web.fields import read

bp = Blueprint("visit", __name__)
on_refusal(bp)(desk_page.again_with)


@bp.get("/desk/visits/<code>")
@requires(Permission.SEE_CLIENTS)
def page(code: str) -> ResponseReturnValue:
    """One visit, what happened in it, and what can be done next."""
    return desk_page.shown(code)


@bp.post("/desk/visits/<code>/screening")
@requires(Permission.RUN_VISIT)
@writes
def screen(code: str) -> ResponseReturnValue:
    """Note what somebody answered before using."""
    screened = visits.screen(code, read(ScreeningForm()), here.policy(), here.actor(), clock.now())
    if screened.waits_for_a_nurse:
        flash(_("Please tell a nurse about ticket %(ticket)s.", ticket=screened.ticket), "warn")
    if request.form.get("back") == "ticket":
        return redirect(url_for("desk.page", ticket=code), 303)
    return desk_page.back_to(screened)


@bp.post("/desk/visits/<code>/nurse-came")
@requires(Permission.RUN_VISIT)
@writes
def nurse_came(code: str) -> ResponseReturnValue:
    """A nurse has spoken with somebody."""
    return desk_page.back_to(visits.nurse_came(code, here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/intake")
@requires(Permission.RUN_VISIT)
@writes
def intake(code: str) -> ResponseReturnValue:
    """Register what somebody is about to take."""
    episode = intakes.register_intake(code, read(IntakeForm()), here.policy(), here.actor(), clock.now())
    return desk_page.back_to(episode.visit)


@bp.post("/desk/visits/<code>/seat")
@requires(Permission.RUN_VISIT)
@writes
def seat(code: str) -> ResponseReturnValue:
    """Give somebody the cubicle that was chosen."""
    return desk_page.back_to(seating.seat(code, read(SeatForm()), here.policy(), here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/move")
@requires(Permission.RUN_VISIT)
@writes
def move(code: str) -> ResponseReturnValue:
    """Bring somebody to another cubicle."""
    return desk_page.back_to(seating.move(code, read(MoveForm()), here.policy(), here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/aftercare")
@requires(Permission.RUN_VISIT)
@writes
def aftercare(code: str) -> ResponseReturnValue:
    """Let somebody rest under observation."""
    return desk_page.back_to(visits.aftercare(code, here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/leave")
@requires(Permission.RUN_VISIT)
@writes
def leave(code: str) -> ResponseReturnValue:
    """End a visit, with the reason."""
    gone = visits.leave(code, read(LeaveForm())["reason"], here.actor(), clock.now())
    if gone.gave_up:
        flash(_("Ticket %(ticket)s gave up waiting. It is counted.", ticket=gone.ticket))
    else:
        flash(_("Ticket %(ticket)s has left.", ticket=gone.ticket))
    return redirect(url_for("desk.page"), 303)


@bp.post("/desk/visits/<code>/undo")
@requires(Permission.CHECK_IN)
@writes
def undo(code: str) -> ResponseReturnValue:
    """Take a wrong check-in back."""
    undone = visits.undo(code, read(UndoForm())["reason"], here.policy(), here.actor(), clock.now())
    flash(_("Ticket %(ticket)s is taken back. It is counted nowhere.", ticket=undone.ticket))
    return redirect(url_for("desk.page"), 303)
