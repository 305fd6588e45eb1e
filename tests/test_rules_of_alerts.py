"""When presses join, what an alarm may become, and what counts as an emergency: pure rules."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room import settings
from consumption_room.alerts import endings, rules
from consumption_room.errors import FieldsWrong, OutOfOrder, Unsafe
from consumption_room.policy import room as policy
from consumption_room.vocabulary.alarms import AlarmKind, AlarmState, Cause, Outcome, WaitsFor
from consumption_room.vocabulary.staff import Role
from tests.builders import NINE

POLICY_FILE = settings.ROOT / "config" / "policy.toml"
MINUTE = timedelta(seconds=60)

# Rows: from; columns: raised, acknowledged, on scene, closed.
TABLE = {
    AlarmState.RAISED: ". x x .",
    AlarmState.ACKNOWLEDGED: ". . x x",
    AlarmState.ON_SCENE: ". . . x",
    AlarmState.CLOSED: ". . . .",
}


@pytest.mark.parametrize("old", AlarmState)
def test_an_alarm_goes_forward_only_and_never_from_raised_to_closed(old):
    for new, mark in zip(AlarmState, TABLE[old].replace(" ", ""), strict=True):
        if mark == "x":
            rules.may_become(old, new)
        else:
            with pytest.raises(OutOfOrder):
                rules.may_become(old, new)


@given(st.integers(-600, 600))
def test_presses_join_within_a_minute_of_the_last_one(seconds):
    assert rules.joins(NINE, MINUTE, NINE + timedelta(seconds=seconds)) is (seconds <= 60)


@pytest.mark.parametrize("state", AlarmState)
@pytest.mark.parametrize("reached", AlarmState)
def test_having_come_so_far_follows_the_order_of_states(state, reached):
    order = list(AlarmState)
    assert rules.at_least(state, reached) is (order.index(state) >= order.index(reached))


@pytest.mark.parametrize("kind", AlarmKind)
@pytest.mark.parametrize("drill", [True, False])
@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_an_emergency_is_clinical_real_and_not_nothing(kind, drill, outcome):
    clinical = kind in {AlarmKind.OVERDOSE, AlarmKind.STIMULANT, AlarmKind.MEDICAL}
    assert rules.is_emergency(kind, drill, outcome) is (clinical and not drill and outcome is not Outcome.FALSE_ALARM)


@pytest.mark.parametrize(
    ("seconds", "believed"), [(-601, False), (-600, True), (0, True), (60, True), (65, True), (66, False)]
)
def test_an_action_happened_around_its_alarm_and_not_in_the_future(seconds, believed):
    at, now = NINE + timedelta(seconds=seconds), NINE + timedelta(seconds=60)
    if believed:
        rules.happened_in_time(at, NINE, now)
    else:
        with pytest.raises(FieldsWrong):
            rules.happened_in_time(at, NINE, now)


def load(tmp_path, old: str, new: str) -> policy.Policy:
    """The room's policy with one line changed."""
    text = POLICY_FILE.read_text()
    assert old in text
    changed = tmp_path / "policy.toml"
    changed.write_text(text.replace(old, new, 1))
    return policy.load(changed, ZoneInfo("Europe/Copenhagen"))


def test_the_ladder_is_climbed_in_order_whatever_the_order_in_the_file(tmp_path):
    changed = load(tmp_path, "after_seconds = 15", "after_seconds = 45")
    assert [(rung.number, (due - NINE).seconds) for rung, due in rules.ladder(changed, AlarmKind.OVERDOSE, NINE)] == [
        (1, 30),
        (2, 45),
        (3, 60),
    ]


@pytest.mark.parametrize("state", AlarmState)
def test_a_step_is_needed_until_an_answer_or_else_until_an_arrival(state):
    assert rules.is_needed(WaitsFor.ANSWER, state) is (state == "raised")
    assert rules.is_needed(WaitsFor.ARRIVAL, state) is (state in {"raised", "acknowledged"})


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("after_seconds = 60", "after_seconds = 61", "within 60 seconds"),
        ("after_seconds = 15", "after_seconds = 0", "comes after the alarm"),
        ("after_seconds = 10\n", "after_seconds = 61\n", "within 60 seconds"),
        ("[[alarm.ladder_of.technical]]", "[[alarm.ladder_of.boredom]]", "cannot be read"),
        ("confirm_within_seconds = 5", "confirm_within_seconds = 6", "within 5 seconds"),
        ("silent_seconds = 120", "silent_seconds = 121", "within 120 seconds"),
        ("arrive_within_seconds = 60", "arrive_within_seconds = 61", "within 60 seconds"),
        ('overdose = "high"', 'overdose = "urgent"', "high, medium or low"),
        ('overdose = "high"\n', "", "lacks 'overdose'"),
        ("amber_after_minutes = 10", "amber_after_minutes = 20", "amber before it turns red"),
        ("numbers = [9, 10,", "numbers = [8, 10,", "once each"),
        ('modes = ["smoking"]', "modes = []", "at least one mode"),
        ('modes = ["smoking"]', 'modes = ["flying"]', "cannot be read"),
        ('"foil" = 2', '"moon-dust" = 2', "not an item"),
        ('day_ends_at = "05:00"', 'day_ends_at = "12:00"', "before noon"),
        ('day_ends_at = "05:00"', 'day_ends_at = "5 am"', "not a time of day"),
        ("tries = 5", "tries = 0", "at least one try"),
        ("deaf_after_seconds = 5", "deaf_after_seconds = 6", "within 5 seconds"),
        ("[room]", "[room", "cannot be read"),
    ],
)
def test_a_policy_that_would_be_unsafe_is_refused_with_the_reason(tmp_path, old, new, sentence):
    with pytest.raises(Unsafe, match=sentence):
        load(tmp_path, old, new)


def test_a_ladder_without_steps_is_refused(tmp_path):
    text = POLICY_FILE.read_text()
    changed = tmp_path / "policy.toml"
    changed.write_text(text.replace("[[alarm.ladder]]", "[[alarm.unused]]"))
    with pytest.raises(Unsafe, match="ladder"):
        policy.load(changed, ZoneInfo("Europe/Copenhagen"))


@pytest.mark.parametrize("kind", AlarmKind)
def test_an_alarm_ends_in_a_way_of_its_own_kind_and_in_no_other(kind):
    for outcome in Outcome:
        if outcome in endings.OUTCOMES[kind]:
            endings.may_end(kind, outcome, endings.CAUSES[kind])
            continue
        with pytest.raises(FieldsWrong) as refused:
            endings.may_end(kind, outcome, ())
        assert list(refused.value.errors) == ["outcome"]


@pytest.mark.parametrize("kind", AlarmKind)
def test_what_led_to_an_alarm_fits_its_kind(kind):
    for cause in set(Cause) - set(endings.CAUSES[kind]):
        with pytest.raises(FieldsWrong) as refused:
            endings.may_end(kind, Outcome.FALSE_ALARM, (Cause.UNKNOWN, cause))
        assert list(refused.value.errors) == ["causes"]


def test_every_outcome_and_every_cause_belongs_to_some_kind():
    assert {outcome for outcomes in endings.OUTCOMES.values() for outcome in outcomes} == set(Outcome)
    assert {cause for causes in endings.CAUSES.values() for cause in causes} == set(Cause)


def test_every_kind_can_have_been_nothing_and_only_a_body_dies_or_needs_naloxone():
    assert all(Outcome.FALSE_ALARM in outcomes for outcomes in endings.OUTCOMES.values())
    for outcome in (Outcome.DIED, Outcome.NALOXONE, Outcome.OXYGEN_ONLY):
        assert {kind for kind, outcomes in endings.OUTCOMES.items() if outcome in outcomes} == rules.CLINICAL


@dataclass(frozen=True)
class Somebody:
    """Somebody on duty."""

    role: Role


@given(st.frozensets(st.sampled_from(Role)), st.lists(st.sampled_from(Role)))
def test_a_step_calls_its_roles_and_with_nobody_of_them_everybody(roles, on_duty):
    people = [Somebody(role) for role in on_duty]
    called = rules.called(roles, people)
    assert bool(called) is bool(people)
    if roles & set(on_duty):
        assert {person.role for person in called} == roles & set(on_duty)
        assert len(called) == sum(role in roles for role in on_duty)
    else:
        assert called == people
