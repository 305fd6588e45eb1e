"""People under an alias of their own choosing, on both databases."""

import re

import pytest

from consumption_room import journal
from consumption_room.clients import queries, service
from consumption_room.clients.models import Client
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.gate import here
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from tests.builders import NINA, NINE, client


def found(text: str) -> list[str]:
    """The aliases that a search gives, in order."""
    return [one.alias for one in queries.find(text, here.phrase_key())]


def changed(code: str, **changes: object) -> Client:
    """The record with these fields changed."""
    with transaction():
        return service.change(code, changes, here.phrase_key(), NINA, NINE)


def test_an_alias_is_all_that_is_needed(room):
    heron = client("Blue Heron")
    assert (heron.birth_year, heron.age_band, heron.sex, heron.home_area, heron.phrase_digest) == (None,) * 5
    assert re.fullmatch("[2-9a-z]{4}-[2-9a-z]{4}", heron.code)


def test_people_are_found_by_code_phrase_and_the_beginning_of_an_alias(room):
    heron = client("Blue Heron", phrase="my dog rex")
    client("Blueberry")
    assert found(heron.code.upper()) == ["Blue Heron"]
    assert found("My  dog REX") == ["Blue Heron"]
    assert found("blue") == ["Blue Heron", "Blueberry"]
    assert found("heron") == []


def test_accents_case_and_spaces_make_no_difference(room):
    client("Åse  Ærø")
    assert found("ase") == found("ÅSE ær") == ["Åse  Ærø"]


def test_the_exact_alias_comes_before_those_that_only_begin_with_it(room):
    client("Sam Adams")
    client("Sam")
    assert found("sam") == ["Sam", "Sam Adams"]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "'; DROP TABLE client; --"])
def test_nothing_and_wildcards_find_nobody(room, text):
    client()
    assert found(text) == []


def test_a_search_gives_at_most_eight(room):
    for number in range(10):
        client(f"Sam {number}")
    assert len(found("sam")) == 8


def test_a_phrase_cannot_be_read_back(room):
    heron = client(phrase="my dog rex")
    assert "rex" not in str({name: getattr(heron, name) for name in Client.__table__.columns.keys()})  # noqa: SIM118


def test_birth_year_and_age_band_are_not_given_together(room):
    with pytest.raises(FieldsWrong):
        client(birth_year=1980, age_band=AgeBand.UNDER_50)
    heron = client(birth_year=1980)
    with pytest.raises(FieldsWrong):
        changed(heron.code, age_band=AgeBand.UNDER_50)
    assert changed(heron.code, birth_year=None, age_band=AgeBand.UNDER_50).age_band is AgeBand.UNDER_50


def test_a_new_alias_is_found_at_once_and_the_old_one_no_more(room):
    heron = client("Blue Heron")
    changed(heron.code, alias="Red Kite")
    assert (found("red"), found("blue")) == (["Red Kite"], [])


def test_a_phrase_can_be_changed_and_taken_away(room):
    heron = client(phrase="my dog rex")
    changed(heron.code, phrase="my cat tom")
    assert (found("my dog rex"), found("my cat tom")) == ([], ["Blue Heron"])
    assert changed(heron.code, phrase=None).phrase_digest is None


def test_the_journal_keeps_which_fields_changed_and_never_what_they_were(room):
    heron = client("Blue Heron")
    changed(heron.code, alias="Red Kite", phrase="my dog rex", sex=Sex.FEMALE, home_area=Area.NO_HOME)
    row = journal.after(journal.last() - 1)[0]
    assert row.payload == {"fields": ["alias", "home_area", "phrase", "sex"]}


def test_a_code_nobody_has_is_not_found(room):
    with pytest.raises(NotFound):
        service.get("aaaa-bbbb")


def test_what_was_not_named_is_left_alone(room):
    heron = client(sex=Sex.MALE, language="da")
    changed(heron.code, language="en")
    assert (heron.sex, heron.language) == (Sex.MALE, "en")
    assert db.session.get(Client, heron.id).alias == "Blue Heron"
