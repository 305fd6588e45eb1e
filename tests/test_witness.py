"""The second person shows it with their PIN, before anything is written."""

import pytest

from consumption_room.errors import FieldsWrong, TooManyTries
from consumption_room.gate.witness import NotAWitness, proven, witnessed
from consumption_room.vocabulary.staff import Role
from tests.builders import PIN

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def stands_by(app):
    """Who is proven by a request with this body, or by a page with these fields."""

    def ask(**sent):
        with app.test_request_context("/", method="POST", **sent):
            return witnessed(proven)()

    return ask


def test_a_witness_is_somebody_with_their_own_pin(stands_by, cast):
    nurse = cast.staff[Role.NURSE]
    assert stands_by(json={"witness": {"staff": nurse, "pin": PIN}}).staff == nurse
    assert stands_by(data={"witness-staff": "nurse person", "witness-pin": PIN}).staff == nurse


@pytest.mark.parametrize(
    "body", [{}, {"witness": None}, {"witness": "x"}, {"witness": {"staff": 1, "pin": PIN}}, [], "x"]
)
def test_who_names_nobody_has_no_witness(stands_by, body):
    assert stands_by(json=body) is None


def test_five_wrong_pins_shut_it_and_the_right_one_comes_too_late(stands_by, cast, room):
    for _ in range(room.sign_in_tries):
        with pytest.raises(FieldsWrong) as wrong:
            stands_by(json={"witness": {"staff": cast.staff[Role.NURSE], "pin": "000000"}})
        assert list(wrong.value.errors) == ["witness"]
    with pytest.raises(TooManyTries):
        stands_by(json={"witness": {"staff": cast.staff[Role.NURSE], "pin": PIN}})
    assert stands_by(json={"witness": {"staff": cast.staff[Role.MANAGER], "pin": PIN}})


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_is_never_on_duty_is_no_witness(stands_by, cast, role):
    with pytest.raises(NotAWitness):
        stands_by(json={"witness": {"staff": cast.staff[role], "pin": PIN}})
