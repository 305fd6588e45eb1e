"""Counting controlled drugs: two people, each blind, and no difference signed off in passing; on both databases."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal
from consumption_room.amounts import from_mg
from consumption_room.database import db, table_of, transaction
from consumption_room.gate import here
from consumption_room.register import counts, products, queries, verifying
from consumption_room.register.models import Count
from consumption_room.register.rules import AlreadySettled, RegisterNotOpen, WitnessNeeded
from consumption_room.shifts import rules as shift_rules
from consumption_room.shifts import service as shifts
from consumption_room.vocabulary.register import CountOccasion, CountState, LineKind
from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import MONA, NINA, PIN, opened_room
from tests.ledger import DRUG


def counted(mg: str, by=NINA, lot: str = "A1", occasion=CountOccasion.SHIFT) -> Count:
    """What one person counted."""
    with transaction():
        asked = counts.Counted(DRUG, lot, from_mg(mg), occasion)
        return counts.count(asked, here.policy(), by, clock.now())


def settled(code: str, reason: str = "a vial broke, nobody wrote it down", signed=ledger.TWO):
    """The discrepancy with this code, settled."""
    with transaction():
        return counts.settle(code, reason, here.policy(), signed, clock.now())


def differs(by_mg: str = "50") -> str:
    """A discrepancy: two people counted so much less than the register says; its code."""
    ledger.opened("1000")
    figure = str(1000 - int(by_mg))
    counted(figure)
    counted(figure, MONA)
    return queries.open_discrepancies()[0].code


def test_a_count_that_agrees_is_a_line_signed_by_both(room):
    ledger.opened("1000")
    waits = counted("1000")
    assert (waits.state, waits.second) == (CountState.WAITING, None)
    done = counted("1000", MONA)
    assert (done.code, done.state) == (waits.code, CountState.AGREES)
    line = queries.newest(products.product(DRUG), None, 1)[0]
    assert (line.kind, line.quantity, line.counted, line.balance) == (LineKind.COUNT, 0, 1_000_000, 1_000_000)
    assert (line.giver_name, line.witness_name, line.reason) == ("Mona", "Nina", "shift")
    assert queries.last_counts(products.product(DRUG))[line.lot_id].code == done.code
    assert queries.open_discrepancies() == []


def test_what_is_given_out_between_the_two_figures_does_not_matter(room):
    ledger.opened("1000")
    counted("1000")
    ledger.supplied("200")
    assert counted("800", MONA).state is CountState.AGREES


def test_two_figures_that_differ_are_no_count(room):
    ledger.opened("1000")
    counted("1000")
    assert counted("950", MONA).state is CountState.DISAGREE
    assert [line.kind for line in queries.newest(products.product(DRUG), None, 5)] == [LineKind.OPENING]
    assert queries.open_discrepancies() == []
    counted("1000")
    assert counted("1000", MONA).state is CountState.AGREES


def test_one_person_who_counts_twice_is_still_one_person(room):
    ledger.opened("1000")
    first = counted("999")
    again = counted("1000")
    assert (again.code, again.state, again.first_counted) == (first.code, CountState.WAITING, 1_000_000)
    forged = {"state": "agrees", "second": NINA.staff, "second_name": "Nina", "second_counted": 1}
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(table_of(Count)).values(**forged))


def test_a_difference_opens_a_discrepancy_and_the_register_waits_for_a_reason(room):
    code = differs("50")
    found = counts.discrepancy(code)
    assert found.difference == -50_000
    assert queries.newest(products.product(DRUG), None, 1)[0].balance == 1_000_000
    assert "register.disagrees" in [row.what for row in journal.after(0, 5000, subject=code)]
    with pytest.raises(WitnessNeeded):
        settled(code, signed=ledger.Signed(NINA))
    settled(code)
    line = queries.newest(products.product(DRUG), None, 1)[0]
    assert (line.kind, line.quantity, line.balance) == (LineKind.ADJUSTMENT, -50_000, 950_000)
    assert queries.open_discrepancies() == []
    with pytest.raises(AlreadySettled):
        settled(code)
    assert list(verifying.wrong_registers()) == []


def test_what_was_found_again_settles_itself(room):
    code = differs("50")
    counted("1000")
    counted("1000", MONA)
    found = counts.discrepancy(code)
    assert (found.settled_by, found.reason) == ("Mona", "Counted again, and it agrees.")
    assert queries.newest(products.product(DRUG), None, 1)[0].balance == 1_000_000


def test_a_register_that_is_not_open_is_not_counted(room):
    with pytest.raises(RegisterNotOpen):
        counted("0")


def test_nobody_signs_a_shift_off_over_a_discrepancy_without_saying_why(room, cast):
    opened_room(cast.staff[Role.NURSE], override="the oxygen comes at noon", by=MONA)
    to = shifts.HandOver(cast.staff[Role.MANAGER])
    sheet = shifts.Sheet(0, 0, 0, 0, ())
    with transaction():
        with pytest.raises(shift_rules.RegisterDisagrees):
            shifts.hand_over(to, sheet, NINA, clock.now(), discrepancies=1)
        shifts.hand_over(shifts.HandOver(to.to, "50 mg are missing"), sheet, NINA, clock.now(), discrepancies=1)
        with pytest.raises(shift_rules.RegisterDisagrees) as told:
            shifts.close(None, 0, NINA, clock.now(), discrepancies=1)
        assert told.value.facts == {"discrepancies": 1}
        shifts.close("The pharmacist comes tomorrow", 0, NINA, clock.now(), discrepancies=1)


def test_closing_over_http_asks_the_register(client_as, cast):
    opened_room(cast.staff[Role.NURSE], override="the oxygen comes at noon", by=MONA)
    code = differs()
    nurse = client_as(Role.NURSE)
    assert nurse.post("/api/v1/shifts/close", json={}).json["code"] == "register-disagrees"
    settled(code)
    assert nurse.post("/api/v1/shifts/close", json={}).status_code == 200


def test_a_count_over_http_is_blind(client_as, cast):
    ledger.opened("1000")
    nurse, url = client_as(Role.NURSE), f"/api/v1/register/{DRUG}/counts"
    first = nurse.post(url, json={"lot": "A1", "counted_mg": "990", "occasion": "month-end"})
    assert first.status_code == 201
    assert (first.json["state"], first.json["difference_mg"]) == ("waiting", None)
    assert not {"990", "1000"} & {str(value) for value in first.json.values()}
    manager = {"staff": cast.staff[Role.MANAGER], "pin": PIN}
    second = nurse.post(url, json={"lot": "A1", "counted_mg": "990", "witness": manager})
    assert (second.json["state"], second.json["difference_mg"]) == ("differs", "-10")
    told = nurse.get(f"/api/v1/register/{DRUG}").json["discrepancies"]
    assert [one["difference_mg"] for one in told] == ["-10"]
    answer = nurse.post(
        f"/api/v1/register/discrepancies/{told[0]['code']}/settle", json={"reason": "spilled", "witness": manager}
    )
    assert answer.json["settled_at"]
    assert nurse.get(f"/api/v1/register/{DRUG}").json["balance_mg"] == "990"
