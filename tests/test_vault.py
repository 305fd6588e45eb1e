"""The identity vault: sealed, opened by name and with a reason, erased for good, and found nowhere else."""

import re
from contextlib import suppress
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from consumption_room import clock, forgetting, journal
from consumption_room.agreements import service as agreements
from consumption_room.cli import main
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.gate import here
from consumption_room.inventory import queries as inventory
from consumption_room.journal import Actor
from consumption_room.vault import queries, rules, service
from consumption_room.vault.keys import Keyring, new_key
from consumption_room.vocabulary.agreements import AgreementKind
from consumption_room.vocabulary.consents import ConsentScope
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.vault import VaultReason
from tests.builders import NINA, NINE, PASSWORD, TODAY, agreed, client, gone, intake, issued, visit
from tests.databases import everything_stored

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
VERA = service.Person("Vera Quillfeather", date(1979, 3, 14), "140379-7788")
VAULT_ROLES = {Role.NURSE, Role.PRESCRIBER}
MARKS = ("Quillfeather", "140379-7788", "1979-03-14", "Vera Q")
"""What must be found nowhere but behind the vault's own door: nothing that a hash could say by chance."""


def sealed(person: service.Person = VERA, alias: str = "Blue Heron", ring: Keyring | None = None):
    """Somebody whose identity is kept."""
    heron = client(alias)
    with transaction():
        service.keep(heron.code, person, ring or here.keyring(), here.policy(), NINA, clock.now())
    return heron


def looked(code: str, by: Actor = NINA, reason: VaultReason = VaultReason.AT_THE_DOSE) -> service.Person:
    """A look at who this is."""
    with transaction():
        return service.look(code, reason, here.keyring(), by, clock.now())


def turned() -> int:
    """The vault's keys, turned."""
    service.begin_new_key(here.keyring())
    with transaction():
        return service.turn_keys(here.keyring(), NINA, clock.now())


@pytest.fixture
def signed_in(app, cast):
    """A browser in which somebody of this role has signed in, and its token."""

    def browser(role: Role):
        found = app.test_client()
        token = re.search(r'name="csrf-token" content="([^"]+)"', found.get("/sign-in").text)[1]
        found.post("/sign-in", data={"csrf_token": token, "who": cast.staff[role], "password": PASSWORD})
        token = re.search(r'name="csrf-token" content="([^"]+)"', found.get("/help").text)[1]
        found.environ_base["HTTP_X_CSRFTOKEN"] = token
        return found

    return browser


def test_only_people_of_age_who_can_be_alive_are_kept():
    rules.born_on(date(1979, 3, 14), date(2026, 11, 20))
    rules.born_on(date(2008, 11, 20), date(2026, 11, 20))
    for day in (date(2008, 11, 21), date(1890, 1, 1), date(2030, 1, 1)):
        with pytest.raises(FieldsWrong):
            rules.born_on(day, date(2026, 11, 20))


def test_what_was_sealed_is_read_again_by_name_and_with_a_reason(room):
    heron = sealed()
    assert looked(heron.code) == VERA
    row = journal.after(journal.last() - 1)[0]
    assert (row.what, row.subject, row.staff, row.payload) == (
        "identity.seen",
        heron.code,
        "nina22",
        {"reason": "at-the-dose"},
    )


def test_a_look_that_is_not_written_down_does_not_happen(room):
    heron = sealed()
    for nobody in (Actor(name="A program", device="abc123"), Actor(name="Somebody")):
        with pytest.raises(rules.NeedsAPerson):
            looked(heron.code, by=nobody)
    assert journal.after(journal.last() - 1)[0].what == "identity.kept"


def test_keeping_anew_replaces_what_was_kept(room):
    heron = sealed()
    married = service.Person("Vera Stone", VERA.birth_date)
    with transaction():
        service.keep(heron.code, married, here.keyring(), room, NINA, NINE)
    assert looked(heron.code) == married
    assert not queries.kept(heron.id).has_number


def test_each_record_is_sealed_with_a_key_of_its_own_and_looks_alike(room):
    one, other = sealed(), sealed(service.Person("Bo", date(1980, 1, 1)), "Wren")
    first, second = queries.kept(one.id), queries.kept(other.id)
    assert first.wrapped_key != second.wrapped_key
    assert len(first.sealed) == len(second.sealed)


def test_a_record_put_in_anothers_place_does_not_open(room):
    heron, wren = sealed(), sealed(service.Person("Bo", date(1980, 1, 1)), "Wren")
    with transaction():
        one, other = queries.kept(heron.id), queries.kept(wren.id)
        one.sealed, one.wrapped_key = other.sealed, other.wrapped_key
    with pytest.raises(rules.VaultShut):
        looked(heron.code)


def test_turned_keys_open_what_was_sealed_before_and_after(room):
    heron = sealed()
    before = queries.kept(heron.id).wrapped_key
    assert turned() == 1
    wren = sealed(service.Person("Bo", date(1980, 1, 1)), "Wren")
    assert queries.kept(heron.id).wrapped_key != before
    assert (looked(heron.code), looked(wren.code).name) == (VERA, "Bo")
    with transaction():
        assert service.turn_keys(here.keyring(), NINA, NINE) == 0


def test_a_rotation_that_stopped_half_way_is_finished_by_the_next(room):
    heron = sealed()
    service.begin_new_key(here.keyring())
    assert looked(heron.code) == VERA
    with transaction(), pytest.raises(OutOfOrder):
        service.drop_old_keys(here.keyring())
    assert turned() == 1
    with transaction():
        assert service.drop_old_keys(here.keyring()) == 2
    assert looked(heron.code) == VERA
    assert len(here.keyring().keys()) == 1


def test_a_lost_key_file_is_never_replaced_by_a_new_one(room):
    heron, ring = sealed(), here.keyring()
    kept = ring.path.read_text()
    ring.path.unlink()
    with pytest.raises(rules.VaultShut, match="is missing"):
        sealed(alias="Wren")
    with pytest.raises(rules.VaultShut):
        turned()
    assert not ring.path.exists()
    ring.path.write_text(kept)
    ring.path.chmod(0o600)
    assert looked(heron.code) == VERA


def test_the_vault_stays_shut_over_a_key_that_others_can_read_or_that_is_none(tmp_path):
    ring = Keyring(tmp_path / "vault.key")
    ring.write([new_key()])
    assert ring.path.stat().st_mode & 0o777 == 0o600
    ring.path.chmod(0o644)
    with pytest.raises(rules.VaultShut, match="read by others"):
        ring.keys()
    ring.path.chmod(0o600)
    ring.path.write_text("not a key\n")
    with pytest.raises(rules.VaultShut, match="does not hold keys"):
        ring.keys()


def test_what_is_kept_is_never_shown_by_accident():
    assert "Vera" not in f"{VERA!r} {VERA}"
    assert str(new_key()).count("secret") == 0


@on_sqlite
def test_the_vault_over_http(client_as, signed_in):
    heron = client()
    url = f"/api/v1/vault/{heron.code}"
    nurse = client_as(Role.NURSE)
    assert nurse.get(url).status_code == 404
    said = {"name": VERA.name, "birth_date": "1979-03-14", "number": VERA.number}
    made = nurse.post(url, json=said, headers={"Idempotency-Key": "once"})
    assert (made.status_code, made.json["client"], made.json["has_number"]) == (201, heron.code, True)
    assert nurse.post(f"{url}/look", json={"reason": "referral"}).json["code"] == "needs-a-person"
    person = signed_in(Role.NURSE)
    assert person.post(f"{url}/look", json={"reason": "referral"}).json == said
    assert person.post(f"{url}/look", json={"reason": "curious"}).status_code == 422
    assert person.post(f"{url}/look", json={}).status_code == 422
    for wrong in ({"name": "V"}, {"name": "Vera"}, {**said, "birth_date": "2020-01-01"}, {**said, "offence": "x"}):
        assert nurse.post(url, json=wrong).status_code == 422


@on_sqlite
@pytest.mark.parametrize(
    "who",
    [
        Role.RECEPTION,
        Role.CASE_WORKER,
        Role.MANAGER,
        Role.ADMINISTRATOR,
        Role.AUDITOR,
        DeviceKind.WALL,
        DeviceKind.DESK,
    ],
    ids=str,
)
def test_the_vault_is_not_theirs(client_as, who):
    heron = sealed()
    for answer in (
        client_as(who).get(f"/api/v1/vault/{heron.code}"),
        client_as(who).get(f"/vault/{heron.code}"),
        client_as(who).post(f"/api/v1/vault/{heron.code}/look", json={"reason": "referral"}),
    ):
        assert answer.status_code in {303, 403}
        assert "Quillfeather" not in answer.text


def pages(app, codes: dict[str, str]) -> list[str]:
    """Every address that can be read, with codes of things that are there."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.rule.startswith("/static"):
            values = {name: codes.get(name, 3 if name == "number" else "nosuch") for name in rule.arguments}
            with suppress(ValueError):
                found.append(str(rule.build(values, append_unknown=False)[1]))
    return found


def test_the_name_is_nowhere_but_behind_the_vaults_own_door(app, engine, client_as, signed_in, tmp_path, capsys):
    heron = client()
    here_now = visit(heron)
    intake(here_now)
    agreed(heron, ConsentScope.TREATMENT_SEES_OWN_USE)
    nurse = signed_in(Role.NURSE)
    said = {"name": VERA.name, "birth_date": VERA.birth_date.isoformat(), "number": VERA.number}
    assert nurse.post(f"/vault/{heron.code}", data=said | {"birth_date": "2020-01-01"}).status_code == 422
    assert nurse.post(f"/vault/{heron.code}", data=said | {"idempotency_key": "kept"}).status_code == 303
    shown = nurse.post(f"/vault/{heron.code}/look", data={"reason": "at-the-dose", "idempotency_key": "seen"})
    assert VERA.name in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    api = {"headers": {"Idempotency-Key": "again"}, "json": {"reason": "prescription"}}
    assert nurse.post(f"/api/v1/vault/{heron.code}/look", **api).json["name"] == VERA.name
    turned()
    for role in (Role.RECEPTION, Role.NURSE):
        found = client_as(role).post("/desk/search", data={"q": VERA.name}).text
        assert "Nobody found" in found
    read = ""
    for code in (heron.code, here_now.code):
        for who in [*Role, DeviceKind.WALL, DeviceKind.DESK, None]:
            caller = client_as(who)
            read += "".join(caller.get(path).text for path in pages(app, {"code": code}))
    logs = capsys.readouterr()
    stored = everything_stored(engine, tmp_path / "data").decode("utf-8", "replace")
    spread = {"pages": read, "stored": stored, "logs": logs.out + logs.err}
    assert heron.alias in read
    assert heron.code in stored
    assert "/vault/<code>" in spread["logs"]
    assert {where: [mark for mark in MARKS if mark in words] for where, words in spread.items()} == {
        "pages": [],
        "stored": [],
        "logs": [],
    }


def test_what_is_erased_is_gone_from_the_database_and_what_is_counted_stays(room, engine, tmp_path):
    heron = sealed()
    issued(2, gone(visit(heron)))
    agreed(heron, ConsentScope.PARTNER, whom="Night shelter")
    identity = queries.kept(heron.id)
    goal = agreements.NewAgreement(heron.code, AgreementKind.TREATMENT, TODAY + timedelta(days=9), "Find my sister")
    with transaction():
        agreements.offer(goal, room, NINA, NINE)
    secrets = [identity.wrapped_key, identity.sealed, "Blue Heron", "Night shelter", "Find my sister"]
    visits = db.session.scalar(text("SELECT count(*) FROM visit"))
    code = heron.code
    forgetting.erase(code, NINA, clock.now())
    stored = everything_stored(engine, tmp_path / "data").decode("utf-8", "replace")
    assert [secret for secret in secrets if secret in stored] == []
    with pytest.raises(rules.NothingKept):
        looked(code)
    assert [*journal.broken(), *inventory.wrong_balances()] == []
    assert db.session.scalar(text("SELECT count(*) FROM visit")) == visits
    assert db.session.scalar(text("SELECT state FROM agreement")) == "withdrawn"
    forgetting.erase(code, NINA, clock.now())


def test_nobody_is_erased_while_they_are_inside(room):
    heron = sealed()
    visit(heron)
    with pytest.raises(forgetting.StillInside):
        forgetting.erase(heron.code, NINA, clock.now())
    assert looked(heron.code) == VERA
    with pytest.raises(NotFound):
        forgetting.erase("no-such", NINA, clock.now())


@on_sqlite
def test_the_commands_turn_the_keys_and_forget(room, tmp_path):
    heron = sealed()
    place = {"ROOM_DATA_DIR": str(tmp_path / "data")}
    done = CliRunner().invoke(main, ["vault", "rotate", "--drop-old"], env=place)
    assert (done.exit_code, "1 records are wrapped" in done.output) == (0, True)
    assert looked(heron.code) == VERA
    assert CliRunner().invoke(main, ["erase", heron.code], env=place).exit_code == 0
    with pytest.raises(rules.NothingKept):
        looked(heron.code)


@on_sqlite
def test_the_page_keeps_the_name_shut_until_a_reason_is_given(signed_in):
    heron = sealed()
    nurse = signed_in(Role.NURSE)
    page = nurse.get(f"/vault/{heron.code}").text
    assert "Sealed" in page
    assert "Quillfeather" not in page
    assert nurse.post(f"/vault/{heron.code}/look", data={}).status_code == 422
    assert VERA.name in nurse.post(f"/vault/{heron.code}/look", data={"reason": "referral"}).text
    assert "Quillfeather" not in nurse.get(f"/vault/{heron.code}").text


@on_sqlite
def test_own_use_stands_on_the_page_only_while_the_person_agrees(client_as, fast_forward):
    heron = sealed()
    intake(visit(heron))
    nurse = client_as(Role.NURSE)

    def page() -> str:
        return nurse.get(f"/vault/{heron.code}").text

    assert "Heroin" not in page()
    agreed(heron, ConsentScope.TREATMENT_SEES_OWN_USE, expires_on=date(2026, 11, 21))
    assert "Heroin" in page()
    fast_forward(days=2)
    assert "Heroin" not in page()
