"""Whoever falsifies a controlled-drug register past the room is found, and the first false line is named."""

import os
from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.database import db, one_picture
from consumption_room.register import products, queries, verifying
from consumption_room.register.verifying import Anchor
from tests import evidence, ledger
from tests.forger import Forger, drops_the_triggers
from tests.ledger import DRUG

ATTACKS = int(os.environ.get("ROOM_ATTACKS", "120"))


@pytest.fixture
def register(room):
    """A register of some thirty lines in two lots, of every kind, whose triggers somebody has dropped."""
    ledger.opened("1000")
    ledger.received("500", "B2")
    for number in range(8):
        ledger.supplied("12.5", f"dose-{number}", lot=("A1", "B2")[number % 2])
        ledger.wasted("0.5", lot="A1")
    ledger.put_back("2.5", "dose-1")
    ledger.destroyed("20", lot="B2")
    ledger.reversed_line(ledger.supplied("100", "dose-9").code)
    ledger.opened(product="methadone-10")
    db.session.rollback()
    yield
    db.session.rollback()


def falsified(seed: int) -> tuple[str, int, verifying.Wrong | None]:
    """One attack, undone afterwards: what it did, the line it falsified, and what verifying says."""
    drops_the_triggers()
    forger = Forger(DRUG, seed)
    way, line = forger.attacks()
    db.session.expire_all()
    found = verifying.first_wrong(forger.product)
    db.session.rollback()
    return way, line, found


def test_an_untouched_register_holds(register):
    assert list(verifying.wrong_registers()) == []


def test_every_falsified_line_is_found_and_named(register, engine):
    tried: Counter[str] = Counter()
    missed = []
    seed = 0
    while tried.total() < ATTACKS:
        seed += 1
        try:
            way, line, found = falsified(seed)
        except IntegrityError:  # the database itself refused: no attack
            db.session.rollback()
            continue
        tried[way] += 1
        if found is None or found.line != line or f"Line {line} " not in found.sentence:
            missed.append((seed, way, line, found))
    assert missed == []
    assert len(tried) == 12
    evidence.note(
        "Falsified lines of a controlled-drug register, found and named",
        f"{tried.total()} of {tried.total()}",
        threshold="all",
        engine=engine,
        command=f"ROOM_ATTACKS={ATTACKS} pytest tests/test_register_attacks.py",
    )


def test_who_forges_the_journal_too_is_found_by_a_printed_extract(register):
    printed = as_printed()
    drops_the_triggers()
    line = Forger(DRUG, 7).forges_everything()
    db.session.expire_all()
    assert list(journal.broken()) == []
    assert verifying.first_wrong(products.product(DRUG)) is None
    assert verifying.first_wrong(products.product(DRUG), printed).line == line
    assert verifying.first_wrong(products.product(DRUG), printed[-1:]).line == printed[-1].line


def test_a_tail_cut_together_with_the_journal_is_found_by_the_paper_it_was_printed_on(register):
    printed = as_printed()
    drops_the_triggers()
    cut = Forger(DRUG, 7).cuts_everything()
    db.session.expire_all()
    assert list(journal.broken()) == []
    assert verifying.first_wrong(products.product(DRUG)) is None
    assert verifying.first_wrong(products.product(DRUG), printed).line == cut


def as_printed() -> list[Anchor]:
    """Every line as an extract prints it: its number and the first twelve figures of its hash."""
    one_picture()
    lines = queries.lines(products.product(DRUG), queries.Between())
    return [Anchor(line.seq, line.hash[:12]) for line in lines]
