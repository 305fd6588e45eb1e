"""Looking after people in cubicles: prompts, what is missed, and what rings; on both databases."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from consumption_room import board, clock, journal, watch
from consumption_room.alerts import queries as alerts
from consumption_room.checks import queries, service
from consumption_room.checks.models import WelfareCheck
from consumption_room.checks.rules import NobodyThere, hurried, is_missed, urgency
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.incidents import queries as incidents
from consumption_room.policy.stays import StayPlan
from consumption_room.visits import seating
from consumption_room.visits.models import Episode
from consumption_room.vocabulary.alarms import AlarmState, Outcome
from consumption_room.vocabulary.checks import CheckResult
from consumption_room.vocabulary.cubicles import CubicleMode
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import Route, Substance
from tests.builders import NINA, NINE, ROSA, alarm, closed, gone, seated

MINUTE = timedelta(minutes=1)
PLAN = StayPlan(22 * MINUTE, 30 * MINUTE, 45 * MINUTE, 5 * MINUTE, 3 * MINUTE)


def looked(cubicle: int = 3, responsive: bool = True, by=NINA) -> WelfareCheck:
    """Somebody has looked into a cubicle."""
    with transaction():
        return service.note(cubicle, responsive, here.policy(), by, clock.now())


def ringing() -> list[tuple[str, str]]:
    """Which alarms are open: where, and of what kind."""
    return [(one.place.code, one.kind.value) for one in alerts.open_alerts()]


def due(room, cubicle: int = 3):
    """When somebody is due to look into a cubicle, as the board shows it."""
    return next(seat for seat in board.now(room, clock.now()).seats if seat.cubicle.number == cubicle).check_due_at


def weeks_of_intakes(room) -> None:
    """Four weeks in which nobody became unwell."""
    somebody = seated(8)
    with transaction():
        for back in range(1, 28):
            at = NINE - timedelta(days=back)
            said = {"substances": (Substance.HEROIN,), "route": Route.INJECT, "assisted": False}
            db.session.add_all(
                Episode(visit_id=somebody.id, registered_at=at, service_day=room.service_day(at), **said)
                for _ in range(40)
            )


def results() -> list[CheckResult]:
    """The whole log, oldest first."""
    return list(db.session.scalars(select(WelfareCheck.result).order_by(WelfareCheck.id)))


def test_somebody_in_a_cubicle_is_due_for_a_look_by_the_type_of_the_cubicle(room):
    seated(3)
    seated(9)
    assert (due(room, 3) - NINE, due(room, 9) - NINE) == (5 * MINUTE, 10 * MINUTE)
    assert due(room, 4) is None


def test_a_cubicle_fit_for_both_has_the_longer_limit_and_the_more_frequent_look(room):
    both = room.stay((CubicleMode.INJECTING, CubicleMode.SMOKING, CubicleMode.WHEELCHAIR))
    assert (both.red, both.check_every) == (30 * MINUTE, 5 * MINUTE)
    assert room.stay((CubicleMode.SMOKING, CubicleMode.WHEELCHAIR)) == room.stays[CubicleMode.SMOKING]
    assert room.stay((CubicleMode.TWO_PERSON,)) == room.stays[CubicleMode.INJECTING]


def test_one_tap_puts_the_next_look_off_and_is_kept_in_the_log(room, fast_forward):
    sitting = seated(3)
    fast_forward(minutes=4)
    check = looked(3)
    assert due(room) == NINE + 9 * MINUTE
    assert (check.result, check.by, check.due_at) == (CheckResult.RESPONSIVE, NINA.name, NINE + 5 * MINUTE)
    assert [one.code for one in queries.of_cubicle(3)] == [check.code]
    row = journal.after(0, 5000)[-1]
    assert (row.what, row.visit, row.payload) == ("check.made", sitting.code, {"result": "responsive"})
    assert ringing() == []


def test_not_responsive_raises_the_overdose_alarm_in_the_same_transaction(room):
    sitting = seated(3)
    check = looked(3, responsive=False)
    assert ringing() == [("cubicle-3", "overdose")]
    assert (check.alert.visit_id, check.result) == (sitting.id, CheckResult.NOT_RESPONSIVE)


def test_nobody_is_looked_after_in_an_empty_cubicle(room):
    gone(seated(3))
    with pytest.raises(NobodyThere, match="Nobody sits in cubicle 3"):
        looked(3)
    assert results() == []


def test_a_missed_look_rings_after_the_grace_and_once(room, fast_forward):
    seated(3)
    assert watch.look_after_people(fast_forward(minutes=5, seconds=59)) == 0
    assert watch.look_after_people(fast_forward(seconds=1)) == 1
    assert watch.look_after_people(clock.now()) == 0
    assert ringing() == [("cubicle-3", "welfare-check")]
    assert results() == [CheckResult.MISSED]
    assert alerts.open_alerts()[0].steps


def test_it_rings_again_for_the_next_look_unless_help_is_already_called_for(room, fast_forward):
    seated(3)
    watch.look_after_people(fast_forward(minutes=6))
    watch.look_after_people(fast_forward(minutes=6))
    assert ringing() == [("cubicle-3", "welfare-check")]
    assert results() == [CheckResult.MISSED] * 2
    closed(alerts.open_alerts()[0], Outcome.FALSE_ALARM)
    watch.look_after_people(fast_forward(minutes=6))
    assert ringing() == [("cubicle-3", "welfare-check")]
    assert results() == [CheckResult.MISSED] * 3


def test_while_an_emergency_is_open_a_missed_look_is_noted_and_rings_nothing_new(room, fast_forward):
    seated(3)
    alarm("cubicle-3")
    watch.look_after_people(fast_forward(minutes=6))
    assert ringing() == [("cubicle-3", "overdose")]
    assert results() == [CheckResult.MISSED]


def test_whoever_looks_answers_and_closes_what_rang_by_name(room, fast_forward):
    seated(3)
    watch.look_after_people(fast_forward(minutes=6))
    rang = alerts.open_alerts()[0]
    looked(3, by=ROSA)
    db.session.refresh(rang)
    assert (rang.state, rang.closed_by, rang.outcome) == (AlarmState.CLOSED, ROSA.name, Outcome.FALSE_ALARM)


def test_an_emergency_is_not_closed_by_a_look(room):
    seated(3)
    alarm("cubicle-3")
    looked(3)
    assert ringing() == [("cubicle-3", "overdose")]


def test_who_has_left_or_moved_is_not_missed_where_they_were(room, fast_forward):
    gone(seated(3))
    mover = seated(4)
    with transaction():
        seating.move(mover.code, seating.Seating(5), room, NINA, clock.now())
    watch.look_after_people(fast_forward(minutes=6))
    assert ringing() == [("cubicle-5", "welfare-check")]


def test_a_very_long_stay_rings_once_by_itself(room, fast_forward):
    seated(9)
    for _ in range(3):
        fast_forward(minutes=9)
        looked(9)
    assert watch.look_after_people(fast_forward(minutes=2, seconds=59)) == 0
    assert watch.look_after_people(fast_forward(seconds=1)) == 1
    assert results()[-1] is CheckResult.OVERRAN
    looked(9)
    assert watch.look_after_people(fast_forward(minutes=9)) == 0
    assert ringing() == []


def test_looks_come_sooner_while_the_room_is_warned(room, fast_forward):
    weeks_of_intakes(room)
    for number in range(1, 4):
        alarm(f"cubicle-{number}")
    assert incidents.cluster(room, clock.now()) is not None
    seated(6)

    watch.hurry_checks(clock.now())

    assert due(room, 6) - clock.now() == 3 * MINUTE
    fast_forward(minutes=2)
    looked(6)
    assert due(room, 6) - clock.now() == 3 * MINUTE
    watch.hurry_checks(clock.now())
    assert due(room, 6) - clock.now() == 3 * MINUTE


def test_a_calm_room_hurries_nobody(room):
    seated(3)
    watch.hurry_checks(clock.now())
    assert due(room) == NINE + 5 * MINUTE


def test_the_log_is_never_edited(room):
    seated(3)
    looked(3)
    other = update(WelfareCheck).values(result=CheckResult.MISSED)
    with pytest.raises(DBAPIError, match="welfare_check is a"), transaction():
        db.session.execute(other)
    assert results() == [CheckResult.RESPONSIVE]


def test_a_wall_clock_that_is_set_back_holds_no_look_after_a_restart(app, room, fast_forward):
    seated(3)
    looked(3)
    fast_forward(hours=-1)
    assert watch.Rounds(app).clock.latest() >= NINE


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "calm"), (3.9, "calm"), (4, "soon"), (4.9, "soon"), (5, "over"), (50, "over")]
)
def test_a_look_is_announced_a_minute_before_and_is_over_when_due(minutes, said):
    assert urgency(NINE + 5 * MINUTE, NINE + minutes * MINUTE) == said
    assert urgency(None, NINE) == "calm"


def test_hurrying_never_puts_a_look_off():
    assert hurried(PLAN, NINE + MINUTE, NINE) == NINE + MINUTE
    assert hurried(PLAN, NINE + 5 * MINUTE, NINE) == NINE + 3 * MINUTE
    assert not is_missed(NINE, MINUTE, NINE + MINUTE - timedelta(seconds=1))
    assert is_missed(NINE, MINUTE, NINE + MINUTE)


def test_over_http_a_look_is_noted_listed_and_rings(client_as, fast_forward):
    nurse = client_as(Role.NURSE)
    sitting = seated(3)
    fast_forward(minutes=1)
    made = nurse.post("/api/v1/cubicles/3/checks", json={"responsive": True})
    assert made.status_code == 201
    assert (made.json["result"], made.json["visit"], made.json["alert"]) == ("responsive", sitting.code, None)
    rang = nurse.post("/api/v1/cubicles/3/checks", json={"responsive": False})
    assert rang.json["alert"] == nurse.get("/api/v1/alerts?state=open").json["items"][0]["code"]
    log = nurse.get("/api/v1/cubicles/3/checks?limit=1").json
    assert [one["result"] for one in log["items"]] == ["not-responsive"]
    older = nurse.get(f"/api/v1/cubicles/3/checks?after={log['next']}").json["items"]
    assert [one["result"] for one in older] == ["responsive"]
    assert nurse.post("/api/v1/cubicles/4/checks", json={"responsive": True}).json["code"] == "nobody-there"
    assert nurse.post("/api/v1/cubicles/3/checks", json={"responsive": "perhaps"}).status_code == 422
    assert nurse.post("/api/v1/cubicles/300/checks", json={"responsive": True}).status_code == 404


def test_the_same_tap_sent_twice_is_one_look(client_as):
    seated(3)
    for _ in range(2):
        client_as(Role.NURSE).post(
            "/api/v1/cubicles/3/checks", json={"responsive": True}, headers={"Idempotency-Key": "one-tap"}
        )
    assert results() == [CheckResult.RESPONSIVE]


def test_the_floor_and_the_wall_show_the_countdown_and_the_floor_takes_the_tap(client_as, fast_forward):
    nurse = client_as(Role.NURSE)
    seated(3)
    fast_forward(minutes=4, seconds=30)
    assert "Look in:" in nurse.get("/wall").text
    fast_forward(minutes=1)
    page = nurse.get("/floor").text
    assert "Look in now" in page
    assert re.search(r'action="/floor/cubicles/3/checks"', page)
    assert nurse.post("/floor/cubicles/3/checks", data={"responsive": "true"}).headers["Location"] == "/floor"
    assert "Look in now" not in nurse.get("/floor").text
    rang = nurse.post("/floor/cubicles/3/checks", data={"responsive": "false"})
    assert rang.headers["Location"].startswith("/alarm/")
    log = nurse.get("/floor/cubicles/3").text
    assert "Seen, responsive" in log
    assert "Not responsive" in log


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_look_that_cannot_be_stored_is_said_and_one_that_found_nobody_well_rings_all_the_same(
    app, client_as, monkeypatch
):
    seated(3)
    nurse, rang = client_as(Role.NURSE), []
    monkeypatch.setattr(app.extensions["room.unstored"], "ring", rang.append)
    monkeypatch.setattr("consumption_room.database.URGENT_SECONDS", 0.05)
    with app.extensions["room.database"].lock.held(1):  # somebody writes, and goes on writing
        assert nurse.post("/api/v1/cubicles/3/checks", json={"responsive": False}).status_code == 507
        assert [(one["place"], one["kind"]) for one in rang] == [("cubicle-3", "overdose")]
        assert nurse.post("/api/v1/cubicles/3/checks", json={"responsive": True}).status_code == 503
    assert len(rang) == 1
