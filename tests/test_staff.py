"""People who work here and their devices, on both databases."""

import pytest
from argon2 import extract_parameters

from consumption_room import clock, journal
from consumption_room.database import transaction
from consumption_room.errors import FieldsWrong, NotFound, TooManyTries
from consumption_room.setup import THE_ROOM, first_administrator
from consumption_room.staff import queries, service
from consumption_room.staff.models import Staff
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import NINA, NINE, PASSWORD, PIN


def signs_in(room, who: str, secret: str = PASSWORD, *, with_pin: bool = False) -> Staff | None:
    """An attempt to sign in."""
    with transaction():
        return service.sign_in(service.check(who, secret, with_pin=with_pin), room, clock.now())


def test_people_sign_in_by_code_or_name_with_their_password_or_pin(room, cast):
    code = cast.staff[Role.NURSE]
    assert signs_in(room, code).code == code
    assert signs_in(room, " NURSE Person ").code == code
    assert signs_in(room, code, PIN, with_pin=True).code == code


def test_a_pin_is_not_a_password_nor_the_other_way_round(room, cast):
    code = cast.staff[Role.NURSE]
    assert signs_in(room, code, PIN) is None
    assert signs_in(room, code, PASSWORD, with_pin=True) is None


def test_an_unknown_name_is_refused_like_a_wrong_password(room):
    assert signs_in(room, "nobody") is None


def test_five_wrong_tries_lock_for_ten_minutes_even_for_the_right_password(room, cast, fast_forward):
    code = cast.staff[Role.NURSE]
    for _ in range(5):
        assert signs_in(room, code, "wrong") is None
    with pytest.raises(TooManyTries, match="Alarms still work"):
        signs_in(room, code)
    fast_forward(minutes=9, seconds=59)
    with pytest.raises(TooManyTries):
        signs_in(room, code)
    fast_forward(seconds=1)
    assert signs_in(room, code).code == code


def test_a_right_password_forgets_the_wrong_ones(room, cast):
    code = cast.staff[Role.NURSE]
    for _ in range(2):
        for _ in range(4):
            signs_in(room, code, "wrong")
        assert signs_in(room, code) is not None


def test_one_person_locked_out_locks_nobody_else(room, cast):
    for _ in range(5):
        signs_in(room, cast.staff[Role.NURSE], "wrong")
    assert signs_in(room, cast.staff[Role.MANAGER]) is not None


def test_a_lock_out_is_told_in_the_journal(room, cast):
    for _ in range(5):
        signs_in(room, cast.staff[Role.NURSE], "wrong")
    row = journal.after(journal.last() - 1)[0]
    assert (row.what, row.subject) == ("staff.locked-out", cast.staff[Role.NURSE])


def test_somebody_disabled_comes_in_no_more_and_their_session_is_dead(room, cast):
    code = cast.staff[Role.NURSE]
    epoch = service.get(code).epoch
    assert queries.present(code, epoch) is not None
    with transaction():
        service.disable(code, THE_ROOM, NINE)
    assert signs_in(room, code) is None
    assert queries.present(code, epoch) is None
    assert queries.present(code, service.get(code).epoch) is None


def test_a_reset_gives_a_new_password_unlocks_and_ends_old_sessions(room, cast):
    code = cast.staff[Role.NURSE]
    epoch = service.get(code).epoch
    for _ in range(5):
        signs_in(room, code, "wrong")
    with transaction():
        _, password = service.reset(code, None, None, THE_ROOM, NINE)
    assert signs_in(room, code) is None
    assert signs_in(room, code, password) is not None
    assert queries.present(code, epoch) is None


def test_five_wrong_pins_need_the_password_and_the_password_mends_the_pin(room, cast):
    code = cast.staff[Role.NURSE]
    for _ in range(5):
        assert signs_in(room, code, "000000", with_pin=True) is None
    with pytest.raises(TooManyTries):
        signs_in(room, code, PIN, with_pin=True)
    assert signs_in(room, code, PASSWORD).code == code
    assert signs_in(room, code, PIN, with_pin=True).code == code


def test_passwords_pins_and_keys_are_kept_as_hashes_only(room, cast):
    nurse = service.get(cast.staff[Role.NURSE])
    assert nurse.password_hash.startswith("$argon2id$")
    assert nurse.pin_hash.startswith("$argon2id$")
    key = cast.keys[DeviceKind.WALL]
    assert key not in {device.key_hash for device in queries.devices()}
    assert service.device_with(key).kind is DeviceKind.WALL


def test_a_new_password_and_a_new_pin_cost_what_owasp_asks_at_least(room):
    with transaction():
        person, _ = service.add(service.NewStaff("Newcomer", Role.NURSE, "a long password", "482913"), THE_ROOM, NINE)
    password, pin = (extract_parameters(kept) for kept in (person.password_hash, person.pin_hash))
    assert (password.memory_cost, password.time_cost) >= (65_536, 3)
    assert (pin.memory_cost, pin.time_cost, pin.parallelism) == (19_456, 2, 1)
    assert service.check(person.code, "482913", with_pin=True).fits
    assert not service.check(person.code, "482914", with_pin=True).fits
    assert not service.check("nobody-at-all", "482913", with_pin=True).fits


def test_a_revoked_device_is_a_stranger(room, cast):
    for _ in range(2):
        with transaction():
            service.revoke_device(cast.devices[DeviceKind.WALL], THE_ROOM, NINE)
    assert service.device_with(cast.keys[DeviceKind.WALL]) is None
    with pytest.raises(NotFound), transaction():
        service.revoke_device("nowhere", THE_ROOM, NINE)


@pytest.mark.parametrize(("kind", "role"), [(DeviceKind.API, None), (DeviceKind.WALL, Role.NURSE)])
def test_programs_and_only_programs_have_a_role(room, kind, role):
    with pytest.raises(FieldsWrong), transaction():
        service.add_device(service.NewDevice(kind, "reception", role), NINA, NINE)


def test_a_first_administrator_is_made_only_where_nobody_works(room):
    with transaction():
        assert first_administrator(NINE) is None
