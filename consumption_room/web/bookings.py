"""Bookings on a page: what is to come, and a new one or a series of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import fields

from consumption_room import clock
from consumption_room.bookings import queries, service
from consumption_room.bookings.rules import Repeats
from consumption_room.bookings.schemas import CancelForm
from consumption_room.bookings.service import NewBooking
from consumption_room.clients import queries as people
from consumption_room.clients import rules as client_rules
from consumption_room.cubicles import queries as cubicles
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.forms import Choice, Day, Form, Text, Whole
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.bookings import Every
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("bookings", __name__)


@dataclass(frozen=True)
class Typed:
    """What was typed: for whom, which cubicle, from when on for how many minutes, and how it repeats."""

    person: str
    cubicle: int
    starts_at: datetime
    minutes: int
    every: Every | None = None
    until: date | None = None
    except_on: str = ""


class TypedForm(Form):
    """The form of the page."""

    makes = Typed

    person = Text(longest=80, required=True)
    cubicle = Whole(least=1, most=999, required=True)
    starts_at = fields.AwareDateTime(required=True)
    minutes = Whole(least=5, most=720, required=True)
    every = Choice(Every)
    until = Day()
    except_on = Text(longest=400)


@bp.get("/bookings")
@requires(Permission.RUN_VISIT)
def page() -> ResponseReturnValue:
    """What is booked, and a form for more."""
    return _page()


@bp.post("/bookings")
@requires(Permission.RUN_VISIT)
@writes
def book() -> ResponseReturnValue:
    """Book a cubicle, once or again and again."""
    made = service.book(_meant(read(TypedForm())), here.policy(), here.actor(), clock.now())
    flash(ngettext("%(num)d booking made.", "%(num)d bookings made.", len(made)))
    return redirect(url_for(".page"), 303)


@bp.post("/bookings/<code>/cancel")
@requires(Permission.RUN_VISIT)
@writes
def cancel(code: str) -> ResponseReturnValue:
    """Cancel one, or it and every later one of its series."""
    service.cancel(code, read(CancelForm())["whole_series"], here.actor(), clock.now())
    flash(_("Cancelled."))
    return redirect(url_for(".page"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The same page again, with the reason on top and everything typed still there."""
    return again(lambda: _page(refusal), refusal)


def _meant(typed: Typed) -> NewBooking:
    repeats = None
    if typed.every is not None:
        if typed.until is None:
            raise FieldsWrong({"until": [_("Please say the last day.")]})
        repeats = Repeats(typed.every, typed.until, _days(typed.except_on))
    ends_at = typed.starts_at + timedelta(minutes=typed.minutes)
    return NewBooking(typed.cubicle, _person(typed.person), typed.starts_at, ends_at, repeats)


def _person(text: str) -> str:
    """The code of the one person with this alias, phrase or code."""
    found = people.find(text, here.phrase_key())
    exact = [one for one in found if one.code == text.lower() or one.alias_folded == client_rules.folded(text)]
    for some in (exact, found):
        if len(some) == 1:
            return some[0].code
    raise FieldsWrong({"person": [_("There is nobody with this alias or code, or more than one.")]})


def _days(text: str) -> tuple[date, ...]:
    try:
        return tuple(date.fromisoformat(day) for day in text.replace(",", " ").split())
    except ValueError as trouble:
        raise FieldsWrong({"except_on": [_("These are days like 2026-12-24, with spaces between them.")]}) from trouble


def _page(refusal: Refusal | None = None) -> str:
    return render_template(
        "bookings/page.html",
        refusal=refusal,
        typed=request.form,
        bookings=queries.to_come(),
        cubicles=[(str(one.number), str(one.number)) for one in cubicles.all_cubicles()],
        Every=Every,
    )
