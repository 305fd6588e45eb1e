"""What stands on the desk: on the left what is being done, on the right the room as it is."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from consumption_room import board, clock
from consumption_room.board import Board
from consumption_room.cubicles import rules as cubicle_rules
from consumption_room.cubicles.models import Cubicle
from consumption_room.cubicles.rules import Offer
from consumption_room.errors import Refusal
from consumption_room.gate import here
from consumption_room.incidents import queries as incidents
from consumption_room.inventory import queries as inventory
from consumption_room.referrals import queries as referrals
from consumption_room.staff.rules import Permission
from consumption_room.visits import queries as visit_queries
from consumption_room.visits import rules as visit_rules
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.screening import Sign
from consumption_room.vocabulary.visits import (
    SAID_ON_LEAVING,
    LastUse,
    Otherwise,
    Purpose,
    Route,
    Substance,
    TurnedAwayReason,
    UndoReason,
)
from consumption_room.web import finder
from consumption_room.web.again import again

# What can be chosen on this screen, and the key that chooses it.
CHOICES: dict[str, Any] = {
    "purposes": Purpose,
    "purpose_keys": {purpose.value: str(number) for number, purpose in enumerate(Purpose, start=1)},
    "substances": Substance,
    "substance_keys": {substance.value: str(number) for number, substance in enumerate(Substance, start=1)},
    "routes": Route,
    "route_keys": {Route.INJECT.value: "I", Route.SMOKE.value: "S", Route.SNORT.value: "N", Route.ORAL.value: "O"},
    "last_uses": LastUse,
    "otherwises": Otherwise,
    "signs": Sign,
    "leave_reasons": SAID_ON_LEAVING,
    "undo_reasons": UndoReason,
    "turned_away_reasons": TurnedAwayReason,
    "age_bands": AgeBand,
    "sexes": Sex,
    "areas": Area,
}


def shown(code: str | None = None, refusal: Refusal | None = None) -> str:
    """The whole desk: on the left what is being done, on the right the room as it is."""
    room = board.now(here.policy(), clock.now())
    task = _visit(code, room) if code else finder.panel()
    task["offers"] = _offers(room)
    cluster = incidents.cluster(here.policy(), clock.now())
    return render_template(
        "desk/page.html", cluster=cluster, board=room, refusal=refusal, typed=request.form, **CHOICES, **task
    )


def again_with(refusal: Refusal) -> ResponseReturnValue:
    """The page that a refused form stands on, with the reason on top and everything typed still there."""
    return again(lambda: shown((request.view_args or {}).get("code"), refusal), refusal)


def back_to(visit: Visit) -> Response:
    """Back to where the button was: the desk, or the visit's own page."""
    if request.form.get("back") == "desk":
        return redirect(url_for("desk.page"), 303)
    return redirect(url_for("visit.page", code=visit.code), 303)


def _visit(code: str, room: Board) -> dict[str, Any]:
    visit = visit_queries.visit(code)
    fitting, other = _free(room, visit)
    return {
        "panel": "visit",
        "visit": visit,
        "follow_up": visit.left_at is None and incidents.waits_for(visit.client_id),
        "wants_a_cubicle": visit_rules.wants_a_cubicle(visit.purposes),
        "fitting": fitting,
        "other_free": other,
        "issues": inventory.handed_out_in(visit.id, visit.service_day),
        "referrals": referrals.of_visit(visit.id) if here.may(Permission.SEE_REFERRALS) else [],
    }


def _offers(room: Board) -> dict[str, int]:
    """For each person who waits, the number of the best free cubicle that is kept for nobody: their codes."""
    kept = {one.visit.offered for one in room.queue}
    offers = [Offer(cubicle.number, cubicle.modes) for cubicle in room.free_cubicles if cubicle.number not in kept]
    found = {}
    for one in room.queue:
        best = next(iter(cubicle_rules.suggest(offers, visit_queries.needs(one.visit))), None)
        if best is not None and best.fits and one.visit.offered is None:
            found[one.visit.code] = best.number
    return found


def _free(room: Board, visit: Visit) -> tuple[Sequence[Cubicle], Sequence[Cubicle]]:
    """Free cubicles that fit this person, the best first, and those that do not; nothing is given to anybody."""
    kept = {one.visit.offered for one in room.queue if one.visit.code != visit.code}
    free = {cubicle.number: cubicle for cubicle in room.free_cubicles if cubicle.number not in kept}
    said = sorted(visit_queries.suggestions(visit, free.values()), key=lambda one: one.number != visit.offered)
    booked = room.kept_for(visit.client_id)
    fitting = [*([booked] if booked else []), *(free[one.number] for one in said if one.fits)]
    return fitting, [free[one.number] for one in said if not one.fits]
