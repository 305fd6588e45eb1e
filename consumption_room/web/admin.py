"""Administration: who works here, which devices may speak, and which cubicles are out of use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock, setup
from consumption_room.cubicles import queries as cubicle_queries
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.schemas import CubicleChangeForm
from consumption_room.errors import Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.heartbeats import queries as heartbeats
from consumption_room.staff import queries
from consumption_room.staff import service as staff
from consumption_room.staff.models import Device, Staff
from consumption_room.staff.rules import Permission
from consumption_room.staff.schemas import NewDeviceForm, NewStaffForm, ResetForm
from consumption_room.vocabulary.cubicles import CubicleMode
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.web import look
from consumption_room.web.again import on_refusal
from consumption_room.web.fields import read

bp = Blueprint("admin", __name__)

_ENROLS_AT = {DeviceKind.WALL: "/wall", DeviceKind.DESK: "/desk", DeviceKind.FLOOR: "/floor"}


@dataclass(frozen=True)
class Secret:
    """Something that is shown once and kept nowhere: a person's password or a device's key."""

    value: str
    person: Staff | None = None
    device: Device | None = None

    @property
    def address(self) -> str | None:
        """The address that a display is opened at once, to enrol it."""
        path = _ENROLS_AT.get(self.device.kind) if self.device else None
        return f"{request.host_url.rstrip('/')}{path}?key={self.value}" if path else None


@bp.get("/admin")
@requires(Permission.ADMINISTER)
def page() -> ResponseReturnValue:
    """Who works here."""
    return _people()


@bp.get("/admin/devices")
@requires(Permission.ADMINISTER)
def devices() -> ResponseReturnValue:
    """Screens, buttons and programs."""
    return _devices()


@bp.get("/admin/cubicles")
@requires(Permission.CHANGE_CUBICLE)
def cubicle_list() -> ResponseReturnValue:
    """Cubicles in and out of use."""
    return _cubicles()


@bp.post("/admin/staff")
@requires(Permission.ADMINISTER)
def add_staff() -> ResponseReturnValue:
    """Add a person; their password is shown once."""
    asked = read(NewStaffForm())

    def add() -> Secret:
        person, password = staff.add(asked, here.actor(), clock.now())
        return Secret(password, person=person)

    return _shown_once(add, ".page")


@bp.post("/admin/staff/<code>/reset")
@requires(Permission.ADMINISTER)
def reset_staff(code: str) -> ResponseReturnValue:
    """Give somebody a new password, shown once; their open sessions end."""
    asked = read(ResetForm())

    def reset() -> Secret:
        person, password = staff.reset(code, None, asked.get("pin"), here.actor(), clock.now())
        return Secret(password, person=person)

    return _shown_once(reset, ".page")


@bp.post("/admin/staff/<code>/disable")
@requires(Permission.ADMINISTER)
@writes
def disable_staff(code: str) -> ResponseReturnValue:
    """Let somebody in no more."""
    person = staff.disable(code, here.actor(), clock.now())
    flash(_("%(name)s cannot sign in any more.", name=person.name))
    return redirect(url_for(".page"), 303)


@bp.post("/admin/devices")
@requires(Permission.ADMINISTER)
def add_device() -> ResponseReturnValue:
    """Enrol a device; its key is shown once."""
    asked = read(NewDeviceForm())

    def add() -> Secret:
        device, key = setup.enrol(asked, here.actor(), clock.now())
        return Secret(key, device=device)

    return _shown_once(add, ".devices")


@bp.post("/admin/devices/<code>/revoke")
@requires(Permission.ADMINISTER)
@writes
def revoke_device(code: str) -> ResponseReturnValue:
    """Make a device's key worthless."""
    staff.revoke_device(code, here.actor(), clock.now())
    flash(_("The device's key no longer works."))
    return redirect(url_for(".devices"), 303)


@bp.post("/admin/cubicles/<int:number>")
@requires(Permission.CHANGE_CUBICLE)
@writes
def change_cubicle(number: int) -> ResponseReturnValue:
    """Take a cubicle out of use, with the reason, or put it back."""
    cubicles.change(number, cubicles.Change(**read(CubicleChangeForm())), here.actor(), clock.now())
    return redirect(url_for(".cubicle_list"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    pages = {"admin.add_device": _devices, "admin.revoke_device": _devices, "admin.change_cubicle": _cubicles}
    return pages.get(request.endpoint or "", _people)(refusal), refusal.status


def _shown_once(make: Callable[[], Secret], back: str) -> ResponseReturnValue:
    """Do it, and show the secret in this answer only: what is kept for a repeated press leads back without it."""
    made: list[Secret] = []

    @writes
    def once() -> ResponseReturnValue:
        made.append(make())
        return redirect(url_for(back), 303)

    again = once()
    return render_template("admin/secret.html", secret=made[0], back=url_for(back)) if made else again


def _people(refusal: Refusal | None = None) -> str:
    return render_template(
        "admin/page.html", refusal=refusal, typed=request.form, people=queries.everybody(), roles=list(Role)
    )


def _devices(refusal: Refusal | None = None) -> str:
    places = cubicle_queries.all_places()
    return render_template(
        "admin/devices.html",
        refusal=refusal,
        typed=request.form,
        devices=queries.devices(),
        states=heartbeats.states(),
        condition_of=lambda state: heartbeats.condition_of(state, here.policy(), clock.now()),
        kinds=list(DeviceKind),
        roles=list(Role),
        places=places,
        place_names={place.code: look.place_name(place) for place in places},
    )


def _cubicles(refusal: Refusal | None = None) -> str:
    return render_template(
        "admin/cubicles.html",
        refusal=refusal,
        refused_number=(request.view_args or {}).get("number"),
        typed=request.form,
        cubicles=cubicle_queries.all_cubicles(),
        modes=list(CubicleMode),
        cleaned=cubicle_queries.cleaning_times(clock.now() - timedelta(days=7)),
    )
