"""Each kind of alarm ends in its own ways, over HTTP, on its page and in its record, and sounds its own melody."""

import json
import re

import pytest

from consumption_room.alerts import endings, queries
from consumption_room.settings import ROOT
from consumption_room.vocabulary.alarms import AlarmKind, Cause, Outcome
from consumption_room.vocabulary.staff import Role
from tests.builders import alarm, closed

V1 = "/api/v1"


@pytest.fixture
def engine() -> str:
    """What may end an alarm is decided before anything is written: one database is enough here."""
    return "sqlite"


@pytest.fixture
def nurse(client_as):
    """A nurse's own client."""
    return client_as(Role.NURSE)


def test_an_ending_of_another_kind_is_refused_in_words_and_the_alarm_stays_open(nurse, app):
    alert = alarm("reception", kind=AlarmKind.AGGRESSION)
    nurse.post(f"{V1}/alerts/{alert.code}/acknowledge")
    answer = nurse.post(f"{V1}/alerts/{alert.code}/close", json={"outcome": "naloxone", "causes": ["no-power"]})
    assert answer.status_code == 422
    assert answer.json["errors"]["outcome"][0].startswith("An alarm of this kind ends in one of these ways: Calmed;")
    assert answer.json["errors"]["causes"][0].startswith("An alarm of this kind may come from these: Quarrel;")
    assert [one.code for one in queries.open_alerts()] == [alert.code]
    answer = nurse.post(f"{V1}/alerts/{alert.code}/close", json={"outcome": "police", "causes": ["quarrel"]})
    assert (answer.status_code, answer.json["outcome"], answer.json["causes"]) == (200, "police", ["quarrel"])


@pytest.mark.parametrize("kind", AlarmKind)
def test_the_page_offers_what_may_end_this_kind_and_nothing_else(nurse, app, kind):
    page = nurse.get(f"/alarm/{alarm(kind=kind).code}").text

    def offered(name: str) -> list[str]:
        return re.findall(rf'name="{name}" value="([a-z-]+)"', page)

    assert offered("outcome") == list(endings.OUTCOMES[kind])
    assert offered("causes") == list(endings.CAUSES[kind])


def test_a_record_takes_the_causes_of_its_kind_only(nurse, app):
    alert = closed(alarm())
    page = nurse.get(f"/incidents/{alert.code}").text
    assert re.findall(r'name="causes" value="([a-z-]+)"', page) == list(endings.CAUSES[AlarmKind.OVERDOSE])
    record = f"{V1}/alerts/{alert.code}/incident"
    etag = nurse.get(record).headers["ETag"]
    answer = nurse.patch(record, json={"causes": ["no-network"]}, headers={"If-Match": etag})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["causes"])


def test_programs_read_which_endings_a_kind_has(client_as):
    kinds = {one["code"]: one for one in client_as(None).get(f"{V1}/vocabulary").json["alarm_kinds"]}
    assert kinds["technical"]["outcomes"] == [Outcome.REPAIRED, Outcome.WATCHED, Outcome.FALSE_ALARM]
    assert Cause.NO_POWER in kinds["technical"]["causes"]


def test_each_kind_has_a_melody_of_its_own_that_carries():
    script = (ROOT / "static" / "js" / "sound.js").read_text()
    table = re.search(r"const MELODIES = \{(.*?)\};", script, re.S)[1]
    melodies = {name: json.loads(tones) for name, tones in re.findall(r'"?([\w-]+)"?: (\[[\d, ]+\])', table)}
    assert set(melodies) == set(AlarmKind) - {AlarmKind.TECHNICAL}  # a fault sounds like no emergency
    beginnings = {tuple(tones[:3]) for tones in melodies.values()}
    assert len(beginnings) == len(melodies)
    for tones in melodies.values():
        assert len(tones) == 5
        assert all(150 <= tone <= 1000 and 4 * tone <= 4000 for tone in tones)
