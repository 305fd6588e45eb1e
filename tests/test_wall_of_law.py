"""The wall of law: nothing of own use on a page of treatment, or the reverse, but what the person agreed to.

Marked things are put on both sides, and every page and every answer is read in every role. A route belongs to treatment
when its address says so here; everything else, and whatever comes to be added, belongs to own use.
"""

from contextlib import suppress
from datetime import date, timedelta

import pytest

from consumption_room import clock
from consumption_room.agreements import service as agreements
from consumption_room.database import transaction
from consumption_room.gate import here
from consumption_room.vault import service as vault
from consumption_room.vocabulary.agreements import AgreementKind, AgreementStep, ConditionKind
from consumption_room.vocabulary.consents import ConsentScope, ConsentWay
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import Purpose, Route, Substance
from tests import dosing, ledger
from tests.builders import NINA, TODAY, agreed, client, gone, intake, taken_back_consent, visit

TREATMENT = (
    *("/vault", "/agreements", "/doses", "/register"),
    *("/api/v1/vault", "/api/v1/agreements", "/api/v1/doses", "/api/v1/prescriptions", "/api/v1/register"),
)
ACROSS = ("/api/v1/clients/<code>/own-use", "/api/v1/clients/<code>/last-dose")
OWN_USE_MARKS = ("amphetamine", "snort")
TREATMENT_MARKS = ("zeppelin", "181.818", "quillfeather", "in-treatment-since", "prescribed dose at", '"173"', "173 mg")
MAY_CROSS = (Role.NURSE, Role.PRESCRIBER)
WHO: list[Role | DeviceKind] = [*Role, DeviceKind.WALL]

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def both_sides(room):
    """Somebody who uses their own drugs here and has a plan with their prescription: their codes."""
    heron = client()
    ledger.opened()
    prescribed = dosing.order(heron)
    came_for_it = visit(heron, Purpose.DOSE)
    dose = dosing.dosed(prescribed, came_for_it, mg=173)
    dosing.let_go(dose, "seen well")
    gone(came_for_it)
    inside = visit(heron)
    intake(inside, Route.SNORT, Substance.AMPHETAMINE)
    with transaction():
        vault.keep(
            heron.code, vault.Person("Vera Quillfeather", date(1979, 3, 14)), here.keyring(), room, NINA, clock.now()
        )
        plan = agreements.offer(
            agreements.NewAgreement(heron.code, AgreementKind.TREATMENT, TODAY + timedelta(days=9), "Build a zeppelin"),
            room,
            NINA,
            clock.now(),
        )
        step = agreements.NewCondition(ConditionKind.REDUCTION, None, None, TODAY, 181_818)
        agreements.add_condition(plan.code, step, room, NINA, clock.now())
        signed = agreements.Step(AgreementStep.SIGNED, "in-treatment-since", way=ConsentWay.SIGNED)
        agreements.carry_on(plan.code, signed, room, NINA, clock.now())
    return heron, inside, plan


def read(app, client_as, codes: list[str], *, treatment: bool, who=WHO) -> dict[str, str]:
    """Every page and answer of one side, in every role, for each of these codes: the texts by who asked for what."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith("/static") or rule.rule in ACROSS:
            continue
        if rule.rule.startswith(TREATMENT) is not treatment:
            continue
        for code in codes if rule.arguments else codes[:1]:
            values = {name: 3 if name == "number" else code for name in rule.arguments}
            with suppress(ValueError):
                path = str(rule.build(values, append_unknown=False)[1])
                for one in who:
                    found[f"{one} {path}"] = client_as(one).get(path).text.lower()
    return found


def saying(pages: dict[str, str], marks: tuple[str, ...]) -> set[str]:
    """Whose pages say one of these words, and which."""
    return {page for page, text in pages.items() if any(mark in text for mark in marks)}


def told_of_own_use(pages: dict[str, str]) -> set[str]:
    """Which pages of treatment say what somebody took."""
    return saying(pages, OWN_USE_MARKS)


def test_no_page_of_treatment_says_what_somebody_takes_here(app, client_as, both_sides):
    heron, inside, plan = both_sides
    codes = [heron.code, plan.code, inside.code]
    own_use = f"/api/v1/clients/{heron.code}/own-use"

    def seen() -> set[str]:
        return told_of_own_use(read(app, client_as, codes, treatment=True))

    def asked() -> dict[str, int]:
        return {str(who): client_as(who).get(own_use).status_code for who in WHO}

    shut = {str(who): 409 if who in MAY_CROSS else 403 for who in WHO}
    assert (seen(), asked()) == (set(), shut)
    # An agreement about something else opens nothing.
    agreed(heron, ConsentScope.OWN_USE_SEES_TREATMENT)
    agreed(heron, ConsentScope.DATA)
    assert (seen(), asked()) == (set(), shut)
    consent = agreed(heron, ConsentScope.TREATMENT_SEES_OWN_USE)
    assert seen() == {f"{who} /vault/{heron.code}" for who in MAY_CROSS}
    assert asked() == {**shut, **{str(who): 200 for who in MAY_CROSS}}
    taken_back_consent(consent)
    assert (seen(), asked()) == (set(), shut)


def test_no_page_of_own_use_says_that_somebody_is_in_treatment(app, client_as, both_sides):
    heron, inside, plan = both_sides
    codes = [heron.code, inside.code]
    pages = read(app, client_as, codes, treatment=False)
    assert len(pages) > 200
    assert saying(pages, (heron.alias.lower(),)), "nothing was read"
    assert saying(pages, TREATMENT_MARKS) == set()
    marked = read(app, client_as, [plan.code], treatment=True, who=[Role.CASE_WORKER])
    assert saying(marked, ("zeppelin",)), "nothing was marked"
    # What treatment may see does not open the way back.
    agreed(heron, ConsentScope.TREATMENT_SEES_OWN_USE)
    pages = read(app, client_as, codes, treatment=False, who=[Role.RECEPTION])
    assert saying(pages, TREATMENT_MARKS) == set()


def test_the_room_sees_the_last_dose_only_while_the_person_agrees(client_as, both_sides):
    heron, inside, _plan = both_sides
    last_dose = f"/api/v1/clients/{heron.code}/last-dose"
    page = f"/desk/visits/{inside.code}"

    def seen() -> tuple[set[str], set[str]]:
        answered = {who.value for who in WHO if client_as(who).get(last_dose).status_code == 200}
        shown = {who.value for who in WHO if "Prescribed dose at" in client_as(who).get(page).text}
        return answered, shown

    assert seen() == (set(), set())
    agreed(heron, ConsentScope.TREATMENT_SEES_OWN_USE)
    assert seen() == (set(), set())
    consent = agreed(heron, ConsentScope.OWN_USE_SEES_TREATMENT)
    looking_after = {Role.RECEPTION.value, Role.NURSE.value}
    assert seen() == (looking_after, looking_after)
    assert client_as(Role.RECEPTION).get(last_dose).json.keys() == {"last_dose_at"}
    taken_back_consent(consent)
    assert seen() == (set(), set())
