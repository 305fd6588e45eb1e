"""The people's pages and the desk's door as plain forms without any script."""

import re
from datetime import timedelta

import pytest

from consumption_room import clock
from consumption_room.clients import bars, flags
from consumption_room.database import transaction
from consumption_room.gate import here
from consumption_room.vocabulary.records import BarReason, BarScope, FlagPriority
from consumption_room.vocabulary.staff import Role
from tests.builders import MONA, NINA, NINE, PASSWORD, TODAY, client, referral, visit


@pytest.fixture
def engine() -> str:
    """Pages read what services wrote: one database is enough here."""
    return "sqlite"


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


def flagged(code: str, text: str = "Ask about the medicine", *audience: Role, **more):
    """A flag on this record, for reception and nurses unless said otherwise."""
    asked = flags.NewFlag(text, audience or (Role.RECEPTION, Role.NURSE), **more)
    with transaction():
        return flags.put(code, asked, here.policy(), NINA, clock.now()).code


def barred(code: str, scope: BarScope = BarScope.OWN_DRUG_USE):
    """A bar of a week on this record."""
    asked = bars.NewBar(
        BarReason.DEALING, "Sold at the gate.", scope, NINE + timedelta(days=7), "Mona", TODAY + timedelta(days=3)
    )
    with transaction():
        return bars.decide(code, asked, here.policy(), MONA, clock.now()).code


class TestTheDoor:
    """What the desk reads before somebody comes in."""

    def test_flags_and_bars_stand_above_the_button(self, signed_in, room):
        heron = client().code
        flag = flagged(heron, "Carries a pump", priority=FlagPriority.HIGH)
        flagged(heron, "Likes cubicle four")
        flagged(heron, "For nurses only", Role.NURSE, priority=FlagPriority.HIGH)
        barred(heron)
        desk = signed_in(Role.RECEPTION)
        page = desk.send("/desk/search", q=heron).text
        assert "Using own drugs here is closed to this person until 27 Nov 2026, 09:00." in page
        assert "Likes cubicle four" in page
        assert "For nurses only" not in page
        assert "Please ask: nurse." in page
        refused = desk.send("/desk/check-in", client=heron, purposes="needles")
        assert refused.status_code == 409
        assert "to be read first" in refused.text
        assert "Carries a pump" in refused.text
        assert desk.send("/desk/check-in", client=heron, purposes="needles", seen=flag).status_code == 303

    def test_who_is_barred_is_refused_in_words_and_nothing_typed_is_lost(self, signed_in, room):
        heron = client().code
        barred(heron, BarScope.WHOLE_BUILDING)
        refused = signed_in(Role.RECEPTION).send("/desk/check-in", client=heron, purposes="shower")
        assert refused.status_code == 409
        assert "The building is closed to this person until 27 November 2026, 09:00." in refused.text
        assert re.search(r'value="shower" checked', refused.text)


class TestARecord:
    """What we hold about one person."""

    def test_a_record_shows_its_flags_bars_visits_and_referrals(self, signed_in, room):
        heron = client(birth_year=1980)
        here_now = visit(heron)
        referral(here_now)
        flagged(heron.code, "Carries a pump")
        barred(heron.code)
        page = signed_in(Role.NURSE).get(f"/clients/{heron.code}").text
        for words in (
            "Blue Heron",
            "1980",
            "Carries a pump",
            "Sold at the gate.",
            here_now.ticket,
            "City housing office",
        ):
            assert words in page

    def test_a_record_is_changed_and_can_be_emptied(self, signed_in, room):
        heron = client(birth_year=1980, language="Danish").code
        desk = signed_in(Role.RECEPTION)
        as_it_was = re.search(r'name="as_it_was" value="(\w+)"', desk.get(f"/clients/{heron}").text)[1]
        sent = desk.send(f"/clients/{heron}", as_it_was=as_it_was, alias="Red Kite", birth_year="", language="Polish")
        assert sent.status_code == 303
        page = desk.get(f"/clients/{heron}").text
        assert "Red Kite" in page
        assert "Polish" in page
        assert "1980" not in page

    def test_two_people_who_change_one_record_at_once_notice_each_other(self, signed_in, room):
        heron = client().code
        desk = signed_in(Role.RECEPTION)
        as_it_was = re.search(r'name="as_it_was" value="(\w+)"', desk.get(f"/clients/{heron}").text)[1]
        assert desk.send(f"/clients/{heron}", as_it_was=as_it_was, alias="Red Kite").status_code == 303
        late = desk.send(f"/clients/{heron}", as_it_was=as_it_was, alias="Grey Crow")
        assert late.status_code == 412
        assert "Somebody else has changed this record" in late.text
        assert "Red Kite" in late.text
        assert "Grey Crow" in late.text  # what was typed is still there

    def test_a_flag_is_put_up_and_taken_down_on_the_page(self, signed_in, room):
        heron = client().code
        nurse = signed_in(Role.NURSE)
        wrong = nurse.send(f"/clients/{heron}/flags", text="x", audience="nurse")
        assert wrong.status_code == 422
        sent = nurse.send(f"/clients/{heron}/flags", text="Carries a pump", audience="nurse", priority="high")
        assert sent.status_code == 303
        page = nurse.get(f"/clients/{heron}").text
        flag = re.search(rf"/clients/{heron}/flags/(\w+)/end", page)[1]
        assert nurse.send(f"/clients/{heron}/flags/{flag}/seen").status_code == 303
        nurse.send(f"/clients/{heron}/flags/{flag}/end")
        assert "Carries a pump" not in nurse.get(f"/clients/{heron}").text

    def test_the_list_shows_what_runs_out_and_finds_people_without_an_address(self, signed_in, room, fast_forward):
        heron = client().code
        flagged(heron, "Ends tomorrow", expires_on=TODAY + timedelta(days=1))
        flagged(heron, "Ends in spring", expires_on=TODAY + timedelta(days=120))
        barred(heron)
        nurse = signed_in(Role.NURSE)
        page = nurse.get("/clients").text
        assert "Ends tomorrow" in page
        assert "Ends in spring" not in page
        assert "No bar is due." in page
        fast_forward(days=3)
        assert "due since 23 Nov 2026" in signed_in(Role.NURSE).get("/clients").text
        assert f"/clients/{heron}" in nurse.send("/clients/search", q="blue").text


class TestBarsPage:
    """Where a nurse or a manager decides."""

    def test_a_manager_closes_something_until_the_end_of_a_day_and_never_reads_an_alias(self, signed_in, room):
        heron = client().code
        manager = signed_in(Role.MANAGER)
        said = {
            "client": heron,
            "scope": "own-drug-use",
            "reason": "dealing",
            "notes": "Sold at the gate.",
            "ends_at": "2026-11-27",
            "review_on": "2026-11-23",
            "decided_by": "Mona",
        }
        wrong = manager.send("/bars", **(said | {"notes": "", "ends_at": "soon"}))
        assert wrong.status_code == 422
        assert "What happened: " in wrong.text
        assert "Last day: " in wrong.text
        assert manager.send("/bars", **said).status_code == 303
        page = manager.get("/bars").text
        assert "28 Nov 2026, 05:00" in page  # the room's day runs to five
        assert heron in page
        assert "Blue Heron" not in page

    def test_a_bar_is_kept_set_aside_for_a_day_or_lifted(self, signed_in, room):
        heron = client().code
        bar = barred(heron)
        nurse = signed_in(Role.NURSE)
        assert nurse.send(f"/bars/{heron}/{bar}/review", review_on="2026-12-24").status_code == 422
        assert nurse.send(f"/bars/{heron}/{bar}/review", review_on="2026-11-25").status_code == 303
        assert "25 Nov 2026" in nurse.get("/bars").text
        assert nurse.send(f"/bars/{heron}/{bar}/override", reason="").status_code == 422
        assert nurse.send(f"/bars/{heron}/{bar}/override", reason="Very cold").status_code == 303
        assert nurse.send("/desk/check-in", client=heron, purposes="consume").status_code == 303
        assert nurse.send(f"/bars/{heron}/{bar}/lift", reason="Talked it over").status_code == 303
        assert "Nothing is closed to anybody." in nurse.get("/bars").text


class TestTwoRecords:
    """Noticed before there are two, brought together, parted."""

    def test_who_it_may_be_is_said_while_typing_and_asked_before_a_second_record(self, signed_in, room):
        heron = client("Blue Heron", birth_year=1980).code
        desk = signed_in(Role.RECEPTION)
        part = desk.send("/desk/similar", alias="Blu Herron").text
        assert heron in part
        assert "sounds alike" in part
        assert "<html" not in part
        assert "<form" not in desk.send("/desk/similar", alias="Red Kite").text
        new = {"form": "new", "alias": "Blu Herron", "purposes": "needles"}
        asked = desk.send("/desk/people", **new)
        assert asked.status_code == 409
        assert "Is it one of these?" in asked.text
        assert 'name="shown_for" value="Blu Herron"' in asked.text
        assert desk.send("/desk/people", **new, shown_for="Blu Herr").status_code == 409  # another list than this
        assert desk.send("/desk/people", **new, shown_for="Blu Herron").status_code == 303

    def test_two_records_are_brought_together_and_parted_on_the_page(self, signed_in, room):
        stays, other = client("Blue Heron").code, client("Blu Herron").code
        desk = signed_in(Role.RECEPTION)
        itself = desk.send(f"/clients/{stays}/merge", other=stays, reason="same person")
        assert itself.status_code == 409
        assert "one and the same record" in itself.text
        assert desk.send(f"/clients/{stays}/merge", other=other, reason="same person").status_code == 303
        page = desk.get(f"/clients/{other}").text
        assert f'<span class="soft">{stays}</span></h1>' in page
        merge = re.search(rf"/clients/{stays}/merges/(\w+)/undo", page)[1]
        assert desk.send(f"/clients/{stays}/merges/{merge}/undo").status_code == 303
        assert f'<span class="soft">{other}</span></h1>' in desk.get(f"/clients/{other}").text
