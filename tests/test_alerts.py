"""Alarms: stored with their ladder, joined, answered by name, closed with an outcome; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal
from consumption_room.alerts import escalation, queries, service
from consumption_room.alerts.models import Alert, AlertEntry, Receipt
from consumption_room.alerts.service import Action, Seen
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.journal import Actor
from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind, AlarmState, Cause, Outcome, ReceiptStage
from tests.builders import NINA, NINE, ROSA, alarm, closed, gone, pressed, seated, steps_taken, visit


def test_an_alarm_is_stored_with_its_ladder_and_told_in_the_journal(room):
    alert = alarm("cubicle-3")
    assert (alert.state, alert.priority, alert.count, alert.step) == (AlarmState.RAISED, "high", 1, 0)
    assert [(step.number, step.due_at - NINE) for step in alert.steps] == [
        (rung.number, rung.after) for rung in room.ladder
    ]
    told = journal.after(journal.last() - 1)[0]
    assert (told.what, told.subject, told.payload["place"]) == ("alert.raised", alert.code, "cubicle-3")


def test_a_press_within_a_minute_joins_and_each_press_prolongs_the_minute(room, fast_forward):
    first = alarm()
    fast_forward(seconds=60)
    second, is_new = pressed()
    fast_forward(seconds=60)
    third, _ = pressed()
    assert not is_new
    assert {second.code, third.code} == {first.code}
    assert first.count == 3


def test_a_press_after_more_than_a_minute_is_a_new_alarm(room, fast_forward):
    first = alarm()
    fast_forward(seconds=60, microseconds=1)
    second, is_new = pressed()
    assert is_new
    assert second.code != first.code


@pytest.mark.parametrize(
    "other",
    [{"place": "cubicle-4"}, {"kind": AlarmKind.AGGRESSION}, {"drill": True}],
    ids=["another place", "another kind", "a drill"],
)
def test_a_press_does_not_join(room, other):
    first = alarm()
    _, is_new = pressed(**other)
    assert is_new
    assert first.count == 1


def test_a_press_joins_while_somebody_is_coming_and_calls_for_more_once_they_are_there(room):
    first = alarm()
    with transaction():
        service.acknowledge(first.code, room, NINA, clock.now())
    joined, is_new = pressed()
    assert (joined.code, is_new) == (first.code, False)
    with transaction():
        service.on_scene(first.code, NINA, clock.now())
    more, is_new = pressed()
    assert is_new
    assert (more.state, [step.done_at for step in more.steps]) == (AlarmState.RAISED, [None] * len(room.ladder))


def test_a_press_after_the_alarm_was_closed_is_a_new_alarm(room):
    closed(alarm())
    _, is_new = pressed()
    assert is_new


def test_an_alarm_at_a_cubicle_knows_the_visit_there_and_elsewhere_none(room):
    sitting = seated(3)
    assert alarm("cubicle-3").visit_id == sitting.id
    assert alarm("cubicle-4").visit_id is None
    assert alarm("toilet").visit_id is None


def test_an_unknown_visit_does_not_stop_an_alarm(room):
    _, is_new = pressed("aftercare", visit="no-such-visit")
    assert is_new


def test_a_device_without_a_place_is_asked_for_one_and_a_device_with_one_is_not(room):
    with pytest.raises(FieldsWrong, match="wrong"):
        pressed(None)
    alert, _ = pressed(None, by=Actor(name="button at toilet", place="toilet"))
    assert alert.place.code == "toilet"


def test_an_unknown_place_is_refused_and_nothing_rings(room):
    with pytest.raises(FieldsWrong):
        pressed("moon")
    assert queries.open_alerts() == []


def test_steps_are_taken_when_they_are_due_and_once(room, fast_forward):
    alert = alarm()
    assert steps_taken() == []
    fast_forward(seconds=15)
    assert steps_taken() == [1]
    assert steps_taken() == []
    fast_forward(seconds=45)
    assert queries.overdue_steps(clock.now()) == 2
    assert steps_taken() == [2, 3]
    assert alert.step == 3
    assert [row.payload["step"] for row in journal.after(0, subject=alert.code) if "step" in row.payload] == [1, 2, 3]


def test_an_acknowledged_alarm_climbs_no_further_and_its_steps_are_laid_aside(room, fast_forward):
    alert = alarm()
    fast_forward(seconds=20)
    steps_taken()
    with transaction():
        service.acknowledge(alert.code, room, NINA, clock.now())
    fast_forward(seconds=59)
    assert steps_taken() == [2, 3]
    assert alert.step == 1
    assert [step.needed for step in alert.steps] == [True, False, False, None]


def test_everybody_is_called_again_each_minute_until_somebody_is_there(room, fast_forward):
    alert = alarm()
    with transaction():
        service.acknowledge(alert.code, room, NINA, clock.now())
    for number in (4, 5):
        fast_forward(seconds=60)
        assert number in steps_taken()
        assert alert.step == number
        assert alert.state is AlarmState.ACKNOWLEDGED
    with transaction():
        service.on_scene(alert.code, NINA, clock.now())
    fast_forward(seconds=60)
    assert steps_taken() == [6]
    assert alert.step == 5


def test_calling_more_people_by_hand_does_not_use_up_the_call_when_nobody_arrives(room, fast_forward):
    alert = alarm()
    with transaction():
        service.acknowledge(alert.code, room, NINA, clock.now())
    for _ in range(5):
        with transaction():
            service.escalate(alert.code, NINA, clock.now())
    assert alert.step == len(room.ladder)
    fast_forward(seconds=60)
    assert steps_taken() == [len(room.ladder) + 1]
    assert alert.step == len(room.ladder) + 1


def test_the_next_step_begins_when_no_display_has_shown_the_alarm_in_time(room, fast_forward):
    alert = alarm()
    fast_forward(seconds=4)
    assert queries.overdue_steps(clock.now()) == 0
    fast_forward(seconds=1)
    assert queries.overdue_steps(clock.now()) == 1
    steps_taken()
    assert (alert.step, queries.overdue_steps(clock.now())) == (1, 0)
    fast_forward(seconds=10)
    assert steps_taken() == []
    assert alert.step == 1


@pytest.mark.parametrize(("whose", "step"), [(ROSA.staff, 0), (None, 0), (NINA.staff, 1)])
def test_a_display_confirms_an_alarm_unless_it_is_the_raisers_own(room, fast_forward, whose, step):
    alert = alarm()
    with transaction():
        service.keep_receipts([Seen(alert.code, "some display", ReceiptStage.SHOWN, NINE, whose)], NINE)
    fast_forward(seconds=5)
    steps_taken()
    assert alert.step == step


def test_a_display_that_has_only_received_an_alarm_confirms_nothing(room):
    alert = alarm()
    with transaction():
        service.keep_receipts([Seen(alert.code, "some display", ReceiptStage.RECEIVED, NINE)], NINE)
    assert alert.confirmed_at is None


def test_more_are_called_at_once_when_no_display_is_able_and_nobody_twice(room):
    alert = alarm()
    for _ in range(2):
        with transaction():
            escalation.call_more({alert.code, "no-such-alarm"}, NINA, NINE)
    assert alert.step == 1


def test_who_answers_is_noted_once_each_and_the_first_stays_the_responder(room):
    alert = alarm()
    for who in (NINA, ROSA, NINA):
        with transaction():
            service.acknowledge(alert.code, room, who, NINE)
    assert [answer.name for answer in alert.answers] == [NINA.name, ROSA.name]
    assert alert.responder == NINA.name
    assert [row.what for row in journal.after(0, subject=alert.code)] == [
        "alert.raised",
        "alert.acknowledged",
        "alert.answered",
    ]


def silent(alert) -> list[str]:
    """On whose screens it is silent now."""
    return [one["name"] for one in queries.Told(alert, 0, clock.now()).silences]


def test_a_silence_is_personal_is_told_to_all_and_ends_by_itself(room, fast_forward):
    alert = alarm()
    for _ in range(2):
        with transaction():
            service.silence(alert.code, room, NINA, clock.now())
    assert silent(alert) == [NINA.name]
    assert [row.what for row in journal.after(0, subject=alert.code)] == ["alert.raised", "alert.silenced"]
    fast_forward(seconds=119)
    assert silent(alert) == [NINA.name]
    fast_forward(seconds=1)
    assert silent(alert) == []


def test_a_silence_ends_with_the_next_press_and_with_the_next_step(room, fast_forward):
    for again in (pressed, steps_taken):
        alert = alarm()
        with transaction():
            service.silence(alert.code, room, NINA, clock.now())
        fast_forward(seconds=16)
        again()
        assert silent(alert) == []
        closed(alert)


def test_what_is_over_cannot_be_silenced(room):
    alert = closed(alarm())
    with transaction():
        service.silence(alert.code, room, NINA, clock.now())
    assert alert.silences == []


def test_a_kind_may_have_a_ladder_of_its_own(room):
    alert = alarm(kind=AlarmKind.TECHNICAL)
    assert [step.audience for step in alert.steps] == [rung.audience for rung in room.ladders[AlarmKind.TECHNICAL]]


def test_escalating_by_hand_takes_the_next_step_at_once(room):
    alert = alarm()
    with transaction():
        service.escalate(alert.code, NINA, NINE)
    assert alert.step == 1
    assert [step.done_at is None for step in alert.steps] == [False, True, True]


def test_the_first_name_to_acknowledge_stands(room):
    alert = alarm()
    for who in (NINA, ROSA):
        with transaction():
            service.acknowledge(alert.code, room, who, NINE)
    assert (alert.state, alert.responder) == (AlarmState.ACKNOWLEDGED, "Nina")


def test_on_scene_without_an_acknowledgement_is_one_too(room):
    alert = alarm()
    with transaction():
        service.on_scene(alert.code, ROSA, NINE)
    assert (alert.state, alert.responder, alert.acknowledged_at) == (AlarmState.ON_SCENE, "Rosa", NINE)


def test_what_was_silenced_at_the_wrong_door_sounds_at_the_right_one(room, fast_forward):
    alert = alarm("cubicle-3")
    with transaction():
        service.silence(alert.code, room, NINA, clock.now())
    assert silent(alert) == ["Nina"]
    fast_forward(seconds=5)
    with transaction():
        service.relocate(alert.code, "cubicle-4", ROSA, clock.now())
    assert silent(alert) == []


def test_an_alarm_nobody_answered_cannot_be_closed(room):
    alert = alarm()
    with pytest.raises(OutOfOrder, match="Acknowledge it first"), transaction():
        service.close(alert.code, Outcome.RECOVERED, (), NINA, NINE)
    assert [one.code for one in queries.open_alerts()] == [alert.code]


def test_closing_keeps_the_outcome_the_causes_and_the_name(room):
    alert = alarm()
    with transaction():
        service.acknowledge(alert.code, room, ROSA, NINE)
        service.close(alert.code, Outcome.NALOXONE, (Cause.ALCOHOL, Cause.LARGER_AMOUNT), NINA, NINE)
    assert (alert.outcome, alert.closed_by, alert.causes) == (
        Outcome.NALOXONE,
        "Nina",
        (Cause.ALCOHOL, Cause.LARGER_AMOUNT),
    )
    assert queries.open_alerts() == []


def test_closing_twice_with_the_same_outcome_is_once_and_with_another_is_refused(room):
    alert = closed(alarm(), Outcome.RECOVERED)
    before = journal.last()
    with transaction():
        service.close(alert.code, Outcome.RECOVERED, (), ROSA, NINE)
    assert (journal.last(), alert.closed_by) == (before, "Nina")
    with pytest.raises(OutOfOrder, match="already closed"), transaction():
        service.close(alert.code, Outcome.DIED, (), ROSA, NINE)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("closing_needs_an_outcome", {"outcome": None}),
        ("closing_needs_a_named_person", {"closed_by": None}),
        ("closed_means_closed", {"state": AlarmState.ON_SCENE}),
        ("answered_means_acknowledged", {"acknowledged_at": None}),
        ("an_alarm_was_pressed", {"count": 0}),
    ],
)
def test_the_database_itself_refuses_half_an_ending(room, constraint, values):
    alert = closed(alarm())
    with pytest.raises(IntegrityError, match=constraint), transaction():
        db.session.execute(update(Alert).where(Alert.id == alert.id).values(values))


def test_a_drill_stays_a_drill_and_its_outcome_is_kept(room):
    drill = closed(alarm(drill=True))
    assert drill.drill
    assert drill.outcome is Outcome.RECOVERED


def test_what_was_done_is_kept_with_both_times(room, fast_forward):
    alert = alarm()
    done_at = NINE + timedelta(seconds=40)
    now = fast_forward(minutes=5)
    with transaction():
        service.note(alert.code, Action(AlarmAction.NALOXONE, at=done_at, value="1.8 mg", lot="N-77"), NINA, now)
    entry = db.session.scalars(select(AlertEntry)).one()
    assert (entry.at, entry.recorded_at, entry.recorded_by, entry.lot) == (done_at, now, "Nina", "N-77")


@pytest.mark.parametrize("off", [timedelta(minutes=-11), timedelta(seconds=6)], ids=["long before", "in the future"])
def test_an_action_at_an_impossible_moment_is_refused(room, off):
    alert = alarm()
    with pytest.raises(FieldsWrong), transaction():
        service.note(alert.code, Action(AlarmAction.OXYGEN, at=NINE + off), NINA, NINE)


def test_an_alarm_at_the_wrong_door_is_corrected_and_rings_again(room):
    alert = alarm("cubicle-3")
    with transaction():
        service.relocate(alert.code, "cubicle-5", NINA, NINE)
    assert (alert.place.code, alert.count) == ("cubicle-5", 2)


def test_receipts_are_kept_once_and_strangers_are_passed_over(room):
    alert = alarm()
    said = [
        Seen(alert.code, "wall-1", ReceiptStage.SHOWN, NINE),
        Seen(alert.code, "wall-2", ReceiptStage.SHOWN, NINE),
        Seen("no-such-alarm", "wall-1", ReceiptStage.SHOWN, NINE),
    ]
    for _ in range(2):
        with transaction():
            service.keep_receipts(said, NINE)
    assert [one.display for one in queries.receipts(alert.code)] == ["wall-1", "wall-2"]
    assert db.session.scalar(select(func.count()).select_from(Receipt)) == 2


def test_open_alarms_come_in_the_order_in_which_they_matter(room, fast_forward):
    drill = alarm("reception", drill=True)
    fault = alarm("toilet", kind=AlarmKind.TECHNICAL)
    answered = alarm("cubicle-1")
    with transaction():
        service.acknowledge(answered.code, room, NINA, NINE)
    fast_forward(seconds=1)
    ringing = alarm("cubicle-2")
    assert [one.code for one in queries.open_alerts()] == [ringing.code, answered.code, fault.code, drill.code]


def test_an_alarm_says_how_old_it_is_and_never_that_it_is_to_come(room, fast_forward):
    alert = alarm("cubicle-3")
    assert queries.Told(alert, 7, NINE - timedelta(hours=1)).age_ms == 0
    assert queries.Told(alert, 7, fast_forward(milliseconds=1500)).age_ms == 1500


def test_an_alarm_outlives_the_visit_it_came_from(room):
    sitting = seated(3)
    alert = alarm("cubicle-3")
    gone(sitting)
    assert visit().id != alert.visit_id
    assert alert.visit_id == sitting.id


def test_an_alarm_with_an_unknown_code_is_not_found(room):
    with pytest.raises(NotFound), transaction():
        service.acknowledge("no-such-alarm", room, NINA, NINE)
