"""The counter of a simulated room: what is handed out for an intake, on the way out, and in an emergency."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random

from consumption_room.policy.room import Policy
from consumption_room.simulation import pathways
from consumption_room.simulation.guests import Guest
from consumption_room.simulation.happenings import Happening, Issued
from consumption_room.simulation.scenario import Scenario
from consumption_room.simulation.shelf import FOIL, INJECTING_KIT, NALOXONE, SMOKING_KIT, TAKE_AWAY, Shelf
from consumption_room.vocabulary.visits import Purpose, Route

_RESCUE_KITS = 3
"""So many naloxone kits are never given away."""


class Counter:
    """Hands out what is there, and makes referrals."""

    def __init__(self, scenario: Scenario, policy: Policy, stock: Mapping[str, int], random: Random) -> None:
        """``stock`` is what is on the shelf to begin with, by item."""
        self._scenario, self._policy, self._random = scenario, policy, random
        self.shelf = Shelf(policy, scenario, stock)
        self._referrals = itertools.count(1)

    def for_an_intake(self, guest: Guest, now: datetime) -> Iterator[Happening]:
        """Sterile things for this intake, if the person needs any."""
        random, scenario = self._random, self._scenario
        if guest.route is Route.INJECT:
            yield from self._kit(guest, now, INJECTING_KIT)
            if random.random() < scenario.extra_needle:
                yield from self._item(guest, now, random.choice(self.shelf.needles))
        elif guest.route is Route.SMOKE:
            if random.random() < scenario.new_pipe:
                yield from self._kit(guest, now, SMOKING_KIT)
            elif random.random() < scenario.foil:
                yield from self._item(guest, now, FOIL, 2)

    def before_leaving(self, guest: Guest, now: datetime) -> Iterator[Happening]:
        """Needles to take away, a naloxone kit, a referral: what this person came for or is offered."""
        scenario, random, person = self._scenario, self._random, guest.person
        if guest.take_away_kits:
            issued = list(self._kit(guest, now, TAKE_AWAY, guest.take_away_kits))
            if issued and person is not None:
                person.sharps_at_home += round(10 * guest.take_away_kits * scenario.sharps_back)
            yield from issued
        if random.random() < scenario.naloxone_kits:
            yield from self._item(guest, now, NALOXONE, keep=_RESCUE_KITS)
        if Purpose.REFERRAL in guest.purposes or random.random() < scenario.referrals / 1000:
            yield from pathways.referral(next(self._referrals), guest.number, now, scenario, self._policy, random)

    def naloxone(self, guest: Guest, now: datetime) -> Iterator[Happening]:
        """A kit used in an emergency."""
        return self._item(guest, now, NALOXONE)

    def _kit(self, guest: Guest, now: datetime, kit: str, quantity: int = 1) -> Iterator[Happening]:
        if self.shelf.take(kit, quantity):
            for_others = kit == TAKE_AWAY and self._random.random() < self._scenario.for_others
            yield Issued(now, guest.number, quantity, kit=kit, for_others=for_others)

    def _item(self, guest: Guest, now: datetime, item: str, quantity: int = 1, keep: int = 0) -> Iterator[Happening]:
        if self.shelf.take(item, quantity, keep):
            yield Issued(now, guest.number, quantity, item=item)
