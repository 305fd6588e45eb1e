"""What staff note on a person's record over HTTP: flags that must be seen, bars that stand for a time."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, listed, page_of
from consumption_room.clients import bars, flags
from consumption_room.clients.models import Bar, Flag
from consumption_room.clients.schemas import (
    BarOut,
    BarReasonForm,
    BarReviewForm,
    FlagOut,
    NewBarForm,
    NewFlagForm,
)
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("records", __name__, url_prefix="/api/v1/clients", description="Flags and bars on a person's record")
bars_bp = Blueprint("bars", __name__, url_prefix="/api/v1/bars", description="What is closed to somebody now")


@bp.post("/<code>/flags")
@requires(Permission.KEEP_RECORDS)
@writes
@bp.arguments(NewFlagForm)
@bp.response(201, FlagOut)
def put_flag(asked: flags.NewFlag, code: str) -> Flag:
    """Put a flag on a record; only the roles in its audience see it."""
    return flags.put(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/flags/<flag>/seen")
@requires(Permission.KEEP_RECORDS)
@writes
@bp.response(200, FlagOut)
def see_flag(code: str, flag: str) -> Flag:
    """Say that a flag was seen."""
    return flags.see(code, flag, here.actor(), clock.now())


@bp.post("/<code>/flags/<flag>/end")
@requires(Permission.KEEP_RECORDS)
@writes
@bp.response(200, FlagOut)
def end_flag(code: str, flag: str) -> Flag:
    """Take a flag down before its day."""
    return flags.end(code, flag, here.actor(), clock.now())


@bars_bp.get("")
@requires(Permission.DECIDE_BARS)
@bars_bp.response(200, page_of(BarOut))
def standing_bars() -> dict[str, Any]:
    """List every bar that is not over, the one to be reviewed soonest first."""
    return listed(bars.not_over(clock.now()))


@bp.post("/<code>/bars")
@requires(Permission.DECIDE_BARS)
@writes
@bp.arguments(NewBarForm)
@bp.response(201, BarOut)
def decide_bar(asked: bars.NewBar, code: str) -> Bar:
    """Close something to a person for a time; needle exchange and emergency help stay open."""
    return bars.decide(code, asked, here.policy(), here.actor(), clock.now())


@bp.post("/<code>/bars/<bar>/review")
@requires(Permission.DECIDE_BARS)
@writes
@bp.arguments(BarReviewForm)
@bp.response(200, BarOut)
def review_bar(asked: dict[str, Any], code: str, bar: str) -> Bar:
    """Note that a bar was looked at and stays, and when it is looked at again."""
    return bars.review(code, bar, asked["review_on"], here.policy(), here.actor(), clock.now())


@bp.post("/<code>/bars/<bar>/override")
@requires(Permission.DECIDE_BARS)
@writes
@bp.arguments(BarReasonForm)
@bp.response(200, BarOut)
def override_bar(asked: dict[str, Any], code: str, bar: str) -> Bar:
    """Let the person in for the rest of the room's day, by name and with the reason."""
    return bars.override(code, bar, asked["reason"], here.policy(), here.actor(), clock.now())


@bp.post("/<code>/bars/<bar>/lift")
@requires(Permission.DECIDE_BARS)
@writes
@bp.arguments(BarReasonForm)
@bp.response(200, BarOut)
def lift_bar(asked: dict[str, Any], code: str, bar: str) -> Bar:
    """End a bar before its time."""
    return bars.lift(code, bar, asked["reason"], here.actor(), clock.now())
