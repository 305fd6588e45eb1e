"""The alarm's page: what is next to it, and ringing at the right door, as plain forms without any script."""

import re
from datetime import timedelta

import pytest

from consumption_room.alerts import queries, service
from consumption_room.alerts.service import Seen
from consumption_room.database import transaction
from consumption_room.vocabulary.alarms import AlarmAction, ReceiptStage
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import NINA, NINE, PASSWORD, alarm, client, closed, noted, seated


@pytest.fixture
def engine() -> str:
    """Pages read what services wrote: one database is enough here."""
    return "sqlite"


def sends(browser, page: str, address: str, **fields):
    """Open a page and send one of its forms."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page).text)[1]
    return browser.post(address, data={"csrf_token": token, **fields})


@pytest.fixture
def nurse(app, cast):
    """A browser in which a nurse has signed in."""
    found = app.test_client()
    assert sends(found, "/sign-in", "/sign-in", who=cast.staff[Role.NURSE], password=PASSWORD).status_code == 303
    return found


def test_the_alarms_page_shows_what_is_next_to_it_by_ticket_and_one_tap_rings_there(nurse):
    here, there = seated(3, client("Blue Heron")), seated(4, client("Grey Owl"))
    code = alarm("cubicle-3").code
    doors = re.search(r'id="alarm-doors".*?</section>', nurse.get(f"/alarm/{code}").text, re.S)[0]
    assert re.findall(r'class="number">(\d+)<', doors) == ["2", "3", "4"]
    assert re.findall(r'class="ticket">(\w+)<', doors) == [here.ticket, there.ticket]
    assert not re.search("Heron|Owl", doors)
    assert "As the room stood at 09:00:00" in doors
    assert sends(nurse, f"/alarm/{code}", f"/alarm/{code}/place", place="cubicle-4").status_code == 303
    moved = queries.alert(code)
    assert (moved.place.code, moved.count, moved.visit_id) == ("cubicle-4", 2, there.id)


@pytest.mark.parametrize(("place", "around"), [("cubicle-1", "1 2"), ("cubicle-19", "18 19"), ("toilet", "")])
def test_an_alarm_at_the_end_of_the_row_or_outside_it_has_no_more_neighbours(nurse, place, around):
    page = nurse.get(f"/alarm/{alarm(place).code}").text
    doors = re.search(r'id="alarm-doors".*?</section>', page, re.S)[0]
    assert re.findall(r'class="number">(\d+)<', doors) == around.split()


def test_who_is_not_signed_in_sees_no_ticket_next_to_an_alarm(app):
    seated(4)
    code = alarm("cubicle-3").code
    assert "alarm-doors" not in app.test_client().get(f"/alarm/{code}").text


def test_a_screen_stands_once_on_the_list_however_many_pages_it_has_opened(nurse):
    alert = alarm("cubicle-3")
    seen = [
        ("Nina (aaaaaa)", ReceiptStage.RECEIVED, 1),
        ("Nina (aaaaaa)", ReceiptStage.SHOWN, 2),
        ("Nina (bbbbbb)", ReceiptStage.SHOWN, 9),
        ("wall treatment-room (cccccc)", ReceiptStage.SOUNDED, 3),
    ]
    with transaction():
        service.keep_receipts(
            [Seen(alert.code, who, stage, NINE + timedelta(seconds=after)) for who, stage, after in seen], NINE
        )
    assert queries.screens(alert.code) == {
        "Nina": {
            ReceiptStage.RECEIVED: NINE + timedelta(seconds=1),
            ReceiptStage.SHOWN: NINE + timedelta(seconds=2),
        },
        "wall treatment-room": {ReceiptStage.SOUNDED: NINE + timedelta(seconds=3)},
    }
    assert nurse.get(f"/alarm/{alert.code}").text.count('<th scope="row">Nina</th>') == 1


def test_displays_hear_what_has_been_done_once_each_and_no_measure(room, client_as, fast_forward):
    alert = alarm("cubicle-3")
    display = client_as(DeviceKind.WALL)
    assert display.get("/api/v1/board").json["alerts"][0]["done"] == []
    with transaction():
        service.acknowledge(alert.code, room, NINA, NINE)
    noted(alert, AlarmAction.OXYGEN, "10")
    fast_forward(seconds=40)
    noted(alert, AlarmAction.NALOXONE, "1.8")
    fast_forward(seconds=20)
    noted(alert, AlarmAction.OXYGEN, "15")
    told = display.get("/api/v1/board").json["alerts"][0]
    assert told["done"] == [{"action": "naloxone", "after_ms": 40_000}, {"action": "oxygen", "after_ms": 60_000}]
    assert "1.8" not in str(told)
    closed(alert)
    assert client_as(Role.NURSE).get(f"/api/v1/alerts/{alert.code}").json["done"] == []
