"""Bad input gets the right status and a sentence a person understands, and changes nothing; on both databases."""

import json

import pytest

from consumption_room import journal
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests import builders

V1 = "/api/v1"
WRITES = {
    "/visits": Role.RECEPTION,
    "/visits/turned-away": Role.RECEPTION,
    "/visits/{visit}/seat": Role.RECEPTION,
    "/visits/{visit}/move": Role.RECEPTION,
    "/visits/{visit}/leave": Role.RECEPTION,
    "/visits/{visit}/call": Role.RECEPTION,
    "/visits/{visit}/unwell": Role.RECEPTION,
    "/visits/{visit}/screening": Role.RECEPTION,
    "/visits/{visit}/undo": Role.RECEPTION,
    "/visits/{visit}/episodes": Role.NURSE,
    "/clients": Role.RECEPTION,
    "/stock/issues": Role.RECEPTION,
    "/stock/returns": Role.RECEPTION,
    "/stock/receipts": Role.NURSE,
    "/stock/counts": Role.NURSE,
    "/stock/reversals": Role.NURSE,
    "/stock/items": Role.NURSE,
    "/stock/kits": Role.NURSE,
    "/register/diamorphine-100/receipts": Role.NURSE,
    "/register/diamorphine-100/destructions": Role.NURSE,
    "/alerts/{alert}/timeline": Role.NURSE,
    "/alerts/{alert}/close": Role.NURSE,
    "/alerts/{alert}/place": Role.NURSE,
    "/alerts/{record}/incident/tasks": Role.NURSE,
    "/devices/drill": Role.NURSE,
    "/devices/heartbeat": DeviceKind.BUTTON,
    "/shifts/open": Role.MANAGER,
    "/shifts/override": Role.NURSE,
    "/shifts/duty": Role.NURSE,
    "/shifts/handover": Role.NURSE,
    "/shifts/close": Role.NURSE,
    "/services": Role.CASE_WORKER,
    "/referrals": Role.CASE_WORKER,
}
VALID = {
    "/visits": {"purposes": ["consume"]},
    "/visits/turned-away": {"reason": "other"},
    "/visits/{visit}/seat": {"cubicle": 3},
    "/visits/{visit}/move": {"cubicle": 3},
    "/visits/{visit}/leave": {"reason": "finished"},
    "/visits/{visit}/call": {"cubicle": 3},
    "/visits/{visit}/unwell": {"unwell": True},
    "/visits/{visit}/screening": {"route": "smoke", "alone": True},
    "/visits/{visit}/undo": {"reason": "twice"},
    "/visits/{visit}/episodes": {"substances": ["heroin"], "route": "inject"},
    "/clients": {"alias": "Blue Heron"},
    "/stock/issues": {"item": "foil", "quantity": 1},
    "/stock/returns": {"quantity": 1},
    "/stock/receipts": {"item": "foil", "quantity": 1},
    "/stock/counts": {"item": "foil", "counted": 1},
    "/stock/reversals": {"movement": "none", "reason": "mistake"},
    "/stock/items": {"code": "thing", "name": "Thing", "kind": "other"},
    "/stock/kits": {"code": "bag", "name": "Bag", "parts": {"foil": 1}},
    "/register/diamorphine-100/receipts": {
        "amount_mg": "100",
        "lot": "A1",
        "expires_on": "2028-01-31",
        "party": "City",
    },
    "/register/diamorphine-100/destructions": {"amount_mg": "100", "lot": "A1", "authority": "77"},
    "/alerts/{alert}/timeline": {"action": "oxygen"},
    "/alerts/{alert}/close": {"outcome": "recovered"},
    "/alerts/{alert}/place": {"place": "toilet"},
    "/alerts/{record}/incident/tasks": {"what": "Order oxygen", "owner": "Nina", "due_on": "2026-11-23"},
    "/devices/drill": {"place": "toilet", "kind": "overdose"},
    "/devices/heartbeat": {"battery": 50, "signal": 50},
    "/shifts/open": {"checks": {"oxygen": True}, "override": {"reason": "The wall is being repaired"}},
    "/shifts/override": {"reason": "Two of us stand in the room"},
    "/shifts/duty": {"on": True, "role": "nurse", "staff": "none"},
    "/shifts/handover": {"to": "none", "note": "All calm"},
    "/shifts/close": {"reason": "The fire alarm rings"},
    "/services": {"name": "Shelter", "kind": "housing"},
    "/referrals": {"visit": "none", "service": "housing-office", "handover": "escorted", "consent": True},
}


@pytest.fixture
def send(app, client_as):
    """Post raw bytes as JSON to a call, and see that nothing happened; gives the answer."""
    codes = {
        "visit": builders.visit().code,
        "alert": builders.alarm().code,
        "record": builders.closed(builders.alarm("toilet")).code,
    }

    def post(path: str, body: bytes | object):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        before = journal.last()
        answer = client_as(WRITES[path]).post(
            V1 + path.format(**codes), data=raw, content_type="application/json", headers={"Idempotency-Key": "bad-1"}
        )
        assert journal.last() == before, "something was changed"
        assert answer.mimetype == "application/problem+json"
        assert answer.json["detail"][-1] in ".?"
        return answer

    return post


def test_what_cannot_be_read_is_400(send):
    for path in WRITES:
        for raw in (b"{", b"\xff\xfe", b'{"a": ' + b"[" * 100_000, b'{"n": ' + b"9" * 5000 + b"}"):
            assert send(path, raw).status_code == 400, path


def test_an_unknown_field_is_422_and_named(send):
    for path in WRITES:
        answer = send(path, VALID[path] | {"colour": "blue"})
        assert answer.status_code == 422, path
        assert "colour" in answer.json["errors"]


WRONG = ([{}], {"a": {"b": 1}}, "\u0000", "\ud800", "x\u0007y", "x" * 1_000_000, 10**30, -(10**18), 1.5, [])


def test_every_field_refuses_what_is_not_its_kind(send):
    for path, field in ((call, name) for call in WRITES for name in VALID[call]):
        for wrong in WRONG:
            if wrong == {"a": {"b": 1}} and field == "consent":
                continue  # an object is one of its forms
            answer = send(path, VALID[path] | {field: wrong})
            assert answer.status_code == 422, (path, field, wrong)
            assert answer.json["errors"]


def test_a_list_where_an_object_belongs_is_422(send):
    for path in WRITES:
        assert send(path, [VALID[path]]).status_code == 422, path


WITHOUT_BODY = ("acknowledge", "silence", "on-scene", "escalate", "incident/sign")


@pytest.mark.parametrize("what", WITHOUT_BODY)
def test_what_needs_no_body_is_done_or_refused_whatever_is_sent_along(app, client_as, what):
    alert = builders.closed(builders.alarm()) if what.startswith("incident") else builders.alarm()
    for raw in (b"", b"{", b"\xff\xfe", b'{"colour": "blue"}', b"[" * 100_000):
        answer = client_as(Role.NURSE).post(
            f"{V1}/alerts/{alert.code}/{what}", data=raw, content_type="application/json"
        )
        assert answer.status_code == (409 if what.startswith("incident") else 200), raw[:9]
    for code, status in (("none", 404), ("%00", 400), ("x" * 3000, 404)):
        assert client_as(Role.NURSE).post(f"{V1}/alerts/{code}/{what}").status_code == status


def test_an_alarm_press_with_a_mistake_in_it_is_said_at_once(app, client_as):
    for body in ({"place": "the moon"}, {"kind": "boredom"}, {"place": "toilet", "colour": "blue"}):
        answer = client_as(Role.NURSE).post(f"{V1}/alerts", json=body)
        assert answer.status_code == 422
        assert answer.json["errors"]


@pytest.mark.parametrize(
    "path",
    ["/visits/none", "/visits/%00", "/alerts/none", "/alerts/none/receipts", "/clients/none", "/cubicles/998",
     "/services/none", "/referrals/none", "/reports/none", "/nothing-here", "/cubicles/99999999999999999999"],
)  # fmt: skip
def test_an_unknown_code_is_404_or_unreadable(app, client_as, path):
    role = {"/reports/none": Role.MANAGER, "/referrals/none": Role.CASE_WORKER}.get(path, Role.NURSE)
    answer = client_as(role).get(V1 + path)
    assert answer.status_code == (400 if "%00" in path else 404)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "from=2026-02-30", "from=0001-01-01", "to=9999-12-31", "grain=hour", "format=exe", "colour=blue",
     "from=2026-11-20&to=2026-11-01", "from=2000-01-01&to=2026-11-20"],
)  # fmt: skip
def test_a_report_for_no_real_period_is_422(app, client_as, query):
    answer = client_as(Role.MANAGER).get(f"{V1}/reports/usage?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_revoked_key_is_worth_nothing(app, client_as, cast):
    nurse = client_as(Role.NURSE)
    assert nurse.get(f"{V1}/board").status_code == 200
    builders.revoked(cast.devices[Role.NURSE])
    answer = nurse.get(f"{V1}/board")
    assert answer.status_code == 401
    assert answer.json["code"] == "not-signed-in"


def test_more_than_four_megabytes_is_413(app, client_as):
    answer = client_as(Role.RECEPTION).post(f"{V1}/clients", json={"alias": "x" * 5_000_000})
    assert answer.status_code == 413
