"""Before every request: who is it, from which site, and is this view open to them?"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from consumption_room.database import db
from consumption_room.errors import NotAllowed, NotSignedIn, Unreadable
from consumption_room.staff import queries, service
from consumption_room.staff.models import Staff
from consumption_room.staff.rules import Permission, allowed
from consumption_room.staff.service import KnownDevice

View = TypeVar("View", bound=Callable[..., Any])

STATION_COOKIE = "room_station"
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ONLY_OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_LOCKS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
csrf = CSRFProtect()
logins = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]
    """A member of staff for as long as one request lasts; the id dies with the person's epoch."""

    def __init__(self, person: Staff) -> None:
        """``person`` is the row this session belongs to."""
        self.person = person

    def get_id(self) -> str:
        """The code and the epoch: a reset or a disabling makes it worthless."""
        return f"{self.person.code}:{self.person.epoch}"


def requires(permission: Permission) -> Callable[[View], View]:
    """Open a view to those who have this permission, and to nobody else."""

    def mark(view: View) -> View:
        view.open_to = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Open a view to everybody."""
    view.open_to = "everybody"  # type: ignore[attr-defined]
    return view


def alarm(view: View) -> View:
    """Mark a view that raises alarms: no token, no session and no count of tries may stand in its way."""
    view.raises_alarms = True  # type: ignore[attr-defined]
    return view


def open_to(view: Callable[..., Any]) -> Permission | str | None:
    """Whom a view is open to: a permission, ``everybody``, or nobody (``None``)."""
    found: Permission | str | None = getattr(view, "open_to", None)
    return found


def init_app(app: Flask) -> None:
    """Stand before every view of this application."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the gate calls it, for requests that carry a cookie
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    logins.init_app(app)
    logins.user_loader(_signed_in)
    app.before_request(_guard)
    app.after_request(_lock_down)
    public(app.view_functions["static"])


def _signed_in(session_id: str) -> SignedIn | None:
    code, _, epoch = session_id.partition(":")
    person = queries.present(code, epoch)
    return SignedIn(person) if person else None


def _guard() -> None:
    if request.endpoint is None:
        return  # no such address: Flask answers 404
    view = current_app.view_functions[request.endpoint]
    _check_readable()
    try:
        _find_out_who()
    except SQLAlchemyError:
        if not getattr(view, "raises_alarms", False):
            raise
        db.session.rollback()
        g.nobody_can_say_who = True  # it rings, unstored: the key of a button cannot be looked up now
        return
    _check_site(view)
    whom = open_to(view)
    if whom == "everybody":
        return
    if whom is None:
        raise NotAllowed("This address is not open to anybody.")
    if whom not in g.permissions:
        if g.get("actor") is None:
            raise NotSignedIn("Please sign in, or use a valid key.")
        raise NotAllowed("This is not open to your role.")


def _check_readable() -> None:
    """No text with a NUL comes further: one of our databases cannot even compare it."""
    texts = (
        *request.args.values(),
        *request.form.values(),
        *(str(part) for part in (request.view_args or {}).values()),
    )
    if any("\x00" in text for text in texts):
        raise Unreadable("The request has a character that cannot be read.")


def _find_out_who() -> None:
    g.permissions = frozenset()
    device = _device()
    if request.authorization is None and current_user.is_authenticated:
        person: Staff = current_user.person
        g.actor = service.actor(person, device)
        g.permissions = allowed(person.role, device.kind if device else None)
    elif device is not None:
        g.actor = service.device_actor(device)
        g.permissions = allowed(device.role, device.kind)


def _device() -> KnownDevice | None:
    """The device that asks: by its bearer key, else by the cookie a station was given when it was enrolled."""
    if request.authorization is not None:
        key = request.authorization.token if request.authorization.type == "bearer" else None
        return service.device_with(key) if key else None
    key = request.cookies.get(STATION_COOKIE)
    return service.device_with(key) if key else None


def _check_site(view: Callable[..., Any]) -> None:
    """A request that changes something and carries a cookie must come from one of our own pages."""
    if request.method not in _UNSAFE or request.authorization is not None:
        return
    if getattr(view, "raises_alarms", False):
        return  # a forged alarm costs a minute; one refused for its sender's headers costs a life
    if origin := request.headers.get("Origin"):
        if origin != request.host_url.rstrip("/"):
            raise NotAllowed("This was sent from another site.")
    elif request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowed("This was sent from another site.")
    if open_to(view) != "everybody" and g.get("actor") is None:
        return  # will be refused as not signed in, which is the truer sentence
    try:
        csrf.protect()
    except CSRFError as error:
        raise NotAllowed("This page is too old to be sent. Please load it again.") from error


def _lock_down(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _ONLY_OURS)
    headers.extend(_LOCKS)
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def who_connects(key: str | None) -> tuple[KnownDevice | None, Staff | None]:
    """Who opens a socket: by key, by a station's cookie, by a session; nobody is ``(None, None)``."""
    if key is not None:
        return service.device_with(key), None
    cookie = request.cookies.get(STATION_COOKIE)
    device = service.device_with(cookie) if cookie else None
    person = _signed_in(session["_user_id"]) if "_user_id" in session else None
    return device, person.person if person else None
