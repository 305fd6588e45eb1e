"""Is the room alive, and is it ready: for people who keep it running."""

from dataclasses import asdict

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from consumption_room import clock, pulse
from consumption_room.gate import sight
from consumption_room.gate.doors import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(alive=True)


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Say whether the database, the watch and the alarm path are right; 503 and the reason when one is not."""
    pulse.feel_database(clock.monotonic())
    found = pulse.condition(pulse.overdue_steps(clock.now()), sight.clock_verdict(), clock.monotonic())
    return jsonify(asdict(found)), 200 if found.ready else 503
