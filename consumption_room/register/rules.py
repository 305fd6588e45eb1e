"""What may stand in a register: who signs, what is left, from which lot, and what may be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consumption_room.amounts import Micrograms, in_mg
from consumption_room.errors import FieldsWrong, RuleBroken
from consumption_room.vocabulary.register import CountState, LineKind

TAKES = frozenset({LineKind.SUPPLY, LineKind.WASTE, LineKind.DESTRUCTION, LineKind.TRANSFER})
ONE_MAY_SIGN = frozenset({LineKind.SUPPLY, LineKind.RECEIPT})
"""Lines that one person may sign where the product's policy says so; every other line needs two (R2, R6, D12)."""
SAYS_WHY = frozenset({LineKind.RETURN, LineKind.WASTE, LineKind.ADJUSTMENT, LineKind.REVERSAL})


class NoStock(RuleBroken):
    """There is not enough of the drug left."""

    code = "no-stock"


class LotExpired(RuleBroken):
    """What is left is past its date."""

    code = "lot-expired"


class WitnessIsGiver(RuleBroken):
    """The second person is the first."""

    code = "witness-is-giver"


class WitnessNeeded(RuleBroken):
    """This is signed by two people."""

    code = "witness-needed"


class RegisterNotOpen(RuleBroken):
    """The register has no opening balance yet."""

    code = "register-not-open"


class AlreadyOpen(RuleBroken):
    """The register has its opening balance."""

    code = "already-open"


class AlreadyReversed(RuleBroken):
    """This line cannot be taken back, or has been."""

    code = "already-reversed"


class MoreThanSupplied(RuleBroken):
    """More comes back than went out."""

    code = "more-than-supplied"


class BottleOpen(RuleBroken):
    """There is an open bottle of this at the station."""

    code = "bottle-open"


class NoBottle(RuleBroken):
    """There is no open bottle of this at the station."""

    code = "no-bottle"


class AlreadySettled(RuleBroken):
    """This discrepancy is settled."""

    code = "already-settled"


class AlreadyGone(RuleBroken):
    """Somebody else has this bag."""

    code = "already-gone"


@dataclass(frozen=True)
class InLot:
    """A lot as the rule sees it: its key, number and rest, and when it expires (never, if ``None``)."""

    lot: int
    number: str
    balance: Micrograms
    expires_on: date | None


def may_sign(kind: LineKind, giver: str, witness: str | None, witnessed: bool) -> None:
    """Raise unless this line has the people it needs; ``witnessed`` is the product's own rule for supply and receipt.

    Two signatures for waste, destruction and corrections: common practice under the Misuse of Drugs Regulations 2001.
    """
    if witness is not None or witnessed or kind not in ONE_MAY_SIGN:
        two_sign(giver, witness)


def two_sign(giver: str, witness: str | None) -> None:
    """Raise ``WitnessNeeded`` or ``WitnessIsGiver`` unless there are two people."""
    if witness is None:
        raise WitnessNeeded("This is signed by two people. Please ask somebody to witness it with their PIN.")
    if witness == giver:
        raise WitnessIsGiver("The witness is another person than whoever writes the line. Please ask somebody else.")


def signed(kind: LineKind, amount: Micrograms) -> Micrograms:
    """The amount with the sign of its kind; raise ``FieldsWrong`` for an amount that this kind cannot have."""
    if amount < 0 or (amount == 0 and kind is not LineKind.OPENING):
        raise FieldsWrong({"amount_mg": ["This must be more than nought."]})
    return -amount if kind in TAKES else amount


def says_why(kind: LineKind, reason: str | None, authority: str | None) -> None:
    """Raise ``FieldsWrong`` when the line lacks its reason, or a destruction the number of its permission (R2)."""
    if kind in SAYS_WHY and not reason:
        raise FieldsWrong({"reason": ["Please say why."]})
    if kind is LineKind.DESTRUCTION and not authority:
        raise FieldsWrong({"authority": ["A destruction needs the number of its permission."]})


class NothingInIt(RegisterNotOpen):
    """A dose is asked of a register that was never opened: to whoever gives it, there is no stock."""

    code = "no-stock"


def may_write(kind: LineKind, lines: int) -> None:
    """Raise unless the register is open, or is being opened for the first and only time (R8)."""
    if kind is LineKind.OPENING and lines:
        raise AlreadyOpen("This register has its opening balance. A mistake in it is put right by a reversal.")
    if kind is LineKind.SUPPLY and not lines:
        raise NothingInIt("There is none of this drug: its register has no opening balance yet.")
    if kind is not LineKind.OPENING and not lines:
        raise RegisterNotOpen("This register has no opening balance yet. Please count, and open it, two people.")


def pick(wanted: Micrograms, lots: Sequence[InLot], today: date) -> int:
    """The key of the lot that gives ``wanted``: the first to expire that holds it; raise ``NoStock``, ``LotExpired``.

    One line is one lot, so that a bad delivery can be followed to each person; an expired lot gives nothing.
    """
    good = [lot for lot in lots if lot.expires_on is None or lot.expires_on >= today]
    enough = [lot for lot in good if lot.balance >= wanted]
    if enough:
        return min(enough, key=lambda lot: (lot.expires_on or date.max, lot.lot)).lot
    left = max((lot.balance for lot in good), default=0)
    if left == 0 and any(lot.balance > 0 for lot in lots):
        raise LotExpired("All that is left is past its date.", left_mg="0")
    raise NoStock(
        f"{in_mg(wanted)} mg were asked for, and no lot holds more than {in_mg(left)} mg.", left_mg=in_mg(left)
    )


def may_leave(lot: InLot, today: date) -> None:
    """Raise ``LotExpired`` when a lot that was named is past its date."""
    if lot.expires_on is not None and lot.expires_on < today:
        raise LotExpired(f"Lot {lot.number} is past its date.", left_mg=in_mg(lot.balance))


def enough(balance: Micrograms, quantity: Micrograms, what: str) -> Micrograms:
    """What is left after ``quantity`` (below nought when it leaves); raise ``NoStock`` when that is below nought."""
    if balance + quantity < 0:
        raise NoStock(
            f"{what} holds {in_mg(balance)} mg, and {in_mg(-quantity)} mg were to leave it.", left_mg=in_mg(balance)
        )
    return balance + quantity


def may_take_back(amount: Micrograms, supplied: Micrograms) -> None:
    """Raise ``MoreThanSupplied`` when more would come back than this dose still has out."""
    if amount > supplied:
        raise MoreThanSupplied(
            f"{in_mg(amount)} mg cannot come back: {in_mg(supplied)} mg went out for this dose.",
            supplied_mg=in_mg(supplied),
        )


def may_reverse(kind: LineKind, quantity: Micrograms, reversed_before: bool) -> None:
    """Raise ``AlreadyReversed`` when a line has been taken back, is itself a reversal, or moved nothing."""
    if reversed_before:
        raise AlreadyReversed("This line has already been taken back.")
    if kind is LineKind.REVERSAL or quantity == 0:
        raise AlreadyReversed("This line moved nothing, or is itself a reversal. Please write a new line instead.")


def outcome_of(first: Micrograms, second: Micrograms) -> CountState:
    """How a count ends: ``first`` and ``second`` are what each found above the register at their own moment (R6)."""
    if first != second:
        return CountState.DISAGREE
    return CountState.DIFFERS if second else CountState.AGREES


def may_settle(settled_before: bool) -> None:
    """Raise ``AlreadySettled`` when somebody has settled this discrepancy before."""
    if settled_before:
        raise AlreadySettled("This discrepancy has already been settled.")


def may_move(gone: bool) -> None:
    """Raise ``AlreadyGone`` when a bag has been handed over: what happens to it now, others write down."""
    if gone:
        raise AlreadyGone("This bag has been handed over. Nothing more can be written about it.")
