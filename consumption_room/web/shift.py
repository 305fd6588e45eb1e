"""The shift: the opening check as a list to tick, who is on duty, hand-over, and closing."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from consumption_room import board, clock
from consumption_room.alerts import queries as alerts
from consumption_room.errors import Refusal
from consumption_room.gate import here, sight
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.incidents import queries as incidents
from consumption_room.register import queries as register
from consumption_room.shifts import opening, queries, service
from consumption_room.shifts.opening import Found, Par
from consumption_room.shifts.schemas import ClosingForm, DutyForm, HandOverForm, ReasonForm, TickedForm
from consumption_room.shifts.service import Opening
from consumption_room.staff import queries as staff
from consumption_room.staff.models import Staff
from consumption_room.staff.rules import Permission, allowed
from consumption_room.vocabulary.shifts import OpeningCheck
from consumption_room.web import look
from consumption_room.web.again import on_refusal
from consumption_room.web.fields import read

bp = Blueprint("shift", __name__)


@bp.get("/shift")
@requires(Permission.BE_ON_DUTY)
def page() -> ResponseReturnValue:
    """Is the room open, who is on duty, and what is missing?"""
    return _page()


@bp.post("/shift/open")
@requires(Permission.RUN_SHIFT)
@writes
def open_room() -> ResponseReturnValue:
    """Open the room, if the opening check lets it."""
    return _opened(None)


@bp.post("/shift/open-anyway")
@requires(Permission.OVERRIDE_CHECK)
@writes
def open_anyway() -> ResponseReturnValue:
    """Open the room although the check fails, by name and with a reason."""
    return _opened(read(ReasonForm())["reason"])


@bp.post("/shift/override")
@requires(Permission.RUN_SHIFT)
@writes
def go_on() -> ResponseReturnValue:
    """Go on without an able display, by name and with a reason, until there is one."""
    service.go_on_without_displays(read(ReasonForm())["reason"], here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/shift/duty")
@requires(Permission.BE_ON_DUTY)
@writes
def duty() -> ResponseReturnValue:
    """Come on duty, or go off."""
    service.duty(read(DutyForm()), here.actor(), clock.now())
    return redirect(url_for(".page"), 303)


@bp.post("/shift/handover")
@requires(Permission.RUN_SHIFT)
@writes
def hand_over() -> ResponseReturnValue:
    """Hand the room over, with its figures as they are now."""
    now = clock.now()
    sheet = board.now(here.policy(), now).sheet
    made = service.hand_over(read(HandOverForm()), sheet, here.actor(), now, discrepancies=_discrepancies())
    flash(_("Handed over to %(name)s.", name=made.to_staff.name))
    return redirect(url_for(".page"), 303)


@bp.post("/shift/close")
@requires(Permission.RUN_SHIFT)
@writes
def close() -> ResponseReturnValue:
    """Close the room."""
    now = clock.now()
    inside = board.now(here.policy(), now).in_cubicles
    service.close(read(ClosingForm()).get("reason"), inside, here.actor(), now, discrepancies=_discrepancies())
    flash(_("The room is closed. Nobody is on duty any more."))
    return redirect(url_for(".page"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The same page again, with the reason on top and everything ticked and typed still there."""
    return _page(refusal), refusal.status


def _discrepancies() -> int:
    """How many counts of controlled drugs differ from their register and are not settled."""
    return len(register.open_discrepancies())


def _opened(override: str | None) -> Response:
    checks = dict.fromkeys(read(TickedForm())["checks"], True)
    service.open_room(Opening(checks, override), sight.facts(), here.policy(), here.actor(), clock.now())
    flash(_("The room is open."))
    return redirect(url_for(".page"), 303)


def _page(refusal: Refusal | None = None) -> str:
    now, policy = clock.now(), here.policy()
    room, shift = board.now(policy, now), queries.whole()
    ticked = [check for check in OpeningCheck if check in request.form.getlist("checks")]
    said, facts = dict.fromkeys(ticked, True), sight.facts()
    found = [] if shift else [_said(one) for one in queries.look(said, facts, policy, now)]
    on_duty = {one.staff for one in room.shift.on_duty}
    everybody = [person for person in staff.everybody() if _may_be_on_duty(person)]
    me = look.person()
    return render_template(
        "shift/page.html",
        refusal=refusal,
        typed=request.form,
        board=room,
        shift=shift,
        found=found,
        ticked=ticked,
        drills=alerts.drills(policy.service_day(now), queries.last_closed_at()),
        unsigned=incidents.unsigned() if here.may(Permission.CLOSE_ALARM) else [],
        i_am_on_duty=me is not None and me.code in on_duty,
        off_duty=[(person.code, person.name) for person in everybody if person.code not in on_duty],
        others=[(person.code, person.name) for person in everybody if me is None or person.code != me.code],
    )


def _may_be_on_duty(person: Staff) -> bool:
    return person.disabled_at is None and Permission.BE_ON_DUTY in allowed(person.role, None)


def _said(found: Found) -> dict[str, Any]:
    """What was found at one check, in the language of the page."""
    facts = {
        name: ", ".join(_item(one) if isinstance(one, Par) else one for one in fact)
        if isinstance(fact, tuple)
        else fact
        for name, fact in found.facts.items()
    }
    return {
        "check": found.check,
        "passed": found.passed,
        "to_look_at": found.to_look_at and found.says in {"looked", "not-looked"},
        "sentence": _(opening.SENTENCES[found.says]) % facts,
    }


def _item(par: Par) -> str:
    return f"{look.named(par.name)} {par.balance}/{par.minimum}"
