"""The record of an emergency over the API and on its pages: drafted, signed, followed up; and who may see it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from consumption_room import journal
from consumption_room.database import db, transaction
from consumption_room.incidents import queries
from consumption_room.incidents.models import Incident
from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind, Outcome
from consumption_room.vocabulary.people import AgeBand
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import Route, Substance
from tests.builders import (
    NINE,
    PASSWORD,
    alarm,
    client,
    closed,
    completed,
    gone,
    intake,
    noted,
    seated,
    visit,
)

V1 = "/api/v1"


@pytest.fixture
def nurse(client_as):
    """A program that acts as a nurse."""
    return client_as(Role.NURSE)


@pytest.fixture
def browser(app, cast):
    """A browser in which somebody of a role has signed in."""

    def signed_in(role: Role):
        found = app.test_client()
        send(found, "/sign-in", "/sign-in", who=cast.staff[role], password=PASSWORD)
        return found

    return signed_in


def send(browser, page: str, address: str, **fields):
    """Open a page and send one of its forms."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page).text)[1]
    return browser.post(address, data={"csrf_token": token, **fields})


def write(nurse, code: str, **fields):
    """Write in a record, as it is now."""
    etag = nurse.get(f"{V1}/alerts/{code}/incident").headers["ETag"]
    return nurse.patch(f"{V1}/alerts/{code}/incident", json=fields, headers={"If-Match": etag})


def test_closing_a_real_emergency_leaves_a_draft_with_what_is_known(room, nurse, fast_forward):
    sitting = seated(3)
    intake(sitting, Route.INJECT, Substance.HEROIN, Substance.BENZODIAZEPINE)
    alert = alarm("cubicle-3")
    noted(alert, AlarmAction.AMBULANCE_CALLED)
    fast_forward(minutes=8)
    noted(alert, AlarmAction.AMBULANCE_ARRIVED)
    closed(alert, Outcome.TO_HOSPITAL)
    draft = nurse.get(f"{V1}/alerts/{alert.code}/incident").json
    assert (draft["outcome"], draft["substances"]) == ("to-hospital", ["heroin", "benzodiazepine"])
    assert draft["ambulance_called_at"].startswith("2026-11-20T08:00:00")
    assert draft["ambulance_arrived_at"].startswith("2026-11-20T08:08:00")
    assert draft["missing"] == ["happened", "breathing", "consciousness", "causes"]
    assert draft["signed_at"] is None


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"drill": True}, Outcome.RECOVERED),
        ({"kind": AlarmKind.AGGRESSION}, Outcome.CALMED),
        ({"kind": AlarmKind.TECHNICAL}, Outcome.REPAIRED),
        ({}, Outcome.FALSE_ALARM),
    ],
    ids=["a drill", "aggression", "a technical fault", "nothing was wrong"],
)
def test_what_was_no_emergency_leaves_no_record(room, nurse, more, outcome):
    alert = closed(alarm("cubicle-3", **more), outcome)
    assert nurse.get(f"{V1}/alerts/{alert.code}/incident").status_code == 404


def test_closing_twice_leaves_one_draft(room):
    alert = closed(alarm())
    closed(alert)
    assert len(queries.unsigned()) == 1


def test_a_record_is_written_signed_by_name_and_leaves_the_list(room, nurse):
    code = closed(alarm()).code
    assert [one["alert"] for one in nurse.get(f"{V1}/incidents?state=unsigned").json["items"]] == [code]
    answer = nurse.post(f"{V1}/alerts/{code}/incident/sign")
    assert (answer.status_code, answer.json["code"]) == (409, "not-complete")
    written = {"happened": "Blue and limp.", "substances": ["heroin"], "breathing": "slow", "consciousness": "pain"}
    assert write(nurse, code, **written).json["missing"] == ["causes"]
    assert write(nurse, code, causes=["alcohol"]).json["missing"] == []
    signed = nurse.post(f"{V1}/alerts/{code}/incident/sign").json
    assert signed["signed_by"]
    assert nurse.get(f"{V1}/incidents?state=unsigned").json["items"] == []
    assert [one["alert"] for one in nurse.get(f"{V1}/incidents").json["items"]] == [code]
    told = [row.what for row in journal.after(0, subject=code) if row.what.startswith("incident.")]
    assert told == ["incident.drafted", "incident.changed", "incident.changed", "incident.signed"]


def test_a_record_is_changed_only_by_who_has_read_it_as_it_is(room, nurse):
    code = closed(alarm()).code
    address = f"{V1}/alerts/{code}/incident"
    old = nurse.get(address).headers["ETag"]
    assert nurse.patch(address, json={"happened": "One."}).status_code == 428
    assert nurse.patch(address, json={"happened": "One."}, headers={"If-Match": old}).status_code == 200
    assert nurse.patch(address, json={"happened": "Two."}, headers={"If-Match": old}).status_code == 412


def test_what_is_signed_stays_and_only_the_debrief_is_added(room, nurse, fast_forward):
    code = closed(alarm()).code
    completed(queries.incident(code).alert)
    nurse.post(f"{V1}/alerts/{code}/incident/sign")
    assert write(nurse, code, happened="Nothing.").json["code"] == "already-signed"
    now = fast_forward(hours=2)
    held = {"debriefed_at": (now - timedelta(minutes=5)).isoformat(), "debriefed_by": "Nina"}
    assert write(nurse, code, **held).json["debriefed_by"] == "Nina"
    assert write(nurse, code, debriefed_by=None).status_code == 422
    assert write(nurse, code, debriefed_at=(now + timedelta(days=1)).isoformat()).status_code == 422


@pytest.mark.parametrize("changed", [{"happened": "Nothing."}, {"signed_by": "Somebody"}, {"causes": ()}], ids=str)
def test_the_database_itself_keeps_what_was_signed(room, nurse, changed):
    code = closed(alarm()).code
    completed(queries.incident(code).alert)
    nurse.post(f"{V1}/alerts/{code}/incident/sign")
    with pytest.raises(DatabaseError, match="a signed incident is not changed"), transaction():
        db.session.execute(update(Incident).values(changed))


def test_a_follow_up_is_made_and_done_by_name(room, nurse):
    code = closed(alarm()).code
    address = f"{V1}/alerts/{code}/incident/tasks"
    made = nurse.post(address, json={"what": "Order oxygen", "owner": "Nina", "due_on": "2026-11-23"})
    assert (made.status_code, made.json["state"]) == (201, "open")
    done = nurse.post(f"{address}/{made.json['code']}/done").json
    again = nurse.post(f"{address}/{made.json['code']}/done").json
    assert done == again
    assert (done["state"], bool(done["done_by"])) == ("done", True)
    assert nurse.post(f"{address}/none/done").status_code == 404


def test_a_follow_up_that_would_remind_nobody_is_refused(room, nurse):
    code = closed(alarm("toilet")).code
    address = f"{V1}/alerts/{code}/incident/tasks"
    asked = {"what": "Talk", "owner": "Nina"}
    assert nurse.post(address, json=asked).json["code"] == "not-complete"
    assert nurse.post(address, json=asked | {"at_check_in": True}).json["code"] == "no-person"


def test_the_desk_reads_a_sentence_without_details_until_it_is_done(room, nurse, browser):
    heron = client("Blue Heron")
    sitting = seated(3, heron)
    alert = alarm("cubicle-3")
    noted(alert, AlarmAction.NALOXONE, "1.8")
    closed(alert, Outcome.NALOXONE)
    gone(sitting)
    came_again = visit(heron)
    desk = browser(Role.RECEPTION)
    for page in (f"/desk/visits/{came_again.code}", f"/desk?ticket={came_again.code}"):
        text = desk.get(page).text
        assert "Please call a nurse" in text
        everybodys = r'<(option|template).*?</\1>|<meta name="alarm-words"[^>]*>'  # lists of words, the same for all
        assert "aloxone" not in re.sub(everybodys, "", text, flags=re.S)
    (task,) = nurse.get(f"{V1}/alerts/{alert.code}/incident").json["tasks"]
    nurse.post(f"{V1}/alerts/{alert.code}/incident/tasks/{task['code']}/done")
    assert "Please call a nurse" not in desk.get(f"/desk/visits/{came_again.code}").text


@pytest.mark.parametrize(
    "who", [Role.RECEPTION, Role.CASE_WORKER, Role.ADMINISTRATOR, Role.AUDITOR, DeviceKind.WALL, DeviceKind.BUTTON]
)
def test_who_may_not_close_alarms_sees_nothing_of_a_record(room, client_as, who):
    code = closed(alarm()).code
    caller = client_as(who)
    for address in ("/incidents", f"/alerts/{code}/incident"):
        assert caller.get(f"{V1}{address}").status_code == 403
    assert caller.patch(f"{V1}/alerts/{code}/incident", json={}).status_code == 403
    assert caller.get("/incidents").status_code != 200


def test_a_record_never_says_who_the_person_is(room, nurse, browser):
    sitting = seated(3, client("Canary Heron", birth_year=1985))
    alert = closed(alarm("cubicle-3"))
    told = nurse.get(f"{V1}/alerts/{alert.code}/incident").text
    page = browser(Role.NURSE).get(f"/incidents/{alert.code}").text
    for secret in ("Canary", sitting.client.code, "1985"):
        assert secret not in told
        assert secret not in page
    assert all("Canary" not in str(row.payload) for row in journal.after(0))


def test_the_nurse_is_reminded_on_the_floor_writes_and_signs_on_the_page(room, browser, cast):
    code = closed(alarm("cubicle-7")).code
    nurse, reception = browser(Role.NURSE), browser(Role.RECEPTION)
    assert "1 record waits for a name" in nurse.get("/floor").text
    assert "waits for a name" not in reception.get("/floor").text
    page = f"/incidents/{code}"
    assert page in nurse.get(f"/alarm/{code}").text
    half = {"happened": "Blue and limp.", "substances": "heroin"}
    answer = send(nurse, page, page, sign="true", **half)
    assert answer.status_code == 409
    assert "Blue and limp." in answer.text
    assert send(nurse, page, page, **half).status_code == 303
    assert "Blue and limp." in nurse.get(page).text
    whole = half | {"breathing": "slow", "consciousness": "pain", "causes": ["alcohol", "unknown"]}
    assert send(nurse, page, page, sign="true", **whole).status_code == 303
    assert "Signed" in nurse.get(page).text
    assert "waits for a name" not in nurse.get("/floor").text
    assert code in nurse.get("/incidents").text
    assert send(nurse, page, f"{page}/debrief").status_code == 303
    assert "Held" in nurse.get(page).text
    assert send(nurse, page, f"{page}/tasks", what="Order oxygen", owner="Nina", due_on="2026-11-23").status_code == 303
    task = queries.incident(code).tasks[0].code
    assert send(nurse, page, f"{page}/tasks/{task}/done").status_code == 303


def test_the_alarm_page_counts_down_to_the_next_dose_without_a_script(room, browser, nurse, fast_forward):
    alert = alarm("cubicle-3")
    floor = browser(Role.NURSE)
    page = f"/alarm/{alert.code}"
    assert nurse.get(f"{V1}/alerts/{alert.code}").json["next_naloxone_at"] is None
    assert "Next naloxone" not in floor.get(page).text
    answer = send(floor, page, f"{page}/timeline", action="naloxone", value="1.8", route="nasal", lot="first")
    assert answer.status_code == 303
    fast_forward(seconds=60)
    assert nurse.get(f"{V1}/alerts/{alert.code}").json["next_naloxone_at"].startswith("2026-11-20T08:03:00")
    text = floor.get(page).text
    assert "in 2:00" in text
    assert "1.8 mg, in the nose (lot first)" in text
    fast_forward(minutes=3)
    assert "may be given now" in re.sub(r'data-\S+="[^"]*"', "", floor.get(page).text)
    closed(alert)
    assert nurse.get(f"{V1}/alerts/{alert.code}").json["next_naloxone_at"] is None


def test_a_wrong_measure_is_a_sentence_over_the_api_and_on_the_page(room, nurse, browser):
    alert = alarm("cubicle-3")
    answer = nurse.post(f"{V1}/alerts/{alert.code}/timeline", json={"action": "spo2", "value": "180"})
    assert answer.status_code == 422
    assert answer.json["errors"]["value"] == ["Please give the SpO2 in per cent, from 0 to 100."]
    page = f"/alarm/{alert.code}"
    answer = send(browser(Role.NURSE), page, f"{page}/timeline", action="spo2", value="180")
    assert answer.status_code == 422
    assert "from 0 to 100" in answer.text


def test_a_stimulant_emergency_has_its_own_row_of_taps(room, browser):
    nurse = browser(Role.NURSE)
    cool = nurse.get(f"/alarm/{alarm('cubicle-3', kind=AlarmKind.STIMULANT).code}").text
    limp = nurse.get(f"/alarm/{alarm('cubicle-4').code}").text
    assert 'value="cooling"' in cool
    assert 'value="calm-room"' in cool
    assert "aspirin" not in cool.lower()
    assert 'value="airway"' not in cool
    assert 'value="airway"' in limp
    assert 'value="cooling"' not in limp


def test_the_call_card_is_for_those_who_see_people_and_never_for_a_drill(room, browser, app):
    sitting = seated(3, client("Canary Heron", age_band=AgeBand.UNDER_40))
    intake(sitting, Route.INJECT, Substance.HEROIN)
    alert = alarm("cubicle-3")
    page = f"/alarm/{alert.code}"
    card = re.search(r'id="alarm-call".*?</section>', browser(Role.NURSE).get(page).text, re.S)[0]
    for words in (room.address, room.entrance, room.call_back_number, "Cubicle 3", "30–39", "Heroin"):
        assert words in card
    assert "Canary" not in card
    for other in (browser(Role.MANAGER), app.test_client()):
        text = other.get(page).text
        assert room.address not in text
        assert "30–39" not in text
    drill = alarm("cubicle-4", drill=True)
    assert room.address not in browser(Role.NURSE).get(f"/alarm/{drill.code}").text


def test_the_card_notes_the_call_and_the_arrival_with_one_tap_each(room, browser):
    alert = alarm("cubicle-3")
    nurse, page = browser(Role.NURSE), f"/alarm/{alert.code}"
    assert "Ambulance has been called" in nurse.get(page).text
    send(nurse, page, f"{page}/timeline", action="ambulance-called")
    text = nurse.get(page).text
    assert "Ambulance has been called" not in text
    assert "Ambulance is here" in text
    assert alert.raised_at == NINE


def test_the_board_tells_programs_what_is_frozen_and_how_long_somebody_is_observed(room, nurse):
    seated(3)
    noted(alarm("cubicle-3"), AlarmAction.NALOXONE)
    (seat,) = [one for one in nurse.get(f"{V1}/board").json["cubicles"] if one["number"] == 3]
    assert (seat["frozen"], seat["observed_until"]) == (True, "2026-11-20T10:00:00+00:00")
