"""Substances left behind: sealing a bag, and saying where it went, always by two."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.errors import Refusal, TooManyTries
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.gate.witness import signed, witnessed
from consumption_room.register import custody
from consumption_room.register.schemas import BagForm, BagStepForm
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.register import CustodyMove
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("custody", __name__)

BAGS_A_PAGE = 50


@bp.get("/register/custody")
@requires(Permission.SEE_REGISTER)
def page() -> ResponseReturnValue:
    """What lies in the room that is nobody's, and where the rest went."""
    return _page()


@bp.post("/register/custody")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
def seal() -> ResponseReturnValue:
    """Take a sealed bag into custody."""
    bag = custody.seal(read(BagForm()), signed(), clock.now())
    flash(_("Bag %(number)s is in the log.", number=bag.bag))
    return redirect(url_for(".page"), 303)


@bp.post("/register/custody/<code>")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
def move(code: str) -> ResponseReturnValue:
    """Move a bag, or hand it over."""
    bag = custody.move(code, read(BagStepForm()), signed(), clock.now())
    flash(_("Bag %(number)s: %(where)s.", number=bag.bag, where=bag.where))
    return redirect(url_for(".page"), 303)


@on_refusal(bp, TooManyTries)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page again, with the reason on top and everything typed still there, but for the PIN."""
    return again(lambda: _page(refusal), refusal)


def _page(refusal: Refusal | None = None) -> str:
    bags = custody.log(request.args.get("before"), BAGS_A_PAGE + 1)
    shown = bags[:BAGS_A_PAGE]
    return render_template(
        "register/custody.html",
        refusal=refusal,
        typed=request.form,
        open_bag=(request.view_args or {}).get("code"),
        bags=shown,
        older=shown[-1].code if len(bags) > BAGS_A_PAGE else None,
        moves=list(CustodyMove),
        people=look.witnesses(),
    )
