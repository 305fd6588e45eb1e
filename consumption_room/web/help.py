"""Help: what each screen is for, in the words of the room."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consumption_room.gate.doors import public

bp = Blueprint("help", __name__)


@bp.get("/help")
@public
def page() -> ResponseReturnValue:
    """The one page of help, open to everybody."""
    return render_template("help/page.html")
