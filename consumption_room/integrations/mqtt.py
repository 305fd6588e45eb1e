"""The bridge from an MQTT broker to the room: presses and heartbeats of buttons, each under the button's own key."""

import json
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from consumption_room.integrations.presses import Carrier, Memory, Word

try:
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion
except ImportError:  # the extra "mqtt" is not installed; the command says so
    paho = None  # type: ignore[assignment]

ALARMS, HEARTBEATS = "/api/v1/alerts", "/api/v1/devices/heartbeat"
TELLS = ("battery", "signal")

log = structlog.get_logger()


@dataclass(frozen=True)
class Broker:
    """Where the broker is, what the topics begin with, and as whom we come."""

    host: str = "127.0.0.1"
    port: int = 1883
    prefix: str = "room"
    name: str = "consumption-room"
    user: str | None = None
    password: str | None = None
    tls: bool = False


def is_installed() -> bool:
    """Whether this installation can speak MQTT."""
    return paho is not None


def feeling(payload: bytes) -> bytes:
    """What a heartbeat says that the room understands: battery and signal in whole per cent, nothing else."""
    try:
        said = json.loads(payload or b"{}")
    except ValueError:
        return b"{}"
    said = said if isinstance(said, dict) else {}
    told = {
        name: round(said[name]) for name in TELLS if type(said.get(name)) in (int, float) and 0 <= said[name] <= 100
    }
    return json.dumps(told).encode()


class Bridge:
    """Listens to the broker; a press is told to the broker as received only when the room has it."""

    def __init__(self, broker: Broker, carrier: Carrier, memory: Memory) -> None:
        """Nothing is connected yet."""
        self.broker, self.carrier, self.memory = broker, carrier, memory
        self.session = 0
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=broker.name, clean_session=False, manual_ack=True
        )
        self.client.on_connect, self.client.on_message = self.on_connect, self.on_message
        self.client.reconnect_delay_set(1, 5)
        if broker.user:
            self.client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            self.client.tls_set()

    def run(self) -> None:
        """Until told to stop; a broker that is away is tried again."""
        self.client.connect_async(self.broker.host, self.broker.port, keepalive=10)
        self.client.loop_forever(retry_first_connection=True)

    def leave(self) -> None:
        """Go; the broker keeps what was not yet told."""
        self.carrier.stop.set()
        self.client.disconnect()

    def on_connect(self, client: Any, _data: object, flags: Any, reason: Any, _properties: object) -> None:
        """Ask for everything that buttons and sensors say; in a new session old numbers mean nothing."""
        if reason.is_failure:
            log.error("the broker refused us", reason=str(reason))
            return
        if not flags.session_present:
            self.session += 1
        prefix = self.broker.prefix
        client.subscribe([(f"{prefix}/button/+/press", 1), (f"{prefix}/button/+/heartbeat", 1)])
        client.subscribe(f"{prefix}/sensor/+/occupied", 1)
        log.info("listening", broker=self.broker.host, prefix=prefix)

    def on_message(self, client: Any, _data: object, message: Any) -> None:
        """A button pressed, a button alive, or a sensor that saw something."""
        what, who, word = message.topic.removeprefix(f"{self.broker.prefix}/").split("/")
        session = self.session

        def received() -> None:
            if message.qos and session == self.session:
                client.ack(message.mid, message.qos)

        if what == "sensor":
            log.info("a sensor spoke, and the room has no ear for it yet", cubicle=who)
        elif who not in self.carrier.keys:
            log.error("a button spoke whose key is not in the file", device=who, word=word)
        elif word == "heartbeat":
            self.carrier.once(Word(who, HEARTBEATS, feeling(message.payload)))
        elif message.retain:
            log.warning("a retained press is not a press: ignored", device=who)
        else:
            key = self.memory.key(message.mid, message.topic, message.payload, again=message.dup)
            self.carrier.carry(Word(who, ALARMS), key, received)
            return
        received()


def run(broker: Broker, room: str, keys: dict[str, str], memory: Path) -> None:
    """Bridge until told to stop."""
    bridge = Bridge(broker, Carrier(room, keys, threading.Event()), Memory(memory))
    for word in (signal.SIGTERM, signal.SIGINT):
        signal.signal(word, lambda *_: bridge.leave())
    bridge.run()
