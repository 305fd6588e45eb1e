"""Stock: a ledger that is added to, lots that expire, kits that leave whole; on both databases."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.database import db, new_code, transaction
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.inventory import catalogue, queries, service
from consumption_room.inventory.models import Item, Lot, Movement
from consumption_room.inventory.rules import AlreadyReversed, LotExpired, OutOfStock
from consumption_room.vocabulary.stock import ItemKind, MovementReason, ReturnMethod
from tests.builders import NINA, NINE, ON_THE_SHELF, ROSA, TODAY, counted, delivery, issued, seated, taken_back


def on_the_shelf(item: str = "insulin-1ml") -> int:
    """How many of an item can be handed out."""
    return next(level.balance for level in queries.levels(TODAY) if level.code == item)


def balance_at(item: str, moment: datetime) -> int:
    """How many were on the shelf at a moment: the sum of everything that had moved by then."""
    moved = select(func.coalesce(func.sum(Movement.quantity), 0)).join(Lot).join(Item)
    return db.session.scalar(moved.where(Item.code == item, Movement.at <= moment)) or 0


def test_a_kit_takes_each_of_its_parts_from_the_shelf(room):
    lines = issued(2, seated(3), kit="injecting-kit")
    assert {line.lot.item.code: line.quantity for line in lines} == {
        "insulin-1ml": -2,
        "cooker": -2,
        "water-2ml": -2,
        "citric": -2,
        "swab": -4,
    }
    assert len({line.issue for line in lines}) == 1
    assert on_the_shelf("swab") == ON_THE_SHELF - 4


def test_a_kit_with_one_part_missing_takes_nothing(room):
    counted("citric", 1)
    before = journal.last()
    with pytest.raises(OutOfStock, match="There are 1 of Citric acid sachet on the shelf, and 2 were asked for"):
        issued(2, kit="injecting-kit")
    assert on_the_shelf("insulin-1ml") == ON_THE_SHELF
    assert journal.last() == before


def test_what_expires_first_leaves_first_across_lots(room):
    delivery(quantity=3, lot="soon", expires_on=TODAY + timedelta(days=5))
    lines = issued(5)
    assert [(line.lot.number, line.quantity) for line in lines] == [("soon", -3), ("first", -2)]


def test_expired_stock_counts_as_zero_and_is_never_issued(room):
    counted(pieces=0)
    delivery(quantity=40, lot="old", expires_on=TODAY - timedelta(days=1))
    with pytest.raises(LotExpired, match="All 40"):
        issued(1)
    level = next(level for level in queries.levels(TODAY) if level.code == "insulin-1ml")
    assert (level.balance, level.expired, level.short) == (0, 40, True)


def test_a_lot_is_still_good_on_its_last_day(room):
    counted(pieces=0)
    delivery(quantity=1, lot="today", expires_on=TODAY)
    assert issued(1)[0].lot.number == "today"


def test_taking_back_puts_everything_back_and_only_once(room):
    lines = issued(2, kit="injecting-kit")
    back = taken_back(lines[0].code)
    assert [line.quantity for line in back] == [2, 2, 2, 2, 4]
    assert {line.note for line in back} == {"wrong key pressed"}
    assert on_the_shelf("swab") == ON_THE_SHELF
    with pytest.raises(AlreadyReversed):
        taken_back(lines[1].code)
    with pytest.raises(AlreadyReversed, match="cannot itself be taken back"):
        taken_back(back[0].code)


def test_an_unknown_booking_cannot_be_taken_back(room):
    with pytest.raises(NotFound), transaction():
        service.reverse("no-such-booking", "why", room, NINA, NINE)


def test_a_count_writes_the_difference_and_nothing_when_it_agrees(room):
    assert counted(pieces=ON_THE_SHELF) is None
    assert counted(pieces=ON_THE_SHELF - 7).quantity == -7
    assert on_the_shelf() == ON_THE_SHELF - 7


def test_a_second_delivery_of_a_lot_must_have_the_same_date(room):
    delivery(lot="L-9", expires_on=TODAY + timedelta(days=90))
    delivery(lot="L-9", expires_on=TODAY + timedelta(days=90))
    assert on_the_shelf() == ON_THE_SHELF + 200
    with pytest.raises(FieldsWrong):
        delivery(lot="L-9", expires_on=TODAY + timedelta(days=91))


def test_the_balance_at_a_moment_is_what_had_moved_by_then(room, fast_forward):
    issued(3)
    later = fast_forward(minutes=10)
    issued(4)
    assert balance_at("insulin-1ml", later - timedelta(seconds=1)) == ON_THE_SHELF - 3
    assert balance_at("insulin-1ml", later) == ON_THE_SHELF - 7


def test_returned_sharps_never_go_back_on_the_shelf(room):
    with transaction():
        service.take_back_sharps(service.Return(30, ReturnMethod.BIN_VOLUME), room, ROSA, NINE)
    assert on_the_shelf() == ON_THE_SHELF


def test_an_issue_names_an_item_or_a_kit_and_not_both(room):
    for what in ({"item": "swab", "kit": "injecting-kit"}, {"item": None, "kit": None}):
        with pytest.raises(FieldsWrong):
            issued(1, **what)


def test_unknown_items_and_kits_are_said(room):
    for what in ({"item": "moon-dust"}, {"kit": "moon-kit"}):
        with pytest.raises(FieldsWrong):
            issued(1, **what)


def test_codes_in_the_catalogue_are_given_once(room):
    with pytest.raises(FieldsWrong), transaction():
        catalogue.add_item(catalogue.NewItem("swab", "Another swab", ItemKind.OTHER), NINA, NINE)
    with pytest.raises(FieldsWrong), transaction():
        catalogue.add_kit("injecting-kit", "Another kit", {"swab": 1}, NINA, NINE)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("a_movement_moves_something", {"quantity": 0, "reason": MovementReason.COUNTED}),
        ("issue_takes_away", {"quantity": 1, "reason": MovementReason.ISSUED}),
        ("receipt_adds", {"quantity": -1, "reason": MovementReason.RECEIVED}),
        ("only_reversals_reverse", {"quantity": 1, "reason": MovementReason.REVERSED}),
    ],
)
def test_the_database_itself_refuses_a_line_that_cannot_be(room, constraint, values):
    lot = db.session.scalar(select(Lot.id).limit(1))
    with pytest.raises(IntegrityError, match=constraint), transaction():
        db.session.execute(
            insert(Movement).values(
                code=new_code(), issue=new_code(), lot_id=lot, for_others=False, at=NINE, service_day=TODAY, **values
            )
        )


def test_the_database_itself_refuses_negative_stock(room):
    with pytest.raises(IntegrityError, match="no_negative_stock"), transaction():
        db.session.execute(update(Lot).values(on_shelf=-1))


def test_a_balance_that_is_not_the_sum_of_its_lines_is_named(room):
    assert list(queries.wrong_balances()) == []
    lot = db.session.scalars(select(Lot)).first().code
    with transaction():
        db.session.execute(update(Lot).where(Lot.code == lot).values(on_shelf=7))
    assert list(queries.wrong_balances()) == [f"Lot {lot} says 7 and its movements add up to {ON_THE_SHELF}."]


def test_stock_is_short_below_its_minimum_and_not_at_it(room):
    minimum = next(item.minimum for item in room.items if item.code == "insulin-1ml")
    counted(pieces=minimum)
    assert not [level for level in queries.levels(TODAY) if level.short]
    issued(1)
    assert [level.code for level in queries.levels(TODAY) if level.short] == ["insulin-1ml"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["receive", "issue", "count", "reverse"]), st.integers(1, 60), st.integers(0, 2)),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_done_a_balance_is_the_sum_of_its_lines_and_never_negative(room, steps):
    booked: list[Movement] = []
    for what, quantity, lot in steps:
        try:
            if what == "receive":
                booked.append(delivery(quantity=quantity, lot=f"lot-{lot}"))
            elif what == "issue":
                booked += issued(quantity * 10)
            elif what == "count" and (line := counted(pieces=quantity, lot=f"lot-{lot}")):
                booked.append(line)
            elif what == "reverse" and booked:
                taken_back(booked[quantity % len(booked)].code)
        except (OutOfStock, AlreadyReversed):
            continue
    assert list(queries.wrong_balances()) == []
    assert min(db.session.scalars(select(Lot.on_shelf))) >= 0
    assert balance_at("insulin-1ml", NINE) == on_the_shelf()
