"""Prescriptions over HTTP."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, listed, page_of
from consumption_room.doses import corrections, prescriptions, queries
from consumption_room.doses.corrections import Elsewhere
from consumption_room.doses.models import Dose, Prescription
from consumption_room.doses.prescriptions import Said
from consumption_room.doses.schemas import (
    DoseOut,
    ElsewhereForm,
    HoldOrderForm,
    NewPrescriptionForm,
    OrderReasonForm,
    OrderReviewForm,
    PrescriptionListForm,
    PrescriptionOut,
    TermsChangeForm,
)
from consumption_room.forms import NOT_SAID
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("prescriptions", __name__, url_prefix="/api/v1/prescriptions", description="Orders for doses")


@bp.post("")
@requires(Permission.PRESCRIBE)
@writes
@bp.arguments(NewPrescriptionForm)
@bp.etag
@bp.response(201, PrescriptionOut)
def prescribe(asked: dict[str, Any]) -> Prescription:
    """Make an order for somebody with a record."""
    client, second = asked.pop("client"), asked.pop("second_opinion_on", None)
    said = Said(**asked | {"doses": tuple(asked["doses"])})
    return prescriptions.prescribe(client, said, second, here.policy(), here.actor(), clock.now())


@bp.get("")
@requires(Permission.SEE_DOSES)
@bp.arguments(PrescriptionListForm, location="query")
@bp.response(200, page_of(PrescriptionOut))
def orders(asked: dict[str, Any]) -> dict[str, Any]:
    """List orders, newest first; ``ends_soon=true`` for those that end within three days or have ended."""
    now, policy = clock.now(), here.policy()
    soon = policy.service_day(now) + policy.prescription_ends_soon if asked.get("ends_soon") else None
    found = queries.prescriptions(after=asked.get("after"), limit=asked["limit"], ending_by=soon)
    return listed(found, asked["limit"])


@bp.get("/<code>")
@requires(Permission.SEE_DOSES)
@bp.etag
@bp.response(200, PrescriptionOut)
def order(code: str) -> Prescription:
    """Give one order with every version of what it says."""
    return queries.prescription(code)


@bp.patch("/<code>")
@requires(Permission.PRESCRIBE)
@writes
@bp.arguments(TermsChangeForm(partial=True))
@bp.etag
@bp.response(200, PrescriptionOut)
def change(asked: dict[str, Any], code: str) -> Prescription:
    """Change what an order says: a new version; what was said before stays."""
    bp.check_etag(queries.prescription(code), PrescriptionOut)
    reason = asked.pop("reason", NOT_SAID)
    if "doses" in asked:
        asked["doses"] = tuple(asked["doses"])
    return prescriptions.change(code, asked, reason, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/stop")
@requires(Permission.PRESCRIBE)
@writes
@bp.arguments(OrderReasonForm(partial=("reason",)), required=False)
@bp.response(200, PrescriptionOut)
def stop(asked: dict[str, Any], code: str) -> Prescription:
    """End an order for good."""
    return prescriptions.stop(code, asked.get("reason", NOT_SAID), here.policy(), here.actor(), clock.now())


@bp.post("/<code>/hold")
@requires(Permission.GIVE_DOSES)
@writes
@bp.arguments(HoldOrderForm(partial=("reason",)), required=False)
@bp.response(200, PrescriptionOut)
def hold(asked: dict[str, Any], code: str) -> Prescription:
    """Let nobody give a dose of this order until somebody has looked."""
    return prescriptions.hold(code, asked.get("reason", NOT_SAID), asked["level"], here.actor(), clock.now())


@bp.post("/<code>/review")
@requires(Permission.GIVE_DOSES)
@writes
@bp.arguments(OrderReviewForm(partial=("reason",)), required=False)
@bp.response(200, PrescriptionOut)
def review(asked: dict[str, Any], code: str) -> Prescription:
    """Somebody has looked: a held order goes on."""
    return prescriptions.review(
        code, asked.get("reason", NOT_SAID), asked.get("second_opinion_on"), here.actor(), clock.now()
    )


@bp.post("/<code>/elsewhere")
@requires(Permission.GIVE_DOSES)
@writes
@bp.arguments(ElsewhereForm)
@bp.response(201, DoseOut)
def elsewhere(asked: dict[str, Any], code: str) -> Dose:
    """Note that a dose of today was had at another place."""
    return corrections.had_elsewhere(code, Elsewhere(**asked), here.policy(), here.actor(), clock.now())
