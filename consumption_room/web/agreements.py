"""Agreements: which are to be looked at again, what somebody signed up to, and what happened since."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.agreements import audience, queries, rules, service
from consumption_room.agreements.models import Agreement
from consumption_room.agreements.schemas import NewAgreementForm, NewConditionForm, StepForm
from consumption_room.amounts import in_mg
from consumption_room.clients import queries as people
from consumption_room.consents.rules import NotAgreed
from consumption_room.errors import FieldsWrong, NotAllowed, Refusal, RuleBroken
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.agreements import AgreementKind, AgreementStep, ConditionKind, Pathway
from consumption_room.vocabulary.consents import ConsentWay
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("agreements", __name__)

A_PAGE = 40


@bp.get("/agreements")
@requires(Permission.KEEP_AGREEMENTS)
def page() -> ResponseReturnValue:
    """What is to be looked at again, then everything that runs, then the rest."""
    kinds, before = audience.kinds(here.may), request.args.get("before")
    found = queries.page(kinds, running_only=False, before=before, limit=A_PAGE + 1)
    shown = found[:A_PAGE]
    today = _today()
    return render_template(
        "agreements/page.html",
        due=[] if before else queries.due(kinds, today + here.policy().review_soon),
        agreements=shown,
        older=shown[-1].code if len(found) > A_PAGE else None,
        first_page=not before,
        today=today,
    )


@bp.get("/agreements/new")
@requires(Permission.KEEP_AGREEMENTS)
def new() -> ResponseReturnValue:
    """Offer somebody an agreement."""
    return _new()


@bp.get("/agreements/<code>")
@requires(Permission.KEEP_AGREEMENTS)
def agreement(code: str) -> ResponseReturnValue:
    """One agreement: the plan, its steps, who came."""
    return _agreement(code)


@bp.post("/agreements")
@requires(Permission.KEEP_AGREEMENTS)
@writes
def offer() -> ResponseReturnValue:
    """Offer it; it counts once it is signed."""
    asked = read(NewAgreementForm(), client=_code_of(request.form.get("who", "")))
    if asked.kind not in audience.kinds(here.may):
        raise NotAllowed(_("Contracts are not made in your role."))
    made = service.offer(asked, here.policy(), here.actor(), clock.now())
    flash(_("The agreement is offered. It counts once the person has signed."))
    return redirect(url_for(".agreement", code=made.code), 303)


@bp.post("/agreements/<code>/conditions")
@requires(Permission.KEEP_AGREEMENTS)
@writes
def add_condition(code: str) -> ResponseReturnValue:
    """Write down one more thing that somebody signs up to."""
    queries.agreement(code, audience.kinds(here.may))
    service.add_condition(code, read(NewConditionForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".agreement", code=code, _anchor="conditions"), 303)


@bp.post("/agreements/<code>/events")
@requires(Permission.KEEP_AGREEMENTS)
@writes
def carry_on(code: str) -> ResponseReturnValue:
    """Write down what happened."""
    queries.agreement(code, audience.kinds(here.may))
    service.carry_on(code, read(StepForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".agreement", code=code), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    if request.endpoint == "agreements.offer":
        return again(lambda: _new(refusal), refusal)
    return again(lambda: _agreement((request.view_args or {})["code"], refusal), refusal)


def _code_of(said: str) -> str:
    """The one person that is meant; raise when nobody is, or several could be."""
    found = people.find(said.strip(), here.phrase_key()) if said.strip() else []
    if len(found) != 1:
        raise FieldsWrong(
            {
                "who": [
                    _("Several people are called like that. Please use the code.")
                    if found
                    else _("Nobody is known here by that.")
                ]
            },
            _("Please look at this again."),
        )
    return found[0].code


def _new(refusal: Refusal | None = None) -> str:
    today = _today()
    return render_template(
        "agreements/new.html",
        refusal=refusal,
        typed=request.form,
        who=request.form.get("who") or request.args.get("client", ""),
        kinds=audience.kinds(here.may),
        contracts=any(kind in rules.CONTRACTS for kind in audience.kinds(here.may)),
        pathways=Pathway,
        eligibility=[(one.code, look.named(one.says)) for one in here.policy().eligibility],
        review_on=(today + here.policy().review_within).isoformat(),
    )


def _agreement(code: str, refusal: Refusal | None = None) -> str:
    found = queries.agreement(code, audience.kinds(here.may))
    today = _today()
    return render_template(
        "agreements/agreement.html",
        agreement=found,
        attendance=queries.attendance(found, today),
        in_mg=in_mg,
        steps=_steps(found),
        verbs=_verbs(),
        needs_a_reason=rules.NEEDS_A_REASON,
        of_the_police=rules.OF_THE_POLICE,
        contract=found.kind in rules.CONTRACTS,
        may_add=_may_add(found),
        condition_kinds=[kind for kind in ConditionKind if kind in rules.ALLOWED_CONDITIONS[found.kind]],
        ways=ConsentWay,
        Step=AgreementStep,
        today=today,
        review_on=(today + here.policy().review_within).isoformat(),
        refusal=refusal,
        typed=request.form,
        **_told(found),
    )


def _steps(found: Agreement) -> list[AgreementStep]:
    """The steps that can be taken now, in the order of the list."""
    never = rules.NEVER_IN_TREATMENT if found.kind is AgreementKind.TREATMENT else frozenset()
    return [step for step in AgreementStep if step in rules.MOVES[found.state] and step not in never]


def _may_add(found: Agreement) -> bool:
    try:
        rules.may_hold(found.facts, min(rules.ALLOWED_CONDITIONS[found.kind]), here.policy())
    except (RuleBroken, FieldsWrong):
        return False
    return True


def _told(found: Agreement) -> dict[str, Any]:
    """What the police team behind a contract may be told at this moment."""
    if found.kind not in rules.CONTRACTS:
        return {"told": None}
    try:
        return {"told": queries.for_the_partner(found.code, _today(), clock.now())}
    except NotAgreed:
        return {"told": None}


def _verbs() -> dict[AgreementStep, str]:
    """What stands on the button of each step."""
    return {
        AgreementStep.SIGNED: _("They signed"),
        AgreementStep.REFUSED: _("They do not want it"),
        AgreementStep.REVIEWED: _("We looked at it together"),
        AgreementStep.CAME: _("They came"),
        AgreementStep.STAYED_AWAY: _("They stayed away"),
        AgreementStep.EXTENDED: _("Extend it"),
        AgreementStep.SENT_FOR_REVIEW: _("Ask the police to review"),
        AgreementStep.CONTINUED: _("The police let it go on"),
        AgreementStep.BREACHED: _("The police decided: breached"),
        AgreementStep.COMPLETED: _("Completed"),
        AgreementStep.WITHDRAWN: _("Withdraw"),
    }


def _today() -> date:
    return here.policy().service_day(clock.now())
