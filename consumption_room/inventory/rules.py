"""What may leave the shelf, and from which lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consumption_room.errors import RuleBroken
from consumption_room.vocabulary.stock import MovementReason


class OutOfStock(RuleBroken):
    """There is not enough on the shelf."""

    code = "out-of-stock"


class LotExpired(RuleBroken):
    """What is on the shelf is past its date."""

    code = "lot-expired"


class NoSuchLot(RuleBroken):
    """Nothing on the shelves has this lot number."""

    code = "no-such-lot"


class AlreadyReversed(RuleBroken):
    """This booking has been taken back before."""

    code = "already-reversed"


@dataclass(frozen=True)
class OnShelf:
    """A lot as the rule sees it: its key, how many are there, and when it expires (never, if ``None``)."""

    lot: int
    quantity: int
    expires_on: date | None


def pick(name: str, wanted: int, lots: Sequence[OnShelf], today: date) -> list[tuple[int, int]]:
    """Which lots give how many, first expired first out; raise ``OutOfStock`` or ``LotExpired``.

    An expired lot counts as zero and is never issued.
    """
    good = [lot for lot in lots if lot.quantity > 0 and (lot.expires_on is None or lot.expires_on >= today)]
    good.sort(key=lambda lot: (lot.expires_on or date.max, lot.lot))
    there = sum(lot.quantity for lot in good)
    if there < wanted:
        expired = sum(lot.quantity for lot in lots if lot.quantity > 0) - there
        if there == 0 and expired:
            raise LotExpired(f"All {expired} of {name} on the shelf are past their date.", left=0)
        raise OutOfStock(f"There are {there} of {name} on the shelf, and {wanted} were asked for.", left=there)
    picked = []
    for lot in good:
        take = min(wanted, lot.quantity)
        picked.append((lot.lot, take))
        wanted -= take
        if wanted == 0:
            break
    return picked


def may_reverse(reason: MovementReason, reversed_before: bool) -> None:
    """Raise when a booking cannot be taken back: it was already, or it is itself a reversal."""
    if reversed_before:
        raise AlreadyReversed("This booking has already been taken back.")
    if reason is MovementReason.REVERSED:
        raise AlreadyReversed("A reversal cannot itself be taken back; please book it again.")
