"""The controlled-drug register, line by line, on both databases."""

from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from consumption_room import journal
from consumption_room.database import db, table_of, transaction
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.policy.room import Policy
from consumption_room.register import products, rules, verifying
from consumption_room.register.lines import Signed
from consumption_room.register.models import Bottle, Entry, Head, Lot, Product
from consumption_room.simulation import drugs
from consumption_room.vocabulary.register import LineKind
from tests import ledger
from tests.builders import GOOD_UNTIL, NINA, NINE, TODAY
from tests.ledger import DRUG, TWO


def lines(product: str = DRUG) -> list[Entry]:
    """Every line of a register, in order, as others see it."""
    db.session.rollback()
    return lines_now(product)


def lines_now(product: str = DRUG) -> list[Entry]:
    """Every line of a register, in order, as this transaction sees it."""
    of = select(Entry).join(Product, Product.id == Entry.product_id).where(Product.code == product)
    return list(db.session.scalars(of.order_by(Entry.seq)))


def balance(product: str = DRUG) -> int:
    """What a register says is left, in micrograms."""
    db.session.rollback()
    of = select(Head.balance).join(Product, Product.id == Head.product_id).where(Product.code == product)
    return db.session.scalar(of) or 0


def forge(**otherwise: Any) -> None:
    """Write past the service: a second line like the first, a waste of one microgram unless said otherwise."""
    said = {column.name: getattr(lines_now()[0], column.name) for column in table_of(Entry).columns}
    waste = {"code": "one", "seq": 2, "kind": LineKind.WASTE, "quantity": -1, "reason": "spilled"}
    del said["id"]
    db.session.execute(insert(Entry).values(**(said | waste | otherwise)))


def test_every_drug_of_the_policy_has_a_register_that_waits_for_its_opening(room: Policy):
    assert [head.seq for head in db.session.scalars(select(Head))] == [0] * len(room.drugs)
    with pytest.raises(rules.RegisterNotOpen):
        ledger.supplied()
    with pytest.raises(rules.RegisterNotOpen):
        ledger.received()


def test_a_register_is_opened_once(room):
    ledger.opened("50000")
    with pytest.raises(rules.AlreadyOpen):
        ledger.opened("1")
    with pytest.raises(rules.AlreadyOpen):
        ledger.opened("1", lot="B2")
    assert [(one.seq, one.kind, one.balance) for one in lines()] == [(1, LineKind.OPENING, 50_000_000)]
    assert db.session.scalar(select(func.count()).select_from(Lot)) == 1


def test_each_line_has_its_number_its_balances_and_its_two_people(room):
    ledger.opened("1000")
    ledger.received("500", "B2")
    ledger.supplied("200", lot="A1")
    ledger.supplied("12.5", lot="B2")
    ledger.wasted("37.5", lot="B2")
    said = [(one.seq, one.quantity, one.lot.number, one.lot_balance, one.balance) for one in lines()]
    assert said == [
        (1, 1_000_000, "A1", 1_000_000, 1_000_000),
        (2, 500_000, "B2", 500_000, 1_500_000),
        (3, -200_000, "A1", 800_000, 1_300_000),
        (4, -12_500, "B2", 487_500, 1_287_500),
        (5, -37_500, "B2", 450_000, 1_250_000),
    ]
    third = lines()[2]
    assert (third.giver, third.giver_name, third.witness, third.witness_name) == ("nina22", "Nina", "mona22", "Mona")
    assert (third.reference, third.at, third.service_day) == ("dose-1", NINE, TODAY)


def test_registers_are_numbered_and_chained_each_for_itself(room):
    ledger.opened()
    ledger.opened(product="methadone-10")
    ledger.supplied()
    own, other = lines(), lines("methadone-10")
    assert [one.seq for one in own] == [1, 2]
    assert [one.seq for one in other] == [1]
    assert own[1].previous == own[0].hash != other[0].hash
    assert own[0].previous == other[0].previous == "0" * 64


def test_more_than_is_there_does_not_leave(room):
    ledger.opened("100")
    with pytest.raises(rules.NoStock, match="no lot holds more than 100 mg"):
        ledger.supplied("100.001")
    with pytest.raises(rules.NoStock, match="Lot A1 holds 100 mg"):
        ledger.wasted("101", lot="A1")
    ledger.supplied("100")
    assert balance() == 0
    assert len(lines()) == 2


def test_a_dose_is_of_one_lot_the_first_to_expire(room):
    ledger.opened("1000")
    ledger.received("150", "soon", TODAY)
    assert ledger.supplied("200").lot.number == "A1"
    assert ledger.supplied("150").lot.number == "soon"


def test_an_expired_lot_is_wasted_and_never_supplied(room, fast_forward):
    ledger.opened("100", until=TODAY)
    fast_forward(days=2)
    with pytest.raises(rules.LotExpired):
        ledger.supplied("10", lot="A1")
    with pytest.raises(rules.LotExpired):
        ledger.supplied("10")
    ledger.destroyed("100", lot="A1")
    assert balance() == 0


def test_what_was_not_taken_comes_back_and_never_more_than_went_out(room):
    ledger.opened()
    ledger.supplied("200")
    ledger.put_back("150")
    with pytest.raises(rules.MoreThanSupplied) as told:
        ledger.put_back("50.001")
    assert told.value.facts == {"supplied_mg": "50"}
    ledger.put_back("50")
    assert balance() == 50_000_000
    with pytest.raises(rules.MoreThanSupplied):
        ledger.put_back("1", reference="dose-nobody-knows")


def test_what_was_wasted_beside_a_dose_does_not_come_back(room):
    ledger.opened()
    ledger.supplied("150")
    spilled = ledger.wasted("50", reference="dose-1")
    ledger.reversed_line(spilled.code)
    with pytest.raises(rules.MoreThanSupplied):
        ledger.put_back("151")
    ledger.put_back("150")


def test_a_line_is_put_right_by_a_further_line_and_stays_as_it_was(room):
    ledger.opened()
    wrong = ledger.supplied("2000")
    right = ledger.reversed_line(wrong.code)
    assert (right.kind, right.quantity, right.reverses_id, right.reason) == (
        LineKind.REVERSAL,
        2_000_000,
        wrong.id,
        "wrong amount typed",
    )
    assert [one.quantity for one in lines()] == [50_000_000, -2_000_000, 2_000_000]
    for code in (wrong.code, right.code):
        with pytest.raises(rules.AlreadyReversed):
            ledger.reversed_line(code)
    with pytest.raises(NotFound):
        ledger.reversed_line("no-such-line")


def test_a_receipt_whose_drug_has_been_given_cannot_be_taken_back(room):
    ledger.opened("0")
    came = ledger.received("300", "B2")
    ledger.supplied("200")
    with pytest.raises(rules.NoStock, match="Lot B2 holds 100 mg"):
        ledger.reversed_line(came.code)


def test_nobody_witnesses_themselves_and_the_database_says_so_too(room):
    ledger.opened()
    with pytest.raises(rules.WitnessIsGiver):
        ledger.supplied(signed=Signed(NINA, ledger.person("nina22", "Nina under another name")))
    with pytest.raises(rules.WitnessNeeded):
        ledger.supplied(signed=Signed(NINA))
    for alone in ({"witness": NINA.staff}, {"witness": None, "witness_name": None}):
        with pytest.raises(IntegrityError), transaction():
            forge(**alone)
    assert len(lines()) == 1


@pytest.mark.parametrize("change", ["UPDATE register_entry SET quantity = 1", "DELETE FROM register_entry"])
def test_the_database_itself_refuses_to_change_a_line(room, change):
    ledger.opened()
    with pytest.raises(SQLAlchemyError, match="added to, never changed"), transaction():
        db.session.execute(text(change))
    assert balance() == 50_000_000


@pytest.mark.parametrize(
    "rule",
    [
        {"quantity": 5},
        {"balance": -1},
        {"kind": LineKind.OPENING, "quantity": 5},
        {"kind": LineKind.DESTRUCTION, "authority": None},
        {"reason": None},
        {"kind": LineKind.REVERSAL},
        {"kind": LineKind.COUNT},
        {"kind": LineKind.ADJUSTMENT, "quantity": 0},
        {"seq": 1},
    ],
    ids=str,
)
def test_the_database_refuses_what_must_never_stand_there(room, rule):
    ledger.opened()
    with transaction():
        forge()
        with pytest.raises(IntegrityError), db.session.begin_nested():
            forge(**({"code": "two", "seq": 3} | rule))


def test_a_delivery_says_where_it_came_from_and_keeps_its_date(room):
    ledger.opened()
    with pytest.raises(FieldsWrong) as wrong:
        ledger._written(ledger.register.receive, ledger.line(lot="B2"), TWO)
    assert list(wrong.value.errors) == ["party"]
    ledger.received(lot="B2", until=GOOD_UNTIL)
    with pytest.raises(FieldsWrong, match="wrong") as wrong:
        ledger.received(lot="B2", until=TODAY)
    assert list(wrong.value.errors) == ["expires_on"]


def test_a_bottle_at_a_station_gives_until_it_is_empty(room):
    ledger.opened("1000")
    with transaction():
        bottle = products.open_bottle(DRUG, "A1", "station-1", 300_000, NINA, NINE)
        assert bottle.low
    drawn = ledger.supplied("200", station="station-1")
    assert drawn.bottle_id == bottle.id
    with pytest.raises(rules.NoStock, match="The open bottle at station-1 holds 100 mg"):
        ledger.supplied("200", station="station-1")
    ledger.put_back("50")
    assert db.session.get(Bottle, bottle.id).rest == 150_000
    assert ledger.supplied("200", station="station-2").bottle_id is None


def test_one_bottle_is_open_at_a_station_and_holds_no_more_than_its_lot(room):
    ledger.opened("1000")
    with transaction():
        products.open_bottle(DRUG, "A1", "station-1", 600_000, NINA, NINE)
        with pytest.raises(rules.BottleOpen):
            products.open_bottle(DRUG, "A1", "station-1", 100_000, NINA, NINE)
        with pytest.raises(rules.NoStock):
            products.open_bottle(DRUG, "A1", "station-2", 400_001, NINA, NINE)
        products.close_bottle(DRUG, "station-1", NINA, NINE)
        with pytest.raises(rules.NoBottle):
            products.close_bottle(DRUG, "station-1", NINA, NINE)
        products.open_bottle(DRUG, "A1", "station-1", 1_000_000, NINA, NINE)


def test_a_refused_line_leaves_nothing_behind(room):
    ledger.opened("100")
    before = journal.last()
    with pytest.raises(rules.WitnessNeeded):
        ledger._written(ledger.register.receive, ledger.line(lot="new", party="City pharmacy"), Signed(NINA))
    assert db.session.scalar(select(func.count()).select_from(Lot)) == 1
    assert journal.last() == before


def test_the_journal_holds_the_hash_of_each_line_and_nobody_s_name(room):
    opened = ledger.opened()
    row = journal.after(0, 5000, subject=opened.code)[0]
    assert (row.what, row.payload) == ("register.written", {"product": DRUG, "line": 1, "hash": opened.hash})


def test_a_demo_room_s_registers_hold_and_its_people_took_turns(room):
    nurses = [ledger.person("nina22", "Nina"), ledger.person("nadia2", "Nadia")]
    for _ in range(2):
        with transaction():
            drugs.open_registers(room, nurses, NINE)
    assert {line.kind for line in lines()} >= {LineKind.OPENING, LineKind.RECEIPT, LineKind.REVERSAL, LineKind.COUNT}
    assert {line.giver for line in lines()} == {"nina22", "nadia2"}
    assert [head.seq for head in db.session.scalars(select(Head))] == [6] * len(room.drugs)
    assert list(verifying.wrong_registers()) == []
