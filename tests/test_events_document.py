"""The AsyncAPI document: whole, linked, and naming every event that our own scripts hear and say."""

import re
from typing import Any

import pytest

from consumption_room import signals
from consumption_room.settings import ROOT

MESSAGE = re.compile(r'socket\.(on|emit|emitWithAck)\(\s*"([a-z_]+)"')
THE_LIBRARYS = {"connect", "disconnect", "connect_error"}


@pytest.fixture
def engine() -> str:
    """Nothing is read: one database is enough here."""
    return "sqlite"


@pytest.fixture
def document(client_as) -> dict[str, Any]:
    """What the room serves to anybody."""
    answer = client_as(None).get("/api/v1/asyncapi.json")
    assert answer.status_code == 200
    return answer.json


def test_every_reference_of_the_document_leads_somewhere(document):
    def look(part: Any) -> int:
        if isinstance(part, list):
            return sum(map(look, part))
        if not isinstance(part, dict):
            return 0
        if "$ref" not in part:
            return sum(map(look, part.values()))
        found = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return 1

    assert document["asyncapi"] == "3.0.0"
    assert look(document) >= 2 * len(document["operations"])


def test_the_document_has_every_event_that_the_code_knows_with_its_fields(document):
    messages = document["channels"]["room"]["messages"]
    for action, listed in (("send", signals.SENT), ("receive", signals.HEARD)):
        operations = [one for one in document["operations"].values() if one["action"] == action]
        names = [messages[one["messages"][0]["$ref"].rsplit("/", 1)[1]]["name"] for one in operations]
        assert sorted(names) == sorted(signal.name for signal in listed)
    alert = document["components"]["schemas"]["WallAlert"]["properties"]
    assert {"seq", "code", "kind", "priority", "place", "state", "raised_at", "age_ms", "count", "step"} <= set(alert)
    assert "technical" in alert["kind"]["enum"]
    assert not {"visit", "alias", "client"} & set(alert)


def test_our_own_scripts_hear_and_say_nothing_else():
    said = [match for path in (ROOT / "static" / "js").glob("*.js") for match in MESSAGE.findall(path.read_text())]
    heard = {name for way, name in said if way == "on"} - THE_LIBRARYS
    assert heard == {signal.name for signal in signals.SENT}
    assert {name for way, name in said if way != "on"} == {signal.name for signal in signals.HEARD}


def test_the_readable_page_links_and_lists_it(client_as):
    page = client_as(None).get("/api/docs").text
    assert 'href="/api/v1/asyncapi.json"' in page
    for signal in (*signals.SENT, *signals.HEARD):
        assert f"<strong>{signal.name}</strong>" in page
