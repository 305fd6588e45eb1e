"""Who may come in, what a visit may become, and what must be said before an intake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consumption_room.errors import FieldsWrong, OutOfOrder, RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.cubicles import CubicleMode, Needs
from consumption_room.vocabulary.people import Sex
from consumption_room.vocabulary.visits import LastUse, LeaveReason, Purpose, Route, Stage

ALLOWED: dict[Stage, frozenset[Stage]] = {
    Stage.WAITING: frozenset({Stage.CALLED, Stage.IN_CUBICLE, Stage.AFTERCARE, Stage.HELD, Stage.LEFT}),
    Stage.CALLED: frozenset({Stage.WAITING, Stage.IN_CUBICLE, Stage.AFTERCARE, Stage.HELD, Stage.LEFT}),
    Stage.IN_CUBICLE: frozenset({Stage.AFTERCARE, Stage.LEFT}),
    Stage.AFTERCARE: frozenset({Stage.WAITING, Stage.CALLED, Stage.IN_CUBICLE, Stage.HELD, Stage.LEFT}),
    Stage.HELD: frozenset({Stage.WAITING, Stage.CALLED, Stage.LEFT}),
    Stage.LEFT: frozenset(),
}
NEEDS_A_CUBICLE = frozenset({Purpose.CONSUME, Purpose.DOSE})


# Names from the journal. What is not among the first has followed from more than a press of the desk.
_GOES_WITH_THE_CHECK_IN = frozenset(
    {
        "visit.opened",
        "visit.called",
        "visit.held",
        "visit.screened",
        "visit.nurse-came",
        "visit.queued",
        "visit.missed-call",
        "visit.turn-changed",
        "flag.seen",
        "bar.overridden",
    }
)
_CANNOT_BE_UNDONE = {
    "visit.seated": "Ticket {ticket} has been in a cubicle.",
    "episode.registered": "An intake is registered for ticket {ticket}.",
    "stock.moved": "Something has been handed out to ticket {ticket}.",
}


class AlreadyInside(RuleBroken):
    """The person has an open visit."""

    code = "already-inside"


class TooLateToUndo(RuleBroken):
    """The check-in is too long ago, or something has happened that cannot be taken back with it."""

    code = "too-late-to-undo"


class StillObserved(RuleBroken):
    """The person is observed after a prescribed dose, and nobody has said yet that they may go."""

    code = "still-observed"


class RoomFull(RuleBroken):
    """No cubicle is free."""

    code = "room-full"


@dataclass(frozen=True)
class OpenVisit:
    """The visit that is still open: its code, its ticket and where the person is."""

    code: str
    ticket: str
    stage: Stage


def admit(open_visit: OpenVisit | None) -> None:
    """Raise the first rule that keeps this person out; return quietly if none does."""
    if open_visit is not None:
        raise AlreadyInside(
            f"This person is already inside: ticket {open_visit.ticket}, {open_visit.stage.value.replace('-', ' ')}. "
            "End that visit first.",
            visit=open_visit.code,
        )


def may_undo(
    ticket: str, stage: Stage, arrived_at: datetime, followed: Collection[str], policy: Policy, now: datetime
) -> None:
    """Raise when a check-in can no longer be taken back: ``followed`` is what the journal says of the visit since."""
    if stage is Stage.LEFT:
        raise OutOfOrder(f"Ticket {ticket} is gone; there is nothing to take back.")
    for what, sentence in _CANNOT_BE_UNDONE.items():
        if what in followed:
            raise TooLateToUndo(f"{sentence.format(ticket=ticket)} Let them leave instead, with the reason.")
    if not _GOES_WITH_THE_CHECK_IN.issuperset(followed):
        raise TooLateToUndo(f"Something has been noted for ticket {ticket} since. Let them leave instead.")
    if now - arrived_at > policy.undo_within:
        raise TooLateToUndo(
            f"A check-in can be taken back for {policy.undo_within // timedelta(minutes=1)} minutes. "
            f"Ticket {ticket} is older; let them leave instead, with the reason."
        )


def may_become(ticket: str, old: Stage, new: Stage) -> None:
    """Raise ``OutOfOrder`` when a visit cannot go from one stage to the other."""
    if new not in ALLOWED[old]:
        raise OutOfOrder(f"Ticket {ticket} is {spoken(old)}; that cannot be done from there.")


def may_leave(ticket: str, kept_in: bool, reason: LeaveReason) -> None:
    """Raise ``StillObserved`` while somebody is observed after a dose; nothing holds up an ambulance."""
    if kept_in and reason is not LeaveReason.TO_HOSPITAL:
        raise StillObserved(
            f"Ticket {ticket} is observed after a dose. A nurse says on the page of doses that they are fit to leave, "
            "or lets them go by name and with a reason."
        )


def has_room(free_cubicles: int) -> None:
    """Raise ``RoomFull`` when nobody can be seated at all."""
    if free_cubicles < 1:
        raise RoomFull("All cubicles are taken. The person keeps their place in the queue.")


def may_consume(ticket: str, stage: Stage) -> None:
    """Raise when an intake can no longer be registered: it is registered before it happens, in an open visit.

    Danish order 972/2016, section 6(2), presupposes a registration on arrival before every intake.
    """
    if stage is Stage.LEFT:
        raise OutOfOrder(f"Ticket {ticket} has left; an intake is registered before it happens.")


def is_inside(ticket: str, stage: Stage) -> None:
    """Raise ``OutOfOrder`` when somebody has left."""
    if stage is Stage.LEFT:
        raise OutOfOrder(f"Ticket {ticket} is gone.")


def planned_route(screening: Mapping[str, Any] | None) -> Route | None:
    """How the person said they would take it; ``None`` when nobody asked."""
    said = (screening or {}).get("route")
    return Route(said) if said else None


def is_to_be_screened(stage: Stage, purposes: tuple[Purpose, ...], screening: Mapping[str, Any] | None) -> bool:
    """Whether somebody who came to use their own drugs has not been asked about it yet."""
    return screening is None and Purpose.CONSUME in purposes and stage in {Stage.WAITING, Stage.CALLED}


def may_have_switched(switched: bool, route: Route) -> None:
    """Raise ``FieldsWrong`` when somebody is said to have switched from smoking, and not to injecting."""
    if switched and route is not Route.INJECT:
        raise FieldsWrong({"switched_from_smoking": ["Only somebody who injects has switched from smoking to it."]})


def wants_a_cubicle(purposes: tuple[Purpose, ...]) -> bool:
    """Whether somebody with these purposes waits for a cubicle."""
    return not NEEDS_A_CUBICLE.isdisjoint(purposes)


def gave_up_waiting(reason: LeaveReason, ever_seated: bool, purposes: tuple[Purpose, ...]) -> bool:
    """Whether this visit ended because a cubicle did not come in time."""
    return reason is LeaveReason.GAVE_UP and not ever_seated and wants_a_cubicle(purposes)


def needs_of(said: Mapping[str, Any], purposes: tuple[Purpose, ...], route: Route | None, sex: Sex | None) -> Needs:
    """What somebody needs of a cubicle, from what was said at the desk; a registered intake says the route best.

    Near the nurse is better for people who have not used for longer, or who took sedatives or alcohol: lowered
    tolerance and mixing are what most overdoses have in common.
    """
    dose_only = Purpose.DOSE in purposes and Purpose.CONSUME not in purposes
    return Needs(
        route=route or planned_route(said),
        must_offer=frozenset({CubicleMode.TREATMENT}) if dose_only else frozenset(),
        is_a_woman=sex is Sex.FEMALE,
        better_near_the_nurse=said.get("last_use") == LastUse.LONGER or bool(said.get("sedatives_or_alcohol")),
    )


def observed_until(since: datetime, observe_until: datetime | None, policy: Policy) -> datetime:
    """Until when somebody who rests since then is observed: the usual time, or longer after naloxone."""
    usual = since + policy.aftercare
    return max(usual, observe_until) if observe_until else usual


def ticket(number: int) -> str:
    """What stands on the ticket: a letter and two figures, easy to read at six metres and to call out."""
    letters = "ABCDEFGHJKLMNPRSTUVXYZ"
    return f"{letters[(number - 1) // 99 % len(letters)]}{(number - 1) % 99 + 1:02d}"


def waited(arrived_at: datetime, seated_at: datetime) -> int:
    """Whole seconds from the door to the cubicle; never negative, whatever a clock did."""
    return max(0, int((seated_at - arrived_at) / timedelta(seconds=1)))


def spoken(stage: Stage) -> str:
    """The stage as one says it."""
    return {
        Stage.WAITING: "waiting",
        Stage.CALLED: "called",
        Stage.IN_CUBICLE: "in a cubicle",
        Stage.AFTERCARE: "in aftercare",
        Stage.HELD: "on hold",
        Stage.LEFT: "gone",
    }[stage]
