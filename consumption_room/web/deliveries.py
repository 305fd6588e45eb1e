"""Administration: what places outside were told, and what was given up."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.deliveries import queries, service
from consumption_room.errors import OutOfOrder
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.deliveries import DeliveryState

bp = Blueprint("deliveries", __name__)
SHOWN = 50


@bp.get("/admin/deliveries")
@requires(Permission.ADMINISTER)
def page() -> ResponseReturnValue:
    """What was given up first, then the newest."""
    settings = here.installation().settings
    return render_template(
        "admin/deliveries.html",
        dead=queries.page(DeliveryState.DEAD, None, SHOWN),
        newest=queries.page(None, None, SHOWN),
        anybody=bool(settings.webhook or settings.notify_urls),
    )


@bp.post("/admin/deliveries/<code>/again")
@requires(Permission.ADMINISTER)
@writes
def again(code: str) -> ResponseReturnValue:
    """Try one that was given up once more."""
    service.again(code, here.actor(), clock.now())
    flash(_("It is being sent again."))
    return redirect(url_for(".page"), 303)


@bp.errorhandler(OutOfOrder)
def _arrived_meanwhile(refusal: OutOfOrder) -> ResponseReturnValue:
    flash(refusal.message, "warn")
    return redirect(url_for(".page"), 303)
