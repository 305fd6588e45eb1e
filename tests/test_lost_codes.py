"""A lost code found again, a card with nothing on it but the code, and a kiosk that says nothing of anybody."""

import base64
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from consumption_room import clock, journal
from consumption_room.consents import queries as consents
from consumption_room.gate import here
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import NINE, PASSWORD, TODAY, agreed, client, gone, visit

V1 = "/api/v1"
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def ask(app, client_as):
    """Ask for a lost code as reception does: gives the whole answer."""
    desk = client_as(Role.RECEPTION)
    return lambda **said: desk.post(f"{V1}/clients/recover", json=said)


class TestLostCodes:
    """Two things or more that the person knows."""

    @pytest.mark.parametrize(
        "said",
        [
            {"alias": "blu herron", "birth_year": 1980},
            {"alias": "Blue Heron", "phrase": "my dog REX"},
            {"phrase": "my dog rex", "birth_year": 1980},
            {"alias": "Blue Heron", "letters": 3},
            {"letters": 4, "birth_year": 1980},
        ],
    )
    def test_two_things_that_fit_one_record_give_it(self, ask, said):
        heron = client("Blue Heron", birth_year=1980, phrase="my dog rex")
        client("Blue Heron", birth_year=1990)
        if count := said.get("letters"):
            said = said | {"letters": heron.code.replace("-", "")[2 : 2 + count]}
        answer = ask(**said)
        assert (answer.status_code, answer.json) == (200, {"client": heron.code})

    @pytest.mark.parametrize("said", [{}, {"alias": "Blue Heron"}, {"phrase": "my dog rex"}, {"birth_year": 1980}])
    def test_one_thing_is_not_enough(self, ask, said):
        client("Blue Heron", birth_year=1980, phrase="my dog rex")
        assert (ask(**said).status_code, list(ask(**said).json["errors"])) == (422, ["alias"])

    def test_nobody_and_several_get_the_same_answer(self, ask):
        for _twins in range(2):
            client("Blue Heron", birth_year=1980)
        several, nobody = ask(alias="Blue Heron", birth_year=1980), ask(alias="Red Kite", birth_year=1980)
        assert several.json == nobody.json == {"client": None}

    def test_one_thing_that_is_wrong_spoils_the_rest(self, ask):
        client("Blue Heron", birth_year=1980, phrase="my dog rex")
        assert ask(alias="Blue Heron", birth_year=1980, phrase="my cat tom").json == {"client": None}

    def test_letters_are_letters_and_not_a_pattern(self, ask):
        client("Blue Heron", birth_year=1980)
        for pattern in ("___", "%%%", "a_%"):
            assert list(ask(letters=pattern, birth_year=1980).json["errors"]) == ["letters"]

    def test_a_station_that_asks_too_often_waits_and_others_do_not(self, ask, client_as, room, fast_forward):
        client("Blue Heron", birth_year=1980)
        said = {"alias": "Blue Heron", "birth_year": 1981}
        for _try in range(room.recovery_tries):
            assert ask(**said).status_code == 200
        refused = ask(alias="Blue Heron", birth_year=1980)
        assert (refused.status_code, refused.json["code"]) == (429, "too-many-tries")
        assert client_as(Role.NURSE).post(f"{V1}/clients/recover", json=said).status_code == 200
        fast_forward(minutes=10, seconds=1)
        assert ask(alias="Blue Heron", birth_year=1980).json["client"]

    def test_the_journal_knows_that_it_was_asked_and_not_what_was_said(self, ask, cast):
        heron = client("Blue Heron", birth_year=1980)
        before = journal.last()
        ask(alias="Blue Heron", birth_year=1980)
        ask(alias="Blue Heron", birth_year=1981, letters="2345")
        rows = journal.after(before)
        assert [(row.what, row.subject, row.payload) for row in rows] == [
            ("client.recovered", heron.code, {"things": 2}),
            ("recovery.failed", cast.devices[Role.RECEPTION], {"things": 3}),
        ]


@pytest.fixture
def signed_in(app, cast):
    """A browser in which somebody of a role has signed in, with a function that sends forms."""

    def browser(role: Role):
        found = app.test_client()

        def send(address: str, **fields):
            token = re.search(r'name="csrf-token" content="([^"]+)"', found.get("/help").text)[1]
            return found.post(address, data={"csrf_token": token, **fields})

        assert send("/sign-in", who=cast.staff[role], password=PASSWORD).status_code == 303
        found.send = send
        return found

    return browser


@on_sqlite
class TestCards:
    """A picture of the code."""

    def test_nothing_but_the_code_stands_on_a_card(self, signed_in, room):
        heron = client("Blue Heron", birth_year=1980).code
        page = signed_in(Role.RECEPTION).get(f"/clients/{heron}/card").text
        assert heron in page
        assert "Blue Heron" not in page
        assert "1980" not in page
        picture = re.search(r'src="data:image/svg\+xml[^,]*,([^"]+)"', page)[1]
        assert "svg" in picture or b"svg" in base64.b64decode(picture)

    def test_a_lost_code_is_found_on_the_page_and_its_card_printed(self, signed_in, room):
        heron = client("Blue Heron", birth_year=1980).code
        desk = signed_in(Role.RECEPTION)
        assert "/desk/lost-code" in desk.get("/desk").text
        short = desk.send("/desk/lost-code", alias="Blue Heron")
        assert short.status_code == 422
        assert "at least two things" in short.text
        nobody = desk.send("/desk/lost-code", alias="Blue Heron", birth_year="1981")
        assert "No single record fits." in nobody.text
        assert heron not in nobody.text
        found = desk.send("/desk/lost-code", alias="Blu Heron", birth_year="1980")
        assert (found.status_code, found.headers["Location"]) == (303, f"/clients/{heron}/card")


@pytest.fixture
def kiosk(app, room, client_as):
    """The door's own screen: gives what it says to a card."""
    found = app.extensions["room"]
    quick = replace(room, kiosk_is_open=True, kiosk_answers_after=timedelta(0))
    app.extensions["room"] = replace(found, policy=quick)
    screen = client_as(DeviceKind.DESK)

    def hold(card: str) -> tuple[int, str, str]:
        answer = screen.post("/kiosk", data={"card": card})
        page = screen.get(answer.headers["Location"]).text
        return answer.status_code, answer.headers["Location"], re.sub(r'value="[^"]{12,}"', "", page)

    return hold


@on_sqlite
class TestKiosk:
    """It says where to go, and nothing else."""

    def test_a_card_opens_a_visit_and_the_screen_names_nobody(self, kiosk, agreed_to_everything):
        heron = agreed_to_everything("Blue Heron")
        status, where, page = kiosk(heron.code.upper())
        assert (status, where) == (303, "/kiosk?said=seat")
        assert "Thank you, take a seat." in page
        assert not any(word in page for word in ("Blue Heron", heron.code, "A01"))

    def test_unknown_barred_inside_and_flagged_get_one_answer(self, kiosk, client_as, agreed_to_everything):
        nurse = client_as(Role.NURSE)
        barred, inside, flagged, undecided = (agreed_to_everything(alias).code for alias in ("Bar", "In", "Flag", "Ok"))
        bar = {"reason": "dealing", "notes": "At the gate.", "scope": "whole-building", "decided_by": "Mona"}
        ends = {"ends_at": (NINE + timedelta(days=7)).isoformat(), "review_on": TODAY.isoformat()}
        assert nurse.post(f"{V1}/clients/{barred}/bars", json=bar | ends).status_code == 201
        flag = {"text": "Carries a pump", "audience": ["nurse"], "priority": "high"}
        assert nurse.post(f"{V1}/clients/{flagged}/flags", json=flag).status_code == 201
        assert kiosk(inside)[1] == "/kiosk?said=seat"
        before = journal.last()
        answers = {kiosk(card) for card in (barred, inside, flagged, "nosu-chcd", "", "x" * 400, client("New").code)}
        assert len(answers) == 1
        assert "Please come to the desk." in answers.pop()[2]
        assert journal.after(before) == [] or [row.what for row in journal.after(before)] == ["client.registered"]
        assert kiosk(undecided)[1] == "/kiosk?said=seat"

    def test_each_answer_takes_the_same_time(self, app, kiosk, monkeypatch):
        slept = []
        monkeypatch.setattr("consumption_room.web.kiosk.time.sleep", slept.append)
        found = app.extensions["room"]
        app.extensions["room"] = replace(found, policy=replace(found.policy, kiosk_answers_after=timedelta(seconds=9)))
        kiosk("nosu-chcd")
        assert [8 < one <= 9 for one in slept] == [True]

    def test_it_is_shut_until_the_policy_opens_it(self, client_as):
        assert not here.policy().kiosk_is_open
        assert client_as(DeviceKind.DESK).get("/kiosk").status_code == 404
        assert client_as(DeviceKind.DESK).post("/kiosk", data={"card": "x"}).status_code == 404

    def test_a_second_tap_is_not_a_second_visit(self, kiosk, agreed_to_everything, client_as):
        heron = agreed_to_everything("Blue Heron")
        screen = client_as(DeviceKind.WALL)
        sent = {"data": {"card": heron.code, "idempotency_key": "one-tap"}}
        places = [screen.post("/kiosk", **sent).headers["Location"] for _twice in range(2)]
        assert places == ["/kiosk?said=seat"] * 2


@pytest.fixture
def agreed_to_everything(room):
    """Somebody with a card who has nothing left to be asked."""

    def known(alias: str):
        person = client(alias)
        gone(visit(person))
        for scope in consents.to_ask(person.id, here.policy(), here.wordings(), clock.now()):
            agreed(person, scope)
        return person

    return known
