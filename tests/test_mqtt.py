"""The bridge from a real MQTT broker to a real room: every press arrives, and arrives once; no broker here, no test."""

import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from consumption_room.errors import Unsafe
from consumption_room.integrations import keys, mqtt
from consumption_room.integrations.presses import Memory
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.servers import Server
from tests.test_server import ask

BROKER = ("127.0.0.1", 1883)
COMMAND = str(Path(sys.executable).parent / "consumption-room")
WITHIN_S = 20

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def broker() -> Iterator[paho.Client]:
    """Somebody who speaks to the broker, as buttons do."""
    try:
        socket.create_connection(BROKER, timeout=2).close()
    except OSError as trouble:
        pytest.skip(f"No MQTT broker answers on {BROKER[0]}:{BROKER[1]}: {trouble}")
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect(*BROKER)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


class Bridge:
    """``consumption-room mqtt``, running beside a server, under a prefix of this test's own."""

    def __init__(self, server: Server, keys_file: Path, broker: paho.Client) -> None:
        """Not yet started."""
        self.server, self.keys_file, self.broker = server, keys_file, broker
        self.prefix = f"room-test-{secrets.token_hex(6)}"
        self.written = server.folder / "bridge.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.written.read_text() if self.written.exists() else ""

    def start(self) -> None:
        """Listening when this returns."""
        before = self.log.count('"listening"')
        words = ["mqtt", "--keys", str(self.keys_file), "--prefix", self.prefix, "--port", str(self.server.port)]
        with self.written.open("ab") as log:
            self.process = subprocess.Popen([COMMAND, *words], env=self.server.environment, stdout=log, stderr=log)
        self.logs('"listening"', before + 1)

    def logs(self, words: str, times: int = 1) -> None:
        """These words stand in its log so many times, soon."""
        until = time.monotonic() + WITHIN_S
        while self.log.count(words) < times:
            assert time.monotonic() < until, self.log
            time.sleep(0.05)

    def says(self, device: str, word: str, payload: str = "", *, retain: bool = False) -> None:
        """A button published this, and the broker has it."""
        topic = f"{self.prefix}/button/{device}/{word}"
        self.broker.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WITHIN_S)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Gone; gives its exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(WITHIN_S)


@pytest.fixture
def bridge(server, cast, broker, tmp_path) -> Iterator[Bridge]:
    """A bridge that knows the button at the toilet, and one whose key is worth nothing."""
    file = tmp_path / "buttons.keys"
    file.write_text(f"# the buttons\n{cast.devices[DeviceKind.BUTTON]} {cast.keys[DeviceKind.BUTTON]}\nworthless key\n")
    file.chmod(0o600)
    made = Bridge(server, file, broker)
    made.start()
    yield made
    if made.process.poll() is None:
        made.stop()
    broker.publish(f"{made.prefix}/button/{cast.devices[DeviceKind.BUTTON]}/press", "", qos=1, retain=True)


@pytest.fixture
def button(cast) -> str:
    """The code of the button at the toilet."""
    return cast.devices[DeviceKind.BUTTON]


@pytest.fixture
def alarms(server, cast):
    """The open alarms: where, and how often pressed."""

    def there() -> list[tuple[str, int]]:
        _, listed = ask(f"{server.url}/api/v1/alerts?state=open", cast.keys[Role.NURSE])
        return [(alert["place"], alert["count"]) for alert in listed["items"]]

    return there


def test_a_press_becomes_an_alarm_and_a_heartbeat_is_shown(bridge, button, alarms, server, cast):
    bridge.says(button, "press")
    bridge.logs('"status": 201')
    assert alarms() == [("toilet", 1)]
    bridge.says(button, "heartbeat", '{"battery": 71.6, "signal": 300, "vendor": "x"}')
    bridge.logs('"status": 200')
    _, devices = ask(f"{server.url}/api/v1/devices", cast.keys[Role.NURSE])
    seen = next(one for one in devices["items"] if one["code"] == button)
    assert (seen["battery"], seen["signal"]) == (72, None)
    assert bridge.stop() == 0


@on_sqlite
def test_two_presses_are_two_and_a_refused_button_holds_up_nobody(bridge, button, alarms):
    bridge.says("worthless", "press")
    bridge.logs('"status": 401')
    bridge.says("stranger", "press")
    bridge.logs("whose key is not in the file")
    for times in (1, 2):
        bridge.says(button, "press")
        bridge.logs('"device": "' + button, times)
    bridge.logs('"status": 200')
    assert alarms() == [("toilet", 2)]


@on_sqlite
def test_a_press_while_the_room_is_away_and_the_bridge_dies_is_one_alarm(bridge, button, alarms, server):
    server.kill()
    bridge.says(button, "press")
    bridge.logs("the room did not answer")
    bridge.stop(signal.SIGKILL)
    server.start()
    bridge.start()
    bridge.logs('"status": 201')
    time.sleep(2)
    assert alarms() == [("toilet", 1)]


@on_sqlite
def test_a_retained_press_is_no_press(bridge, button, alarms):
    bridge.stop()
    bridge.prefix += "-kept"
    bridge.says(button, "press", "1", retain=True)  # an empty one would take it back
    bridge.start()
    bridge.logs("a retained press is not a press")
    assert alarms() == []


def test_a_message_that_comes_again_keeps_its_key_over_a_restart(tmp_path):
    file = tmp_path / "memory.json"
    memory = Memory(file)
    first = memory.key(7, "room/button/a/press", b"", again=False)
    assert Memory(file).key(7, "room/button/a/press", b"", again=True) == first
    assert Memory(file).key(7, "room/button/b/press", b"", again=True) != first
    assert Memory(file).key(7, "room/button/a/press", b"", again=False) != first


def test_a_broken_memory_stops_no_press(tmp_path):
    file = tmp_path / "away" / "memory.json"
    assert Memory(file).key(1, "topic", b"", again=True)
    (tmp_path / "odd.json").write_text("[1, 2")
    assert Memory(tmp_path / "odd.json").key(1, "topic", b"", again=True)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", b"{}"),
        (b"not json", b"{}"),
        (b"[1]", b"{}"),
        (b'{"battery": true, "signal": -70}', b"{}"),
        (b'{"battery": 99.6, "linkquality": 7}', b'{"battery": 100}'),
    ],
)
def test_a_heartbeat_brings_only_what_the_room_understands(said, told):
    assert mqtt.feeling(said) == told


@pytest.mark.parametrize(
    ("written", "mode", "because"),
    [("a key", 0o644, "chmod 600"), ("a key\nb", 0o600, "line 2"), ("# none\n", 0o600, "no key"), (None, 0, "no file")],
)
def test_a_file_of_keys_that_is_not_fit_is_refused(tmp_path, written, mode, because):
    file = tmp_path / "keys"
    if written is not None:
        file.write_text(written)
        file.chmod(mode)
    with pytest.raises(Unsafe, match=because):
        keys.read(file)


def test_without_the_extra_the_command_says_so_and_ends_with_two(tmp_path):
    without = "import sys; sys.modules['paho.mqtt'] = None; from consumption_room.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "mqtt", "--keys", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "not installed" in done.stderr
