"""The bells, over real sockets to a real server: who may listen, what rings, and that nothing is missed."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import socketio
from socketio.exceptions import BadNamespaceError

from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.servers import Server

WITHIN_S = 8


class Display:
    """A display made of the real client library: keeps what it hears, and answers if told to."""

    def __init__(self, url: str, key: str | None, *, answers: bool = True) -> None:
        """Connected, or an exception."""
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.news = threading.Condition()
        self.client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=0.5)
        for name in ("alert", "board", "beat", "self_test"):
            self.client.on(name, self._keeper(name, answers))
        self.client.connect(url, auth={"key": key} if key else None, transports=["websocket"], wait_timeout=5)

    def _keeper(self, name: str, answers: bool) -> Callable[[dict[str, Any]], None]:
        def keep(said: dict[str, Any]) -> None:
            with self.news:
                self.heard.append((name, said))
                self.news.notify_all()
            if answers and name == "alert":
                with contextlib.suppress(BadNamespaceError):  # the test is over, and this display gone
                    for stage in ("received", "shown"):
                        self.client.emit("receipt", {"code": said["code"], "stage": stage})

        return keep

    def beats(self) -> None:
        """Say that this display is seen and heard, and wait until the room knows."""
        self.client.emit("beat", {"seq": 0, "visible": True, "audio": True, "build": "test"})
        self.hears("beat", lambda said: said["able_displays"] >= 1)

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()

    def hears(self, name: str, holds: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The first such event; fails when none comes in time."""
        with self.news:
            found: list[dict[str, Any]] = []

            def look() -> bool:
                found[:] = [said for event, said in self.heard if event == name and holds(said)]
                return bool(found)

            assert self.news.wait_for(look, WITHIN_S), f"no such {name} among {self.heard}"
            return found[0]

    def count(self, name: str, code: str) -> int:
        """How often an event about this thing was heard."""
        with self.news:
            return sum(event == name and said.get("code") == code for event, said in self.heard)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Any]]:
    """One server for all of these tests, on each database; every test uses a place of its own."""
    shelf = request.getfixturevalue("sqlite_shelf" if request.param == "sqlite" else "postgres_shelf")
    folder = tmp_path_factory.mktemp("house")
    address = shelf.copy(folder)
    with Server(folder, address) as server:
        yield server, shelf.cast
    shelf.drop(address)


@pytest.fixture
def server(house: tuple[Server, Any]) -> Server:
    """The server of these tests."""
    return house[0]


@pytest.fixture
def cast(house: tuple[Server, Any]) -> Any:
    """The keys of its devices."""
    return house[1]


@pytest.fixture
def wall(server: Server, cast: Any) -> Iterator[Callable[..., Display]]:
    """A display with the wall's key."""
    made: list[Display] = []

    def connect(who: Any = DeviceKind.WALL, **more: Any) -> Display:
        made.append(Display(server.url, cast.keys[who], **more))
        return made[-1]

    yield connect
    for display in made:
        display.client.disconnect()


@pytest.fixture
def ask(server: Server, cast: Any) -> Callable[..., requests.Response]:
    """Post to the API with somebody's key."""

    def post(who: Any, path: str, body: Any = None) -> requests.Response:
        answer = requests.post(
            f"{server.url}/api/v1{path}",
            json=body or {},
            headers={"Authorization": f"Bearer {cast.keys[who]}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer

    return post


def test_every_change_of_an_alarm_rings_on_every_display(wall, ask):
    one, other = wall(), wall(Role.NURSE)
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-11"}).json()["code"]
    ask(Role.NURSE, f"/alerts/{code}/acknowledge")
    ask(Role.NURSE, f"/alerts/{code}/on-scene")
    ask(Role.NURSE, f"/alerts/{code}/close", {"outcome": "recovered"})
    for display in (one, other):
        for state in ("raised", "acknowledged", "on-scene", "closed"):
            alert = display.hears("alert", lambda said, state=state: said["code"] == code and said["state"] == state)
            assert alert["place"] == "cubicle-11"
            assert {"seq", "kind", "priority", "raised_at", "age_ms", "count", "step", "responder", "drill"} <= set(
                alert
            )


def test_a_change_anywhere_rings_the_board(wall, ask):
    display = wall()
    visit = ask(Role.RECEPTION, "/visits", {"purposes": ["consume"]}).json()["code"]
    first = display.hears("board")["seq"]
    ask(Role.RECEPTION, f"/visits/{visit}/seat", {"cubicle": 3})
    assert display.hears("board", lambda said: said["seq"] > first)["version"] > first


def test_an_alarm_is_sent_again_until_it_is_shown(wall, ask):
    mute, shows = wall(answers=False), wall()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-12"}).json()["code"]
    shows.hears("alert", lambda said: said["code"] == code)
    time.sleep(3.5)
    assert mute.count("alert", code) >= 3
    assert shows.count("alert", code) <= 3  # once more for the step that begins when no display is able


def test_receipts_are_kept_by_display_and_stage(wall, ask, server, cast):
    display = wall()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-13"}).json()["code"]
    display.hears("alert", lambda said: said["code"] == code)
    assert display.client.call("receipt", {"code": code, "stage": "sounded"}) == {"ok": True}
    for _ in range(40):
        answer = requests.get(
            f"{server.url}/api/v1/alerts/{code}/receipts",
            headers={"Authorization": f"Bearer {cast.keys[Role.NURSE]}"},
            timeout=10,
        )
        stages = {one["stage"] for one in answer.json()["items"]}
        if len(stages) == 3:
            break
        time.sleep(0.1)
    assert stages == {"received", "shown", "sounded"}


def test_nonsense_from_a_display_is_refused_and_harms_nobody(wall, ask):
    display = wall()
    for said in (
        None,
        "x",
        7,
        [],
        {},
        {"code": 1, "stage": "shown"},
        {"code": "a", "stage": "eaten"},
        {"code": "a" * 99},
    ):
        assert display.client.call("receipt", said) == {"ok": False}
        display.client.emit("beat", said)
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-14"}).json()["code"]
    display.hears("alert", lambda said: said["code"] == code)


def test_sync_gives_the_whole_list_of_open_alarms(wall, ask):
    codes = {ask(Role.NURSE, "/alerts", {"place": f"cubicle-{number}"}).json()["code"] for number in (1, 2, 3)}
    told = wall().client.call("sync", {"after": 10**9})
    assert codes <= {alert["code"] for alert in told["alerts"]}
    assert told["seq"] > 0


def test_a_display_that_was_cut_off_gets_what_it_missed(wall, ask, server):
    display = wall()
    server.kill()
    server.start()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-15"}).json()["code"]
    display.hears("alert", lambda said: said["code"] == code)
    assert code in {alert["code"] for alert in display.client.call("sync", {"after": 0})["alerts"]}


def test_the_room_beats_and_knows_who_is_able(wall):
    display = wall()
    for _ in range(2):
        display.client.emit("beat", {"seq": 0, "visible": True, "audio": True, "build": "test"})
    beat = display.hears("beat", lambda said: said["able_displays"] == 1)
    assert {"seq", "server_ms", "database_age_ms", "watch_age_ms"} <= set(beat)
    assert beat["database_age_ms"] < 5000
    assert display.hears("beat", lambda said: said["watch_age_ms"] is not None)["watch_age_ms"] < 5000


def test_a_display_that_was_let_in_is_left_alone(wall):
    display = wall()
    sid = display.client.get_sid()
    time.sleep(6.5)  # whoever was not let in is shown out after five
    assert display.client.get_sid() == sid
    assert len([said for name, said in display.heard if name == "beat"]) >= 3


def test_a_self_test_goes_round_to_every_display_and_its_age_is_told(wall):
    display, other = wall(), wall(Role.NURSE)
    name = display.hears("self_test")["id"]
    assert other.hears("self_test")["id"]
    assert display.client.call("receipt", {"code": name, "stage": "received"}) == {"ok": True}
    assert display.hears("beat", lambda said: said["self_test_age_s"] is not None)["self_test_age_s"] < 10


@pytest.mark.parametrize("key", [None, "", "wrong", "x" * 5000])
def test_without_a_good_key_no_socket_opens(server, key):
    with pytest.raises(socketio.exceptions.ConnectionError):
        Display(server.url, key)


def test_a_button_may_press_and_not_listen(server, cast):
    with pytest.raises(socketio.exceptions.ConnectionError):
        Display(server.url, cast.keys[DeviceKind.BUTTON])


def test_an_unanswered_alarm_climbs_its_ladder(wall, ask):
    display = wall()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-16"}).json()["code"]
    ask(Role.NURSE, f"/alerts/{code}/escalate")
    assert display.hears("alert", lambda said: said["code"] == code and said["step"] == 1)["state"] == "raised"


def test_the_next_step_begins_at_once_when_no_display_is_able(wall, ask):
    display = wall()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-17"}).json()["code"]
    display.hears("alert", lambda said: said["code"] == code and said["step"] == 1)


def test_an_able_display_is_given_its_time(wall, ask):
    display = wall()
    for _ in range(2):
        display.client.emit("beat", {"seq": 0, "visible": True, "audio": True, "build": "test"})
    display.hears("beat", lambda said: said["able_displays"] >= 1)
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-18"}).json()["code"]
    display.hears("alert", lambda said: said["code"] == code)
    time.sleep(1)
    assert not [said for name, said in display.heard if name == "alert" and said["code"] == code and said["step"]]


def test_a_drill_rings_every_display_and_says_so(wall, ask):
    display = wall()
    code = ask(Role.NURSE, "/devices/drill").json()["code"]
    said = display.hears("alert", lambda said: said["code"] == code)
    assert (said["drill"], said["place"], said["kind"]) == (True, "reception", "overdose")


def test_everything_that_rings_and_every_answer_is_as_the_document_says(wall, ask, server):
    document = requests.get(f"{server.url}/api/v1/asyncapi.json", timeout=5).json()
    fields = {name: set(found["properties"]) for name, found in document["components"]["schemas"].items()}
    payload = {
        name: fields[message["payload"]["$ref"].rsplit("/", 1)[1]]
        for name, message in document["channels"]["room"]["messages"].items()
    }
    display = wall()
    display.client.on("*", lambda name, said=None: display.heard.append((name, said or {})))
    display.beats()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-12"}).json()["code"]
    display.hears("alert", lambda said: said["code"] == code)
    for name in ("board", "self_test", "beat"):
        display.hears(name)
    assert {name for name, _ in display.heard} == {"alert", "board", "beat", "self_test"}
    for name, said in list(display.heard):
        assert set(said) == payload[name], name
    synced = display.client.call("sync", {"after": 0})
    assert set(synced) == payload["display-sync-answer"]
    assert all(set(alert) == payload["alert"] for alert in synced["alerts"])
    assert set(display.client.call("receipt", {"code": code, "stage": "shown"})) == payload["display-receipt-answer"]
