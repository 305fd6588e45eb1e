"""Whose turn it is: unwell first, then a dose window about to close, then arrival. Pure rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room.policy import room as policies
from consumption_room.settings import ROOT
from consumption_room.visits import turns
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.visits import Stage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = policies.load(Path(ROOT) / "config" / "policy.toml", ZoneInfo("Europe/Copenhagen"))


@dataclass(frozen=True)
class Somebody:
    """Somebody who waits."""

    name: str
    arrived_at: datetime = NOON
    unwell: bool = False
    window_closes_at: datetime | None = None
    missed_at: datetime | None = None


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def order(*some: Somebody, now: datetime = NOON) -> str:
    """Their names in the order of the queue."""
    return "".join(one.name for one in turns.in_order(some, lambda one: one, POLICY, now))


@pytest.mark.parametrize(
    ("somebody", "turn"),
    [
        (Somebody("plain"), Turn.ARRIVAL),
        (Somebody("unwell", unwell=True, missed_at=NOON), Turn.UNWELL),
        (Somebody("closing", window_closes_at=at(30)), Turn.DOSE_WINDOW),
        (Somebody("not yet closing", window_closes_at=at(30.1)), Turn.ARRIVAL),
        (Somebody("closed", window_closes_at=NOON), Turn.ARRIVAL),
        (Somebody("not there", missed_at=NOON), Turn.MISSED_CALL),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_gives_a_place(somebody, turn):
    assert turns.turn(somebody, POLICY, NOON) is turn


def test_unwell_first_then_the_window_that_closes_first_then_arrival_and_who_did_not_come_last():
    assert (
        order(
            Somebody("e", at(-9), missed_at=at(-1)),
            Somebody("d", at(-3)),
            Somebody("c", at(-5)),
            Somebody("b", at(-1), window_closes_at=at(20)),
            Somebody("z", at(-8), window_closes_at=at(25)),
            Somebody("a", at(-1), unwell=True),
            Somebody("y", at(-2), unwell=True),
        )
        == "yabzcde"
    )


def test_a_place_moves_up_when_the_window_begins_to_close():
    patient, other = Somebody("p", at(0), window_closes_at=at(60)), Somebody("o", at(-10))
    assert order(patient, other, now=at(29)) == "op"
    assert order(patient, other, now=at(30)) == "po"


moments = st.integers(-60, 60).map(at)
people = st.lists(
    st.builds(
        Somebody, st.just("x"), moments, st.booleans(), st.one_of(st.none(), moments), st.one_of(st.none(), moments)
    ),
    max_size=12,
)


@given(people, moments)
def test_nobody_is_lost_and_a_weaker_reason_never_stands_before_a_stronger(some, now):
    served = turns.in_order(some, lambda one: one, POLICY, now)
    assert sorted(map(id, served)) == sorted(map(id, some))
    ranks = [list(Turn).index(turns.turn(one, POLICY, now)) for one in served]
    assert ranks == sorted(ranks)
    for one, next_one in pairwise(served):
        if turns.turn(one, POLICY, now) is turns.turn(next_one, POLICY, now) is Turn.ARRIVAL:
            assert one.arrived_at <= next_one.arrived_at


@pytest.mark.parametrize("stage", Stage)
def test_only_a_call_to_another_cubicle_is_refused(stage):
    turns.may_call("A01", stage, 3, 3)
    turns.may_call("A01", stage, 3, None)
    if stage is Stage.CALLED:
        with pytest.raises(turns.AlreadyCalled, match="called to cubicle 3"):
            turns.may_call("A01", stage, 3, 4)
        with pytest.raises(turns.AlreadyCalled, match="called already"):
            turns.may_call("A01", stage, None, 4)
    else:
        turns.may_call("A01", stage, None, 4)


@pytest.mark.parametrize(("seconds", "words"), [(1, "1 more minute"), (60, "1 more minute"), (61, "2 more minutes")])
def test_a_kept_cubicle_says_for_whom_and_how_long(seconds, words):
    with pytest.raises(turns.CubicleOffered, match=rf"kept for ticket A01 for {words}\."):
        turns.not_kept(3, "A01", NOON + timedelta(seconds=seconds), NOON)
    turns.not_kept(3, "A01", NOON, NOON)
