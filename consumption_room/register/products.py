"""The products that have a register, their lots, and the bottles open at the stations."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.amounts import Micrograms, in_mg
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register import rules
from consumption_room.register.chain import BEGINNING
from consumption_room.register.models import Bottle, Head, Lot, Product


def set_up(policy: Policy) -> None:
    """Give each drug of the policy a register, where it has none; what it warns at follows the policy."""
    for plan in policy.drugs:
        known = db.session.scalar(select(Product).where(Product.code == plan.code))
        if known is not None:
            known.low, known.bottle_low, known.witnessed = plan.low, plan.bottle_low, plan.witnessed
            continue
        product = Product(
            code=plan.code,
            drug=plan.drug,
            form=plan.form,
            strength=plan.strength,
            low=plan.low,
            bottle_low=plan.bottle_low,
            witnessed=plan.witnessed,
        )
        db.session.add(product)
        db.session.flush()
        db.session.add(Head(product_id=product.id, seq=0, hash=BEGINNING, balance=0))
    db.session.flush()


def product(code: str) -> Product:
    """The product with this code; raise ``NotFound``."""
    found = db.session.scalar(select(Product).where(Product.code == code))
    if found is None:
        raise NotFound("No register is kept under this code.")
    return found


def locked(code: str) -> Head:
    """The end of this product's register, held until the transaction ends; raise ``NotFound``."""
    head = db.session.scalar(
        select(Head)
        .join(Product, Product.id == Head.product_id)
        .where(Product.code == code)
        .with_for_update(of=Head)
        .execution_options(populate_existing=True)
    )
    if head is None:
        raise NotFound("No register is kept under this code.")
    return head


def lots(head: Head) -> Sequence[Lot]:
    """Every lot of a register that is locked, as it is now."""
    return db.session.scalars(
        select(Lot).where(Lot.product_id == head.product_id).order_by(Lot.id).execution_options(populate_existing=True)
    ).all()


def lot(head: Head, number: str) -> Lot:
    """The lot with this number, or code; raise ``FieldsWrong``."""
    found = next((one for one in lots(head) if number in (one.number, one.code)), None)
    if found is None:
        raise FieldsWrong({"lot": ["There is no lot with this number in this register."]})
    return found


def lot_for(head: Head, number: str, expires_on: date | None) -> Lot:
    """The lot that something is put into, made when it is new; raise ``FieldsWrong`` when its date is another."""
    found = next((one for one in lots(head) if one.number == number), None)
    if found is None:
        found = Lot(product_id=head.product_id, number=number, expires_on=expires_on, balance=0)
        db.session.add(found)
        db.session.flush()
    elif found.expires_on != expires_on and expires_on is not None:
        raise FieldsWrong({"expires_on": [f"Lot {number} is already here with another date: {found.expires_on}."]})
    return found


def bottle_at(product_id: int, station: str) -> Bottle | None:
    """The bottle of this product that is open at a station."""
    return db.session.scalar(
        select(Bottle)
        .where(Bottle.product_id == product_id, Bottle.station == station, Bottle.closed_at.is_(None))
        .with_for_update(of=Bottle)
        .execution_options(populate_existing=True)
    )


def open_bottle(code: str, number: str, station: str, contents: Micrograms, by: Actor, now: datetime) -> Bottle:
    """Open a bottle of a lot at a station; raise ``BottleOpen`` while another is, ``NoStock`` when the lot has less."""
    head = locked(code)
    of = lot(head, number)
    in_bottles = db.session.scalar(
        select(func.coalesce(func.sum(Bottle.rest), 0)).where(Bottle.lot_id == of.id, Bottle.closed_at.is_(None))
    )
    rules.enough(of.balance - int(in_bottles or 0), -contents, f"Lot {of.number}, without its open bottles,")
    bottle = Bottle(
        product=head.product,
        lot=of,
        station=station,
        contents=contents,
        rest=contents,
        opened_at=now,
        opened_by=by.name,
    )
    try:
        with db.session.begin_nested():
            db.session.add(bottle)
    except IntegrityError as clash:
        raise rules.BottleOpen("There is an open bottle of this at the station. Please close it first.") from clash
    journal.record(Happened.BOTTLE_OPENED, bottle.code, by, now, product=code, station=station)
    return bottle


def close_bottle(code: str, station: str, by: Actor, now: datetime) -> Bottle:
    """Close the bottle that is open at a station; what is left in it stays in its lot. Raises ``NoBottle``."""
    head = locked(code)
    bottle = bottle_at(head.product_id, station)
    if bottle is None:
        raise rules.NoBottle("There is no open bottle of this at the station.")
    bottle.closed_at, bottle.closed_by = now, by.name
    db.session.flush()
    journal.record(Happened.BOTTLE_CLOSED, bottle.code, by, now, product=code, rest_mg=in_mg(bottle.rest))
    return bottle
