"""Opening, duty, displays, hand-over and closing, through the services and over HTTP; on both databases."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from consumption_room import board, clock, journal, presence, watch
from consumption_room.alerts.models import Alert
from consumption_room.database import db, transaction
from consumption_room.gate import sight
from consumption_room.presence import Beat, Display
from consumption_room.pulse import pulse
from consumption_room.shifts import opening, queries, rules, service
from consumption_room.shifts.models import Duty, Shift, ShiftOverride
from consumption_room.shifts.queries import Facts
from consumption_room.shifts.rules import Blindness
from consumption_room.shifts.service import HandOver, OnOrOff, Opening, Sheet
from consumption_room.visits import seating
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import AlarmKind, AlarmState
from consumption_room.vocabulary.shifts import OpeningCheck
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import LeaveReason, Purpose
from tests.builders import (
    ALL_WELL,
    LOOKED_AT,
    MONA,
    NINA,
    ROSA,
    alarm,
    cleaned,
    closed,
    counted,
    counting_queries,
    gone,
    issued,
    on_duty,
    opened_room,
    seated,
    sits_down,
    visit,
    well_with,
)

NOTHING = Sheet(0, 0, 0, 0, ())
SAYS = {check.value: True for check in LOOKED_AT}


@pytest.fixture
def nurse(cast):
    """The code of the nurse who works here."""
    return cast.staff[Role.NURSE]


@pytest.fixture
def seen(room, fast_forward):
    """Let the watch see so many able displays, after a while: gives what it meant."""

    def see(able: int, seconds: float = 0) -> Blindness:
        now = fast_forward(seconds=seconds) if seconds else clock.now()
        return watch.watch_over_displays(able, room, now)

    return see


@pytest.fixture
def able_display():
    """A display that is seen and heard, with nobody signed in, and that has just answered a test."""
    now = clock.monotonic()
    display = Display("sid", "wall", None, None, beat=Beat(now, 0, visible=True, audio=True, build=""))
    presence.register.add(display)
    pulse.self_test_at, before = now, pulse.self_test_at
    yield display
    presence.register.drop("sid")
    pulse.self_test_at = before


def what_happened() -> list[str]:
    """The journal of shifts and duties, in order."""
    return [row.what for row in journal.after(0) if row.what.startswith(("shift.", "duty."))]


def technical() -> list[Alert]:
    """Every technical alarm there ever was."""
    return list(db.session.scalars(select(Alert).where(Alert.kind == AlarmKind.TECHNICAL)))


# Opening.


def test_a_room_opens_with_everything_that_was_found(room, nurse):
    shift = opened_room(nurse)
    assert (shift.opened_by, shift.opened_at) == ("Nina", clock.now())
    assert {one.check: one.passed for one in shift.checks} == dict.fromkeys(OpeningCheck, True)
    assert what_happened() == ["duty.began", "shift.opened"]


def test_a_nurse_on_duty_whom_no_screen_reaches_does_not_open_the_room(room, nurse, able_display):
    on_duty(nurse)
    asked = Opening(LOOKED_AT)
    for at_the_screen, able in ((None, True), (nurse, False)):
        able_display.staff = at_the_screen
        able_display.beat = replace(able_display.beat, audio=able)
        with (
            pytest.raises(opening.OpeningCheckFailed, match="Nurse on duty: On duty, but not signed in"),
            transaction(),
        ):
            service.open_room(asked, sight.facts(), room, NINA, clock.now())
    able_display.staff, able_display.beat = nurse, replace(able_display.beat, audio=True)
    with transaction():
        assert service.open_room(asked, sight.facts(), room, NINA, clock.now())[1]


def test_opening_twice_is_opening_once(room, nurse):
    assert opened_room(nurse).code == opened_room(nurse).code
    assert db.session.scalar(select(func.count()).select_from(Shift)) == 1
    assert what_happened() == ["duty.began", "shift.opened"]


def test_many_who_open_at_the_same_moment_open_one_room(app, room, nurse):
    on_duty(nurse)
    at_once, now = threading.Barrier(6), clock.now()

    def opens(_: int) -> tuple[str, bool]:
        with app.app_context():
            at_once.wait(timeout=30)
            with transaction():
                shift, is_new = service.open_room(Opening(LOOKED_AT), well_with(nurse), room, NINA, now)
                return shift.code, is_new

    with ThreadPoolExecutor(6) as people:
        opened = list(people.map(opens, range(6)))
    assert len({code for code, _ in opened}) == 1
    assert sorted(is_new for _, is_new in opened) == [False] * 5 + [True]
    assert what_happened().count("shift.opened") == 1


def test_the_database_itself_allows_one_open_shift(room, nurse):
    shift = opened_room(nurse)
    with pytest.raises(IntegrityError), transaction():
        db.session.add(Shift(opened_at=clock.now(), opened_by="Nils", service_day=shift.service_day))


def test_a_room_short_of_naloxone_or_with_expired_airways_stays_shut(room, nurse, fast_forward):
    on_duty(nurse)
    counted("naloxone-nasal", 9)
    with pytest.raises(opening.OpeningCheckFailed, match=r"nasal 1\.8 mg 9/10"), transaction():
        service.open_room(Opening(LOOKED_AT), ALL_WELL, room, NINA, clock.now())
    fast_forward(days=500)
    found = {one.check: one for one in queries.look(LOOKED_AT, ALL_WELL, room, clock.now())}
    assert "Airways, a set of all sizes 0/2" in found[OpeningCheck.RESCUE_STOCK].sentence
    assert db.session.scalar(select(func.count()).select_from(Shift)) == 0


def test_a_room_without_a_nurse_on_duty_stays_shut(room, cast):
    on_duty(cast.staff[Role.RECEPTION])
    with pytest.raises(opening.OpeningCheckFailed, match="No nurse is on duty"), transaction():
        service.open_room(Opening(LOOKED_AT), ALL_WELL, room, NINA, clock.now())


def test_a_manager_opens_all_the_same_by_name_and_a_nurse_does_not(room, nurse):
    on_duty(nurse)
    asked = Opening({}, override="The bins are emptied at ten")
    with pytest.raises(rules.OverrideNotYours), transaction():
        service.open_room(asked, ALL_WELL, room, NINA, clock.now())
    with transaction():
        shift, _ = service.open_room(asked, well_with(nurse), room, MONA, clock.now())
    assert [(one.what, one.by, one.reason) for one in shift.overrides] == [
        ("opening-check", "Mona", "The bins are emptied at ten")
    ]
    assert {one.check for one in shift.checks if not one.passed} == opening.LOOKED_AT
    rows = [row for row in journal.after(0) if row.what == "shift.overridden"]
    assert [row.payload for row in rows] == [{"rule": "opening-check"}]


def test_a_set_back_clock_keeps_the_room_shut(room, nurse, fast_forward):
    opened_room(nurse)
    found = queries.look(LOOKED_AT, well_with(nurse), room, clock.now() - timedelta(minutes=1))
    assert [one.check for one in found if not one.passed] == [OpeningCheck.CLOCK]


def test_what_was_found_and_set_aside_and_handed_over_is_never_changed(room, nurse, cast):
    opened_room(nurse, Facts(), MONA, override="A test")
    with transaction():
        service.hand_over(HandOver(cast.staff[Role.MANAGER]), NOTHING, NINA, clock.now())
    for table in ("shift_check", "shift_override", "shift_handover"):
        for change in (f"UPDATE {table} SET shift_id = 7", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="added to, never changed"), transaction():
                db.session.execute(text(change))


# On duty.


def test_coming_on_and_going_off_duty_twice_is_once(room, nurse):
    for on in (True, True, False, False):
        with transaction():
            service.duty(OnOrOff(on, staff=nurse), MONA, clock.now())
        assert [one.staff for one in queries.now(clock.now()).on_duty] == ([nurse] if on else [])
    assert what_happened() == ["duty.began", "duty.ended"]


def test_the_database_itself_allows_one_duty_for_a_person(room, nurse):
    on_duty(nurse)
    there = db.session.scalars(select(Duty)).one()
    with pytest.raises(IntegrityError), transaction():
        db.session.add(Duty(staff_id=there.staff_id, role=Role.NURSE, began_at=clock.now()))


def test_somebody_who_changes_what_they_do_is_on_duty_once(room, nurse):
    on_duty(nurse)
    on_duty(nurse, Role.RECEPTION)
    assert [one.role for one in queries.now(clock.now()).on_duty] == [Role.RECEPTION]


def test_reception_is_not_on_duty_as_a_nurse_and_speaks_for_nobody_else(room, cast, nurse):
    with pytest.raises(rules.NotANurse):
        on_duty(cast.staff[Role.RECEPTION], Role.NURSE)
    with pytest.raises(rules.NotYourDuty):
        on_duty(nurse, by=ROSA)


def test_who_does_not_work_here_any_more_is_not_on_duty(room, client_as, nurse, cast):
    on_duty(nurse)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE staff SET disabled_at = :now"), {"now": "2026-11-20 08:00:00+00:00"})
    assert queries.now(clock.now()).on_duty == []


# Displays.


def test_an_open_room_without_an_able_display_raises_a_technical_alarm_once(room, nurse, seen):
    opened_room(nurse)
    assert seen(2) is Blindness.SEEING
    assert seen(0) is Blindness.NOW_BLIND
    assert seen(0, 7) is Blindness.STILL_BLIND
    assert technical() == []
    assert seen(0, 1) is Blindness.NOW_RAISE
    assert [(one.place.code, one.state) for one in technical()] == [("reception", AlarmState.RAISED)]
    assert [seen(0, 60) for _ in range(3)] == [Blindness.STILL_BLIND] * 3
    assert len(technical()) == 1


def test_a_second_blindness_alarms_anew_unless_the_first_alarm_is_still_open(room, nurse, seen):
    opened_room(nurse)

    def goes_blind() -> None:
        seen(1, 1)
        seen(0, 1)
        seen(0, 10)

    goes_blind()
    first = technical()[0]
    goes_blind()
    assert [one.count for one in technical()] == [1]
    closed(first)
    goes_blind()
    assert len(technical()) == 2


def test_another_technical_alarm_does_not_swallow_this_one(room, nurse, seen):
    opened_room(nurse)
    alarm("reception", kind=AlarmKind.TECHNICAL)
    seen(0, 90)
    seen(0, 10)
    assert len(technical()) == 2


def test_a_display_that_blinks_is_no_news_and_costs_no_write_while_nothing_changes(room, nurse, seen):
    opened_room(nurse)
    told = what_happened()
    seen(0, 1)
    seen(1, 5)
    assert (what_happened(), technical()) == (told, [])
    with counting_queries() as asked:
        seen(1, 1)
    assert len(asked) == 1


def test_a_room_that_keeps_no_shifts_is_neither_alarmed_nor_blocked(room, seen):
    assert [seen(0, 60) for _ in range(2)] == [Blindness.SEEING] * 2
    assert technical() == []
    seated(3)


def test_nobody_new_sits_down_before_a_display_that_nobody_would_notice(room, nurse, seen):
    opened_room(nurse)
    sitting, waiting = seated(3), visit()
    seen(0)
    sits_down(visit().code, 4)
    seen(0, 10)
    with pytest.raises(rules.NoAbleDisplay), transaction():
        seating.seat(waiting.code, seating.Seating(5), room, ROSA, clock.now())
    assert board.now(room, clock.now()).seats[4].visit is None
    # Everything else goes on.
    assert sits_down(sitting.code, 3).cubicle == 3
    alarm("toilet")
    issued()
    visit(None, Purpose.NEEDLES)
    with transaction():
        seating.move(sitting.code, seating.Seating(6), room, ROSA, clock.now())
        visits.aftercare(sitting.code, NINA, clock.now())
    gone(sitting, LeaveReason.FINISHED)
    cleaned(3)
    # And a display brings sessions back.
    seen(1)
    sits_down(waiting.code, 5)


def test_a_nurse_takes_it_on_by_name_until_a_display_is_able_again(room, nurse, seen):
    opened_room(nurse)
    seen(0)
    seen(0, 10)
    for _ in range(2):
        with transaction():
            service.go_on_without_displays("Two of us stand in the room", NINA, clock.now())
    sits_down(visit().code, 3)
    assert [(one.what, one.by) for one in db.session.scalars(select(ShiftOverride))] == [("no-display", "Nina")]
    seen(1, 1)
    seen(0, 1)
    seen(0, 10)
    with pytest.raises(rules.NoAbleDisplay):
        sits_down(visit().code, 4)
    assert what_happened()[2:] == [
        "shift.went-blind",
        "shift.overridden",
        "shift.sees-again",
        "shift.went-blind",
    ]


def test_there_is_nothing_to_take_on_while_a_display_is_able_or_no_shift_is_open(room, nurse):
    with pytest.raises(rules.ShiftNotOpen), transaction():
        service.go_on_without_displays("Just in case", NINA, clock.now())
    opened_room(nurse)
    with transaction():
        service.go_on_without_displays("Just in case", NINA, clock.now())
    assert db.session.scalars(select(ShiftOverride)).all() == []


def test_a_manager_who_opens_without_a_display_takes_that_on_too(room, nurse, seen):
    opened_room(nurse, Facts(), MONA, override="The wall is being repaired")
    assert [seen(0, 30) for _ in range(2)] == [Blindness.STILL_BLIND] * 2
    sits_down(visit().code, 3)
    assert technical() == []


def test_opening_without_a_full_check_is_no_leave_to_go_on_without_displays(room, nurse, seen):
    opened_room(nurse, by=MONA, checks={}, override="The bins are emptied at ten")
    seen(0)
    assert seen(0, 10) is Blindness.NOW_RAISE
    with pytest.raises(rules.NoAbleDisplay):
        sits_down(visit().code, 3)


def test_a_room_that_was_closed_blind_opens_seeing(room, nurse, seen):
    opened_room(nurse)
    seen(0)
    seen(0, 10)
    with transaction():
        service.close(None, 0, NINA, clock.now())
    opened_room(nurse)
    sits_down(visit().code, 3)


# Hand-over and closing.


def test_a_hand_over_keeps_the_figures_of_its_moment(room, nurse, cast):
    opened_room(nurse)
    sitting = seated(3)
    visit()
    alarm("cubicle-3")
    counted("naloxone-nasal", 4)
    to = cast.staff[Role.MANAGER]
    with transaction():
        made = service.hand_over(HandOver(to, "B02 rests"), board.now(room, clock.now()).sheet, NINA, clock.now())
    gone(sitting)
    db.session.refresh(made)
    assert made.sheet == {
        "in_cubicles": 1,
        "in_aftercare": 0,
        "waiting": 1,
        "open_alarms": 1,
        "short": ["naloxone-nasal"],
    }
    assert to in [one.staff for one in queries.now(clock.now()).on_duty]
    with transaction():
        again = service.hand_over(HandOver(to, "B02 rests"), NOTHING, NINA, clock.now())
    assert again.code == made.code


def test_closing_waits_for_people_in_cubicles_and_ends_every_duty(room, nurse, fast_forward):
    opened_room(nurse)
    with pytest.raises(rules.PeopleInside), transaction():
        service.close(None, 1, NINA, clock.now())
    fast_forward(hours=8)
    with transaction():
        shift = service.close("The fire brigade asks us to", 1, NINA, clock.now())
    assert (shift.closed_by, shift.close_reason) == ("Nina", "The fire brigade asks us to")
    assert queries.now(clock.now()).on_duty == []
    with transaction():
        assert service.close(None, 0, NINA, clock.now()).code == shift.code
    assert what_happened()[-2:] == ["shift.closed", "duty.ended"]


def test_a_room_that_was_never_opened_is_not_closed(room):
    with pytest.raises(rules.ShiftNotOpen), transaction():
        service.close(None, 0, NINA, clock.now())


def test_the_journal_of_shifts_names_nobody(room, nurse, cast):
    opened_room(nurse, Facts(), MONA, override="Nadia says so")
    with transaction():
        service.hand_over(HandOver(cast.staff[Role.MANAGER], "Blue Heron rests"), NOTHING, NINA, clock.now())
        service.close("Nadia says so", 1, MONA, clock.now())
    said = " ".join(
        f"{row.subject} {row.payload}" for row in journal.after(0) if row.what.startswith(("shift", "duty"))
    )
    assert not re.search("Nadia|Nina|Mona|Heron|person", said)


# Over HTTP.


def test_a_shift_over_http(client_as, able_display, cast, nurse):
    caller, manager = client_as(Role.NURSE), client_as(Role.MANAGER)
    before = caller.get("/api/v1/shifts").json
    assert before["open"] is None
    assert {one["check"] for one in before["checks"] if one["to_look_at"]} == set(SAYS)
    assert caller.post("/api/v1/shifts/duty", json={"on": True}).status_code == 422
    there = caller.post("/api/v1/shifts/duty", json={"on": True, "staff": nurse})
    assert [one["staff"] for one in there.json["on_duty"]] == [nurse]
    refused = caller.post("/api/v1/shifts/open", json={"checks": {"displays": True}})
    assert (refused.status_code, refused.json["code"]) == (409, "opening-check-failed")
    assert set(refused.json["failing"]) == {*SAYS, "nurse"}
    assert "not signed in at a screen" in refused.json["detail"]
    able_display.staff = nurse
    opened = caller.post("/api/v1/shifts/open", json={"checks": SAYS})
    assert (opened.status_code, len(opened.json["checks"])) == (201, len(OpeningCheck))
    assert caller.post("/api/v1/shifts/open", json={"checks": SAYS}).status_code == 200
    to = cast.staff[Role.MANAGER]
    handed = caller.post("/api/v1/shifts/handover", json={"to": to, "note": "All calm"})
    assert (handed.status_code, handed.json["to"]) == (200, "Manager person")
    seated(3)
    assert manager.post("/api/v1/shifts/close", json={}).json["code"] == "people-inside"
    assert manager.post("/api/v1/shifts/close", json={"reason": "A drill"}).json["closed_by"] == "manager program"
    assert caller.get("/api/v1/shifts").json["open"] is None


def test_a_nurse_who_overrides_over_http_is_told_whose_it_is_and_a_manager_opens(client_as):
    asked = {"checks": {}, "override": {"reason": "No screens today"}}
    refused = client_as(Role.NURSE).post("/api/v1/shifts/open", json=asked)
    assert (refused.status_code, refused.json["code"]) == (409, "override-not-yours")
    opened = client_as(Role.MANAGER).post("/api/v1/shifts/open", json=asked)
    assert opened.status_code == 201
    assert {one["what"] for one in opened.json["overrides"]} == {"opening-check", "no-display"}


def test_a_session_refused_over_http_and_the_override_that_brings_it_back(client_as, room, nurse, seen):
    opened_room(nurse)
    code = visit().code
    seen(0)
    seen(0, 10)
    caller = client_as(Role.NURSE)
    refused = caller.post(f"/api/v1/visits/{code}/seat", json={"cubicle": 3})
    assert (refused.status_code, refused.json["code"]) == (409, "no-able-display")
    assert caller.get("/api/v1/board").json["shift"]["blocked"] == refused.json["detail"]
    assert caller.post("/api/v1/shifts/override", json={"reason": "We stand in the room"}).json["blocked"] is None
    assert caller.post(f"/api/v1/visits/{code}/seat", json={"cubicle": 3}).status_code == 200


def test_the_board_says_whether_the_room_is_open_and_who_is_on_duty(client_as, nurse):
    wall = client_as(DeviceKind.WALL)
    assert wall.get("/api/v1/board").json["shift"] == {"open": False, "on_duty": [], "blocked": None}
    opened_room(nurse)
    shift = wall.get("/api/v1/board").json["shift"]
    assert shift["open"] is True
    assert [(one["name"], one["role"]) for one in shift["on_duty"]] == [("Nurse person", "nurse")]


def test_the_room_and_everybody_on_duty_are_one_question(room, cast):
    opened_room(cast.staff[Role.NURSE])
    for role in (Role.RECEPTION, Role.CASE_WORKER, Role.MANAGER):
        on_duty(cast.staff[role])
    with counting_queries() as asked:
        assert len(queries.now(clock.now()).on_duty) == 4
    assert len(asked) == 1
