"""What a person has had: today, and last, here or elsewhere; a dose on its way counts as taken until it is not."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from consumption_room.database import db
from consumption_room.doses import rules
from consumption_room.doses.models import Dose, Prescription, Terms
from consumption_room.doses.rules import Order, Taken
from consumption_room.policy.room import Policy
from consumption_room.register.models import Product
from consumption_room.vocabulary.doses import DoseState

_LOOKED_BACK = timedelta(hours=48)
_ON_ITS_WAY = (DoseState.PREPARED, DoseState.HANDED_OVER)
_RECENT = (
    select(
        Dose.id,
        Dose.state,
        Dose.prescription_id,
        Dose.service_day,
        Dose.prepared,
        Dose.prepared_at,
        Dose.given,
        Dose.given_at,
        Product.drug,
    )
    .join(Terms, Terms.id == Dose.terms_id)
    .join(Product, Product.id == Terms.product_id)
    .where(
        Dose.client_id == bindparam("client"),
        Dose.service_day >= bindparam("since"),
        Dose.state.in_([*sorted(rules.GIVEN), *_ON_ITS_WAY]),
    )
)


def taken_by(order: Prescription, policy: Policy, now: datetime, but: int | None = None) -> Taken:
    """What the person of an order has had, all their orders together, ``but`` one dose (row key).

    The gap counts from any drug, the day's total only from the same one.
    """
    day, drug = policy.service_day(now), order.terms.product.drug
    rows = [
        row
        for row in db.session.execute(_RECENT, {"client": order.client_id, "since": day - _LOOKED_BACK})
        if row.id != but
    ]
    last_at, last, today = None, None, 0
    for row in rows:
        on_its_way = row.state in _ON_ITS_WAY
        at, amount = (row.prepared_at, row.prepared) if on_its_way else (row.given_at, row.given)
        if at is None:
            continue
        if row.service_day == day and row.drug == drug:
            today += amount
        if last_at is None or at > last_at:
            last_at = at
            last = amount if row.prescription_id == order.id else last
    return Taken(today, last_at, last)


def as_order(order: Prescription) -> Order:
    """The newest terms as the rules read them."""
    terms = order.terms
    return Order(
        terms.starts_on,
        terms.ends_on,
        terms.single_maximum,
        terms.daily_maximum,
        timedelta(minutes=terms.minimum_gap_minutes),
    )
