"""The production server: started as an operator starts it, killed as a power cut kills it; on both databases."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from consumption_room.vocabulary.staff import DeviceKind


def ask(url: str, key: str | None = None, body: object = None) -> tuple[int, dict]:
    """One request over the wire: the status and what the answer says."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = Request(url, json.dumps(body).encode() if body is not None else None, headers)
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def test_it_answers_and_says_that_it_is_ready(server, cast):
    assert ask(f"{server.url}/api/v1/board", cast.keys[DeviceKind.WALL])[0] == 200
    assert ask(f"{server.url}/api/v1/board")[0] == 401


def test_an_alarm_that_was_answered_is_there_after_a_kill(server, cast):
    key = cast.keys[DeviceKind.WALL]
    status, raised = ask(f"{server.url}/api/v1/alerts", key, {"place": "cubicle-3", "kind": "overdose"})
    server.kill()
    server.start()
    _, there = ask(f"{server.url}/api/v1/alerts?state=open", key)
    assert (status, [alert["code"] for alert in there["items"]]) == (201, [raised["code"]])
