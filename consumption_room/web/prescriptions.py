"""Prescriptions: making, changing, holding, looking again, stopping; and the clinical limits with who signed them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.amounts import in_mg
from consumption_room.clients import service as clients
from consumption_room.doses import corrections, prescriptions, queries
from consumption_room.doses import limits as clinical
from consumption_room.doses.corrections import Elsewhere
from consumption_room.doses.prescriptions import Planned, Said
from consumption_room.doses.schemas import (
    ElsewhereForm,
    HoldOrderForm,
    LimitsForm,
    NewPrescriptionForm,
    NumbersForm,
    OrderReasonForm,
    OrderReviewForm,
    PlannedForm,
    TermsChangeForm,
)
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.register import queries as register
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.doses import DoseRoute, DoseWindow, HoldLevel, Limit, Supervision
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read, whole

bp = Blueprint("prescriptions", __name__)

A_PAGE = 60


@bp.get("/doses/prescriptions")
@requires(Permission.SEE_DOSES)
def page() -> ResponseReturnValue:
    """Every order, those that somebody has to look at first."""
    return render_template(
        "doses/prescriptions.html",
        look_at=queries.to_look_at(here.policy(), clock.now()),
        orders=queries.prescriptions(after=request.args.get("after"), limit=A_PAGE),
        a_page=A_PAGE,
        in_mg=in_mg,
    )


@bp.get("/doses/prescriptions/new")
@requires(Permission.PRESCRIBE)
def new() -> ResponseReturnValue:
    """Make an order for somebody with a record."""
    return _form()


@bp.get("/doses/prescriptions/<code>")
@requires(Permission.SEE_DOSES)
def order(code: str) -> ResponseReturnValue:
    """One order: what it says, what it said, and how its doses went."""
    return _order(code)


@bp.post("/doses/prescriptions")
@requires(Permission.PRESCRIBE)
@writes
def prescribe() -> ResponseReturnValue:
    """Make the order."""
    asked = read(NewPrescriptionForm(exclude=("doses",)))
    client, second = asked.pop("client"), asked.pop("second_opinion_on", None)
    said = Said(**asked, doses=_doses())
    made = prescriptions.prescribe(client, said, second, here.policy(), here.actor(), clock.now())
    flash(_("The prescription is in force; today's windows are on the list."))
    return redirect(url_for(".order", code=made.code), 303)


@bp.post("/doses/prescriptions/<code>")
@requires(Permission.PRESCRIBE)
@writes
def change(code: str) -> ResponseReturnValue:
    """Change what the order says: a new version."""
    asked = read(TermsChangeForm(exclude=("doses",)))
    reason = asked.pop("reason")
    changes = {"alternative": None, **asked, "doses": _doses()}
    prescriptions.change(code, changes, reason, here.policy(), here.actor(), clock.now())
    flash(_("The new version is in force."))
    return _back(code)


@bp.post("/doses/prescriptions/<code>/stop")
@requires(Permission.PRESCRIBE)
@writes
def stop(code: str) -> ResponseReturnValue:
    """End the order for good."""
    prescriptions.stop(code, read(OrderReasonForm())["reason"], here.policy(), here.actor(), clock.now())
    return _back(code)


@bp.post("/doses/prescriptions/<code>/hold")
@requires(Permission.GIVE_DOSES)
@writes
def hold(code: str) -> ResponseReturnValue:
    """Let nobody give a dose until somebody has looked."""
    asked = read(HoldOrderForm())
    prescriptions.hold(code, asked["reason"], asked["level"], here.actor(), clock.now())
    return _back(code)


@bp.post("/doses/prescriptions/<code>/review")
@requires(Permission.GIVE_DOSES)
@writes
def review(code: str) -> ResponseReturnValue:
    """Somebody has looked: the order goes on."""
    asked = read(OrderReviewForm())
    prescriptions.review(code, asked["reason"], asked.get("second_opinion_on"), here.actor(), clock.now())
    flash(_("Looked at, in your name."))
    return _back(code)


@bp.post("/doses/prescriptions/<code>/elsewhere")
@requires(Permission.GIVE_DOSES)
@writes
def elsewhere(code: str) -> ResponseReturnValue:
    """A dose of today was had at another place, just now as far as we know."""
    now = clock.now()
    asked = read(ElsewhereForm(), at=now.isoformat())
    corrections.had_elsewhere(code, Elsewhere(**asked), here.policy(), here.actor(), now)
    flash(_("Noted. The window is used up."))
    return _back(code)


@bp.get("/doses/limits")
@requires(Permission.SEE_DOSES)
def limits() -> ResponseReturnValue:
    """Every clinical number, who signed it, and the versions before."""
    return _limits()


@bp.post("/doses/limits")
@requires(Permission.PRESCRIBE)
@writes
def sign_limits() -> ResponseReturnValue:
    """Sign new limits; they are in force at once."""
    numbers = read(NumbersForm())
    asked = read(LimitsForm(exclude=("numbers",)))
    signed = clinical.sign(
        {Limit(name): number for name, number in numbers.items()},
        asked["seen"],
        asked.get("note"),
        here.actor(),
        clock.now(),
    )
    flash(_("Version %(version)d is signed and in force.", version=signed.version))
    return redirect(url_for(".limits"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    if request.endpoint == "prescriptions.sign_limits":
        return again(lambda: _limits(refusal), refusal)
    if request.endpoint in {"prescriptions.prescribe", "prescriptions.new"}:
        return again(lambda: _form(refusal), refusal)
    return again(lambda: _order((request.view_args or {})["code"], refusal), refusal)


def _back(code: str) -> ResponseReturnValue:
    return redirect(url_for(".order", code=code), 303)


def _doses() -> tuple[Planned, ...]:
    """The doses that were typed, one field a window; an empty field is no dose."""
    form, typed, wrong = PlannedForm(), [], {}
    for window in DoseWindow:
        amount = request.form.get(f"{window.value}_mg", "").strip()
        if amount:
            times = {name: request.form.get(f"{window.value}_{name}", "").strip() for name in ("opens_at", "closes_at")}
            said = {name: text for name, text in times.items() if text}
            errors = form.validate({"window": window.value, "amount_mg": amount, **said})
            if errors:
                wrong[f"{window.value}_mg"] = [text for texts in errors.values() for text in texts]
            else:
                typed.append(form.load({"window": window.value, "amount_mg": amount, **said}))
    if wrong:
        raise FieldsWrong(wrong, _("Please look at this again."))
    return tuple(typed)


def _form(refusal: Refusal | None = None) -> str:
    code = request.values.get("client", "")
    in_force = clinical.now()
    return render_template(
        "doses/new.html",
        refusal=refusal,
        typed=request.form,
        client=clients.get(code) if code else None,
        products=_products(),
        in_force=in_force,
        Limit=Limit,
        today=here.policy().service_day(clock.now()),
        **_choices(),
    )


def _order(code: str, refusal: Refusal | None = None) -> str:
    found = queries.prescription(code)
    return render_template(
        "doses/prescription.html",
        refusal=refusal,
        typed=request.form,
        at=request.endpoint,
        order=found,
        terms=found.terms,
        doses=queries.last_doses(found),
        in_mg=in_mg,
        levels=list(HoldLevel),
        products=_products(),
        in_force=clinical.now(),
        **_choices(),
    )


def _products() -> list[tuple[str, str]]:
    today = here.policy().service_day(clock.now())
    return [
        (
            one.product.code,
            f"{one.product.drug}, {in_mg(one.product.strength)} mg ({look.word(one.product.form).lower()})",
        )
        for one in register.standings(today)
    ]


def _choices() -> dict[str, Any]:
    return {"routes": list(DoseRoute), "supervisions": list(Supervision), "windows": list(DoseWindow)}


def _limits(refusal: Refusal | None = None) -> str:
    versions = clinical.versions()
    typed = {limit.value: whole(request.form[limit.value]) for limit in Limit if limit.value in request.form}
    return render_template(
        "doses/limits.html",
        refusal=refusal,
        typed=request.form,
        numbers={**versions[0].numbers, **typed},
        in_force=versions[0],
        earlier=versions[1:],
        limits=list(Limit),
    )
