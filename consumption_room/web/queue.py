"""The queue at the desk: calling people, and letting them wait."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from consumption_room import clock
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.visits import queue
from consumption_room.visits.schemas import CallForm, HoldForm, UnwellForm
from consumption_room.web import desk_page
from consumption_room.web.again import on_refusal
from consumption_room.web.fields import read

bp = Blueprint("queue", __name__)
on_refusal(bp)(desk_page.again_with)


@bp.post("/desk/visits/<code>/call")
@requires(Permission.RUN_VISIT)
@writes
def call(code: str) -> ResponseReturnValue:
    """Call somebody."""
    asked = read(CallForm())
    return desk_page.back_to(queue.call(code, here.policy(), here.actor(), clock.now(), asked.get("cubicle")))


@bp.post("/desk/visits/<code>/queue")
@requires(Permission.RUN_VISIT)
@writes
def queue_again(code: str) -> ResponseReturnValue:
    """Put somebody back in the queue."""
    return desk_page.back_to(queue.queue_again(code, here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/unwell")
@requires(Permission.RUN_VISIT)
@writes
def mark_unwell(code: str) -> ResponseReturnValue:
    """Somebody is visibly unwell and goes first, or is well again."""
    return desk_page.back_to(queue.mark_unwell(code, read(UnwellForm())["unwell"], here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/hold")
@requires(Permission.RUN_VISIT)
@writes
def hold(code: str) -> ResponseReturnValue:
    """Let somebody wait outside the queue."""
    return desk_page.back_to(queue.hold(code, read(HoldForm()).get("reason"), here.actor(), clock.now()))
