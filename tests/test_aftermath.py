"""What follows by itself from an emergency: the frozen cubicle, the longer observation, stock, and a follow-up."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from consumption_room import board, clock, journal
from consumption_room.alerts import queries as alert_queries
from consumption_room.alerts import service as alerts
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.rules import CubicleFrozen, CubicleNotReady, CubicleTaken
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.incidents import aftermath, queries
from consumption_room.incidents.models import FollowUp
from consumption_room.inventory.models import Item, Lot, Movement
from consumption_room.visits import queries as visit_queries
from consumption_room.visits import seating
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind
from consumption_room.vocabulary.cubicles import CubicleState
from tests.builders import (
    NINA,
    NINE,
    ON_THE_SHELF,
    ROSA,
    alarm,
    cleaned,
    client,
    closed,
    gone,
    noted,
    open_stays,
    seated,
    sits_down,
    visit,
)


def state(number: int) -> tuple[CubicleState, bool]:
    """How a cubicle stands, and whether it is frozen."""
    db.session.rollback()
    found = cubicles.get(number)
    return found.state, found.frozen


def naloxone_on_the_shelf() -> int:
    """How many kits of the first lot are left."""
    return naloxone().on_shelf


def naloxone() -> Lot:
    """The first lot of naloxone."""
    return db.session.scalars(select(Lot).join(Lot.item).where(Lot.number == "first", Item.kind == "naloxone")).one()


@pytest.mark.parametrize("kind", [AlarmKind.OVERDOSE, AlarmKind.STIMULANT, AlarmKind.MEDICAL])
def test_nobody_new_is_seated_where_an_emergency_is_open(room, kind):
    alert = alarm("cubicle-3", kind=kind)
    waiting = visit()
    with pytest.raises(CubicleNotReady, match="alarm in cubicle 3"):
        sits_down(waiting.code, 3)
    closed(alert)
    assert state(3) == (CubicleState.CLEANING, False)
    cleaned(3)
    assert sits_down(waiting.code, 3).cubicle == 3


@pytest.mark.parametrize(
    "more", [{"drill": True}, {"kind": AlarmKind.AGGRESSION}, {"kind": AlarmKind.TECHNICAL}], ids=str
)
def test_a_drill_and_what_is_no_emergency_freeze_nothing(room, more):
    alarm("cubicle-3", **more)
    assert state(3) == (CubicleState.FREE, False)


def test_who_sits_there_stays_and_their_cubicle_is_held_when_they_leave_before_the_end(room):
    sitting = seated(3)
    alert = alarm("cubicle-3")
    assert state(3) == (CubicleState.OCCUPIED, True)
    gone(sitting)
    assert state(3) == (CubicleState.HELD, True)
    assert cubicles.get(3).reason == "Alarm"
    closed(alert)
    assert state(3) == (CubicleState.CLEANING, False)


def test_who_is_still_there_when_the_alarm_ends_leaves_a_cubicle_to_be_cleaned(room):
    sitting = seated(3)
    closed(alarm("cubicle-3"))
    assert state(3) == (CubicleState.OCCUPIED, False)
    gone(sitting)
    assert state(3) == (CubicleState.CLEANING, False)


def test_a_cubicle_being_cleaned_is_not_made_free_under_an_emergency(room):
    gone(seated(3))
    alert = alarm("cubicle-3")
    with pytest.raises(CubicleFrozen, match="released when the alarm is closed"):
        cleaned(3)
    with pytest.raises(CubicleFrozen), transaction():
        cubicles.change(3, cubicles.Change(state=CubicleState.FREE), NINA, NINE)
    closed(alert)
    cleaned(3)
    assert state(3) == (CubicleState.FREE, False)


def test_somebody_who_sits_there_is_not_held_away_by_hand(room):
    seated(3)
    with pytest.raises(CubicleTaken), transaction():
        cubicles.change(3, cubicles.Change(state=CubicleState.HELD), NINA, NINE)


def test_what_staff_held_for_another_reason_stays_held(room):
    with transaction():
        cubicles.change(3, cubicles.Change(state=CubicleState.HELD, reason="Lamp"), NINA, NINE)
    closed(alarm("cubicle-3"))
    assert state(3) == (CubicleState.HELD, False)


def test_of_two_emergencies_in_a_cubicle_the_last_one_closed_releases_it(room):
    first, second = alarm("cubicle-3"), alarm("cubicle-3", kind=AlarmKind.MEDICAL)
    closed(first)
    assert state(3) == (CubicleState.HELD, True)
    closed(second)
    assert state(3) == (CubicleState.CLEANING, False)


def test_an_alarm_at_the_wrong_door_frees_that_door_and_takes_the_right_persons_visit(room):
    wrong, right = seated(3, client("Blue Heron")), seated(5, client("Grey Wolf"))
    alert = alarm("cubicle-3")
    assert alert.visit_id == wrong.id
    with transaction():
        alerts.relocate(alert.code, "cubicle-5", NINA, NINE)
    assert alert.visit_id == right.id
    assert state(3) == (CubicleState.OCCUPIED, False)
    assert state(5) == (CubicleState.OCCUPIED, True)
    noted(alert, AlarmAction.NALOXONE)
    assert visit_queries.visit(wrong.code).observe_until is None
    assert visit_queries.visit(right.code).observe_until is not None
    with transaction():
        alerts.relocate(alert.code, "toilet", NINA, NINE)
    assert alert.visit_id is None
    assert state(5) == (CubicleState.OCCUPIED, False)


def test_naloxone_lengthens_the_observation_and_the_board_shows_what_is_left(room, fast_forward):
    sitting = seated(3)
    alert = alarm("cubicle-3")
    noted(alert, AlarmAction.NALOXONE, "1.8")
    closed(alert)
    with transaction():
        visits.aftercare(sitting.code, ROSA, clock.now())
    now = fast_forward(minutes=30)
    (resting,) = board.now(room, now).aftercare
    assert room.aftercare < timedelta(minutes=30)
    assert (resting.pressure, resting.left) == ("calm", timedelta(minutes=90))
    (resting,) = board.now(room, fast_forward(minutes=90)).aftercare
    assert resting.pressure == "done"


def test_a_second_dose_lengthens_it_again_and_an_earlier_one_noted_late_does_not_shorten_it(room, fast_forward):
    sitting = seated(3)
    alert = alarm("cubicle-3")
    now = fast_forward(minutes=4)
    noted(alert, AlarmAction.NALOXONE)
    with transaction():
        aftermath.note(alert.code, alerts.Action(AlarmAction.NALOXONE, at=NINE), room, NINA, now)
    assert visit_queries.visit(sitting.code).observe_until == now + room.observe_after_naloxone


def test_a_lot_that_was_used_leaves_the_shelf(room):
    alert = alarm("cubicle-3")
    before = naloxone_on_the_shelf()
    noted(alert, AlarmAction.NALOXONE, "1.8", lot="first")
    db.session.rollback()
    moved = db.session.scalars(select(Movement).order_by(Movement.id.desc())).first()
    assert (moved.reason.value, moved.quantity, moved.lot.item.kind.value) == ("used", -1, "naloxone")
    assert naloxone_on_the_shelf() == before - 1 == ON_THE_SHELF - 1


@pytest.mark.parametrize("lot", ["no-such-lot", "empty"])
def test_a_lot_that_is_not_there_refuses_nothing_and_is_written_down(room, lot):
    if lot == "empty":
        with transaction():
            one = naloxone()
            db.session.add(Lot(item=one.item, number="empty", expires_on=None, on_shelf=0))
    alert = alarm("cubicle-3")
    entry = noted(alert, AlarmAction.NALOXONE, "1.8", lot=lot)
    assert entry.lot == lot
    (told,) = [row for row in journal.after(0, subject=alert.code) if row.what == "stock.disagrees"]
    assert told.payload == {"why": "no-such-lot" if lot == "no-such-lot" else "out-of-stock"}
    assert naloxone_on_the_shelf() in {0, ON_THE_SHELF}


def test_a_needle_is_no_rescue_stock_whatever_its_lot(room):
    with transaction():
        for lot in db.session.scalars(select(Lot)):
            lot.number = "first" if lot.item.kind == "needle" else "other"
    noted(alarm("cubicle-3"), AlarmAction.NALOXONE, "1.8", lot="first")
    assert all(lot.on_shelf == ON_THE_SHELF for lot in db.session.scalars(select(Lot)))


def test_a_drill_uses_nothing_and_changes_nothing_for_anybody(room):
    sitting = seated(3, client())
    alert = alarm("cubicle-3", drill=True)
    noted(alert, AlarmAction.NALOXONE, "1.8", lot="first")
    closed(alert)
    assert naloxone_on_the_shelf() == ON_THE_SHELF
    assert visit_queries.visit(sitting.code).observe_until is None
    assert db.session.scalars(select(FollowUp)).all() == []
    assert queries.unsigned() == []


def test_naloxone_leaves_one_follow_up_for_the_persons_next_check_in(room):
    heron = client()
    seated(3, heron)
    alert = alarm("cubicle-3")
    assert not queries.waits_for(heron.id)
    noted(alert, AlarmAction.NALOXONE)
    noted(alert, AlarmAction.NALOXONE)
    assert len(db.session.scalars(select(FollowUp)).all()) == 1
    assert queries.waits_for(heron.id)


def test_naloxone_for_somebody_nobody_knows_leaves_no_follow_up_and_is_noted(room):
    seated(3)
    entry = noted(alarm("cubicle-3"), AlarmAction.NALOXONE)
    assert entry.action is AlarmAction.NALOXONE
    assert db.session.scalars(select(FollowUp)).all() == []


def test_an_emergency_and_somebody_sitting_down_at_once_never_leave_a_frozen_cubicle_free(app, room):
    for _ in range(5):
        waiting, ready = visit().code, threading.Barrier(2)

        def sit(waiting=waiting, ready=ready) -> None:
            with app.app_context():
                ready.wait()
                try:
                    with transaction():
                        seating.seat(waiting, seating.Seating(3), room, ROSA, NINE)
                except (CubicleNotReady, CubicleTaken):
                    pass

        def press(ready=ready) -> None:
            with app.app_context():
                ready.wait()
                with transaction():
                    alerts.raise_alarm(alerts.Press(place="cubicle-3"), here.policy(), NINA, NINE)

        both = [threading.Thread(target=sit), threading.Thread(target=press)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        found, frozen = state(3)
        assert frozen
        assert found in {CubicleState.HELD, CubicleState.OCCUPIED}
        for stay in open_stays():
            gone(stay.visit)
        for alert in alert_queries.open_alerts():
            closed(alert)
        cleaned(3)
