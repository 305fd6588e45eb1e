"""Pressing twice is pressing once: the same key gets the same answer and has one effect; on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consumption_room import clock
from consumption_room.database import db, transaction
from consumption_room.gate.answers import Answer, forget_old
from consumption_room.visits.models import TurnedAway
from consumption_room.vocabulary.staff import Role

AWAY = "/api/v1/visits/turned-away"


def turned_away() -> int:
    """How many people were turned away."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(TurnedAway))


@pytest.fixture
def press(client_as):
    """Turn somebody away, with a key; gives the answer."""

    def pressed(key: str | None = "k1", reason: str = "full", role: Role = Role.RECEPTION):
        headers = {"Idempotency-Key": key} if key else {}
        return client_as(role).post(AWAY, json={"reason": reason}, headers=headers)

    return pressed


def test_the_same_key_gets_the_same_answer_and_one_effect(press):
    first, second = press(), press()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_data() == second.get_data()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert first.content_type == second.content_type
    assert turned_away() == 1


def test_without_a_key_each_press_counts(press):
    assert press(None).json["code"] != press(None).json["code"]
    assert turned_away() == 2


def test_the_same_key_for_something_else_is_refused_and_nothing_done(press):
    press()
    other = press(reason="barred")
    assert (other.status_code, other.json["code"]) == (422, "idempotency-mismatch")
    assert turned_away() == 1


def test_two_askers_may_use_the_same_key(press):
    assert press(role=Role.RECEPTION).json["code"] != press(role=Role.NURSE).json["code"]
    assert turned_away() == 2


def test_a_refusal_is_not_kept_so_that_the_same_press_may_succeed_later(press):
    assert press(reason="no such reason").status_code == 422
    assert press(reason="full").status_code == 201


def test_the_same_key_from_ten_presses_at_the_same_moment_has_one_effect(press):
    start = threading.Barrier(10)

    def at_once(_: int) -> tuple[int, bytes]:
        start.wait(30)
        answer = press()
        return answer.status_code, answer.get_data()

    with ThreadPoolExecutor(10) as threads:
        answers = set(threads.map(at_once, range(10)))
    assert len(answers) == 1
    assert {status for status, _ in answers} == {201}
    assert turned_away() == 1


def test_a_key_is_free_again_after_its_time(press, room, fast_forward):
    press()
    fast_forward(hours=24, seconds=1)
    assert "Idempotency-Replayed" not in press().headers
    assert turned_away() == 2


def test_old_answers_are_forgotten_and_young_ones_kept(press, room, fast_forward):
    press("old")
    fast_forward(hours=23)
    press("young")
    fast_forward(hours=2)
    with transaction():
        forget_old(clock.now())
    assert db.session.scalars(select(Answer.key)).all() == ["young"]


@pytest.mark.parametrize("key", ["k" * 201, "a\tb"])
def test_an_unreadable_key_is_refused(press, key):
    answer = press(key)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])
    assert turned_away() == 0


def test_an_answer_is_kept_as_long_as_the_policy_says(room):
    assert room.answers_kept == timedelta(hours=24)
