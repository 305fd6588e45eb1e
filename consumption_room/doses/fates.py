"""What each outcome of a dose means: for the person, for the window, and for every milligram. Pure, and shown first."""

from dataclasses import dataclass

from consumption_room.amounts import in_mg
from consumption_room.doses.rules import DoesNotAddUp
from consumption_room.vocabulary.doses import DoseOutcome, DoseState


@dataclass(frozen=True)
class Fate:
    """One outcome: where the dose goes, what it counts as, and what is said of it before it is saved.

    ``least`` and ``most`` bound what was taken, as parts of what was handed over: nothing, something, all.
    """

    state: DoseState
    takes: str
    uses_window: bool
    clinical: str
    stock: str


FATES: dict[DoseOutcome, Fate] = {
    DoseOutcome.GIVEN: Fate(
        DoseState.OBSERVING,
        "all",
        True,
        "Counts in full for the gap and the day's total; the observation begins.",
        "All of it has left the register; nothing comes back.",
    ),
    DoseOutcome.PART_GIVEN: Fate(
        DoseState.OBSERVING,
        "some",
        True,
        "What was taken counts for the gap and the day's total; the observation begins. The rest is not made up for.",
        "The rest is wasted by two, or given back unopened.",
    ),
    DoseOutcome.VOMITED: Fate(
        DoseState.OBSERVING,
        "all",
        True,
        "Counts in full, because nobody knows how much stayed: no further dose in this window. The observation begins.",
        "All of it has left the register; nothing comes back.",
    ),
    DoseOutcome.NO_VEIN: Fate(
        DoseState.SPILLED,
        "none",
        False,
        "Nothing was taken, and it does not count. The window stays open for the prescribed alternative.",
        "All of it is wasted by two.",
    ),
    DoseOutcome.SPILLED: Fate(
        DoseState.SPILLED,
        "none",
        False,
        "Nothing was taken, and it does not count. The window stays open for a new dose.",
        "What was spilled is wasted by two; the rest is wasted or given back.",
    ),
    DoseOutcome.REFUSED: Fate(
        DoseState.REFUSED,
        "none",
        False,
        "Nothing was taken, and it is not a missed dose. It may still be given while the window is open.",
        "What was prepared is wasted by two, or given back unopened.",
    ),
    DoseOutcome.WITHHELD: Fate(
        DoseState.WITHHELD,
        "none",
        False,
        "Nothing is given in this window, by decision of staff. It is not a missed dose.",
        "What was prepared is wasted by two, or given back unopened.",
    ),
    DoseOutcome.HELD: Fate(
        DoseState.HELD,
        "none",
        False,
        "Nothing is given for now; the person may be seen again in this window.",
        "Nothing leaves the register.",
    ),
    DoseOutcome.ABSENT: Fate(
        DoseState.ABSENT,
        "none",
        False,
        "The person went away before the dose. It may still be given while the window is open.",
        "What was prepared is wasted by two, or given back unopened.",
    ),
    DoseOutcome.MISSED: Fate(
        DoseState.MISSED,
        "none",
        False,
        "Set by the server at the end of the window. It counts as missed, and several in a row are looked at.",
        "Nothing leaves the register.",
    ),
}


def add_up(outcome: DoseOutcome, prepared_ug: int, given_ug: int, wasted_ug: int, returned_ug: int) -> None:
    """Raise ``DoesNotAddUp`` when a milligram is lost or made, or the outcome does not fit what was taken."""
    takes = FATES[outcome].takes
    if prepared_ug != given_ug + wasted_ug + returned_ug:
        raise DoesNotAddUp(
            f"{in_mg(prepared_ug)} mg were prepared, and {in_mg(given_ug + wasted_ug + returned_ug)} mg are "
            "accounted for: taken, wasted and given back must come to what was prepared."
        )
    fits = {"all": given_ug == prepared_ug > 0, "some": 0 < given_ug < prepared_ug, "none": given_ug == 0}[takes]
    if not fits:
        said = {"all": "all of it was taken", "some": "a part of it was taken", "none": "nothing was taken"}[takes]
        raise DoesNotAddUp(f"This outcome says that {said}, and the amounts say something else.")
