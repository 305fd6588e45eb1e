"""What the record of somebody who comes has to say before they are let in."""

from collections.abc import Collection, Sequence
from datetime import datetime

from consumption_room.clients import bars, flags, rules
from consumption_room.clients.models import Client, Flag
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.visits import Purpose


def admit(
    client: Client, purposes: Collection[Purpose], seen: Collection[str], policy: Policy, by: Actor, now: datetime
) -> Sequence[Flag]:
    """Give the flags that were seen; raise ``Barred``, or ``FlagsUnseen`` for a flag that ``by`` should have seen."""
    rules.not_closed(purposes, bars.standing(client.id, policy, now), policy)
    theirs = flags.for_role(flags.standing(client.id, policy.service_day(now)), by.role)
    rules.all_seen([flag.code for flag in theirs if flags.is_high(flag)], seen)
    return [flag for flag in theirs if flag.code in seen]


def may_consume(client_id: int, policy: Policy, now: datetime) -> None:
    """Raise ``Barred`` when a person (by row key) may not use their own drugs here, whatever they came in for."""
    rules.not_closed({Purpose.CONSUME}, bars.standing(client_id, policy, now), policy)
