"""The closed lists of a visit: why people come, what they take and how, and where they are."""

import enum


class Purpose(enum.StrEnum):
    """Why somebody came; a visit has at least one."""

    CONSUME = "consume"
    NEEDLES = "needles"
    DOSE = "dose"
    WOUND_CARE = "wound-care"
    COUNSELLING = "counselling"
    SHOWER = "shower"
    REFERRAL = "referral"


class Route(enum.StrEnum):
    """How a drug is taken."""

    INJECT = "inject"
    SMOKE = "smoke"
    SNORT = "snort"
    ORAL = "oral"


class Substance(enum.StrEnum):
    """What a person says they will take: self-declared, never tested by staff."""

    HEROIN = "heroin"
    COCAINE = "cocaine"
    MIXTURE = "mixture"
    METHADONE = "methadone"
    AMPHETAMINE = "amphetamine"
    BENZODIAZEPINE = "benzodiazepine"
    OTHER_OPIOID = "other-opioid"
    OTHER = "other"
    UNKNOWN = "unknown"


class Stage(enum.StrEnum):
    """Where a visit stands between the street door and the way out."""

    WAITING = "waiting"
    CALLED = "called"
    IN_CUBICLE = "in-cubicle"
    AFTERCARE = "aftercare"
    HELD = "held"
    LEFT = "left"


class LeaveReason(enum.StrEnum):
    """Why a visit ended."""

    FINISHED = "finished"
    GAVE_UP = "gave-up"
    ASKED_TO_LEAVE = "asked-to-leave"
    TO_HOSPITAL = "to-hospital"
    OTHER = "other"
    UNDONE = "undone"


SAID_ON_LEAVING = tuple(reason for reason in LeaveReason if reason is not LeaveReason.UNDONE)
"""Why people leave; taking back a check-in is a step of its own, with reasons of its own."""


class UndoReason(enum.StrEnum):
    """Why a check-in is taken back."""

    WRONG_PERSON = "wrong-person"
    WRONG_PURPOSE = "wrong-purpose"
    TWICE = "twice"
    DID_NOT_COME_IN = "did-not-come-in"
    OTHER = "other"


class TurnedAwayReason(enum.StrEnum):
    """Why somebody was not let in."""

    FULL = "full"
    INTOXICATED = "intoxicated"
    BARRED = "barred"
    UNDER_AGE = "under-age"
    NO_DRUG = "no-drug"
    WRONG_SUBSTANCE = "wrong-substance"
    CLOSED = "closed"
    OTHER = "other"


class LastUse(enum.StrEnum):
    """When the person last used: a long gap lowers tolerance."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this-week"
    LONGER = "longer"
    UNKNOWN = "unknown"


class Otherwise(enum.StrEnum):
    """Where the person would have used if the room were not there."""

    STREET = "street"
    PUBLIC_TOILET = "public-toilet"
    STAIRWELL = "stairwell"
    HOME = "home"
    ELSEWHERE = "elsewhere"
