"""Clinical limits: signed by name, versioned, never edited; on both databases, by screen and by program."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from consumption_room import journal
from consumption_room.database import db, transaction
from consumption_room.doses import limits
from consumption_room.errors import FieldsWrong, OutOfOrder
from consumption_room.vocabulary.doses import Limit
from consumption_room.vocabulary.staff import Role
from tests.builders import DORA, NINE

FEWER = {Limit.SINGLE_MAXIMUM: 350}


def signed(seen=1, **but):
    """New limits, with the numbers in force but for some."""
    with transaction():
        return limits.sign({**limits.now().numbers, **FEWER, **but}, seen, "less at once", DORA, NINE)


def test_a_new_room_begins_with_limits_that_nobody_has_signed(room):
    assert (limits.now().version, limits.now().signed_by) == (1, None)
    assert limits.now().numbers == room.clinical_limits


def test_what_is_signed_is_in_force_with_the_name_and_what_was_before_stays(room):
    signed()
    assert (limits.now().version, limits.now().signed_by, limits.now()[Limit.SINGLE_MAXIMUM]) == (2, "Dora", 350)
    assert [one.version for one in limits.versions()] == [2, 1]
    row = journal.after(journal.last() - 1)[0]
    assert (row.what, row.payload) == ("limits.signed", {"changed": ["single_maximum_mg"]})


def test_two_doctors_at_once_and_one_success(room):
    signed()
    with pytest.raises(OutOfOrder, match="Somebody else"):
        signed(seen=1)
    assert limits.now().version == 2


def test_limits_against_all_reason_are_not_signed(room):
    with pytest.raises(FieldsWrong):
        signed(**{Limit.DAILY_MAXIMUM: 100})
    assert limits.now().version == 1


@pytest.mark.parametrize("statement", ["UPDATE clinical_limits SET note = 'x'", "DELETE FROM clinical_limits"])
def test_the_database_refuses_to_change_what_was_signed(room, statement):
    signed()
    with pytest.raises(DatabaseError), transaction():
        db.session.execute(text(statement))


def test_a_program_signs_in_its_role_and_reads_who_did(client_as):
    client = client_as(Role.PRESCRIBER)
    before = client.get("/api/v1/doses/limits").json
    body = {"seen": 1, "numbers": before[0]["numbers"] | {"vein_attempts": 4}, "note": "four"}
    answer = client.post("/api/v1/doses/limits", json=body, headers={"Idempotency-Key": "a"})
    assert (answer.status_code, answer.json["version"], answer.json["numbers"]["vein_attempts"]) == (201, 2, 4)
    again = client.post("/api/v1/doses/limits", json=body, headers={"Idempotency-Key": "a"})
    assert again.json == answer.json
    assert client.post("/api/v1/doses/limits", json=body).json["code"] == "out-of-order"
    broken = client.post("/api/v1/doses/limits", json={"seen": 2, "numbers": {"vein_attempts": 4}})
    assert broken.status_code == 422
    assert client_as(Role.NURSE).post("/api/v1/doses/limits", json=body).status_code == 403


def test_the_page_says_that_nobody_has_signed_until_somebody_has(client_as):
    assert "No doctor has confirmed them" in client_as(Role.NURSE).get("/doses/limits").text
    assert "Sign these limits" not in client_as(Role.NURSE).get("/doses/limits").text
    doctor = client_as(Role.PRESCRIBER)
    numbers = {name: str(number) for name, number in limits.versions()[0].numbers.items()}
    wrong = doctor.post("/doses/limits", data=numbers | {"seen": "1", "daily_maximum_mg": "20"})
    assert wrong.status_code == 422
    assert "This must not be less than 400." in wrong.text
    assert 'value="20"' in wrong.text
    assert doctor.post("/doses/limits", data=numbers | {"seen": "1", "note": "looked at"}).status_code == 303
    page = client_as(Role.NURSE).get("/doses/limits").text
    assert "No doctor has confirmed them" not in page
    assert "Version 2" in page.split("Earlier versions")[0]
