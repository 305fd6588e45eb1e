"""Signing in with a password, changing the person with a PIN, and signing out."""

import re

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user, logout_user

from consumption_room import clock
from consumption_room.database import transaction
from consumption_room.errors import NotSignedIn, Refusal, TooManyTries
from consumption_room.gate import here
from consumption_room.gate.doors import SignedIn, public
from consumption_room.staff import service
from consumption_room.staff.rules import DISPLAYS
from consumption_room.web import look

bp = Blueprint("sign_in", __name__)


@bp.get("/sign-in")
@public
def page() -> ResponseReturnValue:
    """Who are you?"""
    return _page()


@bp.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Let somebody in by staff code or name, and password."""
    return _let_in(request.form.get("who", ""), request.form.get("password", ""), with_pin=False)


@bp.post("/sign-in/change")
@public
def change() -> ResponseReturnValue:
    """Change the person by PIN: only where somebody is signed in, or at an enrolled station."""
    if here.actor().staff is None and here.actor().device_kind not in DISPLAYS:
        raise NotSignedIn(_("A PIN is enough only at a screen of the room. Please sign in with your password."))
    return _let_in(request.form.get("who", ""), request.form.get("pin", ""), with_pin=True)


@bp.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    """End the session on this screen."""
    with transaction():
        if person := look.person():
            service.sign_out(person, here.actor(), clock.now())
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.page"), 303)


def _let_in(who: str, secret: str, *, with_pin: bool) -> ResponseReturnValue:
    tried = service.check(who[:80], secret[:200], with_pin=with_pin)
    # Committed either way, so that wrong tries count.
    with transaction():
        person = service.sign_in(tried, here.policy(), clock.now())
    if person is None:
        sentence = _("This PIN does not fit.") if with_pin else _("This name or code and this password do not fit.")
        raise NotSignedIn(sentence)
    session.clear()
    login_user(SignedIn(person))
    session.permanent = True
    return redirect(own_path(request.form.get("next", "")) or url_for("home.page"), 303)


def own_path(address: str) -> str | None:
    """The path of ``address`` if it lies in this room; what follows it, like a search, stays behind."""
    ours = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return re.split("[?#]", address, maxsplit=1)[0] if ours else None


@bp.errorhandler(NotSignedIn)
@bp.errorhandler(TooManyTries)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    return _page(refusal), refusal.status


def _page(refusal: Refusal | None = None) -> str:
    return render_template(
        "sign_in.html",
        refusal=refusal,
        by_pin=request.endpoint == "sign_in.change",
        who=request.form.get("who", ""),
        next=own_path(request.values.get("next", "")) or "",
    )
