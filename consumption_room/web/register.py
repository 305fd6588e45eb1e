"""The controlled-drug register on screen: what is left, every line, and writing a further one with a second person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.amounts import in_mg
from consumption_room.database import one_picture, transaction
from consumption_room.errors import FieldsWrong, NotFound, Refusal, TooManyTries
from consumption_room.forms import Form
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.gate.witness import proven, signed, witnessed
from consumption_room.register import counts, products, queries, service, verifying
from consumption_room.register.counts import Counted
from consumption_room.register.lines import Line
from consumption_room.register.models import Entry
from consumption_room.register.schemas import (
    DestructionForm,
    DrugCountForm,
    DrugOpeningForm,
    DrugReceiptForm,
    DrugReversalForm,
    ExtractForm,
    SettleForm,
    TransferForm,
    VerifyForm,
    WasteForm,
)
from consumption_room.register.verifying import Anchor
from consumption_room.reports import extract as extracts
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.register import CountOccasion, CountState, DrugForm, LineKind
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("register", __name__)

LINES_A_PAGE = 50


@dataclass(frozen=True)
class Writing:
    """One kind of line that is written by hand: how it is read, and what writes it."""

    form: type[Form]
    write: Callable[..., Entry]


WRITTEN_BY_HAND = {
    LineKind.OPENING: Writing(DrugOpeningForm, service.open_register),
    LineKind.RECEIPT: Writing(DrugReceiptForm, service.receive),
    LineKind.WASTE: Writing(WasteForm, service.waste),
    LineKind.DESTRUCTION: Writing(DestructionForm, service.destroy),
    LineKind.TRANSFER: Writing(TransferForm, service.transfer),
}


@bp.get("/register")
@requires(Permission.SEE_REGISTER)
def page() -> ResponseReturnValue:
    """Every register at a glance, and what does not agree."""
    return render_template(
        "register/page.html",
        standings=queries.standings(_today()),
        bottles=queries.open_bottles(),
        discrepancies=queries.open_discrepancies(),
    )


@bp.get("/register/<product>")
@requires(Permission.SEE_REGISTER)
def lines(product: str) -> ResponseReturnValue:
    """One register: what is left, its lots, and its lines, the newest first."""
    of = products.product(product)
    found = queries.newest(of, request.args.get("before"), LINES_A_PAGE + 1)
    shown = found[:LINES_A_PAGE]
    return render_template(
        "register/lines.html",
        standing=queries.standing(of, _today()),
        lots=queries.lots(of),
        counted=queries.last_counts(of),
        bottles=queries.open_bottles(of),
        discrepancies=queries.open_discrepancies(of),
        lines=shown,
        taken_back=queries.taken_back(shown),
        older=shown[-1].code if len(found) > LINES_A_PAGE else None,
        first_page="before" not in request.args,
        today=_today(),
    )


@bp.get("/register/<product>/write/<kind>")
@requires(Permission.KEEP_REGISTER)
def writing(product: str, kind: str) -> ResponseReturnValue:
    """The form for a line of this kind."""
    return _writing(product, kind)


@bp.post("/register/<product>/write/<kind>")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
def write(product: str, kind: str) -> ResponseReturnValue:
    """Write a line, with a second person where the rule says so."""
    way = WRITTEN_BY_HAND[_kind(kind)]
    line = way.write(Line(product, **read(way.form())), here.policy(), signed(), clock.now())
    flash(_("Line %(number)s is written. %(rest)s mg are left.", number=line.seq, rest=in_mg(line.balance)))
    return redirect(url_for(".lines", product=product), 303)


@bp.get("/register/<product>/lines/<code>")
@requires(Permission.SEE_REGISTER)
def line(product: str, code: str) -> ResponseReturnValue:
    """One line with everything that was written down, and taking it back."""
    return _line(product, code)


@bp.post("/register/<product>/lines/<code>")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
def reverse(product: str, code: str) -> ResponseReturnValue:
    """Take a line back by a further one."""
    named = service.line(code, product)
    asked = read(DrugReversalForm(), line=code)
    service.reverse(named.code, asked["reason"], here.policy(), signed(), clock.now())
    flash(_("Line %(number)s was taken back by a further line.", number=named.seq))
    return redirect(url_for(".lines", product=product), 303)


@bp.get("/register/<product>/count")
@requires(Permission.KEEP_REGISTER)
def counting(product: str) -> ResponseReturnValue:
    """The form for a count; it shows no balance and nobody's figure."""
    return _counting(product)


@bp.post("/register/<product>/count")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
def count(product: str) -> ResponseReturnValue:
    """Note what somebody counted: whoever is signed in, or the person who types their PIN here."""
    asked = read(DrugCountForm())
    by = proven() or here.actor()
    done = counts.count(Counted(product, **asked), here.policy(), by, clock.now())
    flash(
        {
            CountState.WAITING: _("Noted. Now another person counts the same lot."),
            CountState.AGREES: _("Both counted the same, and it agrees with the register."),
            CountState.DIFFERS: _("Both counted the same, and it does not agree with the register."),
            CountState.DISAGREE: _("The two figures do not agree with one another. Please count again, both of you."),
        }[done.state]
    )
    waits = done.state in {CountState.WAITING, CountState.DISAGREE}
    return redirect(url_for(".counting" if waits else ".lines", product=product, lot=asked["lot"]), 303)


@bp.get("/register/discrepancies/<code>")
@requires(Permission.SEE_REGISTER)
def discrepancy(code: str) -> ResponseReturnValue:
    """What two people counted and the register did not say, and settling it."""
    return _discrepancy(code)


@bp.post("/register/discrepancies/<code>")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
def settle(code: str) -> ResponseReturnValue:
    """Put the register right, with a reason and a second person."""
    found = counts.settle(code, read(SettleForm())["reason"], here.policy(), signed(), clock.now())
    flash(_("The register was put right by %(amount)s mg.", amount=in_mg(found.difference)))
    return redirect(url_for(".lines", product=found.count.product.code), 303)


@bp.get("/register/<product>/extract")
@requires(Permission.SEE_REGISTER)
def extract(product: str) -> ResponseReturnValue:
    """The inspector's extract as a file; that it was printed, and where the register ended then, is in the journal."""
    asked, now = read(ExtractForm(), request.args), clock.now()
    one_picture()
    of = products.product(product)
    made = extracts.make(of, asked["first"], asked["last"], _today())
    words = {key: _(word) for key, word in extracts.WORDS.items()}
    words |= {kind.value: look.word(kind) for kind in LineKind} | {form.value: look.word(form) for form in DrugForm}
    words[of.drug] = look.named(of.drug)
    policy = here.policy()
    printing = extracts.Printing(here.actor().name, now, policy.timezone, look.named(policy.room_name), words)
    file = extracts.as_file(made, asked["format"], printing)
    with transaction():
        extracts.note(made, asked["format"], here.actor(), now)
    return Response(file.content, mimetype=file.mimetype, headers=file.headers)


@bp.get("/register/<product>/verify")
@requires(Permission.SEE_REGISTER)
def verify(product: str) -> ResponseReturnValue:
    """Does the register hold? If not, from which line?"""
    refusal, printed = None, []
    one_picture()
    of = products.product(product)
    try:
        asked = read(VerifyForm(), request.args)
        printed = [Anchor(asked["line"], asked["hash"])] if {"line", "hash"} <= asked.keys() else []
    except FieldsWrong as wrong:
        refusal = wrong
    found = verifying.first_wrong(of, printed)
    shown = render_template(
        "register/verify.html",
        refusal=refusal,
        typed=request.args,
        standing=queries.standing(of, _today()),
        wrong=found,
        compared=printed[0] if printed else None,
    )
    return shown, refusal.status if refusal else 200


@on_refusal(bp, TooManyTries)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there, but for the PIN."""
    given: dict[str, Any] = request.view_args or {}
    if request.endpoint == "register.extract":
        flash(refusal.message)
        return redirect(url_for(".lines", **given), 303)
    pages: dict[str, Callable[..., str]] = {
        "register.write": _writing,
        "register.reverse": _line,
        "register.count": _counting,
        "register.settle": _discrepancy,
    }
    return again(lambda: pages[request.endpoint or ""](**given, refusal=refusal), refusal)


def _writing(product: str, kind: str, refusal: Refusal | None = None) -> str:
    of = products.product(product)
    return _shown("write", refusal, product=of, kind=_kind(kind), lots=queries.lots(of))


def _line(product: str, code: str, refusal: Refusal | None = None) -> str:
    found = service.line(code, product)
    undone = bool(queries.taken_back([found]))
    may_undo = not undone and found.kind is not LineKind.REVERSAL and found.quantity != 0
    return _shown("line", refusal, line=found, undone=undone, may_undo=may_undo)


def _counting(product: str, refusal: Refusal | None = None) -> str:
    of = products.product(product)
    return _shown("count", refusal, product=of, lots=queries.lots(of), occasions=list(CountOccasion))


def _discrepancy(code: str, refusal: Refusal | None = None) -> str:
    return _shown("discrepancy", refusal, found=counts.discrepancy(code))


def _shown(name: str, refusal: Refusal | None, **what: Any) -> str:
    return render_template(
        f"register/{name}.html", refusal=refusal, typed=request.form, people=look.witnesses(), today=_today(), **what
    )


def _kind(said: str) -> LineKind:
    found = next((kind for kind in WRITTEN_BY_HAND if kind.value == said), None)
    if found is None:
        raise NotFound("No line of this kind is written by hand.")
    return found


def _today() -> Any:
    return here.policy().service_day(clock.now())
