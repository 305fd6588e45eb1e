"""Referrals and partners over HTTP."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.referrals import queries, service
from consumption_room.referrals.models import Referral, Service
from consumption_room.referrals.schemas import (
    NewReferralForm,
    NewServiceForm,
    ReferralEventForm,
    ReferralOut,
    ServiceChangeForm,
    ServiceOut,
)
from consumption_room.staff.rules import Permission

bp = Blueprint("referrals", __name__, url_prefix="/api/v1/referrals", description="Ways out to partners")
services_bp = Blueprint("services", __name__, url_prefix="/api/v1/services", description="Partners")


@bp.post("")
@requires(Permission.REFER)
@writes
@bp.arguments(NewReferralForm)
@bp.response(201, ReferralOut)
def refer(asked: service.NewReferral) -> Referral:
    """Make a referral from a visit; it is a draft until it is sent."""
    return service.refer(asked, here.policy(), here.actor(), clock.now())


@bp.get("")
@requires(Permission.SEE_REFERRALS)
@bp.arguments(ListForm, location="query")
@bp.response(200, page_of(ReferralOut))
def referrals(asked: dict[str, Any]) -> dict[str, Any]:
    """List referrals, newest first."""
    return listed(queries.page(asked.get("after"), asked["limit"]), asked["limit"])


@bp.get("/<code>")
@requires(Permission.SEE_REFERRALS)
@bp.response(200, ReferralOut)
def referral(code: str) -> Referral:
    """Give one referral with its steps."""
    return queries.referral(code)


@bp.post("/<code>/events")
@requires(Permission.REFER)
@writes
@bp.arguments(ReferralEventForm)
@bp.response(200, ReferralOut)
def carry_on(asked: dict[str, Any], code: str) -> Referral:
    """Take the referral's next step."""
    return service.carry_on(code, asked["event"], asked.get("reason"), here.actor(), clock.now())


@services_bp.get("")
@requires(Permission.SEE_BOARD)
@services_bp.response(200, page_of(ServiceOut))
def services() -> dict[str, Any]:
    """List every partner."""
    return {"items": queries.services(), "next": None}


@services_bp.post("")
@requires(Permission.KEEP_SERVICES)
@writes
@services_bp.arguments(NewServiceForm)
@services_bp.etag
@services_bp.response(201, ServiceOut)
def add_service(asked: service.NewService) -> Service:
    """Put a partner into the directory."""
    return service.add_service(asked, here.actor(), clock.now())


@services_bp.get("/<code>")
@requires(Permission.SEE_BOARD)
@services_bp.etag
@services_bp.response(200, ServiceOut)
def partner(code: str) -> Service:
    """Give one partner."""
    return service.get_service(code)


@services_bp.patch("/<code>")
@requires(Permission.KEEP_SERVICES)
@writes
@services_bp.arguments(ServiceChangeForm(partial=True))
@services_bp.etag
@services_bp.response(200, ServiceOut)
def change_service(asked: dict[str, Any], code: str) -> Service:
    """Change what is known of a partner."""
    services_bp.check_etag(service.get_service(code), ServiceOut)
    return service.change_service(code, asked, here.actor(), clock.now())
