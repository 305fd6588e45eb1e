"""The controlled-drug register over HTTP: what is left, what came and went, and whether the chain holds."""

from collections.abc import Callable
from typing import Any

from flask import Response

from consumption_room import clock
from consumption_room.api.reading import Blueprint, listed, page_of
from consumption_room.database import one_picture, transaction
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.gate.witness import proven, signed, witnessed
from consumption_room.register import counts, products, queries, service, verifying
from consumption_room.register.counts import Counted
from consumption_room.register.lines import Line
from consumption_room.register.models import Bottle, Count, Discrepancy, Entry
from consumption_room.register.queries import Between
from consumption_room.register.schemas import (
    BottleForm,
    BottleOut,
    CountOut,
    DestructionForm,
    DiscrepancyOut,
    DrugCountForm,
    DrugOpeningForm,
    DrugReceiptForm,
    DrugReversalForm,
    ExtractForm,
    LineOut,
    LinesForm,
    RegisterOut,
    SettleForm,
    StandingOut,
    TransferForm,
    VerifiedOut,
    VerifyForm,
    WasteForm,
)
from consumption_room.register.verifying import Anchor
from consumption_room.reports import extract as extracts
from consumption_room.staff.rules import Permission

bp = Blueprint("register", __name__, url_prefix="/api/v1/register", description="The controlled-drug register")


@bp.get("")
@requires(Permission.SEE_REGISTER)
@bp.response(200, page_of(StandingOut))
def registers() -> dict[str, Any]:
    """List every register and how it stands."""
    return listed(queries.standings(here.policy().service_day(clock.now())))


@bp.get("/<product>")
@requires(Permission.SEE_REGISTER)
@bp.arguments(LinesForm, location="query")
@bp.response(200, RegisterOut)
def register(asked: dict[str, Any], product: str) -> dict[str, Any]:
    """Give one register: how it stands, and its lines in the order they were written."""
    of = products.product(product)
    stands = queries.standing(of, here.policy().service_day(clock.now()))
    between = Between(asked.get("first"), asked.get("last"), asked.get("after"))
    page = listed(queries.lines(of, between, asked["limit"]), asked["limit"])
    end = {name: getattr(stands, name) for name in ("product", "balance", "expired", "low", "line", "hash")}
    beside = {"lots": queries.lots(of), "bottles": queries.open_bottles(of)}
    return end | beside | {"discrepancies": queries.open_discrepancies(of)} | page


@bp.get("/<product>/verify")
@requires(Permission.SEE_REGISTER)
@bp.arguments(VerifyForm, location="query")
@bp.response(200, VerifiedOut)
def verify(asked: dict[str, Any], product: str) -> dict[str, Any]:
    """Recompute the register from its first line; name the first that does not hold.

    ``line`` and ``hash`` (or its first figures), copied from a printed extract, are compared too.
    """
    one_picture()
    of = products.product(product)
    printed = [Anchor(asked["line"], asked["hash"])] if {"line", "hash"} <= asked.keys() else []
    wrong = verifying.first_wrong(of, printed)
    stands = queries.standing(of, here.policy().service_day(clock.now()))
    return {"whole": wrong is None, "lines": stands.line, "hash": stands.hash, "wrong": wrong}


@bp.get("/<product>/extract")
@requires(Permission.SEE_REGISTER)
@bp.arguments(ExtractForm, location="query")
@bp.response(200, content_type="application/pdf")
@bp.alt_response(200, success=True, content_type="text/csv")
def extract(asked: dict[str, Any], product: str) -> Response:
    """Give the inspector's extract: the lines of these days in order, with balances, names and the chain's end."""
    policy, now = here.policy(), clock.now()
    one_picture()
    made = extracts.make(products.product(product), asked["first"], asked["last"], policy.service_day(now))
    printing = extracts.Printing(here.actor().name, now, policy.timezone, policy.room_name, extracts.WORDS)
    file = extracts.as_file(made, asked["format"], printing)
    with transaction():
        extracts.note(made, asked["format"], here.actor(), now)
    return Response(file.content, mimetype=file.mimetype, headers=file.headers)


@bp.post("/<product>/openings")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(DrugOpeningForm)
@bp.response(201, LineOut)
def open_register(asked: dict[str, Any], product: str) -> Entry:
    """Write the opening balance: once, by two people."""
    return _write(service.open_register, product, asked)


@bp.post("/<product>/receipts")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(DrugReceiptForm)
@bp.response(201, LineOut)
def receive(asked: dict[str, Any], product: str) -> Entry:
    """Take in a delivery; the first of all opens the register at nought, and two people sign."""
    return _write(service.receive_the_first, product, asked)


@bp.post("/<product>/wastes")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(WasteForm)
@bp.response(201, LineOut)
def waste(asked: dict[str, Any], product: str) -> Entry:
    """Write off what was spilled, broken or left over, by two people."""
    return _write(service.waste, product, asked)


@bp.post("/<product>/destructions")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(DestructionForm)
@bp.response(201, LineOut)
def destroy(asked: dict[str, Any], product: str) -> Entry:
    """Write off what is destroyed, by two people and with the number of its permission."""
    return _write(service.destroy, product, asked)


@bp.post("/<product>/transfers")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(TransferForm)
@bp.response(201, LineOut)
def transfer(asked: dict[str, Any], product: str) -> Entry:
    """Send to another site, or back to the pharmacy, by two people."""
    return _write(service.transfer, product, asked)


@bp.post("/<product>/reversals")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(DrugReversalForm)
@bp.response(201, LineOut)
def reverse(asked: dict[str, Any], product: str) -> Entry:
    """Take a line back by a further line, with a reason and a second person; the first stays as it was."""
    line = service.line(asked["line"], product)
    return service.reverse(line.code, asked["reason"], here.policy(), signed(), clock.now())


@bp.post("/<product>/counts")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(DrugCountForm)
@bp.response(201, CountOut)
def count(asked: dict[str, Any], product: str) -> Count:
    """Say what one person counted in a lot; the same call by another person ends the count.

    Who counted is whoever is signed in, or the witness who is named here with their PIN.
    """
    by = proven() or here.actor()
    return counts.count(Counted(product, **asked), here.policy(), by, clock.now())


@bp.post("/discrepancies/<code>/settle")
@requires(Permission.KEEP_REGISTER)
@witnessed
@writes
@bp.arguments(SettleForm)
@bp.response(200, DiscrepancyOut)
def settle(asked: dict[str, Any], code: str) -> Discrepancy:
    """Put the register right by what two people counted, with a reason and a second person."""
    return counts.settle(code, asked["reason"], here.policy(), signed(), clock.now())


@bp.post("/<product>/bottles")
@requires(Permission.KEEP_REGISTER)
@writes
@bp.arguments(BottleForm)
@bp.response(201, BottleOut)
def open_bottle(asked: dict[str, Any], product: str) -> Bottle:
    """Open a bottle at a station; 409 ``bottle-open`` while another of this product is."""
    lot, station, contents = asked["lot"], asked["station"], asked["contents"]
    return products.open_bottle(product, lot, station, contents, here.actor(), clock.now())


@bp.post("/<product>/bottles/<station>/close")
@requires(Permission.KEEP_REGISTER)
@writes
@bp.response(200, BottleOut)
def close_bottle(product: str, station: str) -> Bottle:
    """Close the bottle at a station; what is left in it stays in its lot."""
    return products.close_bottle(product, station, here.actor(), clock.now())


def _write(verb: Callable[..., Entry], product: str, asked: dict[str, Any]) -> Entry:
    written: Entry = verb(Line(product, **asked), here.policy(), signed(), clock.now())
    return written
