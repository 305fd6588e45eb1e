"""The closed lists of a person's record: what staff note on it, and what may be closed to somebody."""

import enum


class FlagPriority(enum.StrEnum):
    """How much a flag asks of whoever checks the person in."""

    NORMAL = "normal"
    HIGH = "high"


class BarReason(enum.StrEnum):
    """Why something is closed to a person."""

    VIOLENCE = "violence"
    THREATS = "threats"
    WEAPON = "weapon"
    DEALING = "dealing"
    THEFT = "theft"
    HOUSE_RULES = "house-rules"
    OTHER = "other"


class BarScope(enum.StrEnum):
    """What is closed; needle exchange and emergency help never are."""

    OWN_DRUG_USE = "own-drug-use"
    WHOLE_BUILDING = "whole-building"


class Likeness(enum.StrEnum):
    """Why a record may be the same person's."""

    SAME_ALIAS = "same-alias"
    BEGINS_ALIKE = "begins-alike"
    SOUNDS_ALIKE = "sounds-alike"
    SAME_SHAPE = "same-shape"
