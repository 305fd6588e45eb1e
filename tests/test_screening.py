"""Screening: six taps at most, kept with the visit, and a nurse told where there is reason to; on both databases."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room import board, clock, journal
from consumption_room.database import transaction
from consumption_room.errors import OutOfOrder, Unsafe
from consumption_room.gate import here
from consumption_room.policy import room as policies
from consumption_room.settings import ROOT
from consumption_room.visits import queue
from consumption_room.visits import service as visits
from consumption_room.visits.concerns import concerns, leads_to
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.screening import Concern, LeadsTo, Sign
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import LastUse, Otherwise, Purpose, Stage
from tests.builders import NINA, NINE, PASSWORD, ROSA, gone, seated, undone, visit

INTOXICATED = {"signs": ["heavily-intoxicated"]}
HARMLESS = {"substances": ["heroin"], "route": "smoke", "last_use": "today", "otherwise": "street", "alone": False}


def screened(one: Visit, answers: dict) -> Visit:
    """The visit, with these answers."""
    with transaction():
        return visits.screen(one.code, answers, here.policy(), ROSA, clock.now())


# Rows: the answers, what they mean, what that leads to.
TABLE = [
    (None, (), LeadsTo.NOTE),
    ({}, (), LeadsTo.NOTE),
    (HARMLESS, (), LeadsTo.NOTE),
    (INTOXICATED, (Concern.INTOXICATED,), LeadsTo.HOLD),
    ({"signs": ["pregnant"]}, (Concern.PREGNANT,), LeadsTo.NURSE),
    ({"signs": ["first-time"]}, (Concern.FIRST_TIME,), LeadsTo.NURSE),
    ({"signs": ["unwell"]}, (Concern.UNWELL,), LeadsTo.NURSE),
    ({"signs": ["sedatives-or-alcohol"]}, (Concern.SEDATIVES,), LeadsTo.NOTE),
    ({"sedatives_or_alcohol": True}, (Concern.SEDATIVES,), LeadsTo.NOTE),
    ({"last_use": "longer"}, (Concern.LONG_BREAK,), LeadsTo.NURSE),
    ({"last_use": "unknown"}, (), LeadsTo.NOTE),
    ({"otherwise": "home", "alone": True}, (Concern.ALONE_AT_HOME,), LeadsTo.NURSE),
    ({"otherwise": "home", "alone": False}, (), LeadsTo.NOTE),
    ({"otherwise": "street", "alone": True}, (), LeadsTo.NOTE),
    (
        {"last_use": "longer", "signs": ["pregnant", "heavily-intoxicated"]},
        (Concern.INTOXICATED, Concern.PREGNANT, Concern.LONG_BREAK),
        LeadsTo.HOLD,
    ),
]


@pytest.mark.parametrize(("answers", "meaning", "step"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_what_answers_mean_and_lead_to(answers, meaning, step, policy):
    assert concerns(answers) == meaning
    assert leads_to(answers, policy) is step


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "signs": st.lists(st.sampled_from([sign.value for sign in Sign]), unique=True),
            "last_use": st.sampled_from([one.value for one in LastUse]),
            "otherwise": st.sampled_from([one.value for one in Otherwise]),
            "alone": st.booleans(),
            "sedatives_or_alcohol": st.booleans(),
        },
    )
)
def test_one_more_answer_never_makes_anything_less_serious(answers):
    policy = loaded()
    strength = list(LeadsTo)
    before = leads_to(answers, policy)
    more = answers | {"signs": [*answers.get("signs", []), "heavily-intoxicated"]}
    assert strength.index(leads_to(more, policy)) >= strength.index(before)


def loaded():
    """The policy as it is delivered."""
    return policies.load(ROOT / "config" / "policy.toml", ZoneInfo("Europe/Copenhagen"))


@pytest.fixture
def policy():
    return loaded()


def test_no_policy_asks_more_than_six_things(tmp_path):
    text = (ROOT / "config" / "policy.toml").read_text()
    wrong = tmp_path / "policy.toml"
    asks = re.search(r"^asks = \[(.*)\]$", text, re.MULTILINE)[1]
    wrong.write_text(text.replace(asks, f'{asks}, "route"'))
    with pytest.raises(Unsafe, match="at most six things"):
        policies.load(wrong, loaded().timezone)


def test_answers_are_kept_and_the_journal_says_only_what_followed(room):
    one = screened(visit(), HARMLESS)
    assert (one.screening, one.stage, one.nurse_asked_at) == (HARMLESS, Stage.WAITING, None)
    before = journal.last()
    screened(one, HARMLESS)
    assert journal.last() == before
    told = [row.payload for row in journal.after(0, 500, subject=one.code) if row.what == "visit.screened"]
    assert told == [{"leads_to": "note"}]


def test_a_nurse_is_told_once_and_comes_once(room):
    one = screened(visit(), {"signs": ["pregnant"]})
    assert (one.stage, one.waits_for_a_nurse) == (Stage.WAITING, True)
    screened(one, {"signs": ["pregnant"], "last_use": "longer"})
    for _ in range(2):
        with transaction():
            visits.nurse_came(one.code, NINA, NINE)
    assert (one.waits_for_a_nurse, one.with_whom) == (False, "Nina")
    assert [row.what for row in journal.after(0, 500, subject=one.code)].count("visit.nurse-came") == 1


def test_somebody_heavily_intoxicated_waits_for_a_nurse_and_keeps_their_place(room, fast_forward):
    one = visit()
    fast_forward(minutes=1)
    visit()
    screened(one, INTOXICATED)
    assert one.stage is Stage.HELD
    fast_forward(minutes=20)
    with transaction():
        visits.nurse_came(one.code, NINA, clock.now())
    assert [row.visit.ticket for row in board.now(room, clock.now()).queue] == ["A01", "A02"]


def test_somebody_held_for_another_reason_stays_held_when_a_nurse_came(room):
    one = visit()
    with transaction():
        queue.hold(one.code, "waits for a friend", ROSA, NINE)
    screened(one, INTOXICATED)
    with transaction():
        visits.nurse_came(one.code, NINA, NINE)
    assert one.stage is Stage.HELD


def test_answers_of_somebody_in_a_cubicle_take_nobody_out_of_it(room):
    assert screened(seated(3), INTOXICATED).stage is Stage.IN_CUBICLE


def test_an_unwell_person_goes_first(room):
    visit()
    one = screened(visit(), {"signs": ["unwell"]})
    assert board.now(room, NINE).queue[0].visit.code == one.code


def test_answers_at_the_check_in_count_the_same(room):
    with transaction():
        asked = visits.CheckIn((Purpose.CONSUME,), screening=INTOXICATED)
        one = visits.check_in(asked, room, ROSA, NINE)
    assert (one.stage, one.waits_for_a_nurse) == (Stage.HELD, True)


def test_a_screened_check_in_can_be_taken_back_and_an_ended_visit_is_not_screened(room):
    one = undone(screened(visit(), INTOXICATED))
    assert one.undone_because
    with pytest.raises(OutOfOrder, match="A01 is gone"):
        screened(one, HARMLESS)


def test_the_api_takes_answers_and_tells_who_may_see_people(room, client_as):
    reception, code = client_as(Role.RECEPTION), visit().code
    answer = reception.post(f"/api/v1/visits/{code}/screening", json={"signs": ["heavily-intoxicated"], "alone": True})
    assert (answer.json["stage"], answer.json["concerns"]) == ("held", ["heavily-intoxicated"])
    assert reception.post(f"/api/v1/visits/{code}/screening", json={"signs": ["bored"]}).status_code == 422
    row = reception.get("/api/v1/board").json["held"][0]
    assert (row["concerns"], row["waits_for_a_nurse"]) == (["heavily-intoxicated"], True)
    assert "concerns" not in client_as(DeviceKind.WALL).get("/api/v1/board").json["held"][0]
    assert client_as(Role.NURSE).post(f"/api/v1/visits/{code}/nurse-came").json["stage"] == "waiting"


@pytest.fixture
def desk(app, cast):
    """A browser at the desk without any script, and a function that sends its forms."""
    found = app.test_client()

    def send(address: str, page: str = "/desk", **fields):
        token = re.search(r'name="csrf-token" content="([^"]+)"', found.get(page).text)[1]
        return found.post(address, data={"csrf_token": token, **fields})

    assert send("/sign-in", "/sign-in", who=cast.staff[Role.RECEPTION], password=PASSWORD).status_code == 303
    found.send = send
    return found


def test_the_questions_stand_under_the_ticket_of_whoever_came_to_use(desk):
    ticket = desk.send("/desk/check-in", purposes="consume").headers["Location"]
    code = ticket.partition("ticket=")[2]
    asked = re.findall(r'<fieldset class="field" id="ask-([a-z-]+)"', desk.get(ticket).text)
    assert asked == ["substances", "route", "last-use", "otherwise", "alone", "signs"]

    answered = desk.send(
        f"/desk/visits/{code}/screening",
        substances="cocaine",
        route="smoke",
        alone="yes",
        signs="pregnant",
        back="ticket",
    )
    assert answered.headers["Location"].endswith(ticket)
    page = desk.get(ticket).text
    assert "Pregnant: a nurse speaks with them first." in page
    assert "ask-substances" not in page
    intake = desk.get(f"/desk/visits/{code}").text
    assert re.search(r'name="substances" value="cocaine" checked data-key="2"', intake), "said once is enough"

    assert "ask-substances" not in desk.get(desk.send("/desk/check-in", purposes="needles").headers["Location"]).text


def test_a_nurse_says_that_she_came_where_she_is(desk, cast, client_as):
    one = visit()
    screened(one, INTOXICATED)
    assert "Heavily intoxicated" in desk.get("/desk").text
    assert desk.send(f"/desk/visits/{one.code}/nurse-came").status_code == 303
    assert "Nurse" not in re.sub(r"<header.*?</header>", "", desk.get("/desk").text, flags=re.DOTALL)
    gone(one)
