"""Treatment plans and diversion contracts: what they hold, how they go on, and who may know of them."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, demonstration_plans, journal
from consumption_room.agreements import queries, rules, service
from consumption_room.agreements.models import Agreement
from consumption_room.consents import queries as consents
from consumption_room.consents.rules import NotAgreed
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.gate import here
from consumption_room.journal import Actor
from consumption_room.vocabulary.agreements import AgreementKind as Kind
from consumption_room.vocabulary.agreements import AgreementState as State
from consumption_room.vocabulary.agreements import AgreementStep as Step
from consumption_room.vocabulary.agreements import ConditionKind as Condition
from consumption_room.vocabulary.consents import ConsentScope, ConsentWay
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests import dosing, ledger
from tests.builders import NINE, TODAY, agreed, client, intake, taken_back_consent, visit

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
CARL = Actor(name="Carl", role=Role.CASE_WORKER, staff="carl22")
DITTE = Actor(name="Ditte", role=Role.CASE_WORKER, staff="ditte2")
SOON = TODAY + timedelta(days=30)


def plan(heron=None, kind: Kind = Kind.TREATMENT, by: Actor = CARL, **more) -> Agreement:
    """An agreement that is offered."""
    if kind in rules.CONTRACTS:
        more = {"referred_by": "Checkpoint team", "confirmed": everything()} | more
    else:
        more = {"goal": "Sleep in a bed of my own"} | more
    asked = service.NewAgreement((heron or client()).code, kind, more.pop("next_review_on", SOON), **more)
    with transaction():
        return service.offer(asked, here.policy(), by, clock.now())


def everything() -> tuple[str, ...]:
    """What the police confirm for a contract."""
    return tuple(one.code for one in here.policy().eligibility)


def then(agreement: Agreement, event: Step, by: Actor = CARL, **more) -> Agreement:
    """The agreement, one step further."""
    if event is Step.SIGNED:
        more = {"way": ConsentWay.SIGNED} | more
    with transaction():
        return service.carry_on(agreement.code, service.Step(event, **more), here.policy(), by, clock.now())


def signed(heron=None, kind: Kind = Kind.TREATMENT, **more) -> Agreement:
    """An agreement that runs."""
    return then(plan(heron, kind, **more), Step.SIGNED)


def add(agreement: Agreement, kind: Condition, **more) -> Agreement:
    """One more thing that somebody signs up to."""
    with transaction():
        return service.add_condition(agreement.code, service.NewCondition(kind, **more), here.policy(), CARL, NINE)


def facts(state: State, kind: Kind = Kind.DIVERSION, *, was_extended: bool = False) -> rules.Facts:
    """What the rules know of an agreement with one condition."""
    return rules.Facts(kind, state, was_extended, [Condition.NO_REOFFENDING])


def said(step: Step, *, by_key_worker: bool = False) -> rules.Said:
    """A step with everything that it could need."""
    return rules.Said(step, "a reason", ConsentWay.SIGNED, "Sgt at Checkpoint", by_key_worker)


TABLE = {
    State.OFFERED: {Step.SIGNED: State.ACTIVE, Step.REFUSED: State.REFUSED, Step.WITHDRAWN: State.WITHDRAWN},
    State.ACTIVE: {
        Step.REVIEWED: State.ACTIVE,
        Step.CAME: State.ACTIVE,
        Step.STAYED_AWAY: State.ACTIVE,
        Step.EXTENDED: State.EXTENDED,
        Step.SENT_FOR_REVIEW: State.IN_REVIEW,
        Step.COMPLETED: State.COMPLETED,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.EXTENDED: {
        Step.REVIEWED: State.EXTENDED,
        Step.CAME: State.EXTENDED,
        Step.STAYED_AWAY: State.EXTENDED,
        Step.SENT_FOR_REVIEW: State.IN_REVIEW,
        Step.COMPLETED: State.COMPLETED,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.IN_REVIEW: {Step.CONTINUED: State.ACTIVE, Step.BREACHED: State.BREACHED, Step.WITHDRAWN: State.WITHDRAWN},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_step_from_every_state_of_a_contract(state, step):
    expected = TABLE.get(state, {}).get(step)
    if expected is None:
        with pytest.raises(OutOfOrder):
            rules.goes_on(facts(state), said(step))
    else:
        assert rules.goes_on(facts(state), said(step)) is expected


def test_a_plan_of_treatment_knows_no_police():
    for step in (Step.SENT_FOR_REVIEW, Step.CONTINUED, Step.BREACHED):
        for state in State:
            with pytest.raises(OutOfOrder):
                rules.goes_on(facts(state, Kind.TREATMENT), said(step))


def test_a_breach_is_decided_by_the_police_and_written_down_by_a_colleague():
    with pytest.raises(rules.NotTheirsToSay):
        rules.goes_on(facts(State.IN_REVIEW), said(Step.BREACHED, by_key_worker=True))
    with pytest.raises(FieldsWrong):
        rules.goes_on(facts(State.IN_REVIEW), rules.Said(Step.BREACHED, None, None, None, False))
    for state in (State.ACTIVE, State.EXTENDED, State.OFFERED):
        with pytest.raises(OutOfOrder):
            rules.goes_on(facts(state), said(Step.BREACHED))


def test_what_goes_on_after_a_review_is_as_extended_as_before():
    assert rules.goes_on(facts(State.IN_REVIEW, was_extended=True), said(Step.CONTINUED)) is State.EXTENDED


def test_an_offered_plan_counts_once_it_is_signed(room):
    made = plan()
    assert (made.state, made.key_worker, made.signed_at) == (State.OFFERED, "Carl", None)
    assert (made.ends_on, made.next_review_on) == (TODAY + room.agreement_lasts[Kind.TREATMENT], SOON)
    with pytest.raises(FieldsWrong):
        then(made, Step.SIGNED, way=None)
    running = then(made, Step.SIGNED, way=ConsentWay.CARD)
    assert (running.state, running.signed_way, running.signed_at) == (State.ACTIVE, ConsentWay.CARD, NINE)


def test_nobody_signs_up_to_nothing(room):
    empty = plan(goal=None)
    with pytest.raises(rules.NothingAgreed):
        then(empty, Step.SIGNED)
    assert then(add(empty, Condition.GOAL, what="See my daughter"), Step.SIGNED).state is State.ACTIVE


def test_a_contract_lasts_four_months_and_begins_with_not_reoffending(room):
    contract = plan(kind=Kind.DIVERSION)
    assert contract.ends_on == TODAY + timedelta(days=122)
    assert [one.kind for one in contract.conditions] == [Condition.NO_REOFFENDING]


def test_a_contract_holds_at_most_five_conditions_and_none_after_it_is_signed(room):
    contract = plan(kind=Kind.DIVERSION)
    add(contract, Condition.RESTORATIVE, what="Write a letter")
    add(contract, Condition.PATHWAY, what="Meet the housing office")
    add(contract, Condition.PATHWAY, what="See a doctor")
    add(contract, Condition.VOLUNTARY_WORK, hours=18)
    with pytest.raises(rules.TooManyConditions, match="at most 5"):
        add(contract, Condition.PATHWAY, what="One more")
    other = signed(client("Wren"), Kind.DIVERSION)
    with pytest.raises(OutOfOrder):
        add(other, Condition.PATHWAY, what="Later")


@pytest.mark.parametrize(
    ("kind", "condition", "more"),
    [
        (Kind.TREATMENT, Condition.NO_REOFFENDING, {}),
        (Kind.TREATMENT, Condition.GOAL, {}),
        (Kind.TREATMENT, Condition.REDUCTION, {"from_on": SOON}),
        (Kind.TREATMENT, Condition.GOAL, {"what": "x", "hours": 20}),
        (Kind.DIVERSION, Condition.GOAL, {"what": "x"}),
        (Kind.DIVERSION, Condition.VOLUNTARY_WORK, {}),
        (Kind.COURSE, Condition.VOLUNTARY_WORK, {"hours": 20}),
    ],
)
def test_a_condition_says_what_its_kind_needs_and_fits_the_agreement(room, kind, condition, more):
    made = plan(kind=kind)
    before = len(made.conditions)
    with pytest.raises(FieldsWrong):
        add(made, condition, **more)
    db.session.expire_all()
    assert len(made.conditions) == before


def test_steps_down_are_written_with_their_day_and_their_milligrams(room):
    made = add(plan(), Condition.REDUCTION, from_on=SOON, amount=180_500)
    assert [(one.from_on, one.amount) for one in made.conditions if one.amount] == [(SOON, 180_500)]


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=400)])
def test_a_review_lies_ahead_and_not_too_far(room, day):
    with pytest.raises(FieldsWrong) as refused:
        plan(next_review_on=day)
    assert refused.value.errors.keys() == {"next_review_on"}


def test_what_is_due_is_listed_the_longest_overdue_first_until_it_was_looked_at(room, fast_forward):
    late, later = signed(client("Wren")), signed(next_review_on=SOON + timedelta(days=1))
    plan(client("Lark"), next_review_on=TODAY + timedelta(days=80))
    fast_forward(days=35)
    today = room.service_day(clock.now())
    assert [one.code for one in queries.due(list(Kind), today)] == [late.code, later.code]
    with pytest.raises(FieldsWrong):
        then(late, Step.REVIEWED)
    then(late, Step.REVIEWED, next_review_on=today + timedelta(days=60))
    assert [one.code for one in queries.due(list(Kind), today)] == [later.code]
    then(later, Step.COMPLETED)
    assert queries.due(list(Kind), today) == []


def test_a_contract_needs_everything_that_the_police_confirm(room):
    with pytest.raises(rules.NotEligible) as refused:
        plan(kind=Kind.DIVERSION, confirmed=everything()[1:])
    assert refused.value.facts["missing"] == [room.eligibility[0].says]
    with pytest.raises(FieldsWrong):
        plan(kind=Kind.DIVERSION, referred_by=None)
    with pytest.raises(FieldsWrong):
        plan(referred_by="Checkpoint team")


def test_one_running_agreement_of_a_kind(room):
    heron = client()
    first = plan(heron)
    with pytest.raises(rules.AlreadyRunning):
        plan(heron)
    assert plan(heron, Kind.DIVERSION).state is State.OFFERED
    then(first, Step.REFUSED)
    assert plan(heron).state is State.OFFERED


def test_an_extension_is_once_later_and_not_too_long(room):
    contract = signed(kind=Kind.DIVERSION)
    before = contract.ends_on
    for wrong in ({"ends_on": before}, {"ends_on": before + timedelta(days=100)}, {"reason": None}):
        with pytest.raises(FieldsWrong):
            then(contract, Step.EXTENDED, **({"reason": "Course starts late"} | wrong))
    longer = then(contract, Step.EXTENDED, reason="Course starts late", ends_on=before + timedelta(days=30))
    assert (longer.state, longer.ends_on) == (State.EXTENDED, before + timedelta(days=30))
    with pytest.raises(OutOfOrder):
        then(longer, Step.EXTENDED, reason="Again")


def test_a_refused_step_changes_nothing(room):
    running = signed(kind=Kind.DIVERSION)
    before = journal.last()
    with pytest.raises(FieldsWrong):
        then(running, Step.EXTENDED, reason="Later", ends_on=TODAY)
    db.session.expire_all()
    assert (running.state, len(running.events), journal.last()) == (State.ACTIVE, 1, before)


def test_a_review_by_the_police_and_its_end(room):
    contract = signed(kind=Kind.DIVERSION)
    then(contract, Step.SENT_FOR_REVIEW, reason="Stayed away three times")
    with pytest.raises(rules.NotTheirsToSay):
        then(contract, Step.BREACHED, by=CARL, decided_by="Sgt at Checkpoint")
    breached = then(contract, Step.BREACHED, by=DITTE, decided_by="Sgt at Checkpoint")
    assert (breached.state, breached.decided_by, breached.next_review_on) == (State.BREACHED, "Sgt at Checkpoint", None)


def test_the_database_refuses_what_must_never_be(room):
    running = signed(kind=Kind.DIVERSION)
    for wrong in (
        "UPDATE agreement SET state = 'breached'",
        "UPDATE agreement SET signed_at = NULL",
        "UPDATE agreement SET ends_on = starts_on",
        "UPDATE agreement SET kind = 'treatment', referred_by = NULL, state = 'in-review'",
        "UPDATE agreement SET referred_by = NULL",
        "UPDATE agreement_condition SET hours = 40",
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(text(wrong))
        db.session.rollback()
    assert running.state is State.ACTIVE


def test_who_came_is_counted_by_day(room, fast_forward):
    running = signed()
    fast_forward(days=3)
    for day in (TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=1)):
        then(running, Step.CAME, on_day=day)
    then(running, Step.STAYED_AWAY, on_day=TODAY + timedelta(days=2))
    found = queries.attendance(running, TODAY + timedelta(days=3))
    assert (len(found.came), found.stayed_away) == (2, [TODAY + timedelta(days=2)])
    for wrong in (TODAY - timedelta(days=1), TODAY + timedelta(days=4)):
        with pytest.raises(FieldsWrong):
            then(running, Step.CAME, on_day=wrong)


def test_a_partner_is_told_who_came_while_the_person_agrees_and_then_no_more(room):
    heron = client()
    contract = then(signed(heron, Kind.DIVERSION), Step.CAME)
    with pytest.raises(NotAgreed):
        queries.for_the_partner(contract.code, TODAY, NINE)
    consent = agreed(heron, ConsentScope.CONTRACT_ATTENDANCE)
    assert queries.for_the_partner(contract.code, TODAY, NINE).came == [TODAY]
    taken_back_consent(consent)
    with pytest.raises(NotAgreed):
        queries.for_the_partner(contract.code, TODAY, NINE)
    with pytest.raises(NotFound):
        queries.for_the_partner(signed(client("Wren")).code, TODAY, NINE)


def test_the_journal_of_an_agreement_holds_codes_only(room):
    made = then(plan(goal="See my daughter"), Step.WITHDRAWN, reason="Moves to Odense")
    rows = [row for row in journal.after(0) if row.subject == made.code]
    assert [row.what for row in rows] == ["agreement.offered", "agreement.moved"]
    assert not [word for row in rows for word in ("daughter", "Odense", "Heron") if word in str(row.payload)]


@on_sqlite
def test_an_agreement_over_http(client_as):
    heron, worker = client(), client_as(Role.CASE_WORKER)
    body = {"client": heron.code, "kind": "treatment", "goal": "Sleep", "next_review_on": SOON.isoformat()}
    made = worker.post("/api/v1/agreements", json=body, headers={"Idempotency-Key": "once"})
    again = worker.post("/api/v1/agreements", json=body, headers={"Idempotency-Key": "once"})
    assert (made.status_code, made.json) == (201, again.json)
    url = f"/api/v1/agreements/{made.json['code']}"
    step = {"kind": "reduction", "from_on": "2027-01-01", "mg_a_day": "180.5"}
    assert worker.post(f"{url}/conditions", json=step).json["conditions"][1]["mg_a_day"] == "180.5"
    for wrong in ({"mg_a_day": "1,5"}, {"mg_a_day": "9999"}, {"hours": 12}, {"kind": "tag"}, {"offence": "x"}):
        assert worker.post(f"{url}/conditions", json=step | wrong).status_code == 422
    assert worker.post(f"{url}/events", json={"event": "signed", "way": "signed"}).json["state"] == "active"
    assert worker.post(f"{url}/events", json={"event": "signed", "way": "signed"}).json["code"] == "out-of-order"
    assert worker.post(f"{url}/events", json={"event": "came"}).status_code == 200
    assert worker.get(f"{url}/attendance").json == {"came": [TODAY.isoformat()], "stayed_away": []}
    assert [one["code"] for one in worker.get("/api/v1/agreements?state=running").json["items"]] == [made.json["code"]]
    assert worker.get("/api/v1/agreements?state=due").json["items"] == []
    assert worker.get(url).json["client"] == heron.code
    past = body | {"client": client("Wren").code, "next_review_on": "2026-11-01"}
    assert worker.post("/api/v1/agreements", json=past).json["errors"].keys() == {"next_review_on"}
    assert worker.post("/api/v1/agreements", json=body | {"client": "no-such"}).status_code == 404
    assert worker.post("/api/v1/agreements", json=body).json["code"] == "already-running"


@on_sqlite
def test_no_field_takes_an_offence(client_as):
    heron, worker = client(), client_as(Role.CASE_WORKER)
    contract = {
        "client": heron.code,
        "kind": "diversion",
        "referred_by": "Checkpoint team",
        "confirmed": list(everything()),
        "next_review_on": SOON.isoformat(),
        "pathways": ["housing", "finances"],
    }
    for field in ("offence", "offence_category", "crime", "victim"):
        assert worker.post("/api/v1/agreements", json=contract | {field: "theft"}).status_code == 422
    made = worker.post("/api/v1/agreements", json=contract)
    assert made.status_code == 201
    assert not [name for name in made.json if "offence" in name]
    columns = [column for table in Agreement.metadata.sorted_tables for column in table.columns]
    assert not [column.name for column in columns if "offence" in column.name]


@on_sqlite
def test_that_somebody_has_a_contract_is_known_to_case_workers_alone(client_as):
    heron = client()
    contract, treatment = signed(heron, Kind.DIVERSION), signed(heron)
    url = f"/api/v1/agreements/{contract.code}"
    assert client_as(Role.CASE_WORKER).get(url).status_code == 200
    nurse = client_as(Role.NURSE)
    assert [one["code"] for one in nurse.get("/api/v1/agreements").json["items"]] == [treatment.code]
    assert nurse.get(url).status_code == 404
    assert nurse.post(f"{url}/events", json={"event": "came"}).status_code == 404
    assert nurse.get(f"/agreements/{contract.code}").status_code == 404
    assert nurse.get(f"{url}/for-the-partner").status_code == 403
    for who in (Role.RECEPTION, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR, DeviceKind.WALL):
        assert client_as(who).get(url).status_code == 403
        assert "Checkpoint" not in client_as(who).get("/desk").text


@on_sqlite
def test_whoever_keeps_agreements_never_learns_what_somebody_uses(client_as):
    heron = client()
    intake(visit(heron))
    contract, treatment = signed(heron, Kind.DIVERSION), signed(heron)
    agreed(heron, ConsentScope.CONTRACT_ATTENDANCE)
    worker = client_as(Role.CASE_WORKER)
    read = "".join(
        worker.get(path).text
        for code in (contract.code, treatment.code)
        for path in (
            "/agreements",
            f"/agreements/{code}",
            f"/api/v1/agreements/{code}",
            f"/api/v1/agreements/{code}/attendance",
            f"/api/v1/agreements/{code}/for-the-partner",
        )
    )
    assert contract.code in read
    assert "heroin" not in read.lower()
    assert worker.get(f"/api/v1/clients/{heron.code}/own-use").status_code == 403


@on_sqlite
def test_a_plan_is_offered_signed_and_looked_at_on_its_pages(client_as):
    client("Blue Heron")
    worker = client_as(Role.CASE_WORKER)
    assert "Nobody has a plan yet." in worker.get("/agreements").text
    said = {"who": "Nobody", "kind": "treatment", "goal": "Sleep in a bed", "next_review_on": SOON.isoformat()}
    refused = worker.post("/agreements", data=said)
    assert refused.status_code == 422
    assert "Sleep in a bed" in refused.text
    made = worker.post("/agreements", data=said | {"who": "Blue Heron"})
    page = made.headers["Location"]
    assert "Sleep in a bed" in worker.get(page).text
    assert worker.post(f"{page}/events", data={"event": "signed", "way": "signed"}).status_code == 303
    extended = worker.post(f"{page}/events", data={"event": "withdrawn"})
    assert (extended.status_code, "Please say why" in extended.text) == (422, True)
    assert worker.post(f"{page}/conditions", data={"kind": "goal", "what": "See my daughter"}).status_code == 303
    shown = worker.get(page).text
    assert "See my daughter" in shown
    assert "Ask the police to review" not in shown
    assert "Blue Heron" in worker.get("/agreements").text


def test_the_people_of_the_demo_room_have_plans_and_some_are_still_to_be_asked(room):
    people = [client(f"Visitor {number}") for number in range(9)]
    for person in people:
        visit(person)
    with transaction():
        demonstration_plans.agree(CARL, NINE)
    found = queries.page(list(Kind), running_only=True)
    assert sorted(one.kind for one in found) == [Kind.DIVERSION, Kind.TREATMENT, Kind.TREATMENT]
    asked = [consents.to_ask(person.id, room, here.wordings(), NINE) for person in people]
    assert (asked.count([]), len(asked[0])) == (7, 2)


def test_who_came_for_their_doses_came(room, fast_forward):
    heron = client()
    running = signed(heron)
    ledger.opened()
    prescribed = dosing.order(heron)
    dosing.dosed(prescribed)
    fast_forward(days=1, hours=12)
    dosing.swept()
    today = room.service_day(clock.now())
    assert queries.attendance(running, today) == queries.Attendance([TODAY], [TODAY + timedelta(days=1)])
    then(running, Step.CAME, on_day=TODAY + timedelta(days=1))
    assert queries.attendance(running, today).stayed_away == []
    contract = signed(heron, Kind.DIVERSION)
    assert queries.attendance(contract, today).came == []
