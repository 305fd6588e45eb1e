"""The guard: a process of its own that watches the watch, and says within ten seconds that it has stopped."""

import json
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import click

from consumption_room import clock, pulse, systemd
from consumption_room.integrations import wire

EVERY_S = 2.0
PATIENCE_S = 2.5
HEARTBEAT_EVERY_S = 60.0
NO_ANSWER = "The room does not answer."


@dataclass(frozen=True)
class Orders:
    """Where the room answers on this machine, what to run when something changes, and whom to tell that all is well."""

    room: str
    command: tuple[str, ...] = ()
    heartbeat_url: str = ""


def look(room: str) -> tuple[str, ...]:
    """What is not right, in sentences, from outside; nothing when all is well."""
    try:
        answer = wire.ask(f"{room}/readyz", patience_s=PATIENCE_S)
        said = json.loads(answer.body)
    except (wire.NoAnswer, ValueError):
        return (NO_ANSWER,)
    return judge(answer.status, said) if isinstance(said, dict) else (NO_ANSWER,)


def judge(status: int, said: dict[str, Any]) -> tuple[str, ...]:
    """What the room says of itself, and what its figures say, whether it has drawn the conclusion or not."""
    found = [str(sentence) for sentence in said.get("trouble", [])]
    age, overdue = said.get("watch_age_ms"), said.get("overdue_steps")
    if not isinstance(age, int) or age > pulse.TOO_OLD_S * 1000:
        found.append(pulse.WATCH_STOPPED)
    if isinstance(overdue, int) and overdue > 0:
        found.append(pulse.STEP_OVERDUE)
    if status != 200 and not found:
        found.append(NO_ANSWER)
    return tuple(dict.fromkeys(found))


class Heart:
    """The heartbeat to an address outside, which complains by itself when none comes: a dead-man's switch."""

    def __init__(self, url: str) -> None:
        """Without a ``url`` nothing leaves this machine."""
        self.url, self.sent_at = url, float("-inf")
        self.sender: threading.Thread | None = None

    def beat(self, now: float) -> None:
        """Say that all is well, at most once a minute; nobody here waits for it, and its failure means nothing here."""
        if not self.url or now - self.sent_at < HEARTBEAT_EVERY_S or (self.sender and self.sender.is_alive()):
            return
        self.sent_at = now
        self.sender = threading.Thread(target=self._send, name="guard heartbeat", daemon=True)
        self.sender.start()

    def miss(self) -> None:
        """Something is wrong: say nothing, and say so at once when it is right again."""
        self.sent_at = float("-inf")

    def _send(self) -> None:
        try:
            wire.ask(self.url, patience_s=10)
        except wire.NoAnswer as trouble:
            tell("heartbeat-failed", trouble=[str(trouble)])


class Guard:
    """Looks at the room again and again, and says what has changed."""

    def __init__(self, orders: Orders) -> None:
        """Nothing is known yet."""
        self.orders, self.heart = orders, Heart(orders.heartbeat_url)
        self.found: tuple[str, ...] | None = None
        self.running: list[subprocess.Popen[bytes]] = []

    def go_round(self) -> bool:
        """One look; gives whether all is well."""
        found = look(self.orders.room)
        if found != self.found:
            self.found = found
            tell("trouble" if found else "well", trouble=list(found))
            self._run("trouble" if found else "well", found)
        if found:
            self.heart.miss()
            if sys.stderr.isatty():
                click.echo("\a", err=True, nl=False)
        else:
            self.heart.beat(clock.monotonic())
        systemd.tell("READY=1", "WATCHDOG=1", f"STATUS={' '.join(found) or 'The room is well.'}")
        return not found

    def _run(self, word: str, found: tuple[str, ...]) -> None:
        self.running = [one for one in self.running if one.poll() is None]
        if not self.orders.command:
            return
        try:
            self.running.append(
                subprocess.Popen(  # noqa: S603 - the operator's own command, from the settings; no shell
                    [*self.orders.command, word, *found], stdin=subprocess.DEVNULL, stdout=sys.stderr
                )
            )
        except OSError as trouble:
            tell("command-failed", trouble=[type(trouble).__name__])


def tell(event: str, *, trouble: list[str]) -> None:
    """One line for whoever reads the guard's output."""
    click.echo(json.dumps({"at": clock.now().isoformat(), "event": event, "trouble": trouble}))


def stand(orders: Orders) -> None:
    """Look every two seconds until told to stop."""
    stop = threading.Event()
    for word in (signal.SIGTERM, signal.SIGINT):
        signal.signal(word, lambda *_: stop.set())
    guard = Guard(orders)
    while not stop.is_set():
        guard.go_round()
        stop.wait(EVERY_S)
    systemd.tell("STOPPING=1")
