"""The controlled-drug register on screen and on paper."""

import csv
import functools
import io
import re

import pytest
from flask import Flask

from consumption_room.register import custody, products, queries
from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import PASSWORD, PIN
from tests.ledger import DRUG

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


class Browser:
    """A browser in which somebody of a role has signed in, sending forms as the pages of the register do."""

    def __init__(self, app: Flask, role: Role) -> None:
        self.caller = app.test_client()
        self.get = self.caller.get
        self.post("/sign-in", {"who": f"{role.value} person", "password": PASSWORD}, page="/sign-in")

    def post(self, address: str, data: dict, page: str = "/register", **more):
        """Send a form from this page."""
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page).text)[1]
        return self.caller.post(address, data={"csrf_token": token} | data, **more)


@pytest.fixture
def sign_in(app):
    """A browser in which somebody of this role has signed in."""
    return functools.partial(Browser, app)


@pytest.fixture
def nurse(sign_in):
    """The nurse's browser."""
    return sign_in(Role.NURSE)


def beside(cast, role: Role = Role.MANAGER, pin: str = PIN) -> dict:
    """The second person's part of a form."""
    return {"witness-staff": cast.staff[role], "witness-pin": pin}


def test_the_first_page_shows_every_register_at_a_glance(nurse):
    ledger.opened("1000")
    page = nurse.get("/register").text
    assert "1000" in page
    assert "Not opened yet" in page
    assert "Low" in page


def test_a_line_is_written_by_two_and_stands_on_the_page(nurse, cast):
    nurse.post(f"/register/{DRUG}/write/opening", data={"amount_mg": "1000", "lot": "A1"} | beside(cast))
    said = {"amount_mg": "12.5", "lot": "A1", "reason": "a drop on the table"}
    answer = nurse.post(f"/register/{DRUG}/write/waste", data=said | beside(cast), follow_redirects=True)
    assert "Line 2 is written. 987.5 mg are left." in answer.text
    assert "a drop on the table" in answer.text
    line = queries.newest(products.product(DRUG), None, 1)[0]
    assert (line.giver, line.witness) == (cast.staff[Role.NURSE], cast.staff[Role.MANAGER])


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"amount_mg": "1,5"}, 422, "a point, no comma"),
        ({"reason": ""}, 422, "please fill this in"),
        ({"witness-pin": "000000"}, 422, "do not fit"),
        ({"witness-pin": ""}, 409, "signed by two people"),
        ({"amount_mg": "5000"}, 409, "holds 1000 mg"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_but_for_the_pin(nurse, cast, change, status, sentence):
    ledger.opened("1000")
    said = {"amount_mg": "1", "lot": "A1", "reason": "a drop on the table"} | beside(cast) | change
    answer = nurse.post(f"/register/{DRUG}/write/waste", data=said)
    assert answer.status_code == status
    assert sentence in answer.text
    assert PIN not in answer.text
    if "reason" not in change:
        assert "a drop on the table" in answer.text
    assert queries.newest(products.product(DRUG), None, 1)[0].seq == 1


def test_nobody_is_their_own_witness(nurse, cast):
    ledger.opened("1000")
    said = {"amount_mg": "1", "lot": "A1", "reason": "spilled"} | beside(cast, Role.NURSE)
    answer = nurse.post(f"/register/{DRUG}/write/waste", data=said)
    assert answer.status_code == 409
    assert "another person" in answer.text


def test_a_line_is_taken_back_on_its_own_page(nurse, cast):
    ledger.opened()
    line = ledger.supplied("2000")
    page = f"/register/{DRUG}/lines/{line.code}"
    assert "Take the line back" in nurse.get(page).text
    nurse.post(page, data={"reason": "typed wrongly"} | beside(cast))
    assert "Take the line back" not in nurse.get(page).text
    assert "of line 2" in nurse.get(f"/register/{DRUG}").text


def test_two_people_count_at_one_tablet_and_see_nothing(nurse, cast):
    ledger.opened("1234")
    page = nurse.get(f"/register/{DRUG}/count").text
    assert "1234" not in page
    said = {"lot": "A1", "counted_mg": "1230", "occasion": "shift"}
    first = nurse.post(f"/register/{DRUG}/count", data=said, follow_redirects=True)
    assert "another person counts" in first.text
    assert not {"1234", "1230"} & set(first.text.split())
    second = nurse.post(f"/register/{DRUG}/count", data=said | beside(cast), follow_redirects=True)
    assert "does not agree with the register" in second.text
    code = queries.open_discrepancies()[0].code
    assert "-4 mg" in nurse.get(f"/register/discrepancies/{code}").text
    nurse.post(f"/register/discrepancies/{code}", data={"reason": "spilled"} | beside(cast))
    assert queries.open_discrepancies() == []


def test_the_page_says_whether_the_register_holds_and_agrees_with_the_paper(sign_in):
    ledger.opened()
    printed = ledger.supplied()
    auditor = sign_in(Role.AUDITOR)
    assert "It holds" in auditor.get(f"/register/{DRUG}/verify").text
    page = auditor.get(f"/register/{DRUG}/verify?line=2&hash={printed.hash[:12]}").text
    assert "It agrees with the paper at line 2." in page
    page = auditor.get(f"/register/{DRUG}/verify?line=2&hash={'0' * 12}").text
    assert "The first line that is wrong is line 2." in page
    assert auditor.get(f"/register/{DRUG}/verify?line=2&hash=x").status_code == 422


def test_an_auditor_reads_and_writes_nothing(sign_in):
    ledger.opened()
    auditor = sign_in(Role.AUDITOR)
    assert "Open the register" not in auditor.get(f"/register/{DRUG}").text
    assert auditor.get(f"/register/{DRUG}/write/waste").status_code == 403


def test_the_extract_is_a_table_in_order_safe_for_a_spreadsheet(nurse):
    ledger.opened("1000")
    ledger.received(lot="=1+1")
    line = ledger.supplied("200", lot="A1")
    back = ledger.reversed_line(line.code, "@wrong")
    answer = nurse.get(f"/register/{DRUG}/extract?from=2026-11-01&to=2026-11-30&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["kind"] for row in rows] == [*("brought-forward", "opening", "receipt", "supply", "reversal", "end")]
    assert (rows[0]["balance_mg"], rows[3]["out_mg"], rows[3]["taken_back_by_line"]) == ("0", "200", "4")
    assert (rows[2]["lot"], rows[4]["reason"], rows[4]["reverses_line"]) == ("'=1+1", "'@wrong", "3")
    assert (rows[3]["giver"], rows[3]["witness"]) == ("Nina", "Mona")
    assert (rows[-1]["line"], rows[-1]["hash"]) == ("4", back.hash)


def test_an_extract_begins_with_what_was_left_before(nurse, fast_forward):
    ledger.opened("1000")
    fast_forward(days=2)
    ledger.supplied("200")
    answer = nurse.get(f"/register/{DRUG}/extract?from=2026-11-22&to=2026-11-30&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["kind"], row["balance_mg"]) for row in rows[:2]] == [("brought-forward", "1000"), ("supply", "800")]


def test_the_extract_is_printed_with_the_end_of_the_chain(nurse, app):
    ledger.opened("1000", lot="Łódź-æøå")
    for number in range(60):
        ledger.supplied("1", f"dose-{number}")
    answer = nurse.get(f"/register/{DRUG}/extract?from=2026-11-01&to=2026-11-30")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert answer.data.count(b"/Type /Page\n") > 1
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("query", ["", "from=2026-11-30&to=2026-11-01", "from=x&to=2026-11-01"])
def test_an_extract_of_no_period_says_so_on_the_register(nurse, query):
    answer = nurse.get(f"/register/{DRUG}/extract?{query}", follow_redirects=True)
    assert answer.status_code == 200
    assert "For the inspector" in answer.text


def test_a_bag_is_sealed_and_handed_over_on_its_page(nurse, cast):
    said = {"bag": "S-1001", "what": "White powder", "found": "cubicle 3", "store": "safe", "amount_mg": "250"}
    refused = nurse.post("/register/custody", data=said)
    assert refused.status_code == 409
    assert "White powder" in refused.text
    page = nurse.post("/register/custody", data=said | beside(cast), follow_redirects=True)
    assert "Bag S-1001 is in the log." in page.text
    code = custody.log()[0].code
    gone = {"kind": "to-police", "to": "Officer 4711", "receipt": "K-88"} | beside(cast)
    page = nurse.post(f"/register/custody/{code}", data=gone, follow_redirects=True)
    assert "Handed to the police" in page.text
    assert "Move or hand over" not in page.text


def test_the_report_of_the_registers_adds_up(client_as):
    ledger.opened("1000")
    ledger.supplied("200")
    ledger.put_back("50")
    ledger.wasted("10")
    found = client_as(Role.MANAGER).get("/api/v1/reports/register?from=2026-11-19&to=2026-11-20").json
    day_before, today = [row for row in found["rows"] if row["product"] == DRUG]
    assert (day_before["lines"], day_before["balance_mg"]) == (0, "0")
    assert (today["came_mg"], today["supplied_mg"], today["wasted_mg"], today["balance_mg"]) == (
        *("1000", "150", "10"),
        "840",
    )
    assert found["totals"] == {"lines": 4}
    assert set(found["rows"][0]) == set(found["definitions"])
