"""What may leave the shelf, and from which lot: pure rules."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consumption_room.inventory.rules import AlreadyReversed, LotExpired, OnShelf, OutOfStock, may_reverse, pick
from consumption_room.vocabulary.stock import MovementReason

TODAY = date(2026, 11, 20)
dates = st.none() | st.integers(-30, 30).map(lambda number: TODAY + timedelta(days=number))
shelves = st.lists(st.tuples(st.integers(0, 50), dates), max_size=8).map(
    lambda lots: [OnShelf(number, quantity, good_until) for number, (quantity, good_until) in enumerate(lots)]
)


def is_good(lot: OnShelf) -> bool:
    """Whether a lot may be handed out today."""
    return lot.expires_on is None or lot.expires_on >= TODAY


@given(shelves, st.integers(1, 120))
def test_exactly_what_was_asked_for_leaves_from_good_lots(shelf, wanted):
    assume(sum(lot.quantity for lot in shelf if is_good(lot)) >= wanted)
    picked = pick("needles", wanted, shelf, TODAY)
    lots = {lot.lot: lot for lot in shelf}
    assert sum(take for _, take in picked) == wanted
    assert all(0 < take <= lots[lot].quantity and is_good(lots[lot]) for lot, take in picked)
    assert len({lot for lot, _ in picked}) == len(picked)


@given(shelves, st.integers(1, 120))
def test_nothing_leaves_when_good_lots_do_not_suffice(shelf, wanted):
    there = sum(lot.quantity for lot in shelf if is_good(lot))
    assume(there < wanted)
    only_expired = there == 0 and any(lot.quantity for lot in shelf)
    with pytest.raises(LotExpired if only_expired else OutOfStock) as refusal:
        pick("needles", wanted, shelf, TODAY)
    assert refusal.value.facts["left"] == there


@given(shelves, st.integers(1, 120))
def test_a_lot_is_opened_only_when_everything_that_expires_before_it_is_gone(shelf, wanted):
    assume(sum(lot.quantity for lot in shelf if is_good(lot)) >= wanted)
    picked = dict(pick("needles", wanted, shelf, TODAY))
    lots = {lot.lot: lot for lot in shelf}
    last = max(lots[lot].expires_on or date.max for lot in picked)
    for lot in shelf:
        if is_good(lot) and (lot.expires_on or date.max) < last:
            assert picked.get(lot.lot, 0) == lot.quantity


def test_the_sentence_says_how_many_are_there():
    with pytest.raises(OutOfStock, match="There are 3 of needles on the shelf, and 4 were asked for"):
        pick("needles", 4, [OnShelf(1, 3, None)], TODAY)


def test_a_lot_without_a_date_leaves_last():
    assert pick("needles", 2, [OnShelf(1, 5, None), OnShelf(2, 1, TODAY)], TODAY) == [(2, 1), (1, 1)]


@pytest.mark.parametrize("reason", MovementReason)
@pytest.mark.parametrize("before", [True, False])
def test_a_booking_is_taken_back_once_and_a_reversal_never(reason, before):
    if before or reason is MovementReason.REVERSED:
        with pytest.raises(AlreadyReversed):
            may_reverse(reason, before)
    else:
        may_reverse(reason, before)
