"""The shift's page and what other screens say of the shift, as plain forms without any script."""

import re

import pytest
from sqlalchemy import select

from consumption_room import clock, presence, watch
from consumption_room.database import db
from consumption_room.presence import Beat, Display
from consumption_room.pulse import pulse
from consumption_room.shifts import queries
from consumption_room.shifts.models import Shift
from consumption_room.shifts.queries import Facts
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import LOOKED_AT, MONA, PASSWORD, alarm, closed, counted, on_duty, opened_room, seated, visit

TICKED = [check.value for check in LOOKED_AT]


@pytest.fixture
def engine() -> str:
    """Pages read what services wrote: one database is enough here."""
    return "sqlite"


@pytest.fixture
def able_display(app, cast):
    """A display that is seen and heard, with the nurse signed in, and that has just answered a test."""
    now = clock.monotonic()
    beat = Beat(now, 0, visible=True, audio=True, build="")
    presence.register.add(Display("sid", "wall", None, cast.staff[Role.NURSE], beat=beat))
    pulse.self_test_at, before = now, pulse.self_test_at
    yield
    presence.register.drop("sid")
    pulse.self_test_at = before


@pytest.fixture
def signed_in(app, cast):
    """A browser in which somebody of a role has signed in, with a function that sends the shift page's forms."""

    def browser(role: Role):
        found = app.test_client()

        def send(address: str, page: str = "/shift", **fields):
            token = re.search(r'name="csrf-token" content="([^"]+)"', found.get(page).text)[1]
            return found.post(address, data={"csrf_token": token, **fields})

        assert send("/sign-in", "/sign-in", who=cast.staff[role], password=PASSWORD).status_code == 303
        found.send = send
        return found

    return browser


def blind(room, fast_forward) -> None:
    """The open room has been without an able display for too long."""
    watch.watch_over_displays(0, room, clock.now())
    watch.watch_over_displays(0, room, fast_forward(seconds=10))


def test_a_nurse_comes_on_duty_looks_ticks_and_opens(signed_in, able_display):
    nurse = signed_in(Role.NURSE)
    assert nurse.send("/shift/duty", on="true").status_code == 303
    assert nurse.send("/shift/open", checks=TICKED).status_code == 303
    page = nurse.get("/shift").text
    assert "Room open" in page
    assert "Hand over" in page
    assert db.session.scalars(select(Shift)).one().opened_by == "Nurse person"


def test_a_room_that_may_not_open_says_why_and_keeps_what_was_ticked(signed_in, able_display):
    nurse = signed_in(Role.NURSE)
    counted("naloxone-nasal", 3)
    answer = nurse.send("/shift/open", checks=["oxygen"])
    assert answer.status_code == 409
    assert "Naloxone kit, nasal 1.8 mg 3/10" in answer.text
    assert re.search(r'value="oxygen" checked', answer.text)
    told = re.search(r'class="summary".*?</div>', answer.text, re.S)[0]
    assert set(re.findall(r"#check-([a-z-]+)", told)) == {"naloxone", "nurse", "alarm-sound", "sharps-bins", "clock"}
    assert "a manager may open" in answer.text
    assert "/shift/open-anyway" not in answer.text


def test_a_manager_opens_all_the_same_with_a_reason(signed_in):
    manager = signed_in(Role.MANAGER)
    assert "/shift/open-anyway" in manager.get("/shift").text
    assert manager.send("/shift/open-anyway", checks=TICKED).status_code == 422
    assert manager.send("/shift/open-anyway", reason="The wall is being repaired").status_code == 303
    assert "The wall is being repaired" in manager.get("/shift").text


def test_hand_over_and_closing_are_forms(signed_in, cast):
    opened_room(cast.staff[Role.NURSE])
    nurse = signed_in(Role.NURSE)
    assert nurse.send("/shift/handover", note="A01 rests").status_code == 422
    assert nurse.send("/shift/handover", to=cast.staff[Role.MANAGER], note="A01 rests").status_code == 303
    assert "Nurse person to Manager person" in nurse.get("/shift").text
    seated(3)
    refused = nurse.send("/shift/close")
    assert refused.status_code == 409
    assert "you give a reason" in refused.text
    assert nurse.send("/shift/close", reason="The fire alarm rings").status_code == 303
    assert queries.whole() is None


def test_every_screen_says_that_the_room_is_open_and_who_is_on_duty(signed_in, client_as, cast):
    wall = client_as(DeviceKind.WALL)
    assert "Open until" in wall.get("/wall").text
    opened_room(cast.staff[Role.NURSE])
    for text in (
        wall.get("/wall").text,
        signed_in(Role.NURSE).get("/floor").text,
        signed_in(Role.RECEPTION).get("/desk").text,
    ):
        assert re.search(r"Room open\s+· on duty: Nurse person", text)
    assert "Open until" not in wall.get("/wall").text


def test_every_screen_says_that_new_sessions_are_refused(room, signed_in, client_as, cast, fast_forward):
    opened_room(cast.staff[Role.NURSE])
    nurse = signed_in(Role.NURSE)
    told = "Nobody new can sit down"
    assert told not in nurse.get("/floor").text
    blind(room, fast_forward)
    for text in (
        client_as(DeviceKind.WALL).get("/wall").text,
        nurse.get("/floor").text,
        nurse.get("/shift").text,
        signed_in(Role.RECEPTION).get("/desk").text,
    ):
        assert told in text
    waiting = visit().code
    refused = nurse.send(f"/floor/visits/{waiting}/seat", "/floor", cubicle="3")
    assert (refused.status_code, "No display is able" in refused.text) == (409, True)
    assert nurse.send("/shift/override", reason="Two of us stand in the room").status_code == 303
    assert told not in nurse.get("/floor").text
    assert nurse.send(f"/floor/visits/{waiting}/seat", "/floor", cubicle="3").status_code == 303


def test_reception_sees_the_shift_and_comes_on_duty_and_runs_nothing(signed_in):
    reception = signed_in(Role.RECEPTION)
    page = reception.get("/shift").text
    assert "A nurse or a manager opens the room" in page
    assert reception.send("/shift/duty", on="true").status_code == 303
    assert reception.send("/shift/open").status_code == 403


def test_a_danish_room_has_a_danish_shift(app, client_as, cast):
    app.extensions["babel"].default_locale = "da"
    counted("naloxone-nasal", 3)
    text = client_as(Role.MANAGER).get("/shift").text
    assert "Åbningstjek" in text
    assert "Naloxonsæt, næsespray 1,8 mg 3/10" in text
    opened_room(cast.staff[Role.NURSE], Facts(), MONA, override="Prøve")
    on_duty(cast.staff[Role.RECEPTION])
    text = client_as(Role.MANAGER).get("/shift").text
    assert "Overdrag vagten" in text
    assert "Åbningstjek for denne vagt" in text


def test_the_shift_reminds_of_records_that_wait_for_a_name(signed_in):
    nurse = signed_in(Role.NURSE)
    assert "waits for a name" not in nurse.get("/shift").text
    alert = closed(alarm())
    page = nurse.get("/shift").text
    assert "1 record waits for a name" in page
    assert f"/incidents/{alert.code}" in page
    assert "waits for a name" not in signed_in(Role.RECEPTION).get("/shift").text


def test_a_drill_is_started_beside_the_check_and_belongs_to_the_shift(room, signed_in, client_as, cast, fast_forward):
    nurse = signed_in(Role.NURSE)
    page = nurse.get("/shift").text
    assert re.search(r'id="check-alarm-sound".*?form="drill"', page, re.S)
    assert "None yet" in page
    started = nurse.send("/alarm/drill")
    code = started.location.rsplit("/", 1)[1]
    fast_forward(seconds=12)
    nurse.send(f"/alarm/{code}/acknowledge")
    fast_forward(minutes=5)
    opened_room(cast.staff[Role.NURSE])
    assert "answered after 0:12" in nurse.get("/shift").text
    told = client_as(Role.NURSE).get("/api/v1/shifts").json["drills"]
    assert [(one["code"], one["place"], one["responder"]) for one in told] == [(code, "reception", "Nurse person")]
    alarm("toilet")
    assert len(client_as(Role.NURSE).get("/api/v1/shifts").json["drills"]) == 1
    fast_forward(hours=1)
    nurse.send("/shift/close")
    assert client_as(Role.NURSE).get("/api/v1/shifts").json["drills"] == []
