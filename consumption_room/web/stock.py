"""Stock: what is on the shelf, what goes out, what comes in, and every booking of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from consumption_room import clock
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.inventory import catalogue, queries
from consumption_room.inventory import service as inventory
from consumption_room.inventory.schemas import CountForm, IssueForm, ReceiptForm, ReturnForm, ReversalForm
from consumption_room.inventory.service import Issue
from consumption_room.staff.rules import Permission
from consumption_room.visits import counter
from consumption_room.visits import queries as visit_queries
from consumption_room.vocabulary.stock import ItemKind, ReturnMethod
from consumption_room.web import look
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read, whole

bp = Blueprint("stock", __name__)

LINES_A_PAGE = 50


@bp.get("/stock")
@requires(Permission.SEE_STOCK)
def page() -> ResponseReturnValue:
    """What there is, and handing it out."""
    return _shelf()


@bp.get("/stock/deliveries")
@requires(Permission.KEEP_STOCK)
def deliveries() -> ResponseReturnValue:
    """What came in, and what was counted."""
    return _deliveries()


@bp.get("/stock/ledger")
@requires(Permission.SEE_STOCK)
def ledger() -> ResponseReturnValue:
    """Every booking, the newest first."""
    return _ledger()


@bp.post("/stock/issues")
@requires(Permission.ISSUE_STOCK)
@writes
def issue() -> ResponseReturnValue:
    """Hand out everything that was counted on the page, or nothing."""
    asked, now = _counted(), clock.now()
    for line in asked:
        counter.hand_out(line, here.policy(), here.actor(), now)
    flash(_("Handed out: %(what)s.", what=", ".join(f"{line.quantity} × {_name(line)}" for line in asked)))
    return _back()


@bp.post("/stock/returns")
@requires(Permission.ISSUE_STOCK)
@writes
def take_back_sharps() -> ResponseReturnValue:
    """Count used sharps that came back."""
    returned = counter.take_back_sharps(read(ReturnForm()), here.policy(), here.actor(), clock.now())
    flash(ngettext("Returned: %(num)s used sharp.", "Returned: %(num)s used sharps.", returned.quantity))
    return _back()


@bp.post("/stock/receipts")
@requires(Permission.KEEP_STOCK)
@writes
def receive() -> ResponseReturnValue:
    """Put a delivery on the shelf."""
    received = inventory.receive(read(ReceiptForm()), here.policy(), here.actor(), clock.now())
    flash(
        _(
            "On the shelf: %(quantity)s of %(name)s.",
            quantity=received.quantity,
            name=look.named(received.lot.item.name),
        )
    )
    return redirect(url_for(".deliveries"), 303)


@bp.post("/stock/counts")
@requires(Permission.KEEP_STOCK)
@writes
def count() -> ResponseReturnValue:
    """Make the ledger agree with what was counted."""
    moved = inventory.count(read(CountForm()), here.policy(), here.actor(), clock.now())
    flash(
        _("The count agrees with the ledger.")
        if moved is None
        else _("Counted: the ledger was put right by %(difference)s.", difference=f"{moved.quantity:+d}")
    )
    return redirect(url_for(".deliveries"), 303)


@bp.post("/stock/reversals")
@requires(Permission.ISSUE_STOCK)
@writes
def reverse() -> ResponseReturnValue:
    """Take back everything that was booked together, with a reason."""
    asked = read(ReversalForm())
    inventory.reverse(asked["movement"], asked["reason"], here.policy(), here.actor(), clock.now())
    flash(_("The booking was taken back."))
    return redirect(url_for(".ledger"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The page the form stands on, with the reason on top and everything typed still there."""
    pages = {"stock.receive": _deliveries, "stock.count": _deliveries, "stock.reverse": _ledger}
    return again(lambda: pages.get(request.endpoint or "", _shelf)(refusal), refusal)


def _counted() -> list[Issue]:
    """One issue for each line of the page that is not at zero."""
    asked = []
    for name, quantity in request.form.items():
        kind, _colon, code = name.partition(":")
        if kind in {"item", "kit"} and quantity.strip() not in {"", "0"}:
            asked.append(read(IssueForm(), **{kind: code, "quantity": whole(quantity.strip())}))
    if not asked:
        raise FieldsWrong({"quantity": [_("Please choose at least one thing to hand out.")]})
    return asked


def _name(line: Issue) -> str:
    if line.item is not None:
        return look.named(catalogue.item(line.item).name)
    return next((look.named(kit.name) for kit in queries.kits() if kit.code == line.kit), "")


def _back() -> Response:
    """To the visit the pieces were for, or to the shelf."""
    if code := request.form.get("visit"):
        return redirect(url_for("visit.page", code=code), 303)
    return redirect(url_for(".page"), 303)


def _shelf(refusal: Refusal | None = None) -> str:
    code = request.values.get("visit")
    levels = queries.levels(here.policy().service_day(clock.now()))
    return render_template(
        "stock/page.html",
        refusal=refusal,
        typed=request.form,
        levels=levels,
        kits=queries.kits(),
        needles=[level for level in levels if level.kind is ItemKind.NEEDLE],
        others=[level for level in levels if level.kind is not ItemKind.NEEDLE],
        visit=visit_queries.visit(code) if code else None,
        methods=list(ReturnMethod),
    )


def _deliveries(refusal: Refusal | None = None) -> str:
    today = here.policy().service_day(clock.now())
    return render_template(
        "stock/deliveries.html",
        refusal=refusal,
        typed=request.form,
        levels=queries.levels(today),
        lots=queries.lots(),
        today=today,
    )


def _ledger(refusal: Refusal | None = None) -> str:
    lines = queries.movements(request.args.get("before"), LINES_A_PAGE + 1)
    shown = lines[:LINES_A_PAGE]
    return render_template(
        "stock/ledger.html",
        refusal=refusal,
        typed=request.form,
        lines=shown,
        taken_back=queries.taken_back(shown),
        older=shown[-1].code if len(lines) > LINES_A_PAGE else None,
        first_page="before" not in request.args,
    )
