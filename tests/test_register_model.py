"""A register against a model of it: whatever is done in whatever order, not a microgram is lost."""

import itertools
import os
from collections import defaultdict
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from consumption_room.database import db, transaction
from consumption_room.register import products, verifying
from consumption_room.register.chain import BEGINNING
from consumption_room.register.models import Entry, Head, Lot, Product
from consumption_room.register.rules import AlreadyReversed, MoreThanSupplied, NoStock
from consumption_room.vocabulary.register import DrugForm, LineKind
from tests import evidence, ledger

STEPS = int(os.environ.get("ROOM_MODEL_STEPS", "200"))
A_RUN = 50
NUMBERS = itertools.count(1)
MG = st.integers(1, 400).map(lambda quarter: f"{quarter // 4}.{quarter % 4 * 25:02d}").filter(lambda mg: mg != "0.00")
LOT = st.sampled_from(["A1", "B2"])
DOSE = st.sampled_from(["dose-1", "dose-2"])


def a_register_of_its_own() -> str:
    """A product nobody else of this run writes about."""
    code = f"drug-{next(NUMBERS)}"
    with transaction():
        product = Product(
            code=code, drug="Drug", form=DrugForm.SOLUTION, strength=1000, low=0, bottle_low=0, witnessed=True
        )
        db.session.add(product)
        db.session.flush()
        db.session.add(Head(product_id=product.id, seq=0, hash=BEGINNING, balance=0))
    return code


class Register(RuleBasedStateMachine):
    """What people do to one register; beside it, plain sums."""

    def __init__(self) -> None:
        super().__init__()
        self.product = a_register_of_its_own()
        self.rests: dict[str, int] = defaultdict(int)
        self.out: dict[str, int] = defaultdict(int)
        self.lines: list[tuple[str, str, int, str | None, LineKind]] = []
        self.undone: set[str] = set()
        self.does(lambda: ledger.opened("100", self.product), "A1", 100_000)
        self.does(lambda: ledger.received("100", product=self.product), "B2", 100_000)

    def does(self, act: Callable[[], Entry], lot: str, quantity: int, dose: str | None = None) -> None:
        """Do it: it holds exactly when the lot does not go below nought."""
        try:
            line = act()
        except NoStock:
            assert self.rests[lot] + quantity < 0
            return
        assert self.rests[lot] + quantity >= 0
        assert line.quantity == quantity
        self.rests[lot] += quantity
        self.lines.append((line.code, lot, quantity, dose, line.kind))

    @rule(mg=MG, lot=LOT)
    def receives(self, mg, lot):
        self.does(lambda: ledger.received(mg, lot, product=self.product), lot, ledger.from_mg(mg))

    @rule(mg=MG, lot=LOT, dose=DOSE)
    def supplies(self, mg, lot, dose):
        before = len(self.lines)
        self.does(lambda: ledger.supplied(mg, dose, lot=lot, product=self.product), lot, -ledger.from_mg(mg), dose)
        if len(self.lines) > before:
            self.out[dose] += ledger.from_mg(mg)

    @rule(mg=MG, lot=LOT)
    def wastes(self, mg, lot):
        self.does(lambda: ledger.wasted(mg, lot=lot, product=self.product), lot, -ledger.from_mg(mg))

    @rule(mg=MG, lot=LOT, dose=DOSE)
    def puts_back(self, mg, lot, dose):
        amount = ledger.from_mg(mg)
        if amount > self.out[dose]:
            with pytest.raises(MoreThanSupplied):
                ledger.put_back(mg, dose, lot=lot, product=self.product)
            return
        line = ledger.put_back(mg, dose, lot=lot, product=self.product)
        self.out[dose] -= amount
        self.rests[lot] += amount
        self.lines.append((line.code, lot, amount, dose, LineKind.RETURN))

    @precondition(lambda self: self.lines)
    @rule(number=st.integers(0, 10**6))
    def takes_back_a_line(self, number):
        code, lot, quantity, dose, kind = self.lines[number % len(self.lines)]
        before = len(self.lines)
        if code in self.undone or kind is LineKind.REVERSAL:
            with pytest.raises(AlreadyReversed):
                ledger.reversed_line(code)
            return
        self.does(lambda: ledger.reversed_line(code), lot, -quantity)
        if len(self.lines) > before:
            self.undone.add(code)
            if dose is not None:
                self.out[dose] += quantity

    @invariant()
    def is_the_sum_of_its_lines(self):
        db.session.rollback()
        product = products.product(self.product)
        total, count = db.session.execute(
            select(func.coalesce(func.sum(Entry.quantity), 0), func.count()).where(Entry.product_id == product.id)
        ).one()
        head = db.session.get_one(Head, product.id)
        rests = dict(db.session.execute(select(Lot.number, Lot.balance).where(Lot.product_id == product.id)).all())
        assert {name: rest for name, rest in self.rests.items() if name in rests} == rests
        assert head.balance == total == sum(self.rests.values()) >= 0
        assert head.seq == count == len(self.lines)
        db.session.rollback()

    def teardown(self):
        assert verifying.first_wrong(products.product(self.product)) is None
        db.session.rollback()


def test_nothing_done_in_any_order_loses_a_microgram(room, engine):
    run_state_machine_as_test(
        Register,
        settings=settings(
            max_examples=max(1, STEPS // A_RUN),
            stateful_step_count=A_RUN,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    evidence.note(
        "Steps of a model beside a controlled-drug register",
        f"{STEPS} steps; every balance the sum of its lines, none below nought",
        threshold="0 differences",
        engine=engine,
        command=f"ROOM_MODEL_STEPS={STEPS} pytest tests/test_register_model.py",
    )
