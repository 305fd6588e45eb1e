"""The closed lists of screening: what is asked before somebody uses, and what an answer leads to."""

import enum


class Question(enum.StrEnum):
    """One thing that is asked, with one tap for the answer."""

    SUBSTANCES = "substances"
    ROUTE = "route"
    LAST_USE = "last-use"
    OTHERWISE = "otherwise"
    ALONE = "alone"
    SIGNS = "signs"


class Sign(enum.StrEnum):
    """What else is to be known, said by the person or seen at the desk."""

    SEDATIVES = "sedatives-or-alcohol"
    INTOXICATED = "heavily-intoxicated"
    UNWELL = "unwell"
    PREGNANT = "pregnant"
    FIRST_TIME = "first-time"


class Concern(enum.StrEnum):
    """What an answer means for somebody's safety."""

    INTOXICATED = "heavily-intoxicated"
    UNWELL = "unwell"
    PREGNANT = "pregnant"
    FIRST_TIME = "first-time"
    LONG_BREAK = "long-break"
    ALONE_AT_HOME = "alone-at-home"
    SEDATIVES = "sedatives-or-alcohol"


class LeadsTo(enum.StrEnum):
    """What is done about a concern: it is noted, a nurse is told, or the person waits for a nurse."""

    NOTE = "note"
    NURSE = "nurse"
    HOLD = "hold"
