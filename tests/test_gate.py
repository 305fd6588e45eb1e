"""The gate: every route is listed, and answers each role and each device as the list says."""

import tomllib

import pytest
from werkzeug.routing import Rule

from consumption_room.staff.rules import DEVICES, ROLES, Permission
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.doors import TABLE, doors

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
WHO: list[Role | DeviceKind | None] = [*Role, *(kind for kind in DeviceKind if kind is not DeviceKind.API), None]
LISTED = tomllib.loads(TABLE.read_text())


def may(who: Role | DeviceKind | None, permission: str) -> bool:
    """Whether the table of permissions opens this to them."""
    if who is None:
        return False
    return Permission(permission) in (ROLES[who] if isinstance(who, Role) else DEVICES[who])


def address(rule: Rule) -> str:
    """An address that fits a rule, of a thing that is not there."""
    values = {name: 998 if "Integer" in type(fits).__name__ else "nosuch" for name, fits in rule._converters.items()}
    return str(rule.build(values, append_unknown=False)[1])


def turned_away(answer) -> bool:
    """Whether the gate did not let this request through."""
    return answer.status_code in {401, 403} or (
        answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
    )


@on_sqlite
def test_every_route_is_listed_with_whom_it_is_open_to(app):
    assert doors(app) == LISTED


def test_no_route_is_shut_to_everybody():
    assert "nobody" not in LISTED


def test_every_permission_opens_something():
    # Receiving alarms is asked for by the sockets, which are no routes.
    assert {permission.value for permission in Permission} - set(LISTED) <= {"receive-alarms"}


@on_sqlite
@pytest.mark.parametrize("who", WHO, ids=lambda who: str(who or "nobody"))
def test_the_gate_answers_each_route_as_the_list_says(app, client_as, who):
    client = client_as(who)
    rules = {f"{method} {rule.rule}": (method, rule) for rule in app.url_map.iter_rules() for method in rule.methods}
    wrong = []
    for permission, routes in LISTED.items():
        for route in routes if permission != "everybody" else ():
            method, rule = rules[route]
            body = {} if method == "GET" else {"json": {}} if rule.rule.startswith("/api/") else {"data": {}}
            answer = client.open(address(rule), method=method, **body)
            if turned_away(answer) is may(who, permission) or answer.status_code >= 500:
                wrong.append((route, permission, answer.status_code))
    assert wrong == []


@on_sqlite
def test_a_wrong_key_and_a_revoked_key_open_nothing(app):
    client = app.test_client()
    for key in ("Bearer nonsense", "Bearer ", "Basic abc", "nonsense"):
        answer = client.get("/api/v1/board", headers={"Authorization": key})
        assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")


@on_sqlite
def test_a_key_beside_a_session_counts_alone(app, client_as):
    client = client_as(DeviceKind.BUTTON)
    assert client.get("/api/v1/board").status_code == 403


@on_sqlite
def test_every_answer_forbids_foreign_scripts_and_frames(client_as):
    for path in ("/healthz", "/sign-in", "/api/v1/board", "/nowhere"):
        headers = client_as(Role.NURSE).get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@on_sqlite
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["another origin", "no origin", "another site"],
)
def test_a_form_from_another_site_is_refused(app, headers):
    answer = app.test_client().post("/sign-in", data={"who": "x", "password": "y"}, headers=headers)
    assert answer.status_code == 403


@on_sqlite
def test_a_form_without_a_token_is_refused(app):
    answer = app.test_client().post("/sign-in", data={"who": "x", "password": "y"})
    assert answer.status_code == 403
