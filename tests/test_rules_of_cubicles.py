"""Which cubicle is suggested, when a sensor disagrees, and how many people so many can look after: pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room.cubicles import rules
from consumption_room.cubicles.rules import Offer, Told
from consumption_room.errors import NotAllowed
from consumption_room.policy.duty import Staffing
from consumption_room.shifts import rules as shifts
from consumption_room.visits.rules import needs_of
from consumption_room.vocabulary.cubicles import Because, CubicleMode, CubicleState, Needs
from consumption_room.vocabulary.people import Sex
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import Purpose, Route

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
INJECTING, SMOKING, WHEELCHAIR, TREATMENT = (
    CubicleMode.INJECTING,
    CubicleMode.SMOKING,
    CubicleMode.WHEELCHAIR,
    CubicleMode.TREATMENT,
)
NEAR, WOMEN = CubicleMode.NEAR_NURSE, CubicleMode.WOMEN_ONLY
ROOM = [
    Offer(1, (INJECTING,)),
    Offer(2, (INJECTING, NEAR)),
    Offer(3, (INJECTING, WOMEN)),
    Offer(4, (SMOKING,)),
    Offer(5, (INJECTING, SMOKING, WHEELCHAIR)),
    Offer(6, (TREATMENT,)),
]
TABLE = (Staffing(1, 1, 2), Staffing(2, 1, 5), Staffing(3, 1, 12), Staffing(4, 2, 99))


def fitting(needs: Needs) -> list[int]:
    """Which cubicles of the room fit, the best first."""
    return [one.number for one in rules.suggest(ROOM, needs) if one.fits]


@pytest.mark.parametrize(
    ("needs", "best_first"),
    [
        (Needs(Route.INJECT), [1, 2, 5]),
        (Needs(Route.SMOKE), [4, 5]),
        (Needs(Route.INJECT, is_a_woman=True), [3, 1, 2, 5]),
        (Needs(Route.INJECT, better_near_the_nurse=True), [2, 1, 5]),
        (Needs(Route.SMOKE, frozenset({WHEELCHAIR})), [5]),
        (Needs(Route.INJECT, frozenset({WHEELCHAIR, NEAR})), []),
        (Needs(None, frozenset({TREATMENT})), [6]),
        (Needs(None), [1, 4, 2, 5]),
    ],
    ids=[
        "to inject",
        "to smoke",
        "a woman",
        "better near the nurse",
        "in a wheelchair",
        "in a wheelchair near the nurse",
        "for treatment",
        "anything",
    ],
)
def test_the_best_free_cubicle_comes_first_and_what_does_not_fit_last(needs, best_first):
    assert fitting(needs) == best_first
    assert {one.number for one in rules.suggest(ROOM, needs)} == {1, 2, 3, 4, 5, 6}


def test_a_suggestion_says_what_speaks_for_it_or_against():
    said = {one.number: one.because for one in rules.suggest(ROOM, Needs(Route.INJECT, better_near_the_nurse=True))}
    assert said[2] == (Because.NEAR_THE_NURSE,)
    assert said[1] == ()
    assert said[3] == (Because.FOR_WOMEN,)
    assert said[4] == (Because.OTHER_ROUTE,)
    wheels = {one.number: one.because for one in rules.suggest(ROOM, Needs(Route.SMOKE, frozenset({WHEELCHAIR})))}
    assert wheels[5] == (Because.OFFERS_WHAT_IS_NEEDED,)
    assert wheels[1] == (Because.OTHER_ROUTE, Because.LACKS_WHAT_IS_NEEDED)


MODES = st.frozensets(st.sampled_from(CubicleMode), min_size=1).map(lambda modes: tuple(sorted(modes)))


@given(
    st.lists(MODES, min_size=1, max_size=8),
    st.builds(
        Needs,
        st.sampled_from([None, *Route]),
        st.frozensets(st.sampled_from(CubicleMode)),
        st.booleans(),
        st.booleans(),
    ),
)
def test_what_is_suggested_always_offers_what_is_needed_and_nobody_loses_a_choice(modes, needs):
    offers = [Offer(number, some) for number, some in enumerate(modes, start=1)]
    said = rules.suggest(offers, needs)
    assert sorted(one.number for one in said) == [offer.number for offer in offers]
    for one in said:
        if one.fits:
            assert needs.must_offer <= set(modes[one.number - 1])
    assert [one.fits for one in said] == sorted((one.fits for one in said), reverse=True)


def test_needs_come_from_what_was_said_and_nothing_is_guessed():
    nothing = needs_of({}, (Purpose.CONSUME,), None, None)
    assert nothing == Needs()
    said = {"route": "smoke", "last_use": "longer"}
    assert needs_of(said, (Purpose.CONSUME,), None, Sex.FEMALE) == Needs(Route.SMOKE, frozenset(), True, True)
    assert needs_of(said, (Purpose.CONSUME,), Route.INJECT, None).route is Route.INJECT
    assert needs_of({"sedatives_or_alcohol": True}, (Purpose.CONSUME,), None, Sex.MALE).better_near_the_nurse
    assert needs_of({}, (Purpose.DOSE,), None, None).must_offer == {TREATMENT}
    assert needs_of({}, (Purpose.DOSE, Purpose.CONSUME), None, None).must_offer == frozenset()


@pytest.mark.parametrize(
    ("state", "occupied", "disagrees"),
    [
        (CubicleState.OCCUPIED, False, True),
        (CubicleState.OCCUPIED, True, False),
        (CubicleState.FREE, True, True),
        (CubicleState.FREE, False, False),
        (CubicleState.CLEANING, True, False),
        (CubicleState.HELD, True, False),
        (CubicleState.OUT_OF_USE, True, False),
        (CubicleState.OCCUPIED, None, False),
    ],
)
def test_a_sensor_disagrees_when_it_says_otherwise_for_long_enough(state, occupied, disagrees):
    told, settles = Told(state, NOON, occupied, NOON if occupied is not None else None), timedelta(seconds=60)
    assert rules.disagrees(told, settles, NOON + settles) is disagrees
    assert not rules.disagrees(told, settles, NOON + settles - timedelta(seconds=1))
    assert not rules.disagrees(replace(told, since=NOON + settles), settles, NOON + settles)


def test_a_sensor_speaks_of_its_own_cubicle_only():
    rules.may_speak_of(3, None, "cubicle-3")
    rules.may_speak_of(3, "cubicle-3", "cubicle-3")
    rules.may_speak_of(3, "treatment-room", "cubicle-3")
    with pytest.raises(NotAllowed):
        rules.may_speak_of(3, "cubicle-4", "cubicle-3")


@pytest.mark.parametrize(
    ("on_duty", "at_most"),
    [
        ([], 0),
        ([Role.RECEPTION] * 3, 0),
        ([Role.NURSE], 2),
        ([Role.NURSE, Role.RECEPTION], 5),
        ([Role.NURSE, Role.RECEPTION, Role.MANAGER, Role.RECEPTION], 12),
        ([Role.NURSE, Role.NURSE, Role.MANAGER, Role.RECEPTION], 99),
    ],
    ids=str,
)
def test_so_many_people_can_be_in_cubicles_with_so_many_on_duty(on_duty, at_most):
    if at_most:
        shifts.may_take_one_more(on_duty, at_most - 1, TABLE)
    with pytest.raises(shifts.TooFewStaff) as refusal:
        shifts.may_take_one_more(on_duty, at_most, TABLE)
    assert ("nurse" in refusal.value.message) is True
