"""The controlled drugs of a simulated room: each register opened, filled, put right once, and counted by two."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from consumption_room.journal import Actor
from consumption_room.policy.catalogue import DrugPlan
from consumption_room.policy.room import Policy
from consumption_room.register import counts, products, service
from consumption_room.register.counts import Counted
from consumption_room.register.lines import Line, Signed
from consumption_room.vocabulary.register import CountOccasion

_KEEPS_FOR = timedelta(days=540)
_STATION = "station-1"


def open_registers(policy: Policy, people: Sequence[Actor], now: datetime) -> None:
    """Open every register that has no line yet; the first two of ``people`` write and stand by, in turn."""
    one, other = people[:2]
    for plan in policy.drugs:
        if products.locked(plan.code).seq == 0:
            _keep(plan, policy, Signed(one, other), now)


def _keep(plan: DrugPlan, policy: Policy, signed: Signed, now: datetime) -> None:
    """A few lines of every kind that a morning has, and a bottle at the first station."""
    turned = Signed(signed.witness or signed.by, signed.by)
    until = policy.service_day(now) + _KEEPS_FOR
    first, second = f"{now:%y%m}-A", f"{now:%y%m}-B"
    service.open_register(Line(plan.code, 5 * plan.low, first, until), policy, signed, now)
    delivery = Line(plan.code, plan.low, second, until + _KEEPS_FOR, party="City pharmacy", authority=f"{now:%y}-0117")
    service.receive(delivery, policy, signed, now)
    wrong = Line(plan.code, plan.strength, first, reason="Broken while unpacking")
    line = service.waste(wrong, policy, turned, now)
    service.reverse(line.code, "It was lot B", policy, signed, now)
    service.waste(Line(plan.code, plan.strength, second, reason="Broken while unpacking"), policy, turned, now)
    products.open_bottle(plan.code, first, _STATION, 10 * plan.bottle_low, signed.by, now)
    for person in (signed.by, turned.by):
        counts.count(Counted(plan.code, first, 5 * plan.low, CountOccasion.SHIFT), policy, person, now)
