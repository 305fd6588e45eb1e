"""The desk: who comes in, who waits, who goes where next."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from consumption_room import board, clock
from consumption_room.board import Board
from consumption_room.clients import queries as people
from consumption_room.clients import rules as client_rules
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client
from consumption_room.clients.schemas import NewClientForm
from consumption_room.cubicles import rules as cubicle_rules
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Cubicle
from consumption_room.cubicles.rules import Offer
from consumption_room.errors import Refusal, RuleBroken
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.incidents import queries as incidents
from consumption_room.inventory import queries as inventory
from consumption_room.referrals import queries as referrals
from consumption_room.staff.rules import Permission
from consumption_room.visits import intakes, queue, seating
from consumption_room.visits import queries as visit_queries
from consumption_room.visits import rules as visit_rules
from consumption_room.visits import service as visits
from consumption_room.visits.models import Visit
from consumption_room.visits.schemas import (
    CallForm,
    CheckInForm,
    HoldForm,
    IntakeForm,
    LeaveForm,
    MoveForm,
    ScreeningForm,
    SeatForm,
    TurnedAwayForm,
    UndoForm,
    UnwellForm,
)
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
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("desk", __name__)

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


class SimilarAlias(RuleBroken):
    """Somebody with nearly this alias has a record; the desk looks first."""

    code = "similar-alias"


@bp.get("/desk")
@requires(Permission.CHECK_IN)
def page() -> ResponseReturnValue:
    """The search, the ticket just given or an empty form, and the room beside it."""
    return _page()


@bp.post("/desk/search")
@requires(Permission.CHECK_IN)
def search() -> ResponseReturnValue:
    """Who is this? Sent as a form: no alias or phrase stands in an address. A ticket opens its visit."""
    ticket = request.form.get("q", "").strip().upper()
    if inside := next((visit for visit in visit_queries.inside() if visit.ticket == ticket), None):
        return redirect(url_for(".visit", code=inside.code), 303)
    return _page()


@bp.get("/desk/visits/<code>")
@requires(Permission.SEE_CLIENTS)
def visit(code: str) -> ResponseReturnValue:
    """One visit, what happened in it, and what can be done next."""
    return _page(code)


@bp.post("/desk/check-in")
@requires(Permission.CHECK_IN)
@writes
def check_in() -> ResponseReturnValue:
    """Open a visit, with or without a record of the person; the answer is the ticket."""
    opened = visits.check_in(read(CheckInForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".page", ticket=opened.code), 303)


@bp.post("/desk/people")
@requires(Permission.CHECK_IN)
@writes
def register() -> ResponseReturnValue:
    """Register a person and check them in; people with nearly the same alias are shown first."""
    now, asked = clock.now(), read(NewClientForm())
    looked_at = "is_new" in request.form or request.form.get("shown_for") == asked.alias
    if not looked_at and people.similar(asked.alias, asked.birth_year):
        raise SimilarAlias(_("There are people here with nearly this alias. Is it one of them?"))
    client = clients.register(asked, here.phrase_key(), here.actor(), now)
    opened = visits.check_in(read(CheckInForm(), client=client.code), here.policy(), here.actor(), now)
    return redirect(url_for(".page", ticket=opened.code), 303)


@bp.post("/desk/similar")
@requires(Permission.CHECK_IN)
def similar() -> ResponseReturnValue:
    """Who it may be, while the alias is being typed. Sent as a form: no alias stands in an address."""
    return render_template("clients/_similar.html", **_new())


@bp.post("/desk/turned-away")
@requires(Permission.CHECK_IN)
@writes
def turn_away() -> ResponseReturnValue:
    """Note that somebody was not let in."""
    visits.turn_away(read(TurnedAwayForm())["reason"], here.policy(), here.actor(), clock.now())
    flash(_("Noted: somebody was not let in."))
    return redirect(url_for(".page"), 303)


@bp.post("/desk/visits/<code>/call")
@requires(Permission.RUN_VISIT)
@writes
def call(code: str) -> ResponseReturnValue:
    """Call somebody."""
    asked = read(CallForm())
    return _done(queue.call(code, here.policy(), here.actor(), clock.now(), asked.get("cubicle")))


@bp.post("/desk/visits/<code>/queue")
@requires(Permission.RUN_VISIT)
@writes
def queue_again(code: str) -> ResponseReturnValue:
    """Put somebody back in the queue."""
    return _done(queue.queue_again(code, here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/screening")
@requires(Permission.RUN_VISIT)
@writes
def screen(code: str) -> ResponseReturnValue:
    """Note what somebody answered before using."""
    screened = visits.screen(code, read(ScreeningForm()), here.policy(), here.actor(), clock.now())
    if screened.waits_for_a_nurse:
        flash(_("Please tell a nurse about ticket %(ticket)s.", ticket=screened.ticket), "warn")
    if request.form.get("back") == "ticket":
        return redirect(url_for(".page", ticket=code), 303)
    return _done(screened)


@bp.post("/desk/visits/<code>/nurse-came")
@requires(Permission.RUN_VISIT)
@writes
def nurse_came(code: str) -> ResponseReturnValue:
    """A nurse has spoken with somebody."""
    return _done(visits.nurse_came(code, here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/unwell")
@requires(Permission.RUN_VISIT)
@writes
def mark_unwell(code: str) -> ResponseReturnValue:
    """Somebody is visibly unwell and goes first, or is well again."""
    return _done(queue.mark_unwell(code, read(UnwellForm())["unwell"], here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/intake")
@requires(Permission.RUN_VISIT)
@writes
def intake(code: str) -> ResponseReturnValue:
    """Register what somebody is about to take."""
    episode = intakes.register_intake(code, read(IntakeForm()), here.policy(), here.actor(), clock.now())
    return _done(episode.visit)


@bp.post("/desk/visits/<code>/seat")
@requires(Permission.RUN_VISIT)
@writes
def seat(code: str) -> ResponseReturnValue:
    """Give somebody the cubicle that was chosen."""
    return _done(seating.seat(code, read(SeatForm()), here.policy(), here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/move")
@requires(Permission.RUN_VISIT)
@writes
def move(code: str) -> ResponseReturnValue:
    """Bring somebody to another cubicle."""
    return _done(seating.move(code, read(MoveForm()), here.policy(), here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/hold")
@requires(Permission.RUN_VISIT)
@writes
def hold(code: str) -> ResponseReturnValue:
    """Let somebody wait outside the queue."""
    return _done(queue.hold(code, read(HoldForm()).get("reason"), here.actor(), clock.now()))


@bp.post("/desk/visits/<code>/aftercare")
@requires(Permission.RUN_VISIT)
@writes
def aftercare(code: str) -> ResponseReturnValue:
    """Let somebody rest under observation."""
    return _done(visits.aftercare(code, here.actor(), clock.now()))


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
    return redirect(url_for(".page"), 303)


@bp.post("/desk/cubicles/<int:number>/clean")
@requires(Permission.CLEAN_CUBICLE)
@writes
def clean(number: int) -> ResponseReturnValue:
    """The cubicle is clean and free again."""
    cubicles.clean(number, here.actor(), clock.now())
    flash(_("Cubicle %(number)s is free.", number=number))
    return redirect(url_for(".page"), 303)


@bp.post("/desk/visits/<code>/undo")
@requires(Permission.CHECK_IN)
@writes
def undo(code: str) -> ResponseReturnValue:
    """Take a wrong check-in back."""
    undone = visits.undo(code, read(UndoForm())["reason"], here.policy(), here.actor(), clock.now())
    flash(_("Ticket %(ticket)s is taken back. It is counted nowhere.", ticket=undone.ticket))
    return redirect(url_for(".page"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The same page again, with the reason on top and everything typed still there."""
    return again(lambda: _page((request.view_args or {}).get("code"), refusal), refusal)


def _done(visit: Visit) -> Response:
    """Back to where the button was: the desk, or the visit's own page."""
    if request.form.get("back") == "desk":
        return redirect(url_for(".page"), 303)
    return redirect(url_for(".visit", code=visit.code), 303)


def _page(code: str | None = None, refusal: Refusal | None = None) -> str:
    """The whole desk: on the left what is being done, on the right the room as it is."""
    room = board.now(here.policy(), clock.now())
    task = _visit(code, room) if code else _door()
    task["offers"] = _offers(room)
    cluster = incidents.cluster(here.policy(), clock.now())
    return render_template(
        "desk/page.html", cluster=cluster, board=room, refusal=refusal, typed=request.form, **CHOICES, **task
    )


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


def _door() -> dict[str, Any]:
    """What the left side needs while nobody in particular is being looked after: ``panel`` says which it is."""
    # Addresses are kept by browsers and proxies: only a ticket's code is ever read from one, never who somebody is.
    said = request.form
    if code := request.args.get("ticket"):
        visit = visit_queries.visit(code)
        return {
            "panel": "ticket",
            "visit": visit,
            "follow_up": incidents.waits_for(visit.client_id),
            "to_screen": here.may(Permission.RUN_VISIT)
            and visit_rules.is_to_be_screened(visit.stage, visit.purposes, visit.screening),
        }
    form = request.values.get("form")
    if form == "new":
        return {"panel": "new", **_new()}
    if form == "no-record":
        return {"panel": "no-record"}
    if code := said.get("client"):
        return _person(clients.get(code), [])
    text = said.get("q", "").strip()
    found = people.find(text, here.phrase_key())
    if person := _meant(text, found):
        return _person(person, [other for other in found if other is not person])
    return {"panel": "search", "q": text, "found": found}


def _new() -> dict[str, Any]:
    alias, year = request.form.get("alias", "").strip(), request.form.get("birth_year", "").strip()
    return {"alias": alias, "similar": people.similar(alias, int(year) if re.fullmatch("[0-9]{4}", year) else None)}


def _meant(text: str, found: Sequence[Client]) -> Client | None:
    """The one person that was found, or the only one whose code, phrase or whole alias this is."""
    digest = client_rules.phrase_digest(text, here.phrase_key())
    exact = [
        client
        for client in found
        if client.code == text.lower()
        or client.alias_folded == client_rules.folded(text)
        or client.phrase_digest == digest
    ]
    for some in (exact, found):
        if len(some) == 1:
            return some[0]
    return None


def _person(person: Client, others: Sequence[Client]) -> dict[str, Any]:
    return {
        "panel": "person",
        "person": person,
        "others": others,
        "open_visit": visit_queries.open_visit_of(person.id),
        "follow_up": incidents.waits_for(person.id),
        "earlier": visit_queries.visits_of(person.id, limit=3),
        "door": people.at_the_door(person.id, here.actor().role, here.policy(), clock.now()),
    }
