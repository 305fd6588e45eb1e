"""The last half hour before the present moment: a queue forms, and somebody is at every stage."""

from datetime import datetime, timedelta

from consumption_room.simulation.happenings import CubicleChanged, Issued
from consumption_room.simulation.room import Room
from consumption_room.simulation.shelf import PIPE
from consumption_room.vocabulary.cubicles import CubicleState

STOPS_BEFORE = timedelta(seconds=20)
"""So long before the present moment the last thing happens."""
_CROWDS_FOR = timedelta(minutes=16)
_A_NEW_FACE_EVERY = timedelta(seconds=25)
_WAITING = 7
_SHORT_BY = 4


def prepare(room: Room, now: datetime) -> None:
    """Plan, for a room that stops at ``now``: a repair, stock running short, a queue, and one of everything."""
    stops_at = now.replace(microsecond=0) - STOPS_BEFORE
    opens_at = room.timetable.openings[-1].at
    room.agenda.at(opens_at, _repair_and_lend, room)
    moment = stops_at - _CROWDS_FOR
    while moment < stops_at:
        room.agenda.at(moment, _crowd, room)
        moment += _A_NEW_FACE_EVERY
    room.agenda.at(stops_at, _arrange, room)


def _repair_and_lend(room: Room) -> None:
    agenda = room.agenda
    if number := room.seats.take_to_repair():
        agenda.happens(
            CubicleChanged(agenda.now, None, number, CubicleState.OUT_OF_USE, reason="The lamp is being repaired")
        )
    quantity = room.counter.shelf.more_than_minimum(PIPE, short_by=_SHORT_BY)
    if quantity and room.counter.shelf.take(PIPE, quantity):
        # The street team takes most of the pipes: the room is short of them until the next delivery.
        agenda.happens(Issued(agenda.now, None, quantity, item=PIPE, for_others=True))


def _crowd(room: Room) -> None:
    waiting = sum(not guest.held for guest in room.queue)
    if waiting < (2 * _WAITING if room.seats.some_are_free() else _WAITING):
        room.come_to_use()


def _arrange(room: Room) -> None:
    well = [guest for guest in room.sitting if guest.trouble_at is None]
    if well:
        room.get_up(min(well, key=lambda guest: (guest.seated_at, guest.number)), rests=True)
    waiting = [guest for guest in room.queue if not guest.held and not guest.called]
    if len(waiting) >= 3:
        room.call(waiting[0])
        room.hold(waiting[-1], "Speaks with the case worker first")
    room.agenda.stop()
