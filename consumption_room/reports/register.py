"""The report of the controlled-drug registers: what came, went and was left, by drug and period."""

from collections import defaultdict
from typing import Any

from sqlalchemy import func, select

from consumption_room.amounts import Micrograms, in_mg
from consumption_room.database import db
from consumption_room.register import queries
from consumption_room.register.models import Entry, Product
from consumption_room.reports import rules
from consumption_room.reports.queries import Report
from consumption_room.reports.rules import Period
from consumption_room.vocabulary.register import LineKind

DEFINITIONS: dict[str, str] = {
    "period": rules.DEFINITIONS["period"],
    "product": "The drug in one form and strength; it has a register of its own.",
    "lines": "Lines written in the period.",
    "came_mg": "Opening balances and deliveries.",
    "supplied_mg": "Given out for doses, less what came back.",
    "wasted_mg": "Written off as waste or destroyed.",
    "sent_mg": "Sent to another site or back to the pharmacy.",
    "adjusted_mg": "Put right after a count: below nought where less was there than the register said.",
    "reversed_mg": "What lines that take others back added, or took away.",
    "balance_mg": "What was left when the period ended.",
}
_COLUMNS: dict[str, tuple[int, tuple[LineKind, ...]]] = {
    "came_mg": (1, (LineKind.OPENING, LineKind.RECEIPT)),
    "supplied_mg": (-1, (LineKind.SUPPLY, LineKind.RETURN)),
    "wasted_mg": (-1, (LineKind.WASTE, LineKind.DESTRUCTION)),
    "sent_mg": (-1, (LineKind.TRANSFER,)),
    "adjusted_mg": (1, (LineKind.ADJUSTMENT,)),
    "reversed_mg": (1, (LineKind.REVERSAL,)),
}
Sums = dict[tuple[str, LineKind], tuple[Micrograms, int]]


def register(period: Period) -> Report:
    """What came, went and was left of each controlled drug, for each day, week or month."""
    rules.check(period)
    rows: list[dict[str, Any]] = []
    for product in db.session.scalars(select(Product).order_by(Product.code)).all():
        sums, balance = _sums(product, period), queries.balance_before(product, period.first)
        for start in period.starts():
            name = rules.name_of(start, period.grain)
            moved = {kind: sums[name, kind] for kind in LineKind}
            balance += sum(quantity for quantity, _ in moved.values())
            rows.append(_row(name, product.code, moved, balance))
    totals = {"lines": sum(row["lines"] for row in rows)}
    return Report("register", period, rows, totals, DEFINITIONS)


def _row(name: str, product: str, moved: dict[LineKind, tuple[Micrograms, int]], balance: Micrograms) -> dict[str, Any]:
    columns = {
        column: in_mg(sign * sum(moved[kind][0] for kind in kinds)) for column, (sign, kinds) in _COLUMNS.items()
    }
    lines = sum(number for _, number in moved.values())
    return {"period": name, "product": product, "lines": lines} | columns | {"balance_mg": in_mg(balance)}


def _sums(product: Product, period: Period) -> Sums:
    """What each kind of line moved, and how many there were, by the name of the row."""
    found: Sums = defaultdict(lambda: (0, 0))
    asked = (
        select(Entry.service_day, Entry.kind, func.sum(Entry.quantity), func.count())
        .where(Entry.product_id == product.id, Entry.service_day.between(period.first, period.last))
        .group_by(Entry.service_day, Entry.kind)
    )
    for day, kind, quantity, number in db.session.execute(asked):
        key = rules.name_of(rules.start_of(day, period.grain), period.grain), kind
        found[key] = (found[key][0] + int(quantity), found[key][1] + number)
    return found
