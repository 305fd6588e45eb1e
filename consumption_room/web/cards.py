"""Cards: the code of a record to print, and a lost one found again by what the person knows."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.clients import recovery, service
from consumption_room.clients.schemas import RecoveryForm
from consumption_room.errors import Busy, FieldsWrong, Refusal, TooManyTries
from consumption_room.gate import here
from consumption_room.gate.answers import IdempotencyMismatch, writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.web.again import again
from consumption_room.web.fields import read

bp = Blueprint("cards", __name__)


@bp.get("/clients/<code>/card")
@requires(Permission.SEE_CLIENTS)
def card(code: str) -> ResponseReturnValue:
    """The code of a record as a picture that scanners read, drawn on this machine; nothing else stands on it."""
    person = service.get(code)
    picture = segno.make(person.code, error="m", micro=False).svg_data_uri(scale=8, border=2)
    return render_template("clients/card.html", person=person, picture=picture)


@bp.get("/desk/lost-code")
@requires(Permission.CHECK_IN)
def recover_page() -> ResponseReturnValue:
    """What somebody may remember."""
    return _page()


@bp.post("/desk/lost-code")
@requires(Permission.CHECK_IN)
@writes
def recover() -> ResponseReturnValue:
    """One record, whose card is printed anew, or none."""
    found = recovery.recover(read(RecoveryForm()), here.phrase_key(), here.policy(), here.actor(), clock.now())
    if found is None:
        return _page(nobody=True)
    flash(_("This is the record. Print a new card."))
    return redirect(url_for(".card", code=found.code), 303)


@bp.errorhandler(TooManyTries)
@bp.errorhandler(FieldsWrong)
@bp.errorhandler(IdempotencyMismatch)
@bp.errorhandler(Busy)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    return again(lambda: _page(refusal), refusal)


def _page(refusal: Refusal | None = None, *, nobody: bool = False) -> str:
    return render_template("clients/recover.html", refusal=refusal, typed=request.form, nobody=nobody)
