"""What people agree to: versions, languages, taking back, and the wall of law, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal, wordings
from consumption_room.consents import queries, rules, service
from consumption_room.consents.models import Consent
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, Unsafe
from consumption_room.gate import here
from consumption_room.settings import ROOT
from consumption_room.visits import across
from consumption_room.vocabulary.consents import ConsentScope, ConsentState, ConsentWay
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import Purpose
from tests.builders import NINE, ROSA, agreed, client, intake, taken_back_consent, visit

TEXTS = wordings.load(ROOT / "config" / "consents")
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
HOUSE, DATA = ConsentScope.HOUSE_RULES, ConsentScope.DATA
SEES_OWN_USE, SEES_TREATMENT = ConsentScope.TREATMENT_SEES_OWN_USE, ConsentScope.OWN_USE_SEES_TREATMENT
YEAR = timedelta(days=365)


def given(**more) -> rules.Agreed:
    """An agreement to the house rules, given at nine for a year."""
    known = {"scope": HOUSE, "version": 1, "given_at": NINE, "expires_at": NINE + YEAR}
    return rules.Agreed(**(known | more))


def newer(scope: ConsentScope = HOUSE, version: int = 2) -> wordings.Wordings:
    """The room's texts, with a newer one in English only."""
    old = TEXTS.read(scope, ["en"])
    return wordings.Wordings(
        (*TEXTS.all, wordings.Wording(scope, version, "en", "New rules", ("Be kind.",), old.digest))
    )


@pytest.mark.parametrize(
    ("agreement", "state"),
    [
        (None, ConsentState.NEVER_ASKED),
        (given(version=2), ConsentState.LIVE),
        (given(version=1), ConsentState.OLD_WORDING),
        (given(version=2, expires_at=NINE + timedelta(hours=1)), ConsentState.EXPIRED),
        (given(version=2, ended_at=NINE, ending="withdrawn"), ConsentState.WITHDRAWN),
    ],
)
def test_the_states_of_an_agreement(agreement, state):
    if agreement is not None and agreement.ending is not None:
        agreement = given(version=2, ended_at=NINE, ending=rules.ConsentEnding.WITHDRAWN)
    assert rules.state(agreement, 2, NINE + timedelta(hours=1)) is state


def test_the_wall_opens_only_for_a_live_agreement_to_just_this_with_an_end():
    hour = timedelta(hours=1)
    open_now = given(scope=SEES_OWN_USE, expires_at=NINE + hour)
    assert rules.may_see([open_now], SEES_OWN_USE, NINE)
    assert rules.may_see([given(), open_now], SEES_OWN_USE, NINE)
    for shut in (
        [],
        [given()],
        [given(scope=SEES_TREATMENT, expires_at=NINE + hour)],
        [given(scope=SEES_OWN_USE, expires_at=None)],
        [given(scope=SEES_OWN_USE, expires_at=NINE)],
        [given(scope=SEES_OWN_USE, ended_at=NINE, ending=rules.ConsentEnding.WITHDRAWN)],
        [given(scope=SEES_OWN_USE, given_at=NINE + hour)],
    ):
        assert not rules.may_see(shut, SEES_OWN_USE, NINE), shut


def test_an_agreement_ends_when_the_person_wants_but_never_later_than_the_policy_says():
    week = NINE + timedelta(days=7)
    assert rules.ends(None, YEAR, NINE) == NINE + YEAR
    assert rules.ends(week, YEAR, NINE) == week
    assert rules.ends(NINE + 2 * YEAR, YEAR, NINE) == NINE + YEAR
    with pytest.raises(FieldsWrong):
        rules.ends(NINE, YEAR, NINE)


def test_every_text_is_there_in_english_and_danish():
    for scope in ConsentScope:
        assert TEXTS.languages(scope) == ["da", "en"]
        assert TEXTS.read(scope, ["da"]).title != TEXTS.read(scope, ["en"]).title


def test_a_text_that_is_not_there_in_a_language_is_read_in_english():
    assert TEXTS.read(HOUSE, ["kl", "da"]).language == "da"
    assert TEXTS.read(HOUSE, ["kl"]).language == "en"
    assert newer().read(HOUSE, ["da"]).title == "New rules"
    assert newer().read(HOUSE, ["da"], version=1).language == "da"


def test_texts_that_lack_something_are_refused_at_the_start(tmp_path):
    for path in (ROOT / "config" / "consents").iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    wordings.load(tmp_path)
    (tmp_path / "house-rules.2.da.txt").write_text("Nye husregler\n\nVær rar.")
    with pytest.raises(Unsafe, match="needs a text in English"):
        wordings.load(tmp_path)
    (tmp_path / "house-rules.2.en.txt").write_text("A title alone")
    with pytest.raises(Unsafe, match="at least one paragraph"):
        wordings.load(tmp_path)
    (tmp_path / "house-rules.2.en.txt").write_text("New rules\n\nBe kind.")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(Unsafe, match="is not called like"):
        wordings.load(tmp_path)


def test_what_was_agreed_to_is_kept_with_its_text_its_language_and_how(room):
    heron = client()
    consent = agreed(heron, HOUSE, way=ConsentWay.SIGNED, language="da")
    assert (consent.version, consent.language, consent.way, consent.noted_by) == (1, "da", ConsentWay.SIGNED, "Rosa")
    assert consent.digest == TEXTS.read(HOUSE, ["da"]).digest
    assert consent.expires_at == NINE + room.consent_lasts[HOUSE]


def test_a_person_is_asked_once_and_again_when_the_text_changes(room, fast_forward):
    heron = client()

    def ask(texts=TEXTS):
        return queries.to_ask(heron.id, room, texts, clock.now())

    assert ask() == [HOUSE, DATA]
    agreed(heron, HOUSE)
    assert ask() == [DATA]
    agreed(heron, DATA)
    assert ask() == []
    assert ask(newer()) == [HOUSE]
    fast_forward(days=366)
    assert ask() == [HOUSE, DATA]


def test_agreeing_anew_takes_the_place_of_the_agreement_before(room):
    heron = client()
    first, second = agreed(heron, HOUSE), agreed(heron, HOUSE, way=ConsentWay.CARD)
    assert (first.ending, second.ending) == (rules.ConsentEnding.REPLACED, None)
    assert len(queries.of_client(heron.id, [HOUSE])) == 2


def test_a_text_that_changed_while_the_page_was_open_is_read_out_anew(room):
    heron = client()
    asked = service.Agreement(HOUSE, ConsentWay.SPOKEN, "en", version=1)
    with pytest.raises(rules.OldWording), transaction():
        service.give(heron.code, asked, newer(), room, ROSA, NINE)


def test_the_database_keeps_one_standing_agreement_and_knows_no_end_without_a_name(room):
    consent = agreed(client(), HOUSE)
    db.session.rollback()
    kept = "client_id, scope, whom, version, language, digest, way, given_at, noted_by, expires_at"
    for wrong in (
        f"INSERT INTO consent (code, {kept}) SELECT 'another', {kept} FROM consent",
        "UPDATE consent SET ended_at = given_at",
        "UPDATE consent SET expires_at = given_at",
        "UPDATE consent SET whom = 'somebody'",
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(text(wrong))
        db.session.rollback()
    assert consent.ended_at is None


def test_what_is_taken_back_is_gone_the_same_moment(room):
    heron = client()
    intake(visit(heron))
    consent = agreed(heron, SEES_OWN_USE)
    assert len(across.own_use(heron.id, NINE)) == 1
    taken_back_consent(consent)
    assert not queries.may_see(heron.id, SEES_OWN_USE, NINE)
    with pytest.raises(rules.NotAgreed):
        across.own_use(heron.id, NINE)


def test_an_agreement_across_the_wall_ends_by_itself(room, fast_forward):
    heron = client()
    intake(visit(heron))
    agreed(heron, SEES_OWN_USE, expires_on=date(2026, 11, 22))
    assert len(across.own_use(heron.id, fast_forward(days=2))) == 1
    with pytest.raises(rules.NotAgreed):
        across.own_use(heron.id, fast_forward(days=1))


def test_the_question_itself_has_the_wall_inside(room):
    heron, wren = client("Blue Heron"), client("Wren")
    agreed(heron, SEES_OWN_USE)
    agreed(wren, HOUSE)
    seen = db.session.scalars(
        db.select(Consent.client_id).where(queries.agreed(Consent.client_id, SEES_OWN_USE, NINE))
    ).all()
    assert set(seen) == {heron.id}
    db.session.execute(update(Consent).values(expires_at=NINE + timedelta(seconds=1)))
    later = NINE + timedelta(seconds=1)
    assert (
        db.session.scalars(db.select(Consent.id).where(queries.agreed(Consent.client_id, SEES_OWN_USE, later))).all()
        == []
    )
    db.session.rollback()


def test_taking_back_twice_is_taking_back_once(room):
    consent = taken_back_consent(agreed(client(), HOUSE))
    before = journal.last()
    taken_back_consent(consent)
    assert journal.last() == before


def test_the_journal_says_what_kind_of_agreement_and_no_name(room):
    heron = client()
    agreed(heron, ConsentScope.PARTNER, whom="Aunt Vera")
    row = journal.after(journal.last() - 1)[0]
    assert (row.what, row.payload) == ("consent.given", {"scope": "partner", "version": 1, "way": "spoken"})
    assert "Vera" not in str(row.payload) + row.subject


def test_a_partner_is_named_and_nobody_else(client_as):
    heron = client()
    post = client_as(Role.NURSE).post
    url = f"/api/v1/clients/{heron.code}/consents"
    said = {"way": "spoken", "language": "en"}
    assert post(url, json={"scope": "partner", **said}).json["errors"] == {
        "whom": ["Please say which partner may be told."]
    }
    assert post(url, json={"scope": "data", "whom": "x", **said}).status_code == 422
    assert post(url, json={"scope": "partner", "whom": "Housing", **said}).status_code == 201
    assert post(url, json={"scope": "partner", "whom": "Clinic", **said}).status_code == 201
    standing = client_as(Role.NURSE).get(url).json["items"]
    assert {one["whom"] for one in standing if one["ended_at"] is None} == {"Housing", "Clinic"}


def test_an_agreement_is_noted_listed_and_taken_back_over_http(client_as):
    heron, reception = client(), client_as(Role.RECEPTION)
    url = f"/api/v1/clients/{heron.code}/consents"
    assert reception.get(url).json == {"items": [], "next": None, "to_ask": ["house-rules", "data"]}
    body = {"scope": "house-rules", "way": "signed", "language": "da", "version": 1}
    made = reception.post(url, json=body, headers={"Idempotency-Key": "once"})
    again = reception.post(url, json=body, headers={"Idempotency-Key": "once"})
    assert (made.status_code, made.json) == (201, again.json)
    found = reception.get(url).json
    assert ([one["code"] for one in found["items"]], found["to_ask"]) == ([made.json["code"]], ["data"])
    ended = reception.post(f"{url}/{made.json['code']}/withdraw")
    assert (ended.status_code, ended.json["ending"]) == (200, "withdrawn")
    assert reception.get(url).json["to_ask"] == ["house-rules", "data"]
    assert reception.post(f"{url}/nosuch/withdraw").status_code == 404
    assert reception.post("/api/v1/clients/no-such/consents", json=body).status_code == 404
    assert reception.post(url, json=body | {"version": 7}).json["code"] == "old-wording"
    assert reception.post(url, json=body | {"expires_on": "2026-11-01"}).json["errors"].keys() == {"expires_on"}


def test_the_desk_never_learns_that_somebody_is_in_treatment_and_can_still_take_everything_back(client_as):
    heron = client()
    url = f"/api/v1/clients/{heron.code}/consents"
    hidden = {"scope": "treatment-sees-own-use", "way": "signed", "language": "en"}
    made = client_as(Role.NURSE).post(url, json=hidden).json
    reception = client_as(Role.RECEPTION)
    assert reception.get(url).json["items"] == []
    assert reception.post(url, json=hidden).status_code == 403
    assert reception.post(f"{url}/{made['code']}/withdraw").status_code == 404
    assert "Treatment sees own use" not in reception.get(f"/clients/{heron.code}/consents").text
    assert client_as(Role.NURSE).get(f"/api/v1/clients/{heron.code}/own-use").status_code == 200
    assert reception.post(f"{url}/withdraw").json["items"] == []
    gone = client_as(Role.NURSE).get(f"/api/v1/clients/{heron.code}/own-use")
    assert (gone.status_code, gone.json["code"]) == (409, "no-consent")


def test_nobody_is_sent_away_for_want_of_an_agreement(client_as):
    heron, reception = client(), client_as(Role.RECEPTION)
    for purpose in (Purpose.NEEDLES, Purpose.CONSUME):
        checked_in = reception.post("/api/v1/visits", json={"client": heron.code, "purposes": [purpose.value]})
        assert checked_in.status_code == 201
        if purpose is Purpose.NEEDLES:
            issue = {"item": "insulin-1ml", "quantity": 10, "visit": checked_in.json["code"]}
            assert reception.post("/api/v1/stock/issues", json=issue).status_code == 201
        assert (
            reception.post(f"/api/v1/visits/{checked_in.json['code']}/leave", json={"reason": "finished"}).status_code
            == 200
        )
    assert client_as(Role.NURSE).post("/api/v1/alerts", json={"place": "reception"}).status_code == 201


@on_sqlite
def test_the_desk_says_what_is_to_be_asked_and_then_says_it_no_more(client_as):
    heron, desk = client(), client_as(Role.RECEPTION)

    def found():
        return desk.post("/desk/search", data={"q": "Blue Heron"}).text

    assert "To ask:" in found()
    for scope in (HOUSE, DATA):
        page = f"/clients/{heron.code}/consents"
        said = {"scope": scope.value, "way": "spoken", "language": "en", "version": "1"}
        assert desk.post(page, data=said).headers["Location"].startswith(page)
    assert "To ask:" not in found()
    assert "Agreed" in desk.get(f"/clients/{heron.code}/consents").text


@on_sqlite
def test_a_page_shows_a_text_in_the_language_of_the_person_and_in_its_direction(app, client_as, tmp_path):
    arabic = "قواعد البيت\n\nكن لطيفا مع الجميع."
    for path in (ROOT / "config" / "consents").iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "house-rules.1.ar.txt").write_text(arabic)
    object.__setattr__(here.installation(), "wordings", wordings.load(tmp_path))
    heron = client(language="ar")
    page = client_as(Role.RECEPTION).get(f"/clients/{heron.code}/consents").text
    assert '<blockquote class="wording" lang="ar" dir="auto">' in page
    assert "كن لطيفا مع الجميع." in page
    danish = client_as(Role.RECEPTION).get(f"/clients/{heron.code}/consents?language=da").text
    assert "Husregler" in danish


@on_sqlite
def test_a_refused_agreement_keeps_what_was_typed(client_as):
    heron = client()
    page = f"/clients/{heron.code}/consents"
    said = {"scope": "partner", "way": "spoken", "language": "en", "whom": "Housing", "expires_on": "2020-01-01"}
    answer = client_as(Role.NURSE).post(page, data=said)
    assert answer.status_code == 422
    assert 'value="Housing"' in answer.text
    assert "This day is over" in answer.text
