"""Who is called by name when nobody answers: the roster decides, and steps are taken without it; on both databases."""

import pytest
from sqlalchemy import delete

from consumption_room import board, clock
from consumption_room.alerts import queries, service
from consumption_room.database import db, transaction
from consumption_room.journal import Actor
from consumption_room.shifts import service as shifts
from consumption_room.shifts.models import Duty
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import MONA, alarm, counting_queries, on_duty, opened_room, steps_taken

V1 = "/api/v1"


@pytest.fixture
def roster(room, cast):
    """A nurse, reception and a manager on duty in an open room; their staff codes by role."""
    opened_room(cast.staff[Role.NURSE])
    for role in (Role.RECEPTION, Role.MANAGER):
        on_duty(cast.staff[role])
    return cast.staff


def goes_off(person: str) -> None:
    """The person with this code, off duty."""
    with transaction():
        shifts.duty(shifts.OnOrOff(on=False, staff=person), MONA, clock.now())


def answers(alert, person: str, role: Role, room) -> None:
    """Somebody says that they are coming."""
    by = Actor(name=f"{role.value.capitalize()} person", role=role, staff=person)
    with transaction():
        service.acknowledge(alert.code, room, by, clock.now())


def told(alert) -> queries.Told:
    """The alarm as it is told now."""
    return queries.tell([queries.alert(alert.code)], 0, clock.now())[0]


def test_nobody_is_called_by_name_before_a_step_is_taken(room, roster):
    alert = queries.alert(alarm().code)
    with counting_queries() as asked:
        found = queries.tell([alert], 0, clock.now())[0]
    assert (found.called, found.unanswered, asked) == ([], [], [])


def test_each_step_calls_those_on_duty_in_its_roles(room, roster, fast_forward):
    alert = alarm()
    fast_forward(seconds=15)
    steps_taken()
    assert told(alert).called == ["Manager person", "Nurse person", "Reception person"]
    fast_forward(seconds=15)
    steps_taken()
    assert told(alert).called == ["Manager person"]


def test_an_all_call_names_who_has_not_answered_until_everybody_has(room, roster, fast_forward):
    alert = alarm()
    fast_forward(seconds=15)
    steps_taken()
    answers(alert, roster[Role.NURSE], Role.NURSE, room)
    assert told(alert).unanswered == ["Manager person", "Reception person"]
    answers(alert, roster[Role.RECEPTION], Role.RECEPTION, room)
    answers(alert, roster[Role.MANAGER], Role.MANAGER, room)
    assert told(alert).unanswered == []


def test_a_step_whose_roles_nobody_has_calls_everybody_on_duty(room, cast, fast_forward):
    opened_room(cast.staff[Role.NURSE])
    alert = alarm()
    fast_forward(seconds=30)
    steps_taken()
    assert told(alert).called == ["Nurse person"]


def test_steps_are_taken_with_nobody_on_duty_and_call_everybody(room, cast, fast_forward):
    opened_room(cast.staff[Role.NURSE])
    with transaction():
        db.session.execute(delete(Duty))
    alert = alarm()
    fast_forward(seconds=60)
    assert steps_taken() == [1, 2, 3]
    assert (told(alert).called, told(alert).unanswered) == ([], [])


def test_who_was_called_stays_true_when_people_come_and_go(room, roster, fast_forward):
    alert = alarm()
    fast_forward(seconds=15)
    steps_taken()
    fast_forward(seconds=1)
    goes_off(roster[Role.RECEPTION])
    on_duty(roster[Role.CASE_WORKER])
    assert [person.name for person in told(alert).steps[0].called] == [
        "Manager person",
        "Nurse person",
        "Reception person",
    ]


def test_whoever_arrives_too_late_is_followed_by_a_call_to_everybody(room, roster, fast_forward):
    alert = alarm()
    answers(alert, roster[Role.NURSE], Role.NURSE, room)
    fast_forward(seconds=60)
    steps_taken()
    assert told(alert).called == ["Manager person", "Nurse person", "Reception person"]
    assert told(alert).unanswered == ["Manager person", "Reception person"]


def test_kinds_call_other_people(room, roster, fast_forward):
    quarrel, fault = alarm("reception", kind=AlarmKind.AGGRESSION), alarm("toilet", kind=AlarmKind.TECHNICAL)
    fast_forward(seconds=30)
    steps_taken()
    assert told(fault).called == ["Manager person", "Nurse person"]
    assert told(quarrel).called == ["Manager person", "Nurse person", "Reception person"]


def test_the_api_and_the_board_say_who_was_called_and_displays_hear_names_only(room, roster, client_as, fast_forward):
    alert = alarm()
    fast_forward(seconds=15)
    steps_taken()
    answers(alert, roster[Role.NURSE], Role.NURSE, room)
    said = client_as(Role.NURSE).get(f"{V1}/alerts/{alert.code}").json
    assert {one["name"]: one["answered_at"] is not None for one in said["steps"][0]["called"]} == {
        "Manager person": False,
        "Nurse person": True,
        "Reception person": False,
    }
    assert said["steps"][0]["roles"] == ["nurse", "reception", "case-worker", "manager"]
    for answer in (
        client_as(DeviceKind.WALL).get(f"{V1}/alerts/{alert.code}").json,
        client_as(DeviceKind.WALL).get(f"{V1}/board").json["alerts"][0],
        client_as(DeviceKind.WALL).get(f"{V1}/alerts?state=open").json["items"][0],
    ):
        assert answer["unanswered"] == ["Manager person", "Reception person"]
        assert roster[Role.MANAGER] not in str(answer)


def test_the_board_asks_once_more_however_many_alarms_climb(room, roster, fast_forward):
    def cost() -> int:
        db.session.expire_all()
        with counting_queries() as asked:
            now = board.now(room, clock.now())
            queries.tell(now.alerts, now.seq, now.at)
        return len(asked)

    alarm("cubicle-1")
    before = cost()
    for number in range(2, 10):
        alarm(f"cubicle-{number}")
    fast_forward(seconds=15)
    steps_taken()
    assert cost() == before + 1 <= 10


def test_the_alarms_page_and_every_card_name_who_was_called(room, roster, client_as, fast_forward):
    alert = alarm()
    fast_forward(seconds=15)
    steps_taken()
    nurse = client_as(Role.NURSE)
    assert "asked: All staff (Manager person, Nurse person, Reception person)" in nurse.get("/floor").text
    answers(alert, roster[Role.NURSE], Role.NURSE, room)
    page = nurse.get(f"/alarm/{alert.code}").text
    assert page.count("has not answered yet") == 2
    assert page.count("answered after 0:15") == 1
