"""The alarm's page: what is next to it, and ringing at the right door, as plain forms without any script."""

import re

import pytest

from consumption_room.alerts import queries
from consumption_room.vocabulary.staff import Role
from tests.builders import PASSWORD, alarm, client, seated


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
