"""Doses: who is due, one person's dose on one page, and what the room may give."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.amounts import Micrograms, in_mg
from consumption_room.doses import arrivals, corrections, observing, queries, rules, service
from consumption_room.doses.fates import FATES
from consumption_room.doses.precheck import Finding
from consumption_room.doses.schemas import DischargeForm, EndForm, MeasuredForm, PrepareForm, ReverseForm, planned
from consumption_room.doses.service import Check, Ending, Preparing
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.gate.witness import signed, witnessed
from consumption_room.incidents import adverse
from consumption_room.register.lines import Signed
from consumption_room.register.models import Product
from consumption_room.staff import queries as staff
from consumption_room.staff.rules import Permission, allowed
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import DeclaredUse, DoseOutcome, DoseWindow, Why
from consumption_room.vocabulary.register import DrugForm
from consumption_room.vocabulary.visits import Purpose
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("doses", __name__)

NOT_GIVEN = (DoseOutcome.REFUSED, DoseOutcome.WITHHELD, DoseOutcome.ABSENT)
OTHERWISE = (
    DoseOutcome.PART_GIVEN,
    DoseOutcome.NO_VEIN,
    DoseOutcome.SPILLED,
    DoseOutcome.VOMITED,
    *NOT_GIVEN,
)


@dataclass(frozen=True)
class Reason:
    """A finding of the pre-check in words."""

    advice: str
    sentence: str


@bp.get("/doses")
@requires(Permission.SEE_DOSES)
def page() -> ResponseReturnValue:
    """Who is due, who is observed, and who has had their dose."""
    return _list("doses/page.html")


@bp.get("/doses/print")
@requires(Permission.SEE_DOSES)
def printed() -> ResponseReturnValue:
    """The same lists on paper, for when the network is away."""
    return _list("doses/print.html")


@bp.get("/doses/<code>")
@requires(Permission.SEE_DOSES)
def dose(code: str) -> ResponseReturnValue:
    """One person's dose: everything on one page, and the next thing to do."""
    return _dose(code)


@bp.post("/doses/<code>/check-in")
@requires(Permission.GIVE_DOSES)
@writes
def check_in(code: str) -> ResponseReturnValue:
    """Let the person in for their dose."""
    person = queries.get(code).prescription.client
    policy, now = here.policy(), clock.now()
    asked = arrivals.with_window(visits.CheckIn((Purpose.DOSE,), person.code), policy, now)
    visits.check_in(asked, policy, here.actor(), now)
    return _back(code)


@bp.post("/doses/<code>/check")
@requires(Permission.GIVE_DOSES)
@writes
def check(code: str) -> ResponseReturnValue:
    """Look at the person before the dose."""
    found, now = queries.person(code, here.policy(), clock.now()), clock.now()
    if found.visit is None:
        raise service.WrongPerson(_("Please check the person in first."))
    asked = Check(
        found.dose.prescription.code,
        found.visit.code,
        found.dose.window,
        read(MeasuredForm(), _with_alcohol()),
        request.form.get("reason", "").strip()[:200] or None,
    )
    service.check(asked, here.policy(), here.actor(), now)
    return _back(code)


@bp.post("/doses/<code>/prepare")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
def prepare(code: str) -> ResponseReturnValue:
    """Prepare the dose by two, and hand it over."""
    asked = read(PrepareForm(exclude=("witness",)))
    service.prepare(code, Preparing(**asked), here.policy(), signed(), clock.now())
    return _back(code)


@bp.post("/doses/<code>/end")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
def end(code: str) -> ResponseReturnValue:
    """Say what became of the dose."""
    asked = read(EndForm(exclude=("witness", "given_at")))
    prepared = service.locked(code)[0].prepared
    given = prepared if asked["outcome"] in (DoseOutcome.GIVEN, DoseOutcome.VOMITED) else asked.get("given", 0)
    wasted = asked.get("wasted", 0)
    ending = Ending(
        asked["outcome"],
        given,
        wasted,
        max(prepared - given - wasted, 0),
        asked.get("reason"),
        asked.get("attempts"),
    )
    service.end(code, ending, here.policy(), signed(), clock.now())
    return _back(code)


@bp.post("/doses/<code>/observe")
@requires(Permission.GIVE_DOSES)
@writes
def observe(code: str) -> ResponseReturnValue:
    """Write down how the person is; and let them go with the same press if that was asked."""
    observing.observe(code, read(MeasuredForm()), here.actor(), clock.now())
    if request.form.get("then") == "discharge":
        observing.discharge(code, None, here.actor(), clock.now())
        flash(_("They may leave."))
        return redirect(url_for(".page"), 303)
    return _back(code)


@bp.post("/doses/<code>/discharge")
@requires(Permission.GIVE_DOSES)
@writes
def discharge(code: str) -> ResponseReturnValue:
    """Let the person go all the same, by name and with a reason."""
    observing.discharge(code, read(DischargeForm()).get("override"), here.actor(), clock.now())
    flash(_("They may leave."))
    return redirect(url_for(".page"), 303)


@bp.post("/doses/<code>/adverse")
@requires(Permission.GIVE_DOSES)
@writes
def went_wrong(code: str) -> ResponseReturnValue:
    """Something went wrong: the alarm rings where the person is."""
    adverse.ring(code, here.policy(), here.actor(), clock.now())
    return _back(code)


@bp.post("/doses/<code>/reverse")
@requires(Permission.GIVE_DOSES)
@witnessed
@writes
def reverse(code: str) -> ResponseReturnValue:
    """Take back a dose that was entered wrongly; two people sign."""
    asked = read(ReverseForm(exclude=("witness",)))
    corrections.reverse(code, asked["reason"], here.policy(), signed(), clock.now())
    flash(_("The dose was taken back. Its window is open again."))
    return redirect(url_for(".page"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    code = (request.view_args or {})["code"]
    return again(lambda: _dose(code, refusal), refusal)


def _back(code: str) -> ResponseReturnValue:
    return redirect(url_for(".dose", code=code), 303)


def _with_alcohol() -> Any:
    """What the page sent, with breath alcohol as the form reads it: a per mille becomes hundredths."""
    sent = request.form.copy()
    typed = sent.get("alcohol", "").strip().replace(",", ".")
    whole, _point, part = typed.partition(".")
    if typed and whole.isdecimal() and (part + "0").isdecimal() and len(part) <= 2:
        sent["alcohol"] = str(int(whole) * 100 + int(part.ljust(2, "0")))
    elif typed:
        raise FieldsWrong({"alcohol": [_("Breath alcohol: this must be a per mille like 0.25.")]})
    return sent


def _list(template: str) -> str:
    policy, now = here.policy(), clock.now()
    chosen, whole = request.args.get("window"), queries.today(policy, now)
    window: DoseWindow | None = DoseWindow(chosen) if chosen in set(DoseWindow) else queries.window_at(policy, now)
    day = whole.of(window)
    if chosen == "all" or (chosen is None and not (day.to_come or day.done)):
        day, window = whole, None  # nobody has a dose in the present window: the day says more than nothing
    return render_template(
        template,
        day=day,
        window=window,
        plans=policy.dose_windows,
        look_at=queries.to_look_at(policy, now),
        planned=planned,
        in_mg=in_mg,
        volume=volume,
        now=now,
    )


def _dose(code: str, refusal: Refusal | None = None) -> str:
    policy, now = here.policy(), clock.now()
    found = queries.person(code, policy, now)
    product = found.dose.prescription.terms.product
    amount = planned(found.dose)
    suggested = rules.reduced(amount, found.limits) if found.dose.advice == "reduce" else amount
    return render_template(
        "doses/dose.html",
        refusal=refusal,
        typed=request.form,
        at=request.endpoint,
        person=found,
        dose=found.dose,
        order=found.dose.prescription,
        terms=found.dose.prescription.terms,
        reasons=[_reason(one) for one in found.verdict.findings] if found.verdict else [],
        amount=amount,
        suggested=suggested,
        strength=_strength(product),
        volume=lambda some: volume(some, product),
        in_mg=in_mg,
        witnesses=_witnesses(),
        usual_witness=queries.usual_witness(Signed(here.actor()).giver, policy, now),
        # Fills in what is seen and heard, never what is measured; it is sent with the rest, and the rules read all.
        usual=request.method == "GET" and request.args.get("usual") == "yes",
        sedations=list(Sedation),
        uses=list(DeclaredUse),
        not_given=NOT_GIVEN,
        otherwise=OTHERWISE,
        fates=FATES,
        since_last=_hours(found.gap.total_seconds()) if found.gap else None,
        now=now,
    )


def _witnesses() -> list[tuple[str, str]]:
    """Who may stand by: everybody who can be on duty, but whoever is giving."""
    me = here.actor().staff
    return [
        (one.code, f"{one.name} ({look.word(one.role)})")
        for one in staff.everybody()
        if one.disabled_at is None and one.code != me and Permission.BE_ON_DUTY in allowed(one.role, None)
    ]


def _reason(finding: Finding) -> Reason:
    values: dict[str, Any] = {"value": finding.value, "limit": finding.limit}
    if finding.why is Why.ALCOHOL:
        values = {name: f"{int(number or 0) / 100:.2f}" for name, number in values.items()}
    if finding.why is Why.NOT_MEASURED:
        parts = {
            Why.SEDATION.value: _("sedation"),
            Why.BREATHS.value: _("breathing"),
            Why.SATURATION.value: _("SpO2"),
            Why.ALCOHOL.value: _("breath alcohol"),
        }
        values["value"] = parts[str(finding.value)]
    return Reason(finding.advice.value, look.word(finding.why) % values)


def _strength(product: Product) -> str:
    amount = in_mg(product.strength)
    if product.form is DrugForm.SOLUTION:
        return str(_("%(amount)s mg in a millilitre", amount=amount))
    return str(_("%(amount)s mg in each %(form)s", amount=amount, form=look.word(product.form).lower()))


def volume(amount: Micrograms, product: Product) -> str:
    """An amount as one draws it up or counts it: millilitres of a solution, pieces of anything else."""
    number = f"{(Decimal(amount) / Decimal(product.strength)).quantize(Decimal('0.001')).normalize():f}"
    return f"{number} ml" if product.form is DrugForm.SOLUTION else f"{number} × {look.word(product.form).lower()}"


def _hours(seconds: float) -> str:
    minutes = int(seconds // 60)
    return str(_("%(hours)d h %(minutes)d min", hours=minutes // 60, minutes=minutes % 60))
