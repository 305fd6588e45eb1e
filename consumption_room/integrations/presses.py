"""Carrying a button's word to the room over HTTP, again and again until it has it; one key for one press."""

import hashlib
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from consumption_room.integrations import wire

TRY_AGAIN_S = 1.0
REFUSED_AGAIN_S = 5.0
MOST_REFUSALS = 12
PATIENCE_S = 4.0
REMEMBERED = 200
REFUSED = frozenset({400, 401, 403, 404, 405, 413, 422})

log = structlog.get_logger()


@dataclass(frozen=True)
class Word:
    """What a button said: which button, where it goes in the room, and the body."""

    device: str
    path: str
    body: bytes = b"{}"


class Memory:
    """The keys of words that may come a second time, kept on disk so that a restart of the bridge forgets none."""

    def __init__(self, path: Path) -> None:
        """``path`` is this bridge's own file."""
        self.path = path
        self.guard = threading.Lock()
        self.keys: OrderedDict[str, str] = OrderedDict()
        try:
            self.keys.update({str(name): str(key) for name, key in json.loads(path.read_text())})
        except (OSError, ValueError):
            log.info("a new memory", file=path.name)

    def key(self, mid: int, topic: str, payload: bytes, *, again: bool) -> str:
        """The key of a message: the old one when the broker says that it comes again, else a new one, written down."""
        name = f"{mid} {hashlib.sha256(topic.encode() + payload).hexdigest()[:32]}"
        with self.guard:
            if again and name in self.keys:
                return self.keys[name]
            self.keys[name] = key = f"mqtt-{secrets.token_urlsafe(12)}"
            self.keys.move_to_end(name)
            while len(self.keys) > REMEMBERED:
                self.keys.popitem(last=False)
            self._write()
            return key

    def _write(self) -> None:
        try:
            draft = self.path.with_suffix(".new")
            draft.write_text(json.dumps(list(self.keys.items())))
            draft.replace(self.path)
        except OSError as trouble:  # an alarm goes on its way all the same
            log.error("the memory could not be written", trouble=type(trouble).__name__)


class Carrier:
    """Brings words to the room, each in a thread of its own: one that is refused holds up no other."""

    def __init__(self, room: str, keys: dict[str, str], stop: threading.Event) -> None:
        """``room`` is where it answers; ``stop`` ends all trying."""
        self.room, self.keys, self.stop = room, keys, stop
        self.guard = threading.Lock()
        self.on_the_way: set[str] = set()
        self.beating: set[str] = set()

    def carry(self, word: Word, key: str, done: Callable[[], None]) -> None:
        """Bring it, and say ``done`` when the room has it (or will never take it); a word on its way goes once."""
        with self.guard:
            if key in self.on_the_way:
                return
            self.on_the_way.add(key)
        threading.Thread(target=self._bring, args=(word, key, done), name=f"carry {word.device}", daemon=True).start()

    def once(self, word: Word) -> None:
        """Bring it if that works now, one at a time: a heartbeat that is lost is followed by another."""
        with self.guard:
            if word.device in self.beating:
                return
            self.beating.add(word.device)
        threading.Thread(target=self._beat, args=(word,), name=f"beat {word.device}", daemon=True).start()

    def _beat(self, word: Word) -> None:
        self._try(word, None)
        with self.guard:
            self.beating.discard(word.device)

    def _bring(self, word: Word, key: str, done: Callable[[], None]) -> None:
        refusals = 0
        while not self.stop.is_set():
            status = self._try(word, key)
            if status is not None and 200 <= status < 300:
                break
            refusals += status in REFUSED
            if refusals >= MOST_REFUSALS:
                log.error("the room will not take this press: given up", device=word.device, status=status)
                break
            self.stop.wait(REFUSED_AGAIN_S if status in REFUSED else TRY_AGAIN_S)
        else:
            return  # not done: the broker keeps it for the next start
        done()
        with self.guard:
            self.on_the_way.discard(key)

    def _try(self, word: Word, key: str | None) -> int | None:
        headers = {"Authorization": f"Bearer {self.keys[word.device]}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            status = wire.ask(self.room + word.path, body=word.body, headers=headers, patience_s=PATIENCE_S).status
        except wire.NoAnswer as trouble:
            log.warning("the room did not answer", device=word.device, trouble=str(trouble))
            return None
        log.info("told the room", device=word.device, path=word.path, status=status)
        return status
