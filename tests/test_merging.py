"""Two records of one person: noticed before there are two, brought together, and parted exactly as they were."""

import os
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from consumption_room import clock, forgetting, journal
from consumption_room.clients import bars, flags, queries, service
from consumption_room.clients.models import Client
from consumption_room.clients.rules import Barred
from consumption_room.consents.models import Consent
from consumption_room.database import Model, db, transaction
from consumption_room.errors import NotFound, OutOfOrder
from consumption_room.gate import here
from consumption_room.incidents import queries as incidents
from consumption_room.records import merging
from consumption_room.records.rules import BothInside, IdentitySealed, OneRecord, TooLate, Treated
from consumption_room.referrals import queries as referrals
from consumption_room.vault import service as vault
from consumption_room.visits import queries as visits
from consumption_room.visits.rules import AlreadyInside
from consumption_room.vocabulary.alarms import AlarmAction
from consumption_room.vocabulary.consents import ConsentScope, ConsentWay
from consumption_room.vocabulary.records import BarReason, BarScope
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.vault import VaultReason
from consumption_room.vocabulary.visits import Purpose
from tests import builders, dosing, ledger
from tests.builders import NINA, NINE, ROSA, TODAY, checked_in, client, gone, referral, visit

MACHINES = int(os.environ.get("ROOM_MERGE_RUNS", "12"))
V1 = "/api/v1"
# What is written down of a thing that happened, and the lock of the tickets: they only grow.
GROWS = {"journal", "journal_head", "merge", "answer"}


def merged(one: Client, two: Client) -> str:
    """The second record brought together with the first; gives the code of that."""
    with transaction():
        return merging.merge(one.code, two.code, "same tattoo, same story", ROSA, clock.now()).code


def parted(one: Client, merge: str) -> None:
    """The two parted again."""
    with transaction():
        merging.undo(one.code, merge, here.policy(), ROSA, clock.now())


def everything() -> dict[str, list[Any]]:
    """Every row of every table that does not only grow."""
    db.session.rollback()
    return {
        table.name: sorted(db.session.execute(select(table)).all(), key=repr)
        for table in Model.metadata.sorted_tables
        if table.name not in GROWS
    }


def flagged(person: Client, text: str = "Carries a pump") -> None:
    """A flag on this record."""
    with transaction():
        flags.put(person.code, flags.NewFlag(text, (Role.NURSE,)), here.policy(), NINA, clock.now())


def barred(person: Client) -> None:
    """A bar of a week on this record."""
    review = TODAY + timedelta(days=3)
    asked = bars.NewBar(BarReason.DEALING, "At the gate.", BarScope.OWN_DRUG_USE, NINE + timedelta(days=7), "M", review)
    with transaction():
        bars.decide(person.code, asked, here.policy(), NINA, clock.now())


def agreed(person: Client) -> None:
    """An agreement that stands: a person can have but one."""
    with transaction():
        db.session.add(
            Consent(
                client_id=person.id,
                scope=ConsentScope.DATA,
                version=1,
                language="en",
                digest="0" * 64,
                way=ConsentWay.SPOKEN,
                given_at=clock.now(),
                noted_by="Rosa",
                expires_at=clock.now() + timedelta(days=365),
            )
        )


def well_known(alias: str) -> Client:
    """Somebody of whom there is something of everything."""
    person = client(alias, phrase=f"the song of {alias}")
    came = visit(person, Purpose.CONSUME)
    referral(came)
    alarm = builders.alarm(place="reception", visit=came.code)
    builders.noted(alarm, AlarmAction.NALOXONE)
    builders.closed(alarm)
    gone(came)
    flagged(person)
    barred(person)
    agreed(person)
    return person


class TestMerging:
    """Bringing two records together."""

    def test_everything_of_the_other_record_is_read_through_the_one_that_stays(self, room):
        stays, other = well_known("Blue Heron"), well_known("Blu Heron")
        merged(stays, other)
        assert len(visits.visits_of(stays.id)) == 2
        assert len(referrals.of_client(stays.id)) == 2
        assert len(flags.standing(stays.id, TODAY)) == 2
        assert len(bars.of_client(stays.id)) == 2
        assert incidents.waits_for(stays.id)
        assert not incidents.waits_for(other.id)
        for said in (other.code, "Blu Heron", "the song of Blu Heron"):
            assert queries.find(said, here.phrase_key()) == [stays]
        assert service.get(other.code) == stays
        with pytest.raises(Barred):
            checked_in(other.code)

    def test_parting_gives_back_exactly_what_there_was(self, room):
        stays, other = well_known("Blue Heron"), well_known("Blu Heron")
        before = everything()
        merge = merged(stays, other)
        assert everything() != before
        for _twice in range(2):
            parted(stays, merge)
            assert everything() == before

    def test_what_came_since_stays_with_the_record_that_stayed(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        merge = merged(stays, other)
        new = checked_in(other.code)
        parted(stays, merge)
        assert [one.code for one in visits.visits_of(stays.id)] == [new.code]
        assert not visits.visits_of(other.id)

    def test_two_agreements_of_which_a_person_can_have_one_do_not_stand_in_the_way(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        agreed(stays)
        agreed(other)
        merged(stays, other)
        whose = db.session.scalars(select(Consent.client_id).order_by(Consent.id)).all()
        assert whose == [stays.id, other.id]

    def test_people_who_are_both_inside_are_two_people(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        visit(stays)
        inside = visit(other)
        with pytest.raises(BothInside):
            merged(stays, other)
        gone(inside)
        merged(stays, other)

    def test_a_name_in_the_vault_is_sealed_to_its_record_which_is_then_the_one_that_stays(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        vera = vault.Person("Vera Quillfeather", date(1979, 3, 14))
        with transaction():
            vault.keep(other.code, vera, here.keyring(), here.policy(), NINA, clock.now())
        with pytest.raises(IdentitySealed):
            merged(stays, other)
        merged(other, stays)
        with transaction():
            found = vault.look(stays.code, VaultReason.AT_THE_DOSE, here.keyring(), NINA, clock.now())
        assert found.name == "Vera Quillfeather"

    def test_a_treatment_stays_with_its_record_so_that_no_dose_is_counted_elsewhere(self, room):
        ledger.opened()
        stays, treated = client("Blue Heron"), client("Blu Heron")
        dosing.order(treated)
        with pytest.raises(Treated):
            merged(stays, treated)
        merged(treated, stays)
        assert not {"dose.client_id", "prescription.client_id"} & {
            f"{column.table.name}.{column.name}" for column in merging._hanging_on_a_record()
        }

    def test_who_is_forgotten_is_forgotten_under_every_code(self, room):
        stays, other = well_known("Blue Heron"), well_known("Blu Heron")
        merged(stays, other)
        forgetting.erase(stays.code, NINA, clock.now())
        left = str(everything())
        assert [said for said in ("Blue Heron", "Blu Heron", "Carries a pump", "At the gate.") if said in left] == []

    def test_an_open_visit_of_either_is_the_open_visit_of_both(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        visit(other)
        merged(stays, other)
        for code in (stays.code, other.code):
            with pytest.raises(AlreadyInside):
                checked_in(code)

    def test_a_record_is_not_brought_together_with_itself_nor_twice(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        with pytest.raises(OneRecord):
            merged(stays, stays)
        merged(stays, other)
        with pytest.raises(OneRecord):
            merged(stays, other)

    def test_records_are_parted_in_the_order_they_came_and_only_for_some_days(self, room, fast_forward):
        one, two, three = client("One Bird"), client("Two Birds"), client("Three Birds")
        first = merged(one, two)
        second = merged(three, one)
        with pytest.raises(OutOfOrder):
            parted(one, first)
        parted(three, second)
        fast_forward(hours=72, seconds=1)
        with pytest.raises(TooLate, match="72 hours"):
            parted(one, first)
        with pytest.raises(NotFound):
            parted(three, first)

    def test_the_journal_says_which_records_by_code_alone(self, room):
        stays, other = client("Blue Heron"), client("Blu Heron")
        merge = merged(stays, other)
        row = journal.after(journal.last() - 1)[0]
        assert (row.what, row.subject) == ("client.merged", stays.code)
        assert row.payload == {"merge": merge, "merged": other.code}

    def test_everything_that_hangs_on_a_record_is_known(self, room):
        # A new kind of thing of a person is moved by itself; look here whether a person can have but one of it.
        hanging = {f"{column.table.name}.{column.name}" for column in merging._hanging_on_a_record()}
        assert hanging >= {"visit.client_id", "flag.client_id", "bar.client_id", "consent.client_id"}
        assert hanging >= {"follow_up.client_id"}

    def test_a_check_in_and_a_merge_at_the_same_moment_leave_nobody_twice_inside(self, app, room):
        stays, other = client("Blue Heron").code, client("Blu Heron").code
        visit(service.get(stays))
        db.session.rollback()
        start = threading.Barrier(2)

        def at_once(act):
            with app.app_context():
                start.wait()
                try:
                    with transaction():
                        act()
                except (AlreadyInside, BothInside):
                    pass

        acts = (
            lambda: merging.merge(stays, other, "same person", ROSA, NINE),
            lambda: builders.visits.check_in(builders.visits.CheckIn((Purpose.NEEDLES,), other), room, ROSA, NINE),
        )
        threads = [threading.Thread(target=at_once, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        inside = [one.client.code for one in visits.inside()]
        together = service.get(other).code == stays
        assert (sorted(inside), together) in [([stays], True), (sorted([stays, other]), False)]


class Records(RuleBasedStateMachine):
    """Five people's records; what is merged and parted in whatever order is always what it would be on paper."""

    def __init__(self) -> None:
        """Nobody is inside, and nothing is merged."""
        super().__init__()
        self.people = [client(f"Person {number}") for number in range(5)]
        self.codes = [person.code for person in self.people]
        self.whose: dict[str, int] = {}
        self.open: dict[int, str] = {}
        self.into: dict[int, int] = {}
        self.merges: list[tuple[str, int, int, dict[str, int]]] = []

    def stays(self, number: int) -> int:
        """The record that holds everything of this one."""
        while number in self.into:
            number = self.into[number]
        return number

    @rule(number=st.integers(0, 4))
    def comes(self, number: int) -> None:
        """Somebody is checked in with this code."""
        record = self.stays(number)
        try:
            code = checked_in(self.codes[number], Purpose.NEEDLES).code
        except AlreadyInside:
            assert record in self.open
        else:
            assert record not in self.open
            self.whose[code], self.open[record] = record, code

    @rule(number=st.integers(0, 4))
    def leaves(self, number: int) -> None:
        """Whoever has this code leaves."""
        if code := self.open.pop(self.stays(number), None):
            gone(visits.visit(code))

    @rule(one=st.integers(0, 4), two=st.integers(0, 4))
    def merge(self, one: int, two: int) -> None:
        """Two records are brought together."""
        a, b = self.stays(one), self.stays(two)
        try:
            code = merged(service.get(self.codes[one]), service.get(self.codes[two]))
        except OneRecord:
            assert a == b
        except BothInside:
            assert a != b
            assert {a, b} <= set(self.open)
        else:
            assert a != b
            moved = {visit: b for visit, whose in self.whose.items() if whose == b}
            self.merges.append((code, a, b, moved))
            self.into[b] = a
            self.whose |= dict.fromkeys(moved, a)
            if b in self.open:
                self.open[a] = self.open.pop(b)

    @precondition(lambda self: self.merges)
    @rule(pick=st.integers(0, 9))
    def part(self, pick: int) -> None:
        """Two records are parted again, in any order."""
        code, a, b, moved = self.merges[pick % len(self.merges)]
        try:
            parted(self.people[a], code)
        except OutOfOrder:
            assert a in self.into
            return
        assert a not in self.into
        del self.merges[pick % len(self.merges)]
        del self.into[b]
        self.whose |= moved
        if self.open.get(a) in moved:
            self.open[b] = self.open.pop(a)

    @invariant()
    def every_visit_is_read_through_the_record_that_stays(self) -> None:
        """Codes lead where they should, and each visit hangs on the right record."""
        db.session.rollback()
        for number, code in enumerate(self.codes):
            assert service.get(code).code == self.codes[self.stays(number)]
        held = {
            one.code: self.codes.index(one.client.code)
            for person in self.people
            for one in visits.visits_of(person.id, limit=100)
        }
        assert held == self.whose


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_whatever_is_merged_and_parted_in_whatever_order_is_as_it_would_be_on_paper(room):
    run_state_machine_as_test(
        Records,
        settings=settings(
            max_examples=MACHINES,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class TestOverTheApi:
    """As a program does it."""

    def test_merge_list_and_undo(self, room, client_as):
        desk = client_as(Role.RECEPTION)
        one = desk.post(f"{V1}/clients", json={"alias": "Blue Heron"}).json
        two = desk.post(f"{V1}/clients", json={"alias": "Blu Herron"}).json
        assert one["similar"] == []
        assert two["similar"] == [{"code": one["code"], "alias": "Blue Heron", "because": "sounds-alike"}]
        body = {"other": two["code"], "reason": "same person"}
        made = desk.post(f"{V1}/clients/{one['code']}/merge", json=body)
        assert made.status_code == 201
        assert (made.json["survivor"], made.json["merged"]) == (one["code"], two["code"])
        assert desk.get(f"{V1}/clients/{two['code']}").json["code"] == one["code"]
        listed = desk.get(f"{V1}/clients/{one['code']}/merges").json["items"]
        assert [merge["code"] for merge in listed] == [made.json["code"]]
        again = desk.post(f"{V1}/clients/{one['code']}/merge", json=body)
        assert (again.status_code, again.json["code"]) == (409, "one-record")
        undone = desk.post(f"{V1}/clients/{one['code']}/merges/{made.json['code']}/undo")
        assert undone.json["undone_at"]
        assert desk.get(f"{V1}/clients/{two['code']}").json["code"] == two["code"]

    def test_a_merge_needs_another_record_and_somebody_who_keeps_records(self, room, client_as):
        heron, kite = client("Blue Heron").code, client("Red Kite").code
        body = {"other": kite, "reason": "same person"}
        assert client_as(Role.MANAGER).post(f"{V1}/clients/{heron}/merge", json=body).status_code == 403
        refused = client_as(Role.NURSE).post(f"{V1}/clients/{heron}/merge", json={"reason": "same person"})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["other"])
        nobody = client_as(Role.NURSE).post(f"{V1}/clients/{heron}/merge", json=body | {"other": "nobo-dy22"})
        assert nobody.status_code == 404
