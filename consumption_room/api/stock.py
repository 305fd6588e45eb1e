"""Stock over HTTP: handing out, taking in, counting, taking back."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, ListForm, listed, page_of
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.inventory import catalogue, queries, service
from consumption_room.inventory.models import Item, Kit, Movement, SharpsReturn
from consumption_room.inventory.schemas import (
    CountForm,
    IssueForm,
    ItemOut,
    KitOut,
    LevelOut,
    LotOut,
    MovementOut,
    NewItemForm,
    NewKitForm,
    ReceiptForm,
    ReturnForm,
    ReturnOut,
    ReversalForm,
)
from consumption_room.staff.rules import Permission
from consumption_room.visits import counter

bp = Blueprint("stock", __name__, url_prefix="/api/v1/stock", description="Needles, kits and other stock")


@bp.get("")
@requires(Permission.SEE_STOCK)
@bp.response(200, page_of(LevelOut))
def levels() -> dict[str, Any]:
    """List every item and how it stands; expired pieces count as zero."""
    return {"items": queries.levels(here.policy().service_day(clock.now())), "next": None}


@bp.get("/items")
@requires(Permission.SEE_STOCK)
@bp.response(200, page_of(ItemOut))
def items() -> dict[str, Any]:
    """List the catalogue."""
    return listed(queries.items())


@bp.get("/movements")
@requires(Permission.SEE_STOCK)
@bp.arguments(ListForm, location="query")
@bp.response(200, page_of(MovementOut))
def movements(asked: dict[str, Any]) -> dict[str, Any]:
    """List the ledger, newest line first."""
    return listed(queries.movements(asked.get("after"), asked["limit"]), asked["limit"])


@bp.get("/lots")
@requires(Permission.SEE_STOCK)
@bp.response(200, page_of(LotOut))
def lots() -> dict[str, Any]:
    """List every delivery of which something is left."""
    return {"items": queries.lots(), "next": None}


@bp.get("/kits")
@requires(Permission.SEE_STOCK)
@bp.response(200, page_of(KitOut))
def kits() -> dict[str, Any]:
    """List every kit with its parts."""
    return {"items": queries.kits(), "next": None}


@bp.post("/issues")
@requires(Permission.ISSUE_STOCK)
@writes
@bp.arguments(IssueForm)
@bp.response(201, page_of(MovementOut))
def issue(asked: service.Issue) -> dict[str, Any]:
    """Hand out an item or a kit: all its parts, or nothing."""
    return {"items": counter.hand_out(asked, here.policy(), here.actor(), clock.now()), "next": None}


@bp.post("/returns")
@requires(Permission.ISSUE_STOCK)
@writes
@bp.arguments(ReturnForm)
@bp.response(201, ReturnOut)
def take_back_sharps(asked: service.Return) -> SharpsReturn:
    """Count used sharps that came back."""
    return counter.take_back_sharps(asked, here.policy(), here.actor(), clock.now())


@bp.post("/receipts")
@requires(Permission.KEEP_STOCK)
@writes
@bp.arguments(ReceiptForm)
@bp.response(201, MovementOut)
def receive(asked: service.Receipt) -> Movement:
    """Put a delivery on the shelf."""
    return service.receive(asked, here.policy(), here.actor(), clock.now())


@bp.post("/counts")
@requires(Permission.KEEP_STOCK)
@writes
@bp.arguments(CountForm)
@bp.response(201, page_of(MovementOut))
def count(asked: service.Count) -> dict[str, Any]:
    """Say what was counted; the ledger gets the difference, or nothing when there is none."""
    movement = service.count(asked, here.policy(), here.actor(), clock.now())
    return {"items": [movement] if movement else [], "next": None}


@bp.post("/reversals")
@requires(Permission.ISSUE_STOCK)
@writes
@bp.arguments(ReversalForm)
@bp.response(201, page_of(MovementOut))
def reverse(asked: dict[str, str]) -> dict[str, Any]:
    """Take back everything that was booked together with a movement."""
    lines = service.reverse(asked["movement"], asked["reason"], here.policy(), here.actor(), clock.now())
    return {"items": lines, "next": None}


@bp.post("/items")
@requires(Permission.KEEP_STOCK)
@writes
@bp.arguments(NewItemForm)
@bp.response(201, ItemOut)
def add_item(asked: catalogue.NewItem) -> Item:
    """Put an item into the catalogue."""
    return catalogue.add_item(asked, here.actor(), clock.now())


@bp.post("/kits")
@requires(Permission.KEEP_STOCK)
@writes
@bp.arguments(NewKitForm)
@bp.response(201, KitOut)
def add_kit(asked: dict[str, Any]) -> Kit:
    """Put a kit into the catalogue."""
    return catalogue.add_kit(asked["code"], asked["name"], asked["parts"], here.actor(), clock.now())
