"""The wall: the whole room for somebody four to six metres away, and nothing about who anybody is."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import board, clock
from consumption_room.gate import here, sight
from consumption_room.gate.doors import requires
from consumption_room.policy.room import Policy
from consumption_room.staff.rules import Permission

bp = Blueprint("wall", __name__)


@bp.get("/wall")
@requires(Permission.SEE_BOARD)
def page() -> ResponseReturnValue:
    """Who needs me now, in which cubicle, and is the alarm path alive?"""
    now, policy = clock.now(), here.policy()
    room = board.now(policy, now)
    return render_template(
        "wall/page.html",
        board=room,
        now=now,
        clock_told=sight.clock_verdict(),
        columns=columns(len(room.seats)),
        hours=_hours(policy, now.astimezone(policy.timezone).hour * 60 + now.astimezone(policy.timezone).minute),
        ringing_at={alert.place.code for alert in room.alerts},
    )


def columns(cubicles: int) -> int:
    """How many tiles stand side by side so that all fit on a screen of 16 by 9 beside the right-hand column."""
    return next((across for across in range(1, 10) if across * max(1, across - 1) >= cubicles), 10)


def _hours(policy: Policy, minute_of_day: int) -> tuple[bool, str]:
    """Whether the room is open by its own hours, and until or from when; hours may run past midnight."""
    here_now = timedelta(minutes=minute_of_day)
    opens, closes = policy.opens, policy.closes
    is_open = opens <= here_now < closes if opens < closes else here_now >= opens or here_now < closes
    at = _clock_face(closes if is_open else opens)
    return is_open, _("Open until %(time)s", time=at) if is_open else _("Closed until %(time)s", time=at)


def _clock_face(since_midnight: timedelta) -> str:
    minutes = here.minutes(since_midnight)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
