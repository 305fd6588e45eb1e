"""The controlled-drug register over HTTP: two people, amounts as text, refusals with a name."""

import pytest

from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import PIN

REGISTER = "/api/v1/register/diamorphine-100"


@pytest.fixture
def post(client_as, cast):
    """Send something to the register of diamorphine as the nurse's program, with the manager standing by."""
    nurse = client_as(Role.NURSE)

    def send(call: str, body: dict, witness: Role | None = Role.MANAGER, pin: str = PIN):
        named = {"witness": {"staff": cast.staff[witness], "pin": pin}} if witness else {}
        return nurse.post(f"{REGISTER}/{call}", json=body | named)

    return send


def amount(mg: str, **more) -> dict:
    """A body with an amount."""
    return {"amount_mg": mg} | more


def test_a_register_is_opened_filled_and_written_off_over_http(post, client_as):
    assert post("openings", amount("1000", lot="A1", expires_on="2028-01-31")).status_code == 201
    came = post("receipts", amount("500.5", lot="B2", expires_on="2028-02-28", party="City pharmacy"))
    assert came.status_code == 201
    assert came.json["balance_mg"] == "1500.5"
    assert came.json["witness"] == "Manager person"
    spilled = post("wastes", amount("0.5", lot="B2", reason="spilled"))
    assert (spilled.json["quantity_mg"], spilled.json["line"]) == ("-0.5", 3)
    gone = post("destructions", amount("100", lot="A1", authority="LMST-77", party="City police"))
    assert gone.json["authority"] == "LMST-77"
    sent = post("transfers", amount("100", lot="A1", party="Other room"))
    assert sent.status_code == 201
    back = post("reversals", {"line": sent.json["code"], "reason": "not collected"})
    assert (back.json["reverses"], back.json["balance_mg"]) == (5, "1400")
    whole = client_as(Role.AUDITOR).get(REGISTER).json
    assert [line["kind"] for line in whole["items"]] == [
        *("opening", "receipt", "waste", "destruction", "transfer", "reversal")
    ]
    assert (whole["balance_mg"], whole["line"], whole["hash"]) == ("1400", 6, whole["items"][-1]["hash"])
    assert {lot["number"]: lot["balance_mg"] for lot in whole["lots"]} == {"A1": "900", "B2": "500"}


def test_lines_are_asked_for_by_day_and_by_page(post, client_as, fast_forward):
    ledger.opened()
    fast_forward(days=3)
    for number in range(3):
        ledger.supplied("1", f"dose-{number}")
    nurse = client_as(Role.NURSE)
    later = nurse.get(f"{REGISTER}?from=2026-11-21").json
    assert [line["line"] for line in later["items"]] == [2, 3, 4]
    assert [line["line"] for line in nurse.get(f"{REGISTER}?to=2026-11-20").json["items"]] == [1]
    page = nurse.get(f"{REGISTER}?limit=2").json
    rest = nurse.get(f"{REGISTER}?limit=2&after={page['next']}").json
    assert [line["line"] for line in page["items"] + rest["items"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (amount("1,5", lot="A1", reason="x"), "amount_mg"),
        (amount("0", lot="A1", reason="x"), "amount_mg"),
        ({"amount_mg": 1.5, "lot": "A1", "reason": "x"}, "amount_mg"),
        (amount("-1", lot="A1", reason="x"), "amount_mg"),
        (amount("1", lot="A1"), "reason"),
        (amount("1", lot="nosuch", reason="x"), "lot"),
        (amount("1", lot="A1", reason="x", colour="blue"), "colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(post, body, field):
    ledger.opened()
    answer = post("wastes", body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_without_the_right_second_person_nothing_is_written(post):
    ledger.opened()
    body = amount("1", lot="A1", reason="spilled")
    assert post("wastes", body, witness=None).json["code"] == "witness-needed"
    assert post("wastes", body, pin="000000").json["errors"].keys() == {"witness"}
    assert post("wastes", body, witness=Role.AUDITOR).json["code"] == "not-a-witness"
    answer = post("wastes", body)
    assert answer.json["line"] == 2


def test_refusals_say_which_rule(post):
    body = amount("1", lot="A1", reason="spilled")
    assert post("wastes", body).json["code"] == "register-not-open"
    ledger.opened("10")
    assert post("openings", amount("1", lot="A1")).json["code"] == "already-open"
    short = post("wastes", amount("11", lot="A1", reason="spilled"))
    assert (short.status_code, short.json["code"], short.json["left_mg"]) == (409, "no-stock", "10")
    assert post("reversals", {"line": "nosuch", "reason": "x"}).status_code == 404
    other = ledger.opened(product="methadone-10")
    assert post("reversals", {"line": other.code, "reason": "x"}).status_code == 404


def test_the_same_key_writes_one_line(client_as, cast):
    ledger.opened()
    body = amount("1", lot="A1", reason="spilled", witness={"staff": cast.staff[Role.MANAGER], "pin": PIN})
    nurse = client_as(Role.NURSE)
    answers = [nurse.post(f"{REGISTER}/wastes", json=body, headers={"Idempotency-Key": "one"}) for _ in range(3)]
    assert {answer.json["line"] for answer in answers} == {2}
    assert nurse.get(REGISTER).json["line"] == 2


def test_a_register_is_verified_over_http_and_against_a_printed_end(client_as, post):
    ledger.opened()
    printed = ledger.supplied()
    auditor = client_as(Role.AUDITOR)
    whole = auditor.get(f"{REGISTER}/verify").json
    assert whole == {"whole": True, "lines": 2, "hash": printed.hash, "wrong": None}
    assert auditor.get(f"{REGISTER}/verify?line=2&hash={printed.hash}").json["whole"] is True
    told = auditor.get(f"{REGISTER}/verify?line=2&hash={'0' * 64}").json
    assert told["whole"] is False
    assert told["wrong"]["line"] == 2
    assert auditor.get("/api/v1/register/nosuch/verify").status_code == 404


def test_the_list_says_what_is_low(client_as):
    ledger.opened("19999.999")
    stands = {one["product"]["code"]: one for one in client_as(Role.NURSE).get("/api/v1/register").json["items"]}
    assert (stands[ledger.DRUG]["low"], stands[ledger.DRUG]["balance_mg"]) == (True, "19999.999")
    assert stands["methadone-10"]["low"] is False
