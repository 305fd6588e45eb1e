"""Referrals: where people were referred to, how far each has come, and the partners."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.errors import Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.referrals import queries, rules
from consumption_room.referrals import service as referrals
from consumption_room.referrals.schemas import (
    NewReferralForm,
    NewServiceForm,
    ReferralEventForm,
    ServiceChangeForm,
)
from consumption_room.staff.rules import Permission
from consumption_room.visits import queries as visits
from consumption_room.vocabulary.referrals import Handover, ReferralState, ServiceKind
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("referrals", __name__)

A_PAGE = 40


@bp.get("/referrals")
@requires(Permission.SEE_REFERRALS)
def page() -> ResponseReturnValue:
    """Every referral, the newest first, with its next steps."""
    return _list()


@bp.get("/referrals/new")
@requires(Permission.REFER)
def new() -> ResponseReturnValue:
    """Make a referral from a visit."""
    return _new()


@bp.get("/referrals/services")
@requires(Permission.KEEP_SERVICES)
def services() -> ResponseReturnValue:
    """The partners."""
    return _services()


@bp.get("/referrals/services/<code>")
@requires(Permission.KEEP_SERVICES)
def service(code: str) -> ResponseReturnValue:
    """One partner, to be changed."""
    return _service(code)


@bp.post("/referrals")
@requires(Permission.REFER)
@writes
def refer() -> ResponseReturnValue:
    """Make a referral; it is a draft until it is sent."""
    made = referrals.refer(read(NewReferralForm()), here.policy(), here.actor(), clock.now())
    flash(
        _("The referral to %(partner)s is a draft. Send it when you are ready.", partner=look.named(made.service.name))
    )
    return redirect(url_for(".page", _anchor=made.code), 303)


@bp.post("/referrals/<code>/events")
@requires(Permission.REFER)
@writes
def carry_on(code: str) -> ResponseReturnValue:
    """Take a referral's next step."""
    asked = read(ReferralEventForm())
    referrals.carry_on(code, asked["event"], asked.get("reason"), here.actor(), clock.now())
    return redirect(url_for(".page", _anchor=code), 303)


@bp.post("/referrals/services")
@requires(Permission.KEEP_SERVICES)
@writes
def add_service() -> ResponseReturnValue:
    """Put a partner into the directory."""
    added = referrals.add_service(read(NewServiceForm()), here.actor(), clock.now())
    flash(_("%(partner)s is in the directory.", partner=added.name))
    return redirect(url_for(".services"), 303)


@bp.post("/referrals/services/<code>")
@requires(Permission.KEEP_SERVICES)
@writes
def change_service(code: str) -> ResponseReturnValue:
    """Change what is known of a partner; a line left empty is forgotten."""
    changes = {"contact": None, "eligibility": None, **read(ServiceChangeForm())}
    changed = referrals.change_service(code, changes, here.actor(), clock.now())
    flash(_("%(partner)s was changed.", partner=changed.name))
    return redirect(url_for(".services"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    if request.endpoint == "referrals.refer":
        return again(lambda: _new(refusal), refusal)
    if request.endpoint == "referrals.add_service":
        return again(lambda: _services(refusal), refusal)
    if request.endpoint == "referrals.change_service":
        return again(lambda: _service((request.view_args or {})["code"], refusal), refusal)
    return again(lambda: _list(refusal), refusal)


def _list(refusal: Refusal | None = None) -> str:
    found = queries.page(request.args.get("before"), A_PAGE + 1)
    shown = found[:A_PAGE]
    return render_template(
        "referrals/page.html",
        refusal=refusal,
        refused_code=(request.view_args or {}).get("code"),
        typed=request.form,
        referrals=shown,
        older=shown[-1].code if len(found) > A_PAGE else None,
        first_page="before" not in request.args,
        next_steps=rules.ALLOWED,
        needs_a_reason=rules.NEEDS_A_REASON,
        order=list(ReferralState),
        verbs=_verbs(),
    )


def _verbs() -> dict[ReferralState, str]:
    """What stands on the button of each next step."""
    return {
        ReferralState.SENT: _("Send"),
        ReferralState.RECEIVED: _("They received it"),
        ReferralState.ACCEPTED: _("They accepted"),
        ReferralState.WAITLISTED: _("On their waiting list"),
        ReferralState.STARTED: _("The person started there"),
        ReferralState.COMPLETED: _("Completed"),
        ReferralState.DECLINED: _("They declined"),
        ReferralState.WITHDRAWN: _("Withdraw"),
        ReferralState.LOST: _("Contact lost"),
    }


def _new(refusal: Refusal | None = None) -> str:
    code = request.values.get("visit")
    return render_template(
        "referrals/new.html",
        refusal=refusal,
        typed=request.form,
        visit=visits.visit(code) if code else None,
        inside=[] if code else visits.inside(),
        services=queries.services(open_only=True),
        handovers=list(Handover),
    )


def _services(refusal: Refusal | None = None) -> str:
    return render_template(
        "referrals/services.html",
        refusal=refusal,
        typed=request.form,
        services=queries.services(),
        kinds=list(ServiceKind),
    )


def _service(code: str, refusal: Refusal | None = None) -> str:
    return render_template(
        "referrals/service.html",
        refusal=refusal,
        typed=request.form,
        service=referrals.get_service(code),
        kinds=list(ServiceKind),
    )
