"""Bars: every one that is not over, and what is decided about one; on this page and on the person's own."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from consumption_room import clock
from consumption_room.clients import bars
from consumption_room.clients.schemas import BarReasonForm, BarReviewForm, NewBarForm
from consumption_room.errors import Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.records import BarReason, BarScope
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("bars", __name__)

CHOICES: dict[str, Any] = {"bar_reasons": BarReason, "bar_scopes": BarScope}


@bp.get("/bars")
@requires(Permission.DECIDE_BARS)
def page() -> ResponseReturnValue:
    """Every bar that is not over, those to be looked at first on top."""
    return _page()


@bp.post("/bars")
@requires(Permission.DECIDE_BARS)
@writes
def decide() -> ResponseReturnValue:
    """Close something to a person for a time."""
    code = request.form.get("client", "")
    said = {"ends_at": _end_of(request.form.get("ends_at", ""))}
    bar = bars.decide(code, read(NewBarForm(), **said), here.policy(), here.actor(), clock.now())
    flash(_("The bar stands. Needle exchange and emergency help stay open."))
    return _back(bar.client.code)


@bp.post("/bars/<client>/<code>/review")
@requires(Permission.DECIDE_BARS)
@writes
def review(client: str, code: str) -> ResponseReturnValue:
    """The bar stays, and is looked at again on another day."""
    bars.review(client, code, read(BarReviewForm())["review_on"], here.policy(), here.actor(), clock.now())
    return _back(client)


@bp.post("/bars/<client>/<code>/override")
@requires(Permission.DECIDE_BARS)
@writes
def override(client: str, code: str) -> ResponseReturnValue:
    """Let the person in for the rest of the day, by name."""
    bars.override(client, code, read(BarReasonForm())["reason"], here.policy(), here.actor(), clock.now())
    flash(_("The person can be checked in for the rest of today."))
    return _back(client)


@bp.post("/bars/<client>/<code>/lift")
@requires(Permission.DECIDE_BARS)
@writes
def lift(client: str, code: str) -> ResponseReturnValue:
    """End a bar before its time."""
    bars.lift(client, code, read(BarReasonForm())["reason"], here.actor(), clock.now())
    flash(_("The bar is lifted."))
    return _back(client)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    return again(lambda: _page(refusal), refusal)


def _page(refusal: Refusal | None = None) -> str:
    now = clock.now()
    return render_template(
        "clients/bars.html",
        refusal=refusal,
        refused_code=(request.view_args or {}).get("code"),
        typed=request.form,
        bars=bars.not_over(now),
        today=here.policy().service_day(now),
        client=request.values.get("client", ""),
        **CHOICES,
    )


def _back(client: str) -> Response:
    """To the person's record for those who may see it, else to the list."""
    if here.may(Permission.SEE_CLIENTS):
        return redirect(url_for("clients.person", code=client, _anchor="bars"), 303)
    return redirect(url_for(".page"), 303)


def _end_of(day: str) -> str | None:
    """The moment at which the day on the page is over; what is no day is left for the form to refuse."""
    try:
        return here.policy().end_of(date.fromisoformat(day)).isoformat()
    except ValueError:
        return day or None
