"""Who may come in, what visits and cubicles may become, how tickets read: pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room.cubicles import rules as cubicles
from consumption_room.errors import OutOfOrder, RuleBroken
from consumption_room.policy.stays import StayPlan
from consumption_room.visits import rules
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, Stage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

# Rows: from; columns, in order: waiting, called, in cubicle, aftercare, held, left.
VISITS = {
    Stage.WAITING: ".x x x x x",
    Stage.CALLED: "x . x x x x",
    Stage.IN_CUBICLE: ". . . x . x",
    Stage.AFTERCARE: "x x x . x x",
    Stage.HELD: "x x . . . x",
    Stage.LEFT: ". . . . . .",
}
# Columns: free, held, occupied, cleaning, out of use.
CUBICLES = {
    CubicleState.FREE: ". x x x x",
    CubicleState.HELD: "x . x x x",
    CubicleState.OCCUPIED: ". x . x .",
    CubicleState.CLEANING: "x x . . x",
    CubicleState.OUT_OF_USE: "x . . x .",
}


def refused(act, *facts) -> bool:
    """Whether a rule says no."""
    try:
        act(*facts)
    except RuleBroken:
        return True
    return False


@pytest.mark.parametrize("old", Stage)
def test_a_visit_goes_on_as_the_table_says(old):
    for new, mark in zip(Stage, VISITS[old].replace(" ", ""), strict=True):
        assert refused(rules.may_become, "A01", old, new) is (mark == "."), f"{old} to {new}"


@pytest.mark.parametrize("old", CubicleState)
def test_a_cubicle_goes_on_as_the_table_says(old):
    for new, mark in zip(CubicleState, CUBICLES[old].replace(" ", ""), strict=True):
        assert refused(cubicles.may_become, 3, old, new) is (mark == "."), f"{old} to {new}"


@pytest.mark.parametrize("state", CubicleState)
def test_only_a_free_cubicle_takes_a_person_and_says_why_otherwise(state):
    assert refused(cubicles.can_take_a_person, 3, state) is (state is not CubicleState.FREE)


def test_a_taken_cubicle_and_one_that_is_not_ready_are_told_apart():
    with pytest.raises(cubicles.CubicleTaken):
        cubicles.can_take_a_person(3, CubicleState.OCCUPIED)
    with pytest.raises(cubicles.CubicleNotReady, match="Cubicle 3 is being cleaned"):
        cubicles.can_take_a_person(3, CubicleState.CLEANING)


def test_people_with_an_open_visit_are_told_where_they_are():
    rules.admit(None)
    with pytest.raises(rules.AlreadyInside, match="ticket A07, in cubicle") as refusal:
        rules.admit(rules.OpenVisit("abc", "A07", Stage.IN_CUBICLE))
    assert refusal.value.facts == {"visit": "abc"}


def test_a_room_is_full_at_nought():
    rules.has_room(1)
    with pytest.raises(rules.RoomFull):
        rules.has_room(0)


@pytest.mark.parametrize("stage", Stage)
def test_an_intake_is_registered_in_any_open_visit(stage):
    assert refused(rules.may_consume, "A01", stage) is (stage is Stage.LEFT)


@pytest.mark.parametrize("purpose", Purpose)
def test_own_drugs_and_prescribed_doses_need_a_cubicle_and_nothing_else_does(purpose):
    needs = purpose in {Purpose.CONSUME, Purpose.DOSE}
    assert rules.wants_a_cubicle((purpose,)) is needs
    assert rules.wants_a_cubicle((Purpose.SHOWER, purpose)) is needs


@pytest.mark.parametrize("reason", LeaveReason)
@pytest.mark.parametrize("ever_seated", [True, False])
@pytest.mark.parametrize("purpose", [Purpose.CONSUME, Purpose.NEEDLES])
def test_giving_up_waiting_needs_all_three(reason, ever_seated, purpose):
    expected = reason is LeaveReason.GAVE_UP and not ever_seated and purpose is Purpose.CONSUME
    assert rules.gave_up_waiting(reason, ever_seated, (purpose,)) is expected


@pytest.mark.parametrize(("number", "ticket"), [(1, "A01"), (99, "A99"), (100, "B01"), (793, "J01"), (2178, "Z99")])
def test_tickets_are_a_letter_and_two_figures(number, ticket):
    assert rules.ticket(number) == ticket


@given(st.integers(1, 3000), st.integers(1, 2177))
def test_no_two_of_two_thousand_tickets_in_a_row_are_alike(number, apart):
    assert rules.ticket(number) != rules.ticket(number + apart)


@given(st.integers(1, 10**6))
def test_a_ticket_cannot_be_misread(number):
    ticket = rules.ticket(number)
    assert len(ticket) == 3
    assert ticket[0] not in "IOQ"
    assert 1 <= int(ticket[1:]) <= 99


@given(st.integers(-10_000, 100_000))
def test_a_wait_is_whole_seconds_and_never_negative(seconds):
    assert rules.waited(NOON, NOON + timedelta(seconds=seconds, microseconds=1)) == max(0, seconds)


@pytest.mark.parametrize(
    ("modes", "injecting", "smoking", "either"),
    [
        ({CubicleMode.INJECTING}, True, False, True),
        ({CubicleMode.SMOKING}, False, True, True),
        ({CubicleMode.INJECTING, CubicleMode.SMOKING, CubicleMode.WHEELCHAIR}, True, True, True),
        ({CubicleMode.TREATMENT}, False, False, False),
    ],
)
def test_a_cubicle_fits_what_it_is_made_for(modes, injecting, smoking, either):
    found = tuple(modes)
    assert cubicles.fits(found, Route.INJECT) is injecting
    assert cubicles.fits(found, Route.SMOKE) is smoking
    assert cubicles.fits(found, None) is either


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "calm"), (14.9, "calm"), (15, "soon"), (19.9, "soon"), (20, "over"), (99, "over")]
)
def test_a_stay_is_marked_amber_and_red_at_the_minutes_of_its_plan(minutes, said):
    plan = StayPlan(*(timedelta(minutes=at) for at in (15, 20, 30, 5, 3)))
    assert cubicles.pressure(timedelta(minutes=minutes), plan) == said


def test_every_stage_and_state_can_be_said():
    assert all(rules.spoken(stage) for stage in Stage)
    assert all(cubicles.spoken(state) for state in CubicleState)
    with pytest.raises(OutOfOrder, match="Ticket A01 is gone"):
        rules.may_become("A01", Stage.LEFT, Stage.WAITING)
