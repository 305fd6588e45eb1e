"""Places outside are told of alarms, signed, again and again; whatever they do, nobody inside waits for them."""

import contextlib
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from consumption_room import journal, settings
from consumption_room.deliveries import rules
from consumption_room.errors import Unsafe
from consumption_room.integrations import outbox as outbox_of
from consumption_room.integrations.outbox import NotTaken, Outbox, Place
from consumption_room.vocabulary.deliveries import DeliveryState
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests import builders
from tests.builders import alarm, closed
from tests.servers import Server, free_port
from tests.test_live import Display
from tests.test_server import ask

SECRET = "a secret of more than thirty-two characters"
COMMAND = str(Path(sys.executable).parent / "consumption-room")
WITHIN_S = 25


class Outside(ThreadingHTTPServer):
    """A place outside that takes what it is sent, and keeps it."""

    daemon_threads = True

    def __init__(self) -> None:
        """On a port of its own."""
        self.came: list[tuple[str, dict, bytes]] = []
        self.news = threading.Condition()
        super().__init__(("127.0.0.1", 0), Taking)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def has(self, path: str, times: int = 1) -> list[tuple[dict, bytes]]:
        """What came to this path, once so much has come."""
        with self.news:

            def found() -> list[tuple[dict, bytes]]:
                return [(headers, body) for at, headers, body in self.came if at == path]

            assert self.news.wait_for(lambda: len(found()) >= times, WITHIN_S), self.came
            return found()


class Taking(BaseHTTPRequestHandler):
    """Says 200 to everything."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.news:
            self.server.came.append((self.path, dict(self.headers), body))
            self.server.news.notify_all()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def outside() -> Iterator[Outside]:
    """A place outside that works."""
    with Outside() as place:
        yield place
        place.shutdown()


@pytest.fixture
def hanging() -> Iterator[int]:
    """The port of a place outside that takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        yield place.getsockname()[1]


@pytest.fixture
def secret(tmp_path) -> Path:
    """A file with the secret of a webhook."""
    file = tmp_path / "webhook.key"
    file.write_text(SECRET)
    file.chmod(0o600)
    return file


@pytest.fixture
def telling(database_url, tmp_path, outside, hanging, secret) -> Iterator[Server]:
    """A server that tells one place that works, one that hangs, one that is not there, and somebody by apprise."""
    urls = [f"http://127.0.0.1:{port}/alarms" for port in (outside.server_port, hanging, free_port())]
    hooks = "".join(f'[[webhook]]\nurl = "{url}"\nsecret_file = "{secret}"\n' for url in urls)
    config = tmp_path / "settings.toml"
    config.write_text(f'notify_urls = ["json://127.0.0.1:{outside.server_port}/message"]\n{hooks}')
    with Server(tmp_path / "data", database_url, config=config) as server:
        server.unable = urls[1:]
        yield server


@pytest.fixture
def wall(telling, cast) -> Iterator[Display]:
    """A wall that is seen and heard."""
    with contextlib.closing(Display(telling.url, cast.keys[DeviceKind.WALL])) as display:
        display.beats()
        yield display


def test_an_alarm_reaches_a_display_while_the_places_outside_hang_and_the_others_are_told(telling, cast, outside, wall):
    for times in range(1, 6):
        status, raised = ask(f"{telling.url}/api/v1/alerts", cast.keys[DeviceKind.BUTTON], {})
        assert status == (201 if times == 1 else 200)
        wall.hears("alert", lambda said, times=times: said["count"] == times)
    assert wall.hears("beat", lambda said: said["watch_age_ms"] is not None)["watch_age_ms"] < 5000
    came = outside.has("/alarms", 5)
    for headers, body in came:
        signed = headers["Room-Timestamp"].encode() + b"." + body
        assert headers["Room-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    told = [json.loads(body) for _, body in came]
    assert {one["code"] for one in told} == {raised["code"]}
    assert [one["event"] for one in sorted(told, key=lambda one: one["seq"])][:2] == ["alert.raised", "alert.joined"]
    words = {"event", "seq", "code", "place", "kind", "state", "step", "count", "drill", "raised_at"}
    assert set(told[0]) == words
    assert "raised: overdose, toilet, step 0" in outside.has("/message")[0][1].decode()
    _, listed = ask(f"{telling.url}/api/v1/deliveries?state=waiting", cast.keys[Role.ADMINISTRATOR])
    # The last word to the places that work may still be on its way.
    assert {outbox_of.name_of(url) for url in telling.unable} <= {one["target"] for one in listed["items"]}


@pytest.fixture
def outbox(app):
    """An outbox with one place, which takes nothing until told otherwise; gives it, what came, and its mood."""
    came, mood = [], {"takes": False}

    def tell(due):
        if not mood["takes"]:
            raise NotTaken("answered 500")
        came.append(due)

    made = Outbox(app, [Place("elsewhere", tell)])

    def run():
        def once():
            made.follow()
            made.tell(made.places[0])

        Context().run(once)

    run.came, run.mood = came, mood
    return run


def deliveries(client_as, **asked):
    """What the administrator sees."""
    return client_as(Role.ADMINISTRATOR).get("/api/v1/deliveries", query_string=asked).json["items"]


def test_a_new_place_is_told_of_what_happens_from_now_on(outbox):
    outbox.mood["takes"] = True
    alarm("cubicle-1")
    outbox()
    assert outbox.came == []
    closed(alarm("cubicle-2"))
    outbox()
    assert [due.event for due in outbox.came] == ["alert.raised", "alert.acknowledged", "alert.closed"]
    assert {due.body["place"] for due in outbox.came} == {"cubicle-2"}


def test_what_was_over_long_ago_is_told_nobody(outbox, fast_forward):
    outbox()
    closed(alarm("cubicle-1"))
    fast_forward(days=2)
    alarm("cubicle-2")
    outbox.mood["takes"] = True
    outbox()
    assert {due.body["place"] for due in outbox.came} == {"cubicle-2"}


def test_the_name_of_a_place_keeps_the_secret_in_its_address():
    name = outbox_of.name_of("https://hooks.example:8443/services/T0K3N?key=w0rd")
    assert name.startswith("hooks.example:8443 ")
    assert "T0K3N" not in name
    assert "w0rd" not in name
    assert name != outbox_of.name_of("https://hooks.example:8443/services/other")


def test_nothing_of_the_person_leaves(outbox):
    outbox.mood["takes"] = True
    outbox()
    visit = builders.seated(3, builders.client("Blue Heron"))
    alarm("cubicle-3")
    outbox()
    told = json.dumps([due.body for due in outbox.came])
    assert "cubicle-3" in told
    for secret in ("Blue Heron", visit.code, visit.ticket, visit.client.code, "Nina"):
        assert secret not in told


def test_what_is_not_taken_is_tried_ever_more_rarely_and_then_given_up(outbox, client_as, fast_forward):
    outbox()
    alarm()
    tries = []
    for _ in range(rules.MOST_TRIES):
        outbox()
        [one] = deliveries(client_as)
        tries.append(one["tries"])
        outbox()  # too early: nothing is tried
        fast_forward(seconds=600)
    assert tries == list(range(1, rules.MOST_TRIES + 1))
    [dead] = deliveries(client_as, state="dead")
    assert dead["trouble"] == "answered 500"
    page = client_as(Role.ADMINISTRATOR).get("/admin/deliveries").text
    assert "Send again" in page
    assert dead["target"] in page


def test_what_was_given_up_is_sent_when_somebody_says_so(outbox, client_as, fast_forward):
    outbox()
    alarm()
    for _ in range(rules.MOST_TRIES):
        outbox()
        fast_forward(seconds=600)
    [dead] = deliveries(client_as, state="dead")
    administrator = client_as(Role.ADMINISTRATOR)
    assert administrator.post(f"/api/v1/deliveries/{dead['code']}/again").json["state"] == "waiting"
    outbox.mood["takes"] = True
    outbox()
    assert [one["state"] for one in deliveries(client_as)] == [DeliveryState.SENT]
    again = administrator.post(f"/api/v1/deliveries/{dead['code']}/again")
    assert (again.status_code, again.json["code"]) == (409, "out-of-order")
    assert "delivery.repeated" in [row.what for row in journal.after(0)]


def test_two_processes_tell_each_thing_once(app):
    came = []
    boxes = [Outbox(app, [Place("elsewhere", came.append)]) for _ in range(2)]

    def both(act):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda box: Context().run(act, box), boxes))

    both(lambda box: box.follow())
    for number in range(1, 9):
        alarm(f"cubicle-{number}")
    both(lambda box: box.follow())
    both(lambda box: box.tell(box.places[0]))
    assert sorted(due.body["place"] for due in came) == [f"cubicle-{number}" for number in range(1, 9)]


def test_the_first_pauses_are_short_and_the_last_is_long():
    pauses = [rules.wait(tries).total_seconds() for tries in range(1, rules.MOST_TRIES)]
    assert pauses[:3] == [2, 4, 8]
    assert pauses[-1] == 600
    assert rules.wait(rules.MOST_TRIES) is None


@pytest.mark.parametrize(
    ("url", "written", "mode", "because"),
    [
        ("http://elsewhere.example/", SECRET, 0o600, "in clear"),
        ("https://a:b@elsewhere.example/", SECRET, 0o600, "name and a password"),
        ("https://elsewhere.example/", SECRET, 0o640, "chmod 600"),
        ("https://elsewhere.example/", "short", 0o600, "shorter"),
    ],
)
def test_a_webhook_that_would_leak_is_refused(secret, url, written, mode, because):
    secret.write_text(written)
    secret.chmod(mode)
    with pytest.raises(Unsafe, match=because):
        settings.load({}, webhook=[{"url": url, "secret_file": str(secret)}])


def test_without_the_extra_messages_are_refused_and_the_room_says_so(tmp_path):
    without = "import sys; sys.modules['apprise'] = None; from consumption_room.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "serve"],
        env={"ROOM_DATA_DIR": str(tmp_path), "ROOM_NOTIFY_URLS": "json://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert 'the extra "notify"' in done.stderr
