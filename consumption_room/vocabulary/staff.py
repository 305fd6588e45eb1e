"""The closed lists of the people and devices at work here."""

import enum


class Role(enum.StrEnum):
    """What a person who works here does; what each may do stands in ``staff.rules``."""

    RECEPTION = "reception"
    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    CASE_WORKER = "case-worker"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class DeviceKind(enum.StrEnum):
    """What a device is: a display shows, a button presses, an api device is a program acting in a role."""

    WALL = "wall"
    DESK = "desk"
    FLOOR = "floor"
    BUTTON = "button"
    API = "api"


class DeviceCondition(enum.StrEnum):
    """How it stands with a device that sends heartbeats; from better to worse."""

    HEARD = "heard"
    LATE = "late"
    SILENT = "silent"
