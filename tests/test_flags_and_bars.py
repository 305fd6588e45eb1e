"""Flags that must be seen and bars that stand for a time, over the API and on the pages, on both databases."""

from datetime import timedelta

import pytest

from consumption_room import journal
from consumption_room.vocabulary.staff import Role
from tests.builders import NINE, TODAY, client, visit

V1 = "/api/v1"
NIGHT_SHIFT = {"text": "Ask about the new medicine", "audience": ["reception", "nurse"]}
BAR = {
    "reason": "dealing",
    "notes": "Sold at the gate, twice.",
    "scope": "own-drug-use",
    "ends_at": (NINE + timedelta(days=7)).isoformat(),
    "decided_by": "Mona",
    "review_on": (TODAY + timedelta(days=3)).isoformat(),
}


@pytest.fixture
def put(app, client_as):
    """Send something in a role: ``put(Role.NURSE, "/visits", {...})``."""
    return lambda role, path, body=None: client_as(role).post(f"{V1}{path}", json=body or {})


@pytest.fixture
def heron(app) -> str:
    """The code of somebody with a record."""
    return client().code


def said(seq: int) -> list[str]:
    """What happened after this row of the journal."""
    return [row.what for row in journal.after(seq)]


class TestFlags:
    """Text, priority, audience, last day."""

    def test_a_high_flag_is_seen_by_name_before_the_person_comes_in(self, put, heron):
        flag = put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT | {"priority": "high"}).json["code"]
        asked = {"client": heron, "purposes": ["consume"]}
        refused = put(Role.RECEPTION, "/visits", asked)
        assert (refused.status_code, refused.json["code"], refused.json["flags"]) == (409, "flags-unseen", [flag])
        before = journal.last()
        opened = put(Role.RECEPTION, "/visits", asked | {"seen": [flag]})
        assert opened.status_code == 201
        rows = journal.after(before)
        assert [(row.what, row.subject) for row in rows] == [
            ("visit.opened", opened.json["code"]),
            ("flag.seen", flag),
        ]
        assert rows[1].visit == opened.json["code"]
        assert rows[1].device == rows[0].device is not None

    def test_a_normal_flag_stands_in_nobodys_way(self, put, heron):
        put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT)
        assert put(Role.RECEPTION, "/visits", {"client": heron, "purposes": ["consume"]}).status_code == 201

    def test_only_the_audience_sees_a_flag_or_is_held_up_by_it(self, put, heron, client_as):
        body = NIGHT_SHIFT | {"audience": ["nurse"], "priority": "high"}
        flag = put(Role.NURSE, f"/clients/{heron}/flags", body).json["code"]
        seen = {
            role: client_as(role).get(f"{V1}/clients/{heron}").json["flags"] for role in (Role.NURSE, Role.RECEPTION)
        }
        assert [one["text"] for one in seen[Role.NURSE]] == ["Ask about the new medicine"]
        assert seen[Role.RECEPTION] == []
        assert put(Role.RECEPTION, f"/clients/{heron}/flags/{flag}/end").status_code == 404
        assert put(Role.RECEPTION, "/visits", {"client": heron, "purposes": ["consume"]}).status_code == 201

    def test_a_flag_is_over_after_its_last_day(self, put, heron, client_as, fast_forward):
        put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT | {"expires_on": TODAY.isoformat()})
        flags = lambda: client_as(Role.NURSE).get(f"{V1}/clients/{heron}").json["flags"]  # noqa: E731
        assert len(flags()) == 1
        fast_forward(hours=19)  # four in the morning: the room's day is not over
        assert len(flags()) == 1
        fast_forward(hours=2)
        assert flags() == []

    def test_a_flag_without_a_last_day_gets_the_policys(self, put, heron, room):
        made = put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT).json
        assert made["expires_on"] == (TODAY + room.flag_lasts).isoformat()

    def test_a_flag_that_is_over_already_is_refused_and_one_is_ended_once(self, put, heron):
        late = put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT | {"expires_on": "2026-11-19"})
        assert (late.status_code, list(late.json["errors"])) == (422, ["expires_on"])
        flag = put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT).json["code"]
        before = journal.last()
        for _twice in range(2):
            assert put(Role.NURSE, f"/clients/{heron}/flags/{flag}/end").json["ended_at"]
        assert said(before) == ["flag.ended"]

    def test_the_journal_never_says_what_a_flag_or_a_bar_says(self, put, heron):
        before = journal.last()
        flag = put(Role.NURSE, f"/clients/{heron}/flags", NIGHT_SHIFT).json["code"]
        put(Role.NURSE, f"/clients/{heron}/flags/{flag}/seen")
        bar = put(Role.NURSE, f"/clients/{heron}/bars", BAR).json["code"]
        put(Role.NURSE, f"/clients/{heron}/bars/{bar}/override", {"reason": "Came with his mother"})
        put(Role.NURSE, f"/clients/{heron}/bars/{bar}/lift", {"reason": "A misunderstanding"})
        assert said(before) == ["flag.put", "flag.seen", "bar.decided", "bar.overridden", "bar.lifted"]
        written = str([row.payload for row in journal.after(before)])
        assert not any(word in written for word in ("medicine", "gate", "mother", "misunderstanding", "Blue Heron"))


class TestBars:
    """Reason, notes, scope, end, who decided, when it is reviewed."""

    @pytest.mark.parametrize("left_out", ["reason", "notes", "ends_at"])
    def test_nothing_of_a_bar_may_be_left_out(self, put, heron, left_out):
        body = {name: value for name, value in BAR.items() if name != left_out}
        refused = put(Role.NURSE, f"/clients/{heron}/bars", body)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [left_out])

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"ends_at": (NINE - timedelta(hours=1)).isoformat()}, "ends_at"),
            ({"ends_at": "2026-11-27T09:00:00"}, "ends_at"),
            ({"starts_at": (NINE + timedelta(days=8)).isoformat()}, "ends_at"),
            ({"review_on": (TODAY + timedelta(days=8)).isoformat()}, "review_on"),
            ({"review_on": (TODAY - timedelta(days=1)).isoformat()}, "review_on"),
        ],
    )
    def test_a_bar_that_never_stands_or_is_never_reviewed_is_refused(self, put, heron, wrong, field):
        refused = put(Role.NURSE, f"/clients/{heron}/bars", BAR | wrong)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])

    def test_a_bar_answers_with_a_sentence_that_can_be_read_aloud_and_the_facts(self, put, heron):
        bar = put(Role.MANAGER, f"/clients/{heron}/bars", BAR).json["code"]
        refused = put(Role.RECEPTION, "/visits", {"client": heron, "purposes": ["consume", "needles"]})
        assert refused.status_code == 409
        assert refused.json["detail"] == (
            "Using own drugs here is closed to this person until 27 November 2026, 09:00. Needle exchange, emergency "
            "help and everything else stay open. A nurse or a manager can be asked about it."
        )
        facts = {name: refused.json[name] for name in ("code", "bar", "reason", "scope", "until", "review_on")}
        assert facts == {
            "code": "barred",
            "bar": bar,
            "reason": "dealing",
            "scope": "own-drug-use",
            "until": "2026-11-27T08:00:00+00:00",
            "review_on": "2026-11-23",
        }
        assert "needles" in refused.json["open"]
        assert "consume" not in refused.json["open"]

    @pytest.mark.parametrize(
        ("scope", "purpose", "status"),
        [
            ("own-drug-use", "consume", 409),
            ("own-drug-use", "dose", 201),
            ("own-drug-use", "wound-care", 201),
            ("own-drug-use", "needles", 201),
            ("whole-building", "consume", 409),
            ("whole-building", "shower", 409),
            ("whole-building", "needles", 201),
        ],
    )
    def test_needle_exchange_is_open_to_everybody(self, put, heron, scope, purpose, status):
        put(Role.NURSE, f"/clients/{heron}/bars", BAR | {"scope": scope})
        assert put(Role.RECEPTION, "/visits", {"client": heron, "purposes": [purpose]}).status_code == status

    def test_who_came_in_for_needles_does_not_consume_all_the_same(self, put, heron):
        put(Role.NURSE, f"/clients/{heron}/bars", BAR)
        inside = put(Role.RECEPTION, "/visits", {"client": heron, "purposes": ["needles"]}).json["code"]
        refused = put(Role.NURSE, f"/visits/{inside}/episodes", {"substances": ["heroin"], "route": "inject"})
        assert (refused.status_code, refused.json["code"]) == (409, "barred")

    def test_a_bar_holds_from_its_start_to_its_end(self, put, heron, fast_forward):
        put(Role.NURSE, f"/clients/{heron}/bars", BAR | {"starts_at": (NINE + timedelta(days=2)).isoformat()})
        asked = {"client": heron, "purposes": ["consume"]}
        gone = lambda made: put(Role.RECEPTION, f"/visits/{made.json['code']}/leave", {"reason": "finished"})  # noqa: E731
        gone(put(Role.RECEPTION, "/visits", asked))
        fast_forward(days=2)
        assert put(Role.RECEPTION, "/visits", asked).status_code == 409
        fast_forward(days=5)
        assert put(Role.RECEPTION, "/visits", asked).status_code == 201

    def test_a_nurse_or_a_manager_lets_somebody_in_by_name_for_this_day(self, put, heron, fast_forward):
        bar = put(Role.NURSE, f"/clients/{heron}/bars", BAR).json["code"]
        asked, let_in = {"client": heron, "purposes": ["consume"]}, f"/clients/{heron}/bars/{bar}/override"
        assert put(Role.RECEPTION, let_in, {"reason": "Very cold"}).status_code == 403
        assert put(Role.MANAGER, let_in, {}).status_code == 422
        before = journal.last()
        for _twice in range(2):
            assert put(Role.MANAGER, let_in, {"reason": "Very cold"}).status_code == 200
        assert said(before) == ["bar.overridden"]
        inside = put(Role.RECEPTION, "/visits", asked)
        assert inside.status_code == 201
        put(Role.RECEPTION, f"/visits/{inside.json['code']}/leave", {"reason": "finished"})
        fast_forward(hours=21)
        assert put(Role.RECEPTION, "/visits", asked).status_code == 409

    def test_a_bar_is_reviewed_lifted_and_listed_by_when_it_is_due(self, put, heron, client_as):
        first = put(Role.NURSE, f"/clients/{heron}/bars", BAR).json["code"]
        second = put(Role.NURSE, f"/clients/{heron}/bars", BAR | {"review_on": "2026-11-21"}).json["code"]
        listed = lambda: [one["code"] for one in client_as(Role.MANAGER).get(f"{V1}/bars").json["items"]]  # noqa: E731
        assert listed() == [second, first]
        put(Role.NURSE, f"/clients/{heron}/bars/{second}/review", {"review_on": "2026-11-25"})
        assert listed() == [first, second]
        put(Role.NURSE, f"/clients/{heron}/bars/{first}/lift", {"reason": "Talked it over"})
        put(Role.NURSE, f"/clients/{heron}/bars/{second}/lift", {"reason": "Talked it over"})
        assert listed() == []
        assert put(Role.RECEPTION, "/visits", {"client": heron, "purposes": ["consume"]}).status_code == 201
        again = put(Role.NURSE, f"/clients/{heron}/bars/{second}/review", {"review_on": "2026-11-26"})
        assert (again.status_code, again.json["code"]) == (409, "out-of-order")

    def test_somebody_elses_bar_is_not_there(self, put, heron):
        bar = put(Role.NURSE, f"/clients/{heron}/bars", BAR).json["code"]
        other = client("Red Kite").code
        assert put(Role.NURSE, f"/clients/{other}/bars/{bar}/lift", {"reason": "a mistake"}).status_code == 404

    def test_nobody_without_a_record_is_barred(self, room):
        assert visit().client_id is None
