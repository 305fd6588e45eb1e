"""The closed list of what becomes of a message to a place outside."""

import enum


class DeliveryState(enum.StrEnum):
    """How far a message to a place outside has come; dead ones wait for somebody to look."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
