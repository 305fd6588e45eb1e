"""When the room may open, and what a room without an able display means: decided without a database."""

from datetime import timedelta

import pytest

from consumption_room.errors import Unsafe
from consumption_room.policy import room as policies
from consumption_room.settings import ROOT, load
from consumption_room.shifts import opening, rules
from consumption_room.shifts.opening import Par, Standing
from consumption_room.shifts.rules import Blindness, Sight
from consumption_room.timekeeping.rules import UNKNOWN
from consumption_room.vocabulary.shifts import OpeningCheck
from consumption_room.vocabulary.staff import Role
from tests.builders import LOOKED_AT, NINE

SOON, LATER = NINE + timedelta(seconds=9), NINE + timedelta(seconds=10)
KIT, AIRWAYS = Par("Naloxone kit", 10, 10), Par("Airways", 2, 2)
BLIND = Sight(NINE, LATER)


@pytest.fixture(scope="module")
def policy():
    """The room's own numbers."""
    given = load({})
    return policies.load(given.policy_file, given.zone)


def standing(**but) -> Standing:
    """A room in which everything is right, but for what the test says."""
    well = {
        "said": LOOKED_AT,
        "naloxone": (KIT,),
        "rescue": (AIRWAYS,),
        "able_displays": 1,
        "self_test_age": timedelta(seconds=20),
        "nurses": ("Nina",),
        "nurses_at_screens": ("Nina",),
        "last_entry_at": NINE,
        "clock": UNKNOWN,
    }
    return Standing(**(well | but))


def failing(policy, **but) -> list[OpeningCheck]:
    """Which checks fail."""
    return [one.check for one in opening.look(standing(**but), policy, NINE) if not one.passed]


def test_a_room_in_which_all_is_well_opens(policy):
    assert failing(policy) == []
    opening.may_open(opening.look(standing(), policy, NINE), overrides=False, may_override=False)


@pytest.mark.parametrize(
    ("but", "check"),
    [
        ({"naloxone": (Par("Naloxone kit", 9, 10),)}, OpeningCheck.NALOXONE),
        ({"naloxone": (Par("Naloxone kit", 0, 0),)}, OpeningCheck.NALOXONE),
        ({"naloxone": ()}, OpeningCheck.NALOXONE),
        ({"rescue": (AIRWAYS, Par("Oxygen cylinder", 1, 2))}, OpeningCheck.RESCUE_STOCK),
        ({"able_displays": 0}, OpeningCheck.DISPLAYS),
        ({"self_test_age": None}, OpeningCheck.ALARM_PATH),
        ({"self_test_age": timedelta(seconds=181)}, OpeningCheck.ALARM_PATH),
        ({"nurses": (), "nurses_at_screens": ()}, OpeningCheck.NURSE),
        ({"nurses_at_screens": ()}, OpeningCheck.NURSE),
        ({"last_entry_at": NINE + timedelta(seconds=6)}, OpeningCheck.CLOCK),
    ],
)
def test_what_the_room_sees_for_itself_fails_whatever_anybody_says(policy, but, check):
    assert failing(policy, **but) == [check]
    assert failing(policy, said=dict.fromkeys(OpeningCheck, True), **but) == [check]


@pytest.mark.parametrize("check", sorted(opening.LOOKED_AT))
def test_what_only_a_person_can_see_fails_until_somebody_has_looked(policy, check):
    said = {one: True for one in LOOKED_AT if one is not check}
    assert failing(policy, said=said) == [check]


@pytest.mark.parametrize("check", OpeningCheck)
def test_a_persons_no_stands_for_every_check(policy, check):
    assert failing(policy, said=LOOKED_AT | {check: False}) == [check]


def test_builders_and_rules_agree_on_what_a_person_looks_at():
    assert set(LOOKED_AT) == opening.LOOKED_AT


def test_a_refusal_names_each_failing_check_in_a_sentence(policy):
    found = opening.look(standing(nurses=(), nurses_at_screens=(), rescue=(Par("Airways", 1, 2),)), policy, NINE)
    with pytest.raises(opening.OpeningCheckFailed) as refused:
        opening.may_open(found, overrides=False, may_override=True)
    assert refused.value.message == (
        "The room cannot open yet. Oxygen and airways on the shelf: Too little that is in date: Airways 1/2. "
        "Nurse on duty: No nurse is on duty."
    )
    assert refused.value.facts == {"failing": ["rescue-stock", "nurse"]}


def test_every_sentence_can_be_said(policy):
    worst = standing(
        said={OpeningCheck.OXYGEN: False},
        naloxone=(),
        rescue=(Par("Airways", 1, 2),),
        able_displays=0,
        self_test_age=timedelta(hours=1),
        nurses=(),
        nurses_at_screens=(),
        last_entry_at=LATER,
    )
    for facts in (standing(), worst, standing(said={}, self_test_age=None, nurses_at_screens=())):
        assert all("%" not in one.sentence for one in opening.look(facts, policy, NINE))


@pytest.mark.parametrize(
    ("overrides", "may_override", "refusal"),
    [
        (False, False, opening.OpeningCheckFailed),
        (False, True, opening.OpeningCheckFailed),
        (True, False, rules.OverrideNotYours),
        (True, True, None),
    ],
)
def test_only_somebody_who_may_opens_a_room_that_fails_and_only_by_saying_so(policy, overrides, may_override, refusal):
    found = opening.look(standing(nurses=(), nurses_at_screens=()), policy, NINE)
    if refusal is None:
        opening.may_open(found, overrides, may_override)
        return
    with pytest.raises(refusal):
        opening.may_open(found, overrides, may_override)


@pytest.mark.parametrize(
    ("sight", "able", "now", "means", "refused"),
    [
        # A room that keeps no shift is never held up.
        (None, 0, LATER, Blindness.SEEING, False),
        (None, 3, LATER, Blindness.SEEING, False),
        # Somebody would notice.
        (Sight(), 1, LATER, Blindness.SEEING, False),
        # The last display goes, and for a moment nothing happens.
        (Sight(), 0, NINE, Blindness.NOW_BLIND, False),
        (BLIND, 0, NINE, Blindness.STILL_BLIND, False),
        (BLIND, 0, SOON, Blindness.STILL_BLIND, False),
        # It has lasted too long: told once, and nobody new sits down for as long as it lasts.
        (BLIND, 0, LATER, Blindness.NOW_RAISE, True),
        (Sight(NINE, LATER, told=True), 0, LATER, Blindness.STILL_BLIND, True),
        # Somebody took it upon themselves.
        (Sight(NINE, LATER, overridden=True), 0, LATER, Blindness.STILL_BLIND, False),
        (Sight(NINE, LATER, told=True, overridden=True), 0, LATER, Blindness.STILL_BLIND, False),
        # A display is able again.
        (BLIND, 1, SOON, Blindness.NOW_SEEING, False),
        (Sight(NINE, LATER, told=True), 2, LATER, Blindness.NOW_SEEING, True),
        (Sight(NINE, LATER, told=True, overridden=True), 1, LATER, Blindness.NOW_SEEING, False),
    ],
)
def test_what_a_number_of_able_displays_means(sight, able, now, means, refused):
    assert rules.blindness(sight, able, now) is means
    assert rules.refuses_sessions(sight, now) is refused


def test_the_refusal_of_a_session_can_be_read_aloud():
    with pytest.raises(rules.NoAbleDisplay, match="alarms still work"):
        rules.may_begin_a_session(BLIND, LATER)
    rules.may_begin_a_session(BLIND, SOON)


@pytest.mark.parametrize(
    ("people", "reason", "closes"), [(0, None, True), (2, "Fire drill", True), (2, None, False), (2, "", False)]
)
def test_a_room_with_people_in_cubicles_closes_only_with_a_reason(people, reason, closes):
    if closes:
        rules.may_close(people, reason)
        return
    with pytest.raises(rules.PeopleInside, match="2"):
        rules.may_close(people, reason)


@pytest.mark.parametrize("own", Role)
@pytest.mark.parametrize("as_what", Role)
def test_only_a_nurse_is_on_duty_as_one(own, as_what):
    if as_what is Role.NURSE and own is not Role.NURSE:
        with pytest.raises(rules.NotANurse):
            rules.may_be_on_duty(own, as_what)
    else:
        rules.may_be_on_duty(own, as_what)


@pytest.mark.parametrize(
    "line",
    [
        "blind_after_seconds = 11",
        "blind_after_seconds = 0",
        "tested_within_seconds = 30",
        "tested_within_seconds = 601",
    ],
)
def test_no_policy_takes_the_supervision_of_displays_away(tmp_path, line):
    name = line.split(" ")[0]
    lines = (ROOT / "config" / "policy.toml").read_text().splitlines()
    path = tmp_path / "policy.toml"
    path.write_text("\n".join(line if old.startswith(name) else old for old in lines))
    with pytest.raises(Unsafe):
        policies.load(path, load({}).zone)
