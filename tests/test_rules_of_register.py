"""What may stand in a register, and amounts without a float, without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room.amounts import from_mg, in_mg
from consumption_room.columns import Amount
from consumption_room.errors import FieldsWrong
from consumption_room.register import rules
from consumption_room.register.rules import InLot
from consumption_room.vocabulary.register import LineKind

TODAY = date(2026, 11, 20)
GOOD, OLD = date(2027, 1, 31), date(2026, 11, 19)


@given(st.integers(-(10**12) + 1, 10**12 - 1))
def test_an_amount_said_aloud_and_written_down_again_is_the_same(amount):
    assert from_mg(in_mg(amount)) == amount


@pytest.mark.parametrize(
    ("text", "micrograms"), [("12.5", 12_500), ("0.001", 1), (" 200 ", 200_000), ("-1.050", -1050)]
)
def test_milligrams_are_micrograms_inside(text, micrograms):
    assert from_mg(text) == micrograms


@pytest.mark.parametrize("text", ["", "1,000", "1.0005", "1e3", "0x10", "NaN", ".5", "5.", "1 000", "1000000000", "½"])
def test_what_could_mean_two_amounts_means_none(text):
    with pytest.raises(ValueError, match="not an amount"):
        from_mg(text)


@pytest.mark.parametrize("strange", [1.0, True, "1"])
def test_only_whole_micrograms_are_stored(strange):
    with pytest.raises(ValueError, match="whole number"):
        Amount().process_bind_param(strange, None)


@pytest.mark.parametrize("kind", [kind for kind in LineKind if kind not in {LineKind.SUPPLY, LineKind.RECEIPT}])
@pytest.mark.parametrize("witnessed", [True, False])
def test_two_people_sign_whatever_the_product_says(kind, witnessed):
    with pytest.raises(rules.WitnessNeeded):
        rules.may_sign(kind, "nina22", None, witnessed)
    with pytest.raises(rules.WitnessIsGiver):
        rules.may_sign(kind, "nina22", "nina22", witnessed)
    rules.may_sign(kind, "nina22", "mona22", witnessed)


@pytest.mark.parametrize("kind", [LineKind.SUPPLY, LineKind.RECEIPT])
def test_one_person_supplies_and_receives_only_what_needs_no_witness(kind):
    rules.may_sign(kind, "nina22", None, witnessed=False)
    with pytest.raises(rules.WitnessNeeded):
        rules.may_sign(kind, "nina22", None, witnessed=True)
    with pytest.raises(rules.WitnessIsGiver):
        rules.may_sign(kind, "nina22", "nina22", witnessed=False)


def test_the_lot_that_expires_first_and_holds_it_all_gives():
    lots = [
        InLot(1, "late", 500, GOOD),
        InLot(2, "old", 900, OLD),
        InLot(3, "soon", 500, TODAY),
        InLot(4, "end", 1, TODAY),
    ]
    assert rules.pick(500, lots, TODAY) == 3
    assert rules.pick(1, lots, TODAY) == 3
    assert rules.pick(500, [lots[0], lots[3]], TODAY) == 1
    with pytest.raises(rules.NoStock, match=r"no lot holds more than 0\.5 mg") as told:
        rules.pick(501, lots, TODAY)
    assert told.value.facts == {"left_mg": "0.5"}


def test_what_is_past_its_date_is_not_given():
    with pytest.raises(rules.LotExpired):
        rules.pick(1, [InLot(2, "old", 900, OLD)], TODAY)
    with pytest.raises(rules.LotExpired, match="Lot old"):
        rules.may_leave(InLot(2, "old", 900, OLD), TODAY)
    rules.may_leave(InLot(1, "always", 900, None), TODAY)


@given(st.integers(0, 10**9), st.integers(-(10**9), 10**9))
def test_nothing_goes_below_nought(balance, quantity):
    if balance + quantity < 0:
        with pytest.raises(rules.NoStock):
            rules.enough(balance, quantity, "Lot A1")
    else:
        assert rules.enough(balance, quantity, "Lot A1") == balance + quantity


@pytest.mark.parametrize("kind", sorted(rules.SAYS_WHY))
def test_what_puts_right_says_why(kind):
    with pytest.raises(FieldsWrong) as wrong:
        rules.says_why(kind, None, "77")
    assert list(wrong.value.errors) == ["reason"]


def test_a_destruction_has_a_number():
    with pytest.raises(FieldsWrong) as wrong:
        rules.says_why(LineKind.DESTRUCTION, "old", None)
    assert list(wrong.value.errors) == ["authority"]


def test_an_amount_is_more_than_nought_but_for_an_empty_opening():
    assert rules.signed(LineKind.OPENING, 0) == 0
    assert rules.signed(LineKind.SUPPLY, 5) == -5
    assert rules.signed(LineKind.RETURN, 5) == 5
    for kind, amount in ((LineKind.SUPPLY, 0), (LineKind.OPENING, -1), (LineKind.RECEIPT, 0)):
        with pytest.raises(FieldsWrong):
            rules.signed(kind, amount)
