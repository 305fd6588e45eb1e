"""The desk: who comes in, and the ticket they get."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.clients import queries as people
from consumption_room.clients import service as clients
from consumption_room.clients.schemas import NewClientForm
from consumption_room.cubicles import service as cubicles
from consumption_room.doses import arrivals
from consumption_room.errors import RuleBroken
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.visits import queries as visit_queries
from consumption_room.visits import service as visits
from consumption_room.visits.schemas import CheckInForm, TurnedAwayForm
from consumption_room.web import desk_page, finder
from consumption_room.web.again import on_refusal
from consumption_room.web.fields import read

bp = Blueprint("desk", __name__)
on_refusal(bp)(desk_page.again_with)


class SimilarAlias(RuleBroken):
    """Somebody with nearly this alias has a record; the desk looks first."""

    code = "similar-alias"


@bp.get("/desk")
@requires(Permission.CHECK_IN)
def page() -> ResponseReturnValue:
    """The search, the ticket just given or an empty form, and the room beside it."""
    return desk_page.shown()


@bp.post("/desk/search")
@requires(Permission.CHECK_IN)
def search() -> ResponseReturnValue:
    """Who is this? Sent as a form: no alias or phrase stands in an address. A ticket opens its visit."""
    ticket = request.form.get("q", "").strip().upper()
    if inside := next((visit for visit in visit_queries.inside() if visit.ticket == ticket), None):
        return redirect(url_for("visit.page", code=inside.code), 303)
    return desk_page.shown()


@bp.post("/desk/check-in")
@requires(Permission.CHECK_IN)
@writes
def check_in() -> ResponseReturnValue:
    """Open a visit, with or without a record of the person; the answer is the ticket."""
    policy, now = here.policy(), clock.now()
    opened = visits.check_in(arrivals.with_window(read(CheckInForm()), policy, now), policy, here.actor(), now)
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
    return render_template("clients/_similar.html", **finder.new())


@bp.post("/desk/turned-away")
@requires(Permission.CHECK_IN)
@writes
def turn_away() -> ResponseReturnValue:
    """Note that somebody was not let in."""
    visits.turn_away(read(TurnedAwayForm())["reason"], here.policy(), here.actor(), clock.now())
    flash(_("Noted: somebody was not let in."))
    return redirect(url_for(".page"), 303)


@bp.post("/desk/cubicles/<int:number>/clean")
@requires(Permission.CLEAN_CUBICLE)
@writes
def clean(number: int) -> ResponseReturnValue:
    """The cubicle is clean and free again."""
    cubicles.clean(number, here.actor(), clock.now())
    flash(_("Cubicle %(number)s is free.", number=number))
    return redirect(url_for(".page"), 303)
