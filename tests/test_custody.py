"""Substances left behind: sealed bags, two signatures at every step, and nothing changed; on both databases."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from consumption_room import clock
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.register import custody
from consumption_room.register.custody import Sealed, Step
from consumption_room.register.lines import Signed
from consumption_room.register.rules import AlreadyGone, WitnessIsGiver, WitnessNeeded
from consumption_room.vocabulary.register import CustodyMove
from consumption_room.vocabulary.staff import Role
from tests.builders import NINA, PIN
from tests.ledger import TWO, person

POWDER = {"bag": "S-1001", "what": "White powder in foil", "found": "cubicle 3, floor", "store": "safe, shelf 2"}


def sealed(signed: Signed = TWO, **more):
    """A bag taken into custody."""
    with transaction():
        return custody.seal(Sealed(**(POWDER | more)), signed, clock.now())


def moved(code: str, kind: CustodyMove, to: str, receipt: str | None = None, signed: Signed = TWO):
    """The bag with this code, moved or handed over."""
    with transaction():
        return custody.move(code, Step(kind, to, receipt), signed, clock.now())


def test_a_bag_is_sealed_moved_and_handed_over_by_two(room):
    bag = sealed(amount=250_000, estimated=True)
    assert (bag.where, bag.gone, bag.giver_name, bag.witness_name) == ("safe, shelf 2", None, "Nina", "Mona")
    moved(bag.code, CustodyMove.MOVED, "safe, shelf 1")
    gone = moved(bag.code, CustodyMove.TO_POLICE, "Officer 4711", "K-88")
    assert (gone.where, gone.gone.receipt) == ("Officer 4711", "K-88")
    for kind in CustodyMove:
        with pytest.raises(AlreadyGone):
            moved(bag.code, kind, "anywhere")
    assert [step.to for step in custody.log()[0].steps] == ["safe, shelf 1", "Officer 4711"]


def test_nobody_seals_or_moves_a_bag_alone(room):
    for alone, refused in ((Signed(NINA), WitnessNeeded), (Signed(NINA, person("nina22")), WitnessIsGiver)):
        with pytest.raises(refused):
            sealed(alone)
    bag = sealed()
    with pytest.raises(WitnessNeeded):
        moved(bag.code, CustodyMove.TO_POLICE, "Officer 4711", signed=Signed(NINA))


def test_a_bag_s_number_is_used_once(room):
    sealed()
    with pytest.raises(FieldsWrong) as wrong:
        sealed()
    assert list(wrong.value.errors) == ["bag"]
    with pytest.raises(NotFound):
        moved("nosuch", CustodyMove.MOVED, "safe")


@pytest.mark.parametrize("change", ["UPDATE custody_bag SET what = 'flour'", "DELETE FROM custody_step"])
def test_the_log_is_never_changed(room, change):
    moved(sealed().code, CustodyMove.MOVED, "safe, shelf 1")
    with pytest.raises(SQLAlchemyError, match="added to, never changed"), transaction():
        db.session.execute(text(change))


def test_the_log_over_http(client_as, cast):
    nurse = client_as(Role.NURSE)
    beside = {"witness": {"staff": cast.staff[Role.MANAGER], "pin": PIN}}
    made = nurse.post("/api/v1/custody", json=POWDER | {"amount_mg": "250", "estimated": True} | beside)
    assert (made.status_code, made.json["amount_mg"], made.json["witness"]) == (201, "250", "Manager person")
    step = {"kind": "to-pharmacy", "to": "City pharmacy", "receipt": "R-9"}
    gone = nurse.post(f"/api/v1/custody/{made.json['code']}/steps", json=step | beside)
    assert [one["kind"] for one in gone.json["steps"]] == ["to-pharmacy"]
    assert nurse.post("/api/v1/custody", json=POWDER | {"bag": "S-2"}).json["code"] == "witness-needed"
    listed = client_as(Role.AUDITOR).get("/api/v1/custody").json["items"]
    assert [one["where"] for one in listed] == ["City pharmacy"]
