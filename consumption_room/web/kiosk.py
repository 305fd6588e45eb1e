"""The kiosk: a card is held in front of a screen at the door, which says where to go and nothing else of anybody."""

import functools
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consumption_room import clock
from consumption_room.errors import NotFound
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.visits import oneself

bp = Blueprint("kiosk", __name__)


def _takes_its_time(view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer after the policy's time, whatever was found: nobody learns from the clock who is barred or inside."""

    @functools.wraps(view)
    def steady(*args: Any, **more: Any) -> Any:
        begun = clock.monotonic()
        answer = view(*args, **more)
        time.sleep(max(0.0, here.policy().kiosk_answers_after.total_seconds() - (clock.monotonic() - begun)))
        return answer

    return steady


@bp.get("/kiosk")
@requires(Permission.CHECK_IN_ONESELF)
def page() -> ResponseReturnValue:
    """One field for a card, and what was said to the last one."""
    _must_be_open()
    said = request.args.get("said")
    return render_template("clients/kiosk.html", said=said if said in ("seat", "desk") else None)


@bp.post("/kiosk")
@requires(Permission.CHECK_IN_ONESELF)
@_takes_its_time
@writes
def check_in() -> ResponseReturnValue:
    """Thank you, take a seat; or, please come to the desk."""
    _must_be_open()
    card, installation = request.form.get("card", "")[:40], here.installation()
    inside = oneself.check_in(card, here.policy(), installation.wordings, here.actor(), clock.now())
    return redirect(url_for(".page", said="seat" if inside else "desk"), 303)


def _must_be_open() -> None:
    if not here.policy().kiosk_is_open:
        raise NotFound("People are checked in at the desk here.")
