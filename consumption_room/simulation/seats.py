"""The cubicles of a simulated room: which are free, and for whom."""

from collections.abc import Iterator
from datetime import datetime

from consumption_room.cubicles import rules
from consumption_room.policy.room import Policy
from consumption_room.simulation.happenings import CubicleChanged
from consumption_room.simulation.scenario import Scenario
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState
from consumption_room.vocabulary.visits import Route


class Seats:
    """Every cubicle of the policy, as the scenario uses it."""

    def __init__(self, policy: Policy, scenario: Scenario) -> None:
        """All that are opened are free."""
        self._scenario = scenario
        self._modes = {
            plan.number: (CubicleMode.INJECTING,) if plan.number in scenario.made_injecting else plan.modes
            for plan in policy.cubicles
        }
        self._free = set(self._modes) - set(scenario.not_opened)

    def changes(self, now: datetime) -> Iterator[CubicleChanged]:
        """What is done to the cubicles before the first day."""
        for number in self._scenario.made_injecting:
            yield CubicleChanged(now, None, number, modes=self._modes[number])
        for number in self._scenario.not_opened:
            yield CubicleChanged(now, None, number, CubicleState.OUT_OF_USE, reason="Not staffed")

    def take_for(self, route: Route) -> int | None:
        """Take a free cubicle that is fit for this, those fit for little else first; ``None`` when there is none."""
        fit = [number for number in self._free if rules.fits(self._modes[number], route)]
        number = min(fit, key=lambda number: (len(self._modes[number]), number), default=None)
        self._free.discard(number or 0)
        return number

    def some_are_free(self) -> bool:
        """Whether anybody with drugs of their own could sit down, whatever the route."""
        return any(rules.fits(self._modes[number], None) for number in self._free)

    def take_to_repair(self) -> int | None:
        """Take a free cubicle for smoking to repair it, rather one that is fit for nothing else."""
        fit = [number for number in self._free if rules.fits(self._modes[number], Route.SMOKE)]
        number = min(fit, key=lambda number: (len(self._modes[number]), -number), default=None)
        self._free.discard(number or 0)
        return number

    def give_back(self, number: int) -> None:
        """It is clean and free again."""
        self._free.add(number)
