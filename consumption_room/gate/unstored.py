"""An alarm that cannot be stored is sent all the same, stored as soon as that works again, and answered 507."""

import functools
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from consumption_room import clock
from consumption_room.alerts.service import Press
from consumption_room.errors import Busy
from consumption_room.gate import here
from consumption_room.gate.refusals import problem
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.alarms import AlarmKind, AlarmState

log = structlog.get_logger()


@dataclass
class Unstored:
    """What one application could not store yet, and the bell that is rung without the database."""

    ring: Callable[[dict[str, Any]], None]
    presses: queue.SimpleQueue[tuple[Press, Actor]] = field(default_factory=queue.SimpleQueue)


def rings_anyway(view: Callable[..., Any]) -> Callable[..., Any]:
    """Ring every display of this process when the database cannot take an alarm, and say so to whoever pressed.

    A check that found somebody well is no call for help: when it cannot be stored, that is said and nothing rings.
    """

    @functools.wraps(view)
    def ring(*args: Any, **more: Any) -> Any:
        try:
            if g.get("nobody_can_say_who"):
                raise Busy("The room's memory did not answer.")
            return view(*args, **more)
        except (Busy, SQLAlchemyError) as trouble:
            if _said().get("responsive") in (True, "true"):
                raise
            answer = _ring_without_storing()
            log.error("an alarm could not be stored", trouble=type(trouble).__name__)
            return answer

    return ring


def _ring_without_storing() -> Response:
    press, by, unstored = _pressed(), here.actor(), current_app.extensions["room.unstored"]
    unstored.presses.put((press, by))
    unstored.ring(
        {
            "seq": 0,
            "code": f"unstored-{press.kind}-{press.place}"[:40],
            "kind": press.kind.value,
            "priority": here.policy().priority[press.kind],
            "place": press.place,
            "place_name": _name(press.place or "", here.policy()),
            "state": AlarmState.RAISED.value,
            "raised_at": clock.now().isoformat(),
            "age_ms": 0,
            "count": 1,
            "step": 0,
            "responder": None,
            "drill": press.drill,
            "called": [],
            "unanswered": [],
            "done": [],
            "silences": [],
            "confirmed": False,
        }
    )
    return problem(
        507, "not-stored", "The alarm was sent to every screen, but not stored. Shout for help; press again."
    )


def _pressed() -> Press:
    """What can be made out of the request: every doubt becomes an overdose where the device stands."""
    said = _said()
    policy = here.policy()
    places = {zone.code for zone in policy.zones} | {f"cubicle-{cubicle.number}" for cubicle in policy.cubicles}
    in_the_address = f"cubicle-{(request.view_args or {}).get('number')}"
    wanted = (said.get("place"), in_the_address, here.actor().place)
    found = next((at for at in wanted if at in places), policy.zones[0].code)
    kind = said.get("kind")
    return Press(
        kind=AlarmKind(kind) if kind in set(AlarmKind) else AlarmKind.OVERDOSE,
        place=found,
        drill=said.get("drill") in (True, "true"),
    )


def _said() -> Mapping[str, Any]:
    said = request.get_json(force=True, silent=True) if request.data else request.form
    return said if isinstance(said, Mapping) else {}


def _name(place: str, policy: Policy) -> str:
    zones = {zone.code: zone.name for zone in policy.zones}
    return zones.get(place, place.replace("-", " ").capitalize())
