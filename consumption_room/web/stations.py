"""Stations: a screen that is opened once with its key keeps it in a cookie, so that the key stays in no address."""

from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, redirect, request
from flask_babel import gettext as _

from consumption_room.gate import doors, here
from consumption_room.staff import service
from consumption_room.staff.rules import DISPLAYS

bp = Blueprint("stations", __name__)

_A_YEAR_S = 365 * 24 * 3600


@bp.before_app_request
def enrol() -> Response | None:
    """``?key=`` on any page makes this browser the station that the key belongs to, and leaves the address."""
    key = request.args.get("key")
    if request.method != "GET" or key is None or not _is_a_page():
        return None
    kept = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "key"])
    answer = make_response(redirect(request.path + (f"?{kept}" if kept else ""), 303))
    if _is_a_display(key):
        _remember(answer, key)
    else:
        flash(_("This key belongs to no screen, or no longer. An administrator can give the screen a new one."), "warn")
    return answer


@bp.after_app_request
def remember_bearer(response: Response) -> Response:
    """A page asked for with a bearer key gets the cookie too: its scripts cannot send the header."""
    sent = request.authorization
    key = sent.token if sent is not None and sent.type == "bearer" else None
    if request.method == "GET" and response.status_code == 200 and key and _is_a_page() and _is_a_display(key):
        _remember(response, key)
    return response


def _is_a_page() -> bool:
    return request.endpoint not in {None, "static"} and not request.path.startswith("/api/")


def _is_a_display(key: str) -> bool:
    device = service.device_with(key)
    return device is not None and device.kind in DISPLAYS


def _remember(response: Response, key: str) -> None:
    response.set_cookie(
        doors.STATION_COOKIE,
        key,
        max_age=_A_YEAR_S,
        httponly=True,
        samesite="Strict",
        secure=here.installation().settings.https,
    )
