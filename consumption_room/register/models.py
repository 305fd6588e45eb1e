"""Products, lots, open bottles, and the lines of the register, as stored."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.amounts import Micrograms
from consumption_room.columns import Amount, choice
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.register import CountOccasion, CountState, CustodyMove, DrugForm, LineKind


class Product(Model):
    """A controlled drug in one form and strength: it has a register of its own."""

    __tablename__ = "drug_product"
    __table_args__ = (CheckConstraint("strength > 0", name="a_product_has_a_strength"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    drug: Mapped[str]
    form: Mapped[DrugForm] = mapped_column(choice(DrugForm))
    # In one millilitre of a solution, in one tablet, ampoule or vial of anything else.
    strength: Mapped[Micrograms] = mapped_column(Amount)
    low: Mapped[Micrograms] = mapped_column(Amount)
    bottle_low: Mapped[Micrograms] = mapped_column(Amount)
    # Whether somebody stands by when it is supplied or received; everything else needs two people in any case.
    witnessed: Mapped[bool]


class Head(Model):
    """Where a register ends: the number and hash of its last line, and what is left. Its row is the register's lock."""

    __tablename__ = "register_head"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_negative_register"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("drug_product.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    balance: Mapped[Micrograms] = mapped_column(Amount)

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)


class Lot(Model):
    """One delivery of a product. ``balance`` is kept by the register alone and equals the sum of its lines."""

    __tablename__ = "drug_lot"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="no_negative_lot"),
        Index("one_lot_per_product_and_number", "product_id", "number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    product_id: Mapped[int] = mapped_column(ForeignKey("drug_product.id"))
    number: Mapped[str]
    expires_on: Mapped[date | None]
    balance: Mapped[Micrograms] = mapped_column(Amount)


class Bottle(Model):
    """An opened container at a station: at each station one of a product at a time."""

    __tablename__ = "drug_bottle"
    __table_args__ = (
        CheckConstraint("0 <= rest AND rest <= contents", name="a_bottle_holds_what_was_in_it"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="somebody_closes_a_bottle"),
        Index(
            "one_open_bottle_per_station",
            "product_id",
            "station",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    product_id: Mapped[int] = mapped_column(ForeignKey("drug_product.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("drug_lot.id"))
    station: Mapped[str]
    contents: Mapped[Micrograms] = mapped_column(Amount)
    rest: Mapped[Micrograms] = mapped_column(Amount)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def low(self) -> bool:
        """Whether it is time to fetch the next bottle (R7)."""
        return self.rest < self.product.bottle_low


class Entry(Model):
    """One line of a register: numbered without gaps, chained to the line before, added and never changed.

    The names of giver and witness stand in it as they were signed: the law asks the register for them.
    """

    __tablename__ = "register_entry"
    __table_args__ = (
        Index("one_line_per_register_and_number", "product_id", "seq", unique=True),
        Index("register_entry_by_day", "product_id", "service_day", "seq"),
        Index("register_entry_by_reference", "reference"),
        CheckConstraint("witness <> giver", name="witness_is_not_the_giver"),
        CheckConstraint("(witness IS NULL) = (witness_name IS NULL)", name="a_witness_has_a_name"),
        CheckConstraint("witness IS NOT NULL OR kind IN ('supply', 'receipt')", name="two_people_where_the_rule_says"),
        CheckConstraint("balance >= 0 AND lot_balance >= 0", name="no_line_below_nought"),
        CheckConstraint("(kind = 'opening') = (seq = 1)", name="one_opening_and_it_comes_first"),
        CheckConstraint("kind NOT IN ('receipt', 'return') OR quantity > 0", name="what_comes_in_adds"),
        CheckConstraint("kind <> 'opening' OR quantity >= 0", name="an_opening_is_not_below_nought"),
        CheckConstraint(
            "kind NOT IN ('supply', 'waste', 'destruction', 'transfer') OR quantity < 0",
            name="what_goes_out_takes_away",
        ),
        CheckConstraint("kind <> 'count' OR quantity = 0", name="a_count_moves_nothing"),
        CheckConstraint("kind NOT IN ('adjustment', 'reversal') OR quantity <> 0", name="a_correction_moves_something"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="only_reversal_lines_reverse"),
        CheckConstraint("(kind = 'count') = (counted IS NOT NULL)", name="only_counts_say_what_was_counted"),
        CheckConstraint("kind <> 'destruction' OR authority IS NOT NULL", name="destruction_has_an_authority"),
        CheckConstraint(
            "kind NOT IN ('return', 'waste', 'adjustment', 'reversal') OR reason IS NOT NULL",
            name="corrections_say_why",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    product_id: Mapped[int] = mapped_column(ForeignKey("drug_product.id"))
    seq: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(choice(LineKind))
    lot_id: Mapped[int] = mapped_column(ForeignKey("drug_lot.id"))
    bottle_id: Mapped[int | None] = mapped_column(ForeignKey("drug_bottle.id"))
    quantity: Mapped[Micrograms] = mapped_column(Amount)
    counted: Mapped[Micrograms | None] = mapped_column(Amount)
    balance: Mapped[Micrograms] = mapped_column(Amount)
    lot_balance: Mapped[Micrograms] = mapped_column(Amount)
    giver: Mapped[str]
    giver_name: Mapped[str]
    witness: Mapped[str | None]
    witness_name: Mapped[str | None]
    # What the line belongs to: the code of a dose or of a count.
    reference: Mapped[str | None]
    # Where it came from or went to: a supplier, another site, whoever destroyed it.
    party: Mapped[str | None]
    # The number of the order, the licence or the permission.
    authority: Mapped[str | None]
    reason: Mapped[str | None]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("register_entry.id"), unique=True)
    at: Mapped[datetime]
    service_day: Mapped[date]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)
    bottle: Mapped[Bottle | None] = relationship()
    reverses: Mapped["Entry | None"] = relationship(remote_side=[id])


class Count(Model):
    """Two people counting one lot: each figure beside the balance of its own moment, which neither of them sees."""

    __tablename__ = "register_count"
    __table_args__ = (
        CheckConstraint("second <> first", name="two_people_count"),
        CheckConstraint(
            "(state = 'waiting') = (second IS NULL) AND (second IS NULL) = (second_counted IS NULL)",
            name="a_count_ends_with_its_second_figure",
        ),
        CheckConstraint(
            "first_counted >= 0 AND (second_counted IS NULL OR second_counted >= 0)", name="nobody_counts_below_nought"
        ),
        Index(
            "one_count_at_a_time",
            "lot_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("register_count_by_product", "product_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    product_id: Mapped[int] = mapped_column(ForeignKey("drug_product.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("drug_lot.id"))
    occasion: Mapped[CountOccasion] = mapped_column(choice(CountOccasion))
    state: Mapped[CountState] = mapped_column(choice(CountState))
    first: Mapped[str]
    first_name: Mapped[str]
    first_counted: Mapped[Micrograms] = mapped_column(Amount)
    first_expected: Mapped[Micrograms] = mapped_column(Amount)
    first_at: Mapped[datetime]
    second: Mapped[str | None]
    second_name: Mapped[str | None]
    second_counted: Mapped[Micrograms | None] = mapped_column(Amount)
    second_expected: Mapped[Micrograms | None] = mapped_column(Amount)
    second_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def first_difference(self) -> Micrograms:
        """By how much the first figure is above what the register said at that moment."""
        return self.first_counted - self.first_expected

    @property
    def second_difference(self) -> Micrograms:
        """The same of the second figure; nought while there is none."""
        return (self.second_counted or 0) - (self.second_expected or 0)


class Discrepancy(Model):
    """Two people counted the same, and it is not what the register says: open until it is settled, with a reason."""

    __tablename__ = "register_discrepancy"
    __table_args__ = (
        CheckConstraint("difference <> 0", name="a_discrepancy_differs"),
        CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (reason IS NULL)",
            name="settling_needs_a_name_and_a_reason",
        ),
        Index(
            "open_discrepancies",
            "found_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    count_id: Mapped[int] = mapped_column(ForeignKey("register_count.id"), unique=True)
    difference: Mapped[Micrograms] = mapped_column(Amount)
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("register_entry.id"))

    count: Mapped[Count] = relationship(lazy="joined", innerjoin=True)


class Bag(Model):
    """Something left behind or handed in: a sealed bag that two people signed for, added and never changed."""

    __tablename__ = "custody_bag"
    __table_args__ = (
        CheckConstraint("witness <> giver", name="two_people_seal_a_bag"),
        CheckConstraint("amount IS NULL OR amount > 0", name="what_is_in_a_bag_weighs_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    bag: Mapped[str] = mapped_column(unique=True)
    what: Mapped[str]
    found: Mapped[str]
    store: Mapped[str]
    amount: Mapped[Micrograms | None] = mapped_column(Amount)
    estimated: Mapped[bool]
    giver: Mapped[str]
    giver_name: Mapped[str]
    witness: Mapped[str]
    witness_name: Mapped[str]
    at: Mapped[datetime]

    steps: Mapped[list["CustodyStep"]] = relationship(order_by="CustodyStep.id", lazy="selectin")

    @property
    def gone(self) -> "CustodyStep | None":
        """How it left the room, if it has."""
        return next((step for step in self.steps if step.kind is not CustodyMove.MOVED), None)

    @property
    def where(self) -> str:
        """Where it is now, or to whom it went."""
        return self.steps[-1].to if self.steps else self.store


class CustodyStep(Model):
    """A bag moved to another place, or handed over for good; added, never changed."""

    __tablename__ = "custody_step"
    __table_args__ = (
        CheckConstraint("witness <> giver", name="two_people_move_a_bag"),
        Index(
            "one_hand_over_per_bag",
            "bag_id",
            unique=True,
            sqlite_where=text("kind <> 'moved'"),
            postgresql_where=text("kind <> 'moved'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bag_id: Mapped[int] = mapped_column(ForeignKey("custody_bag.id"))
    kind: Mapped[CustodyMove] = mapped_column(choice(CustodyMove))
    to: Mapped[str]
    receipt: Mapped[str | None]
    giver: Mapped[str]
    giver_name: Mapped[str]
    witness: Mapped[str]
    witness_name: Mapped[str]
    at: Mapped[datetime]
