"""Coming for a dose: the visit carries when its window closes, whoever opens it, and nothing else of the treatment."""

from datetime import timedelta

import pytest

from consumption_room import clock
from consumption_room.gate import here
from consumption_room.visits import service as visits
from consumption_room.visits import turns
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import client
from tests.dosing import AFTERNOON, dosed, expected, order

V1 = "/api/v1"


def come(caller, person, *purposes):
    """Somebody comes to the desk of a program; gives the visit as it was answered."""
    answer = caller.post(f"{V1}/visits", json={"client": person.code, "purposes": list(purposes)})
    assert answer.status_code == 201
    return answer.json


def closes(told):
    """Until when the answer says that the dose can be given."""
    return told["window_closes_at"]


def test_whoever_comes_for_a_dose_goes_first_when_its_window_is_about_to_close(room, client_as, fast_forward):
    reception, wolf = client_as(Role.RECEPTION), order()
    ends = expected(wolf).ends_at
    opened = come(reception, wolf.client, "dose")
    assert closes(opened) == ends.isoformat()
    found = visits.get(opened["code"])
    assert turns.turn(found, here.policy(), clock.now()) is Turn.ARRIVAL
    fast_forward(seconds=(ends - clock.now() - timedelta(minutes=20)).total_seconds())
    assert turns.turn(found, here.policy(), clock.now()) is Turn.DOSE_WINDOW


def test_whoever_comes_for_something_else_carries_nothing(room, client_as):
    order(client("Grey Wolf"))
    heron = client("Blue Heron")
    reception, wolf = client_as(Role.RECEPTION), order(client("Red Fox"))
    assert closes(come(reception, wolf.client, "needles")) is None
    assert closes(come(reception, heron, "dose")) is None
    assert not {"prescription", "dose", "window"} & set(come(reception, client("Tall Crane"), "dose"))


def test_the_pages_of_the_desk_and_of_the_dose_carry_it_too(room, client_as):
    ledger.opened()
    one, other = order(client("Grey Wolf")), order(client("Red Fox"))
    desk, nurse = client_as(Role.RECEPTION), client_as(Role.NURSE)
    assert desk.post("/desk/check-in", data={"client": one.client.code, "purposes": "dose"}).status_code == 303
    assert nurse.post(f"/doses/{expected(other).code}/check-in").status_code == 303
    told = [closes(visit) for visit in nurse.get(f"{V1}/visits?state=open").json["items"]]
    assert told == [expected(one).ends_at.isoformat()] * 2


@pytest.mark.parametrize("window", ["morning"])
def test_a_dose_given_moves_it_to_the_next_window(room, client_as, window):
    ledger.opened()
    wolf = order()
    opened = come(client_as(Role.RECEPTION), wolf.client, "dose")
    dosed(wolf, visits.get(opened["code"]))
    told = client_as(Role.NURSE).get(f"{V1}/visits/{opened['code']}").json
    assert closes(told) == expected(wolf, AFTERNOON).ends_at.isoformat()
