"""A lock that lets writers through one by one, in the order in which they came, and an alarm before all."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from consumption_room.errors import Busy


class FairLock:
    """A lock that serves in the order of asking: SQLite's own busy wait starves the unlucky, an alarm among them."""

    def __init__(self) -> None:
        """Nobody holds it."""
        self._guard = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._held = False

    @contextmanager
    def held(self, seconds: float, *, urgent: bool = False) -> Iterator[None]:
        """Hold it inside the block, ``urgent`` next of all; raise ``Busy`` when it was not given within ``seconds``."""
        turn = threading.Lock()  # held until it is our turn
        turn.acquire()
        with self._guard:
            if self._held:
                (self._queue.appendleft if urgent else self._queue.append)(turn)
            else:
                self._held = True
                turn.release()
        if not turn.acquire(timeout=seconds):
            with self._guard:
                if turn in self._queue:
                    self._queue.remove(turn)
                    raise Busy("The room is very busy; please try again.")
        try:
            yield
        finally:
            with self._guard:
                if self._queue:
                    self._queue.popleft().release()
                else:
                    self._held = False
