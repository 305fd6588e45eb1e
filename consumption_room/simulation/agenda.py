"""What is still to come in a simulated room, in order of time, and what has just happened."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime

from consumption_room.simulation.happenings import Happening


class Agenda:
    """The moments to come; running it gives what happens, moments never going back."""

    def __init__(self, begins_at: datetime) -> None:
        """Nothing is planned yet, and it is ``begins_at``."""
        self.now = begins_at
        self._to_come: list[tuple[datetime, int, Callable[..., object], tuple[object, ...]]] = []
        self._order = itertools.count()
        self._happened: list[Happening] = []

    def at(self, moment: datetime, act: Callable[..., object], *facts: object) -> None:
        """Do this at that moment."""
        heapq.heappush(self._to_come, (moment, next(self._order), act, facts))

    def happens(self, *happenings: Happening) -> None:
        """This happens: now, or at its own later moment."""
        for happening in happenings:
            if happening.at <= self.now:
                self._happened.append(happening)
            else:
                self.at(happening.at, self._happened.append, happening)

    def stop(self) -> None:
        """Nothing else happens."""
        self._to_come.clear()

    def run(self, ends_at: datetime) -> Iterator[Happening]:
        """Let everything happen up to ``ends_at``; what was planned for later never does."""
        while self._to_come and self._to_come[0][0] <= ends_at:
            self.now, _, act, facts = heapq.heappop(self._to_come)
            act(*facts)
            yield from self._happened
            self._happened.clear()
