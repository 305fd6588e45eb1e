"""The second person: whoever stands by shows it with their PIN, before anything is written."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from flask import g, request

from consumption_room import clock
from consumption_room.database import transaction
from consumption_room.errors import FieldsWrong, RuleBroken
from consumption_room.gate import here, sight
from consumption_room.journal import Actor
from consumption_room.register.lines import Signed
from consumption_room.staff import service as staff
from consumption_room.staff.rules import Permission, allowed
from consumption_room.timekeeping.rules import refuse_if_off

STAFF, PIN = "witness-staff", "witness-pin"
"""What the fields are called on a page; a program sends ``{"witness": {"staff": ..., "pin": ...}}``."""


class NotAWitness(RuleBroken):
    """Somebody with this role does not witness anything here."""

    code = "not-a-witness"


def witnessed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Above ``@writes``: prove the witness whom the request names, if it names one, for ``proven`` to give.

    Checking a PIN is slow on purpose, so it stands before the transaction; a wrong one is counted in its own, so that
    a refused request cannot be used to try PINs. Whether one is needed, the rules of what is written decide.
    """

    @functools.wraps(view)
    def with_witness(*args: Any, **more: Any) -> Any:
        who, pin = _named()
        if who and pin:
            g.witness = _prove(who, pin)
        return view(*args, **more)

    return with_witness


def proven() -> Actor | None:
    """Who stands by, proven by PIN; ``None`` when the request names nobody."""
    found: Actor | None = g.get("witness")
    return found


def signed() -> Signed:
    """Who signs what is now done with controlled drugs, and who stands by; raise ``ClockIsOff`` by a wrong clock."""
    refuse_if_off(sight.clock_verdict())
    return Signed(here.actor(), proven())


def _named() -> tuple[str, str]:
    if request.form:
        return request.form.get(STAFF, "").strip(), request.form.get(PIN, "").strip()
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:  # whoever reads the request proper will say so
        return "", ""
    said = body.get("witness") if isinstance(body, Mapping) else None
    if not isinstance(said, Mapping):
        return "", ""
    who, pin = said.get("staff"), said.get("pin")
    return (who, pin) if isinstance(who, str) and isinstance(pin, str) else ("", "")


def _prove(who: str, pin: str) -> Actor:
    tried = staff.check(who[:80], pin[:200], with_pin=True)
    # Committed either way, so that wrong tries count.
    with transaction():
        person = staff.prove(tried, here.policy(), clock.now())
        witness = staff.actor(person) if person is not None else None
    if witness is None:
        raise FieldsWrong({"witness": ["This witness and this PIN do not fit. Nothing was written."]})
    if Permission.BE_ON_DUTY not in allowed(witness.role, None):
        raise NotAWitness("Only somebody who can be on duty here can be a witness.")
    return witness
