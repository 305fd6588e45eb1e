"""The commands that run beside the server, in processes of their own."""

import shlex
import sys
from pathlib import Path
from typing import NoReturn

import click

from consumption_room import settings
from consumption_room.errors import Unsafe
from consumption_room.integrations import keys, mqtt
from consumption_room.integrations.guard import Guard, Orders, stand
from consumption_room.logs import keep_logs
from consumption_room.settings import Settings

EVERYWHERE = frozenset({"", "0.0.0.0", "::", "localhost"})  # noqa: S104 - compared with, not listened on


def _at_home(given: Settings, port: int | None) -> str:
    """Where the room answers on this machine: over loopback, unless it listens on one other address alone."""
    host = "127.0.0.1" if given.host in EVERYWHERE else given.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port or given.port}"


def _given() -> Settings:
    try:
        return settings.load()
    except Unsafe as refusal:
        _no(refusal)


def _no(refusal: object) -> NoReturn:
    click.echo(str(refusal), err=True)
    sys.exit(1)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where the room listens on this machine.")
@click.option("--once", is_flag=True, help="Look once: 0 all is well, 1 it is not.")
def guard(port: int | None, once: bool) -> None:
    """Watch the room's watch from outside: a stopped one is said within ten seconds."""
    given = _given()
    orders = Orders(
        room=_at_home(given, port),
        command=tuple(shlex.split(given.guard_command)),
        heartbeat_url=given.heartbeat_url,
    )
    if once:
        sys.exit(0 if Guard(orders).go_round() else 1)
    stand(orders)


@click.command("mqtt")
@click.option("--keys", "keys_file", type=click.Path(path_type=Path), required=True, help="A line a button: code, key.")
@click.option("--broker", default="127.0.0.1:1883", show_default=True, help="Where the broker listens.")
@click.option("--prefix", default="room", show_default=True, help="What the topics begin with.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where the room listens on this machine.")
@click.option("--user", help="As whom to come to the broker.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls", is_flag=True, help="Speak to the broker under TLS.")
def bridge(
    keys_file: Path, broker: str, prefix: str, port: int | None, user: str | None, password_file: Path | None, tls: bool
) -> None:
    """Bring what buttons say over MQTT to the room, each under its own key."""
    if not mqtt.is_installed():
        raise click.UsageError(
            'MQTT needs the extra "mqtt", which is not installed: pip install "consumption-room[mqtt]"'
        )
    given = _given()
    host, _, number = broker.partition(":")
    if number and not number.isdigit():
        raise click.BadParameter("like 127.0.0.1:1883", param_hint="--broker")
    password = password_file.read_text().strip() if password_file else None
    keep_logs()
    try:
        mqtt.run(
            mqtt.Broker(host, int(number or 1883), prefix, f"consumption-room-{prefix}", user, password, tls),
            _at_home(given, port),
            keys.read(keys_file),
            given.data_dir / f"mqtt-{prefix}.json",
        )
    except Unsafe as refusal:
        _no(refusal)


BESIDE: tuple[click.Command, ...] = (guard, bridge)
