"""The stock a simulated room keeps: what is there, what leaves, and what is ordered so that it does not run out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from consumption_room.policy.room import Policy
from consumption_room.simulation.happenings import Delivered
from consumption_room.simulation.scenario import Scenario
from consumption_room.vocabulary.stock import ItemKind
from consumption_room.vocabulary.visits import Route

INJECTING_KIT, SMOKING_KIT, TAKE_AWAY, FOIL, PIPE, NALOXONE = (
    "injecting-kit",
    "smoking-kit",
    "take-away-10",
    "foil",
    "pipe",
    "naloxone-nasal",
)
_DAYS_IN_STORE = 4
_KEEPS_FOR = timedelta(days=730)


class Shelf:
    """How many pieces of each item there are, by the simulation's own count."""

    def __init__(self, policy: Policy, scenario: Scenario, there: Mapping[str, int]) -> None:
        """``there`` is what the room has on the shelf to begin with, by item."""
        self._there = Counter(there)
        self._minimum = {item.code: item.minimum for item in policy.items}
        self._parts = {kit.code: kit.parts for kit in policy.kits}
        self._enough = {
            item: max(3 * least, _in_store(item, policy, scenario)) for item, least in self._minimum.items()
        }
        self.needles = [item.code for item in policy.items if item.kind is ItemKind.NEEDLE]

    def take(self, code: str, quantity: int, keep: int = 0) -> bool:
        """Take a kit or an item, so many of it, and leave ``keep`` of each part; ``False`` when there is not enough."""
        parts = self._parts.get(code, {code: 1})
        if any(self._there[item] - keep < each * quantity for item, each in parts.items()):
            return False
        self._there.subtract({item: each * quantity for item, each in parts.items()})
        return True

    def more_than_minimum(self, item: str, short_by: int) -> int:
        """How many to take so that the item is short by so many; 0 when it already is."""
        return max(0, self._there[item] - self._minimum.get(item, 0) + short_by)

    def deliveries(self, now: datetime) -> Iterator[Delivered]:
        """What comes this morning: every item of which less than half is left is filled up."""
        for item, enough in self._enough.items():
            if self._there[item] < enough / 2:
                quantity = -(-(enough - self._there[item]) // 50) * 50
                self._there[item] += quantity
                yield Delivered(now, None, item, quantity, f"{now:%y%m%d}", now.date() + _KEEPS_FOR)


def _in_store(item: str, policy: Policy, scenario: Scenario) -> int:
    """Several pay-days' worth of an item."""
    parts = {kit.code: kit.parts.get(item, 0) for kit in policy.kits}
    routes = sum(scenario.routes.values())
    injected = scenario.intakes * scenario.routes.get(Route.INJECT, 0) / routes
    smoked = scenario.intakes * scenario.routes.get(Route.SMOKE, 0) / routes
    taken_away = scenario.accesses * scenario.take_away
    a_day = injected * (parts.get(INJECTING_KIT, 0) + scenario.extra_needle)
    a_day += smoked * (parts.get(SMOKING_KIT, 0) * scenario.new_pipe + 2 * scenario.foil * (item == FOIL))
    a_day += taken_away * parts.get(TAKE_AWAY, 0) * _mean(scenario.take_away_kits)
    return round(a_day * scenario.pay_day * _DAYS_IN_STORE)


def _mean(shares: Mapping[int, float]) -> float:
    return sum(value * share for value, share in shares.items()) / sum(shares.values())
