"""Holding an order: no dose of it is given until somebody who may has looked."""

from datetime import datetime

from sqlalchemy import select

from consumption_room import journal
from consumption_room.database import db
from consumption_room.doses.models import Prescription
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.vocabulary.doses import HoldCause, HoldLevel, PrescriptionState

AFTER_AN_EMERGENCY = "There was an emergency. Please look at the person before the next dose."
"""Nothing more: what was taken in the room's own world stays there (the wall of law)."""


def put_on_hold(order: Prescription, cause: HoldCause, level: HoldLevel, reason: str, by: Actor, now: datetime) -> None:
    """Hold an order that is locked; a hold that is as grave or graver stays as it is."""
    if order.hold_level is HoldLevel.PRESCRIBER or (order.hold_level is level and cause is not HoldCause.BY_HAND):
        return
    order.state, order.hold_level, order.hold_cause = PrescriptionState.HELD, level, cause
    order.hold_reason, order.held_at, order.held_by = reason, now, by.name
    journal.record(Happened.PRESCRIPTION_HELD, order.code, by, now, cause=cause.value, level=level.value)


def let_go(order: Prescription) -> None:
    """Take the hold off an order that is locked."""
    order.hold_level = order.hold_cause = order.hold_reason = None
    order.held_at = order.held_by = None
    order.state = PrescriptionState.ACTIVE


def after_an_emergency(client_id: int, by: Actor, now: datetime) -> None:
    """Let a nurse look before the next dose of the person with this row key: an emergency has just ended (A27)."""
    orders = db.session.scalars(
        select(Prescription)
        .where(Prescription.client_id == client_id, Prescription.state != PrescriptionState.STOPPED)
        .order_by(Prescription.id)
        .with_for_update(of=Prescription)
    )
    for order in orders:
        put_on_hold(order, HoldCause.EMERGENCY, HoldLevel.NURSE, AFTER_AN_EMERGENCY, by, now)
