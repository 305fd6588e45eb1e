"""A prescribed dose: windows, the pre-check, the register and the observation in one transaction; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal
from consumption_room.database import db, transaction
from consumption_room.doses import corrections, holds, limits, prescriptions, rules, service, supplies
from consumption_room.doses.corrections import Elsewhere
from consumption_room.doses.fates import DoesNotAddUp
from consumption_room.doses.models import Dose, Observation
from consumption_room.doses.rules import MG
from consumption_room.doses.service import Check, Ending, Preparing, WrongPerson
from consumption_room.errors import FieldsWrong, OutOfOrder
from consumption_room.gate import here
from consumption_room.register.lines import Signed
from consumption_room.register.models import Entry
from consumption_room.register.rules import LotExpired, NoStock, WitnessIsGiver, WitnessNeeded
from consumption_room.visits import rules as visit_rules
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import (
    Advice,
    DoseOutcome,
    DoseState,
    DoseWindow,
    HoldCause,
    HoldLevel,
    PrescriptionState,
)
from consumption_room.vocabulary.visits import LeaveReason, Stage
from tests import dosing, ledger
from tests.builders import DORA, MONA, NINA, NINE, ROSA, TODAY, client, gone
from tests.databases import opened
from tests.dosing import (
    AFTERNOON,
    AWAKE,
    MORNING,
    TWO,
    balance,
    dosed,
    ended,
    expected,
    in_the_room,
    let_go,
    looked_at,
    order,
    prepared,
    seen,
    swept,
)
from tests.racers import race

FIFTY_GRAMS = 50_000 * MG


@pytest.fixture
def register(room):
    """A register with fifty grams."""
    return ledger.opened()


@pytest.fixture
def wolf(register):
    """Somebody with two doses a day."""
    return order()


def lines() -> list[tuple[str, int]]:
    """What stands in the register: kind and amount in milligrams, the opening left out."""
    rows = db.session.execute(select(Entry.kind, Entry.quantity).order_by(Entry.seq)).all()
    return [(kind.value, quantity // MG) for kind, quantity in rows if kind != "opening"]


def held(wolf, level=HoldLevel.NURSE):
    """The order, put on hold."""
    with transaction():
        return prescriptions.hold(wolf.code, "was unwell", level, NINA, clock.now())


def reviewed(wolf, by=NINA):
    """The order, looked at."""
    with transaction():
        return prescriptions.review(wolf.code, "spoke with them", None, by, clock.now())


def reversed_dose(dose, signed=TWO):
    """The dose, taken back by two."""
    with transaction():
        return corrections.reverse(dose.code, "wrong person", here.policy(), signed, clock.now())


def test_a_dose_goes_all_the_way_and_each_milligram_is_in_the_register(wolf, fast_forward):
    visit = in_the_room(wolf)
    dose = looked_at(wolf, visit)
    assert (dose.state, dose.advice, dose.planned) == (DoseState.PRE_CHECK, Advice.GIVE, 200 * MG)
    prepared(dose)
    assert (dose.state, dose.giver, dose.witness, balance()) == (
        DoseState.HANDED_OVER,
        "Nina",
        "Mona",
        FIFTY_GRAMS - 200 * MG,
    )
    ended(dose)
    assert (dose.state, dose.given, dose.given_at) == (DoseState.OBSERVING, 200 * MG, clock.now())
    assert dose.observe_until == clock.now() + timedelta(minutes=30)
    assert visit.observe_until == dose.observe_until
    fast_forward(minutes=30)
    seen(dose)
    let_go(dose)
    assert (dose.state, dose.discharged_by) == (DoseState.DISCHARGED, "Nina")
    gone(visit)
    assert lines() == [("supply", -200)]


def test_each_dose_has_its_line_with_the_persons_code_and_the_order(wolf):
    dose = dosed(wolf)
    line = db.session.scalars(select(Entry).where(Entry.reference == dose.code)).one()
    assert (line.party, line.authority, line.giver_name, line.witness_name) == (
        wolf.client.code,
        wolf.code,
        "Nina",
        "Mona",
    )


@pytest.mark.parametrize(
    ("outcome", "amounts", "state", "written"),
    [
        (DoseOutcome.PART_GIVEN, {"given": 120, "wasted": 80}, "observing", [("return", 80), ("waste", -80)]),
        (DoseOutcome.PART_GIVEN, {"given": 120, "returned": 80}, "observing", [("return", 80)]),
        (DoseOutcome.VOMITED, {"given": 200}, "observing", []),
        (DoseOutcome.REFUSED, {"returned": 200}, "refused", [("return", 200)]),
        (DoseOutcome.WITHHELD, {"wasted": 200}, "withheld", [("return", 200), ("waste", -200)]),
        (DoseOutcome.ABSENT, {"wasted": 200}, "absent", [("return", 200), ("waste", -200)]),
        (DoseOutcome.SPILLED, {"wasted": 50, "returned": 150}, "spilled", [("return", 200), ("waste", -50)]),
        (DoseOutcome.NO_VEIN, {"wasted": 200}, "spilled", [("return", 200), ("waste", -200)]),
    ],
)
def test_each_outcome_has_its_own_effect_on_the_person_and_on_the_register(wolf, outcome, amounts, state, written):
    dose = ended(prepared(looked_at(wolf, in_the_room(wolf))), outcome, **amounts)
    assert dose.state == state
    assert lines() == [("supply", -200), *written]
    assert balance() == FIFTY_GRAMS - 200 * MG + amounts.get("returned", 0) * MG
    assert (dose.given_at is not None) is (state == "observing")


def test_every_outcome_but_given_says_why_and_missed_is_the_servers_word(wolf):
    dose = prepared(looked_at(wolf, in_the_room(wolf)))
    for outcome in DoseOutcome:
        if outcome is not DoseOutcome.GIVEN:
            with pytest.raises(FieldsWrong), transaction():
                service.end(dose.code, Ending(outcome, wasted=200 * MG), here.policy(), TWO, NINE)
    with pytest.raises(FieldsWrong, match="Some fields"):
        ended(dose, DoseOutcome.MISSED, wasted=200)


def test_amounts_that_do_not_add_up_change_nothing(wolf):
    dose = prepared(looked_at(wolf, in_the_room(wolf)))
    with pytest.raises(DoesNotAddUp, match="199 mg are accounted for"):
        ended(dose, DoseOutcome.PART_GIVEN, given=120, wasted=79)
    assert lines() == [("supply", -200)]
    assert expected(wolf).state is DoseState.HANDED_OVER


def test_a_second_dose_in_the_window_is_refused_and_nothing_leaves_the_register(wolf):
    visit = in_the_room(wolf)
    dosed(wolf, visit)
    with pytest.raises(rules.WindowUsed):
        dosed(wolf, visit)
    assert lines() == [("supply", -200)]


def test_two_nurses_at_once_and_one_success(wolf, database_url, tmp_path):
    visit = in_the_room(wolf)
    told = race(tmp_path / "data", database_url, dosing.gives, [(wolf.code, visit.code)] * 4)
    assert told == {"done": 1, "window-used": 3}
    db.session.rollback()
    assert lines() == [("supply", -200)]


def test_the_database_itself_refuses_a_second_dose_in_a_window(wolf):
    first = dosed(wolf)
    with pytest.raises(IntegrityError), transaction():
        db.session.add(
            Dose(
                prescription_id=wolf.id,
                client_id=wolf.client_id,
                service_day=TODAY,
                window=MORNING,
                turn=1,
                opens_at=first.opens_at,
                closes_at=first.closes_at,
                ends_at=first.ends_at,
                state=DoseState.HANDED_OVER,
            )
        )


@pytest.mark.parametrize(
    "change",
    [
        "witness_code = giver_code",
        "wasted = 1",
        "given = -1",
        "outcome = 'refused', reason = NULL",
        "observe_until = NULL",
        "given_at = NULL",
        "override_by = 'Nina'",
        "reversed_by = 'Nina'",
    ],
)
def test_the_database_itself_refuses_a_dose_that_cannot_be(wolf, change):
    dosed(wolf)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(text(f"UPDATE dose SET {change} WHERE state = 'observing'"))


def test_the_next_dose_waits_for_its_window_and_for_the_gap(wolf, fast_forward):
    visit = in_the_room(wolf)
    with pytest.raises(rules.TooSoon, match="not opened"):
        looked_at(wolf, visit, AFTERNOON)
    fast_forward(hours=1, minutes=40)
    with transaction():
        prescriptions.change(wolf.code, {"minimum_gap_minutes": 300}, "longer gap", here.policy(), DORA, clock.now())
    dosed(wolf, visit)
    fast_forward(hours=4, minutes=59)
    with pytest.raises(rules.TooSoon, match="1 minutes"):
        looked_at(wolf, visit, AFTERNOON)
    fast_forward(minutes=1)
    assert looked_at(wolf, visit, AFTERNOON).advice is Advice.GIVE


def test_the_gap_counts_across_two_prescriptions_of_one_person(wolf):
    visit = in_the_room(wolf)
    other = order(wolf.client)
    dosed(wolf, visit)
    with pytest.raises(rules.TooSoon):
        dosed(other, visit)


@pytest.mark.parametrize(("mg", "error"), [(301, rules.OverMaximum), (251, rules.Retype), (2000, rules.OverMaximum)])
def test_too_much_is_refused_and_what_is_unusual_is_typed_twice(wolf, mg, error):
    dose = looked_at(wolf, in_the_room(wolf))
    with pytest.raises(error):
        prepared(dose, mg)
    assert lines() == []
    if error is rules.Retype:
        assert prepared(dose, mg, again=mg * MG).prepared == mg * MG


def test_the_days_maximum_counts_what_was_had_before(wolf, fast_forward):
    visit = in_the_room(wolf)
    first = looked_at(wolf, visit)
    ended(prepared(first, 300, again=300 * MG))
    fast_forward(hours=7)
    second = looked_at(wolf, visit, AFTERNOON)
    with pytest.raises(rules.OverMaximum, match="With 300 mg taken today"):
        prepared(second, 201)
    prepared(second, 200, again=200 * MG)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ({"sedation": Sedation.OFTEN_DROWSY}, DoseState.HELD),
        ({"alcohol": 60}, DoseState.HELD),
        ({"breaths": 7}, DoseState.REFERRED),
    ],
)
def test_a_pre_check_that_says_no_is_kept_and_only_a_name_goes_against_it(wolf, found, state):
    visit = in_the_room(wolf)
    dose = looked_at(wolf, visit, **found)
    assert dose.state is state
    with pytest.raises(rules.Held):
        prepared(dose)
    if state is DoseState.REFERRED:
        with pytest.raises(rules.Held, match="prescriber"):
            prepared(dose, override="I looked again")
        prepared(dose, signed=Signed(DORA, NINA), override="seen, and all right")
        assert dose.override_by == "Dora"
    else:
        prepared(dose, override="looked again, awake now")
        assert (dose.override_by, dose.override_reason) == ("Nina", "looked again, awake now")
    assert journal.after(0, subject=dose.code)[-2].what == "dose.overridden"


def test_somebody_who_was_held_may_be_looked_at_again(wolf, fast_forward):
    visit = in_the_room(wolf)
    looked_at(wolf, visit, alcohol=60)
    fast_forward(minutes=40)
    dose = looked_at(wolf, visit, alcohol=0)
    assert (dose.state, dose.advice) == (DoseState.PRE_CHECK, Advice.GIVE)


def test_nothing_is_prepared_before_somebody_has_looked(wolf):
    with pytest.raises(OutOfOrder):
        prepared(expected(wolf))
    assert lines() == []


def test_a_dose_and_a_visit_belong_to_one_person(wolf):
    stranger = order(client("Red Fox"))
    with pytest.raises(WrongPerson, match="somebody else"):
        looked_at(wolf, in_the_room(stranger))
    with pytest.raises(WrongPerson, match="ended"):
        looked_at(wolf, gone(in_the_room(wolf)))


def test_the_witness_is_there_and_is_another_person(wolf):
    dose = looked_at(wolf, in_the_room(wolf))
    with pytest.raises(WitnessNeeded):
        prepared(dose, signed=Signed(NINA))
    with pytest.raises(WitnessIsGiver):
        prepared(dose, signed=Signed(NINA, NINA))
    assert (expected(wolf).state, lines()) == (DoseState.PRE_CHECK, [])


def test_an_empty_register_and_an_old_lot_give_nothing(room):
    ledger.opened("150")
    wolf = order()
    with pytest.raises(NoStock):
        dosed(wolf)
    assert expected(wolf).state is DoseState.EXPECTED


def test_an_old_lot_gives_nothing(room):
    ledger.opened(until=TODAY - timedelta(days=1))
    wolf = order()
    with pytest.raises(LotExpired):
        dosed(wolf)
    assert expected(wolf).state is DoseState.EXPECTED


def test_a_dose_beyond_the_end_of_its_prescription_is_refused(register, fast_forward):
    wolf = order(ends_on=TODAY)
    fast_forward(days=1)
    swept()
    with pytest.raises(rules.Expired, match="renew"):
        looked_at(wolf, in_the_room(wolf))


BREAKS = {
    "register": (supplies.register, "supply"),
    "visit": (visits, "keep_in"),
    "journal": (journal, "link"),
    "window": (service, "once_more"),
}


@pytest.mark.parametrize("part", BREAKS)
def test_when_one_part_of_a_dose_fails_nothing_of_it_remains(wolf, part, monkeypatch):
    """The dose, its line, the stock and the observation hold together, or not at all."""
    visit = in_the_room(wolf)

    def breaks(*_args, **_more):
        raise OSError("the disk is full")

    monkeypatch.setattr(*BREAKS[part], breaks)
    outcome = DoseOutcome.SPILLED if part == "window" else DoseOutcome.GIVEN
    ending = Ending(outcome, wasted=200 * MG, reason="dropped") if part == "window" else Ending(outcome, 200 * MG)
    with pytest.raises(OSError, match="disk"), transaction():
        service.give(
            Check(wolf.code, visit.code, MORNING, AWAKE), Preparing(200 * MG), ending, here.policy(), TWO, NINE
        )
    db.session.rollback()
    monkeypatch.undo()
    dose = expected(wolf)
    assert (dose.state, dose.prepared, dose.visit_id, dose.found) == (DoseState.EXPECTED, 0, None, None)
    assert (lines(), balance()) == ([], FIFTY_GRAMS)
    again = visits.get(visit.code)
    assert (again.kept_in, again.observe_until) == (False, None)


def test_missed_is_set_once_at_the_end_of_the_grace_and_not_before(wolf, fast_forward):
    fast_forward(minutes=104, seconds=59)
    assert swept() == 0
    fast_forward(seconds=1)
    assert swept() == 1
    assert swept() == 0
    dose = expected(wolf)
    assert (dose.state, dose.outcome, wolf.missed_in_a_row) == (DoseState.MISSED, DoseOutcome.MISSED, 1)
    assert [row.what for row in journal.after(0, subject=dose.code)] == ["dose.missed"]


def test_missed_doses_are_set_after_a_restart_for_each_day_the_room_slept(wolf, fast_forward, tmp_path, database_url):
    fast_forward(days=2, hours=3)
    with opened(tmp_path / "data", database_url):
        while swept():
            pass
    db.session.rollback()
    states = db.session.execute(select(Dose.service_day, Dose.window, Dose.state).order_by(Dose.opens_at)).all()
    day = timedelta(days=1)
    assert [tuple(row) for row in states] == [
        (TODAY, MORNING, DoseState.MISSED),
        (TODAY, AFTERNOON, DoseState.MISSED),
        (TODAY + day, MORNING, DoseState.MISSED),
        (TODAY + day, AFTERNOON, DoseState.WITHHELD),
        (TODAY + 2 * day, MORNING, DoseState.WITHHELD),
        (TODAY + 2 * day, AFTERNOON, DoseState.EXPECTED),
    ]


def test_somebody_who_comes_late_is_given_their_dose_with_a_reason(wolf, fast_forward):
    fast_forward(hours=2)
    swept()
    visit = in_the_room(wolf)
    with pytest.raises(rules.NeedsAReason, match="missed"):
        looked_at(wolf, visit)
    dose = looked_at(wolf, visit, reason="the bus did not come")
    assert (dose.converted_from, dose.reason) == (DoseState.MISSED, "the bus did not come")
    ended(prepared(dose))
    assert (dose.state, dose.prescription.missed_in_a_row) == (DoseState.OBSERVING, 0)


def misses(wolf, fast_forward, count):
    """So many windows in a row pass without the person."""
    for _ in range(count):
        dose = db.session.scalars(
            select(Dose).where(Dose.prescription_id == wolf.id, Dose.state == DoseState.EXPECTED).order_by(Dose.ends_at)
        ).first()
        if dose is None:
            fast_forward(hours=24)
            swept()
            continue
        fast_forward(seconds=(dose.ends_at - clock.now()).total_seconds())
        swept()
        if db.session.get(type(wolf), wolf.id).state is PrescriptionState.HELD:
            return


def test_runs_of_missed_doses_ask_for_a_nurse_then_for_a_prescriber(wolf, fast_forward):
    misses(wolf, fast_forward, 5)
    assert (wolf.missed_in_a_row, wolf.state, wolf.hold_level, wolf.hold_cause) == (
        3,
        PrescriptionState.HELD,
        HoldLevel.NURSE,
        HoldCause.MISSED_DOSES,
    )
    visit = in_the_room(wolf)
    with pytest.raises(rules.Held, match="3 doses were missed"):
        looked_at(wolf, visit, reason="is here")
    reviewed(wolf)
    assert wolf.missed_in_a_row == 3
    with transaction():
        wolf.missed_in_a_row = 4
    misses(wolf, fast_forward, 3)
    assert (wolf.missed_in_a_row, wolf.hold_level) == (5, HoldLevel.PRESCRIBER)
    with pytest.raises(rules.Held, match="Only a prescriber"):
        reviewed(wolf)
    reviewed(wolf, DORA)
    assert (wolf.state, wolf.missed_in_a_row) == (PrescriptionState.ACTIVE, 0)


def test_a_window_that_ends_on_a_hold_is_withheld_and_not_missed(wolf, fast_forward):
    held(wolf)
    fast_forward(hours=2)
    swept()
    assert (expected(wolf).state, expected(wolf).reason, wolf.missed_in_a_row) == (
        DoseState.WITHHELD,
        "was unwell",
        0,
    )


def test_a_held_prescription_gives_nothing_until_somebody_has_looked(wolf):
    held(wolf)
    visit = in_the_room(wolf)
    with pytest.raises(rules.Held, match="was unwell"):
        looked_at(wolf, visit)
    reviewed(wolf)
    dosed(wolf, visit)
    with transaction():
        prescriptions.stop(wolf.code, "moved away", here.policy(), DORA, NINE)
    with pytest.raises(rules.Expired):
        looked_at(wolf, visit, AFTERNOON)


def test_a_hold_between_looking_and_preparing_holds(wolf):
    dose = looked_at(wolf, in_the_room(wolf))
    held(wolf)
    with pytest.raises(rules.Held):
        prepared(dose)


def test_a_hold_for_a_prescriber_is_not_made_lighter(wolf):
    held(wolf, HoldLevel.PRESCRIBER)
    held(wolf, HoldLevel.NURSE)
    assert wolf.hold_level is HoldLevel.PRESCRIBER


def test_nobody_leaves_before_they_are_discharged_but_with_the_ambulance(wolf, fast_forward):
    visit = in_the_room(wolf)
    dose = dosed(wolf, visit)
    with pytest.raises(visit_rules.StillObserved):
        gone(visit)
    with pytest.raises(rules.StillObserved, match="30 more minutes"):
        let_go(dose)
    seen(dose, sedation=Sedation.OFTEN_DROWSY)
    fast_forward(minutes=31)
    with pytest.raises(rules.StillObserved, match="not fit"):
        let_go(dose)
    seen(dose)
    let_go(dose)
    assert gone(visit).stage is Stage.LEFT
    other = order(client("Red Fox"))
    ill = in_the_room(other)
    dosed(other, ill)
    assert gone(ill, LeaveReason.TO_HOSPITAL).stage is Stage.LEFT


def test_somebody_who_walks_out_is_let_go_by_name_and_with_a_reason(wolf):
    visit = in_the_room(wolf)
    dose = dosed(wolf, visit)
    let_go(dose, "walked out")
    assert (dose.override_by, dose.override_reason) == ("Nina", "walked out")
    gone(visit)


def test_a_dose_entered_late_keeps_both_moments_and_is_marked(wolf, fast_forward):
    visit = in_the_room(wolf)
    given_at = clock.now()
    fast_forward(minutes=11)
    asked = Check(wolf.code, visit.code, MORNING, AWAKE)
    with transaction():
        dose = service.give(
            asked,
            Preparing(200 * MG),
            Ending(DoseOutcome.GIVEN, 200 * MG, given_at=given_at),
            here.policy(),
            TWO,
            clock.now(),
        )
    assert (dose.given_at, dose.recorded_at, dose.late) == (given_at, clock.now(), True)
    assert dose.observe_until == given_at + timedelta(minutes=30)
    assert not dosed(order(client("Red Fox"))).late


def test_a_dose_cannot_be_given_in_the_future(wolf):
    dose = prepared(looked_at(wolf, in_the_room(wolf)))
    with pytest.raises(FieldsWrong):
        ended(dose, given_at=NINE + timedelta(seconds=1))


def test_a_dose_had_elsewhere_uses_the_window_and_counts(wolf, fast_forward):
    with transaction():
        asked = Elsewhere(MORNING, 250 * MG, NINE, "the hospital rang")
        corrections.had_elsewhere(wolf.code, asked, here.policy(), NINA, NINE)
    visit = in_the_room(wolf)
    with pytest.raises(rules.WindowUsed):
        looked_at(wolf, visit)
    fast_forward(hours=7)
    dose = looked_at(wolf, visit, AFTERNOON)
    with pytest.raises(rules.OverMaximum, match="With 250 mg taken today"):
        prepared(dose, 251, again=251 * MG)
    assert lines() == []


def test_a_dose_is_taken_back_by_two_and_stays_to_be_seen(wolf):
    visit = in_the_room(wolf)
    dose = dosed(wolf, visit)
    with pytest.raises(WitnessNeeded):
        reversed_dose(dose, Signed(NINA))
    with pytest.raises(WitnessIsGiver):
        reversed_dose(dose, Signed(NINA, NINA))
    reversed_dose(dose)
    reversed_dose(dose)
    assert (dose.state, dose.given, dose.reversed_by, dose.reversed_reason) == (
        DoseState.REVERSED,
        200 * MG,
        "Nina",
        "wrong person",
    )
    assert lines() == [("supply", -200), ("reversal", 200)]
    assert (balance(), visits.get(visit.code).kept_in) == (FIFTY_GRAMS, False)
    assert (expected(wolf).state, expected(wolf).turn) == (DoseState.EXPECTED, 1)
    dosed(wolf, visit)


def test_a_part_dose_is_taken_back_line_by_line(wolf):
    dose = ended(prepared(looked_at(wolf, in_the_room(wolf))), DoseOutcome.PART_GIVEN, given=150, wasted=50)
    reversed_dose(dose)
    assert balance() == FIFTY_GRAMS


def test_a_spilled_dose_leaves_its_window_open_for_another(wolf):
    visit = in_the_room(wolf)
    ended(prepared(looked_at(wolf, visit)), DoseOutcome.SPILLED, wasted=200)
    dosed(wolf, visit)
    with pytest.raises(rules.WindowUsed):
        dosed(wolf, visit)
    assert balance() == FIFTY_GRAMS - 400 * MG


def test_after_three_tries_at_a_vein_it_is_stopped(wolf):
    dose = prepared(looked_at(wolf, in_the_room(wolf)))
    with pytest.raises(rules.Held, match="After 3 tries"):
        ended(dose, attempts=4)
    ended(dose, DoseOutcome.NO_VEIN, wasted=200, attempts=3)
    assert dose.attempts == 3


def test_two_looks_at_a_day_are_kept(wolf):
    dose = dosed(wolf)
    seen(dose, breaths=13)
    seen(dose, breaths=15)
    found = db.session.scalars(select(Observation.found).order_by(Observation.id)).all()
    assert [one["breaths"] for one in found] == [13, 15]


def test_after_an_emergency_a_nurse_looks_before_the_next_dose(wolf):
    with transaction():
        holds.after_an_emergency(wolf.client_id, ROSA, NINE)
    assert (wolf.state, wolf.hold_level, wolf.hold_cause) == (
        PrescriptionState.HELD,
        HoldLevel.NURSE,
        HoldCause.EMERGENCY,
    )
    with pytest.raises(rules.Held, match="emergency"):
        looked_at(wolf, in_the_room(wolf))


def test_the_journal_of_a_dose_holds_codes_only(wolf):
    dose = dosed(wolf)
    rows = [row for row in journal.after(0) if row.subject == dose.code]
    assert [row.what for row in rows] == ["dose.checked", "dose.prepared", "dose.ended"]
    told = repr([(row.payload, row.subject) for row in rows])
    assert "Grey Wolf" not in told
    assert "200" not in told


def test_a_dose_keeps_the_terms_and_the_limits_that_it_was_decided_by(wolf):
    dose = dosed(wolf)
    assert (dose.terms.version, dose.limits_version) == (1, limits.now().version)


def test_a_day_of_doses_is_counted_by_the_window(wolf):
    order(client("Red Fox"))
    counted = db.session.execute(select(Dose.window, func.count()).group_by(Dose.window)).all()
    assert sorted(counted) == [(DoseWindow.AFTERNOON, 2), (DoseWindow.MORNING, 2)]


def test_mona_may_witness_what_nina_gives(wolf):
    assert dosed(wolf).witness_code == MONA.staff
    assert dosed(order(client("Red Fox"))).giver_code == NINA.staff
