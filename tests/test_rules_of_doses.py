"""Doses decided without a database: the truth table, the guards, the windows, and where every milligram goes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consumption_room.doses import fates, precheck, rules, windows
from consumption_room.doses.fates import FATES
from consumption_room.doses.precheck import Measured
from consumption_room.doses.rules import MG, Limits, Order, Taken
from consumption_room.doses.windows import Times, WindowsOverlap
from consumption_room.errors import FieldsWrong, OutOfOrder, Unsafe
from consumption_room.policy.room import load
from consumption_room.settings import ROOT
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import Advice, DeclaredUse, DoseOutcome, DoseState, DoseWindow, HoldLevel, Limit
from tests.builders import NINE, TODAY
from tests.dose_rules import CASES, PAGE, TABLE, measured, numbers, page, unsigned

LIMITS = unsigned()
WELL = measured({})
ORDER = Order(TODAY, TODAY + timedelta(days=30), 300 * MG, 500 * MG, timedelta(hours=3))
HALF_PAST_EIGHT = timedelta(hours=8, minutes=30)
ZONES = ["Europe/Copenhagen", "Europe/Lisbon", "America/Toronto", "Australia/Lord_Howe"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["found"])
def test_the_pre_check_says_what_the_table_says(case):
    verdict = precheck.look(measured(case), case.get("missed", 0), LIMITS)
    assert verdict.advice == case["advice"]
    assert [one.why for one in verdict.findings] == case.get("why", [])


def test_the_table_tries_every_reason_and_every_advice():
    said = {word for case in CASES for word in case.get("why", [])}
    assert said == {why.value for why in precheck.Why}
    assert {case["advice"] for case in CASES} == {advice.value for advice in Advice}
    known = {"found", "advice", "why", "own_use_hours", *TABLE["usual"]}
    assert {name for case in CASES for name in case} <= known


def test_the_page_for_the_doctor_is_written_from_the_table():
    assert PAGE.read_text() == page(), "run `make dose-rules`"


@given(
    st.builds(
        Measured,
        sedation=st.none() | st.sampled_from(Sedation),
        breaths=st.none() | st.integers(0, 40),
        saturation=st.none() | st.integers(60, 100),
        alcohol=st.none() | st.integers(0, 400),
        systolic=st.none() | st.integers(50, 240),
        own_use=st.sampled_from(DeclaredUse),
        own_use_hours=st.none() | st.integers(0, 48),
    ),
    st.integers(0, 8),
    st.sampled_from(["breaths", "saturation"]),
    st.integers(1, 10),
)
def test_somebody_who_is_worse_is_never_given_more(found, missed, sign, less):
    value = getattr(found, sign)
    assume(value is not None)
    order = list(Advice)
    worse = replace(found, **{sign: value - less}, alcohol=None if found.alcohol is None else found.alcohol + less)
    before = precheck.look(found, missed, LIMITS).advice
    after = precheck.look(worse, missed + 1, LIMITS).advice
    assert order.index(after) >= order.index(before)


def test_somebody_leaves_when_they_are_awake_and_breathe():
    assert precheck.is_good(Measured(Sedation.AWAKE, 14, 96), LIMITS)
    assert precheck.is_good(Measured(Sedation.SLIGHTLY_DROWSY), LIMITS)
    assert not precheck.is_good(Measured(Sedation.OFTEN_DROWSY, 14, 96), LIMITS)
    assert not precheck.is_good(Measured(Sedation.AWAKE, 9, 96), LIMITS)
    assert not precheck.is_good(Measured(None, 14, 96), LIMITS)


@pytest.mark.parametrize(
    ("now", "last_at", "refused"),
    [
        (NINE, None, False),
        (NINE - timedelta(minutes=31), None, True),
        (NINE, NINE - timedelta(hours=3), False),
        (NINE, NINE - timedelta(hours=3) + timedelta(seconds=1), True),
    ],
)
def test_a_dose_waits_for_its_window_and_for_the_gap(now, last_at, refused):
    opens_at = NINE - timedelta(minutes=30)
    if not refused:
        rules.not_too_soon(opens_at, ORDER, Taken(last_at=last_at), LIMITS, now)
        return
    with pytest.raises(rules.TooSoon):
        rules.not_too_soon(opens_at, ORDER, Taken(last_at=last_at), LIMITS, now)


def test_the_longer_gap_and_the_lower_maximum_count_whichever_says_so():
    lax = replace(ORDER, minimum_gap=timedelta(minutes=5), single_maximum_ug=9999 * MG, daily_maximum_ug=9999 * MG)
    with pytest.raises(rules.TooSoon, match="in 1 minutes"):
        rules.not_too_soon(NINE, lax, Taken(last_at=NINE - timedelta(minutes=179)), LIMITS, NINE)
    with pytest.raises(rules.OverMaximum, match="one dose may be: 400 mg"):
        rules.within_maximum(400 * MG + 1, lax, Taken(), LIMITS)
    with pytest.raises(rules.OverMaximum, match=r"the day's maximum of 900 mg"):
        rules.within_maximum(400 * MG, lax, Taken(today_ug=501 * MG), LIMITS)
    with pytest.raises(rules.OverMaximum, match="one dose may be: 300 mg"):
        rules.within_maximum(301 * MG, ORDER, Taken(), LIMITS)
    rules.within_maximum(300 * MG, ORDER, Taken(today_ug=200 * MG), LIMITS)


def test_a_prescription_covers_its_first_and_its_last_day():
    rules.reaches(ORDER, ORDER.starts_on)
    rules.reaches(ORDER, ORDER.ends_on)
    for day in (ORDER.starts_on - timedelta(days=1), ORDER.ends_on + timedelta(days=1)):
        with pytest.raises(rules.Expired):
            rules.reaches(ORDER, day)


@pytest.mark.parametrize(
    ("amount", "again", "refused"),
    [
        (200, None, False),
        (250, None, False),
        (251, None, True),
        (251, 251, False),
        (149, None, True),
        (2000, 200, True),
    ],
)
def test_an_amount_far_from_the_last_is_typed_twice(amount, again, refused):
    typed = None if again is None else again * MG
    if refused:
        with pytest.raises(rules.Retype):
            rules.not_a_slip(amount * MG, 200 * MG, typed, LIMITS)
    else:
        rules.not_a_slip(amount * MG, 200 * MG, typed, LIMITS)


@pytest.mark.parametrize(
    ("advice", "amount", "override", "doctor", "goes"),
    [
        (Advice.GIVE, 200, None, False, True),
        (Advice.REDUCE, 100, None, False, True),
        (Advice.REDUCE, 101, None, False, False),
        (Advice.REDUCE, 101, "as agreed with the doctor", False, True),
        (Advice.HOLD, 50, None, False, False),
        (Advice.HOLD, 50, None, True, False),
        (Advice.HOLD, 50, "looked again", False, True),
        (Advice.REFER, 50, "looked again", False, False),
        (Advice.REFER, 50, None, True, False),
        (Advice.REFER, 50, "seen and all right", True, True),
    ],
)
def test_going_against_the_pre_check_needs_a_name_and_sometimes_a_prescriber(advice, amount, override, doctor, goes):
    if goes:
        rules.heeds(advice, amount * MG, 200 * MG, LIMITS, override, doctor)
        return
    with pytest.raises(rules.Held):
        rules.heeds(advice, amount * MG, 200 * MG, LIMITS, override, doctor)


def test_missed_doses_in_a_row_ask_for_a_nurse_and_then_for_a_prescriber():
    steps = [rules.missed_step(run, LIMITS) for run in range(7)]
    assert steps == [None, None, None, HoldLevel.NURSE, HoldLevel.NURSE, HoldLevel.PRESCRIBER, HoldLevel.PRESCRIBER]


def test_nobody_leaves_before_the_time_is_over_and_somebody_has_looked():
    for good, now in [(None, NINE), (False, NINE), (True, NINE - timedelta(seconds=1))]:
        with pytest.raises(rules.StillObserved):
            rules.may_go(NINE, good, None, now)
        rules.may_go(NINE, good, "walked out", now)
    rules.may_go(NINE, True, None, NINE)


def test_a_used_window_says_so_by_its_name():
    for state in rules.GIVEN:
        with pytest.raises(rules.WindowUsed):
            rules.may_become(state, DoseState.ELSEWHERE)
    for state in (*rules.GIVEN, DoseState.PREPARED, DoseState.HANDED_OVER):
        with pytest.raises(rules.WindowUsed):
            rules.may_become(state, DoseState.PRE_CHECK)
    with pytest.raises(OutOfOrder):
        rules.may_become(DoseState.REVERSED, DoseState.DISCHARGED)


@given(st.lists(st.sampled_from(DoseState), min_size=1, max_size=12))
def test_no_way_through_the_states_gives_twice_without_taking_back(way):
    at, times_given = DoseState.EXPECTED, 0
    for following in way:
        if following in rules.ALLOWED[at]:
            at = following
            times_given += at in {DoseState.TAKEN, DoseState.ELSEWHERE}
    assert times_given <= 1


@given(
    st.sampled_from(DoseOutcome),
    st.integers(0, 400 * MG),
    st.integers(0, 400 * MG),
    st.integers(0, 400 * MG),
    st.integers(0, 400 * MG),
)
def test_no_milligram_is_lost_whatever_is_said(outcome, prepared, given_ug, wasted, returned):
    try:
        fates.add_up(outcome, prepared, given_ug, wasted, returned)
    except fates.DoesNotAddUp:
        return
    assert prepared == given_ug + wasted + returned
    assert (given_ug > 0) is FATES[outcome].uses_window


@pytest.mark.parametrize(
    ("outcome", "amounts"),
    [
        (DoseOutcome.GIVEN, (200, 200, 0, 0)),
        (DoseOutcome.VOMITED, (200, 200, 0, 0)),
        (DoseOutcome.PART_GIVEN, (200, 120, 80, 0)),
        (DoseOutcome.SPILLED, (200, 0, 200, 0)),
        (DoseOutcome.REFUSED, (200, 0, 0, 200)),
        (DoseOutcome.REFUSED, (0, 0, 0, 0)),
    ],
)
def test_each_outcome_has_amounts_that_fit_it(outcome, amounts):
    fates.add_up(outcome, *(amount * MG for amount in amounts))
    with pytest.raises(fates.DoesNotAddUp):
        fates.add_up(outcome, *(amount * MG for amount in amounts[:-1]), amounts[-1] * MG + 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 36 * 60), st.integers(1, 600)),
        max_size=14,
    )
)
def test_no_sequence_of_asking_exceeds_a_maximum_or_shortens_a_gap(asked):
    """Whoever asks when, and for how much: what is let through keeps every limit."""
    given_doses: list[tuple[datetime, int]] = []
    for minutes, amount in sorted(asked):
        now = NINE + timedelta(minutes=minutes)
        today = [ug for at, ug in given_doses if (at - NINE) // timedelta(days=1) == minutes // 1440]
        last_at, last_ug = given_doses[-1] if given_doses else (None, None)
        taken = Taken(sum(today), last_at, last_ug)
        try:
            rules.not_too_soon(NINE, ORDER, taken, LIMITS, now)
            rules.within_maximum(amount * MG, ORDER, taken, LIMITS)
        except (rules.TooSoon, rules.OverMaximum):
            continue
        given_doses.append((now, amount * MG))
    assert all(ug <= 300 * MG for _, ug in given_doses)
    assert all(later - earlier >= timedelta(hours=3) for (earlier, _), (later, _) in pairwise(given_doses))
    for day in (0, 1):
        assert sum(ug for at, ug in given_doses if (at - NINE) // timedelta(days=1) == day) <= 500 * MG


@pytest.mark.parametrize("zone", ZONES)
def test_windows_keep_their_local_time_and_their_length_when_clocks_change(zone):
    here, morning = ZoneInfo(zone), Times(HALF_PAST_EIGHT, timedelta(hours=11), timedelta(minutes=15))
    day, wrong = date(2024, 1, 1), []
    while day < date(2036, 1, 1):
        due = windows.due(DoseWindow.MORNING, morning, day, here, timedelta(hours=5))
        local = due.opens_at.astimezone(here)
        if (local.date(), local.hour, local.minute) != (day, 8, 30) or due.closes_at - due.opens_at != timedelta(
            hours=2, minutes=30
        ):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


def test_a_window_in_the_small_hours_belongs_to_the_day_before_and_lasts_its_length():
    night = Times(timedelta(hours=1, minutes=30), timedelta(hours=3), timedelta(0))
    due = windows.due(DoseWindow.EVENING, night, date(2026, 10, 24), ZoneInfo("Europe/Copenhagen"), timedelta(hours=5))
    assert due.opens_at == datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert due.closes_at - due.opens_at == timedelta(hours=1, minutes=30)


def test_windows_do_not_run_into_each_other():
    nine_to_eleven = Times(timedelta(hours=9), timedelta(hours=11), timedelta(minutes=30))
    eleven_to_one = replace(nine_to_eleven, opens=timedelta(hours=11), closes=timedelta(hours=13))
    day_ends = timedelta(hours=5)
    with pytest.raises(WindowsOverlap, match="morning window runs into the afternoon"):
        windows.check_apart([(DoseWindow.AFTERNOON, eleven_to_one), (DoseWindow.MORNING, nine_to_eleven)], day_ends)
    windows.check_apart(
        [
            (DoseWindow.MORNING, replace(nine_to_eleven, grace=timedelta(0))),
            (DoseWindow.AFTERNOON, eleven_to_one),
        ],
        day_ends,
    )
    with pytest.raises(WindowsOverlap, match="past the end"):
        windows.check_apart(
            [(DoseWindow.EVENING, Times(timedelta(hours=4), timedelta(hours=5), timedelta(minutes=1)))], day_ends
        )


@pytest.mark.parametrize(
    ("limit", "number"),
    [
        (Limit.DAILY_MAXIMUM, 399),
        (Limit.SINGLE_MAXIMUM, 4000),
        (Limit.ALCOHOL_HOLD, 0),
        (Limit.BREATHS_REFER, 13),
        (Limit.SYSTOLIC_REFER, 60),
        (Limit.MISSED_RETITRATE, 2),
        (Limit.OBSERVATION, 0),
    ],
)
def test_limits_that_contradict_each_other_or_all_reason_cannot_be_signed(limit, number):
    with pytest.raises(FieldsWrong):
        rules.check_limits({**LIMITS.numbers, limit: number})


def test_the_limits_that_a_room_begins_with_are_in_order():
    rules.check_limits(numbers().clinical_limits)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('window = "evening"', 'window = "morning"', "dose window"),
        ('closes_at = "10:30"', 'closes_at = "07:30"', "dose window"),
        ("late_entry_minutes = 10 ", "late_entry_minutes = 0 ", "late dose"),
        ("vein_attempts = 3", "", "vein_attempts"),
    ],
)
def test_a_policy_whose_windows_make_no_sense_is_refused(tmp_path, old, new, said):
    ours = (ROOT / "config" / "policy.toml").read_text()
    assert old in ours
    path = tmp_path / "policy.toml"
    path.write_text(ours.replace(old, new))
    with pytest.raises(Unsafe, match=said):
        load(path, ZoneInfo("Europe/Copenhagen"))


def test_limits_know_their_units():
    assert LIMITS.ug(Limit.SINGLE_MAXIMUM) == 400_000
    assert LIMITS.minutes(Limit.OBSERVATION) == timedelta(minutes=30)
    assert isinstance(LIMITS, Limits)
