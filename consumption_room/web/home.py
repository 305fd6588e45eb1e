"""The start: each role and each station is sent to the screen it works with."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from consumption_room.gate import here
from consumption_room.gate.doors import public
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.web import look

bp = Blueprint("home", __name__)

_BY_ROLE = {
    Role.RECEPTION: "/desk",
    Role.NURSE: "/floor",
    Role.CASE_WORKER: "/referrals",
    Role.MANAGER: "/reports",
    Role.ADMINISTRATOR: "/admin",
    Role.AUDITOR: "/reports",
}
_BY_STATION = {DeviceKind.WALL: "/wall", DeviceKind.DESK: "/desk", DeviceKind.FLOOR: "/floor"}


@bp.get("/")
@public
def page() -> ResponseReturnValue:
    """Send whoever asks to their screen."""
    kind = here.actor().device_kind
    if person := look.person():
        return redirect(_BY_ROLE[person.role], 303)
    return redirect(_BY_STATION.get(kind, url_for("sign_in.page")) if kind else url_for("sign_in.page"), 303)
