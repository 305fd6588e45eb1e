"""The cluster warning: its probability, how often it speaks by mistake in simulated years, and where it is shown."""

import re
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from math import cos, pi
from random import Random

import pytest

from consumption_room import settings
from consumption_room.alerts import service as alerts
from consumption_room.alerts.service import Press
from consumption_room.database import db, transaction
from consumption_room.incidents import clusters, queries
from consumption_room.incidents.clusters import Emergency, Intakes, warn
from consumption_room.policy import room as policy
from consumption_room.simulation.scenario import COPENHAGEN
from consumption_room.simulation.timetable import whole_days
from consumption_room.visits.models import Episode
from consumption_room.vocabulary.alarms import Outcome
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import Route, Substance
from tests.builders import NINA, NINE, PASSWORD, client, closed, intake, seated

OPEN = timedelta(hours=16)
NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)
SUBSTANCES = {Substance.HEROIN: 9, Substance.COCAINE: 6, Substance.MIXTURE: 4, Substance.METHADONE: 1}
A_DAY = 215
"""Intakes a day, pay-days and the days after them among the others."""


def test_the_probability_is_that_of_a_poisson_count():
    assert clusters.at_least(0, 1.0) == 1.0
    assert clusters.at_least(1, 1.0) == pytest.approx(0.632121)
    assert clusters.at_least(3, 0.5) == pytest.approx(0.014388, rel=1e-4)


def together(count: int, *substances: Substance) -> list[Emergency]:
    """So many emergencies, half an hour apart, the last one at noon."""
    return [Emergency(NOON - timedelta(minutes=30 * number), substances) for number in range(count)]


def test_two_are_never_a_cluster_and_three_at_once_in_a_quiet_room_are():
    usual = Intakes(recent=60, before=28 * A_DAY)
    assert warn(together(2), usual, NOON) is None
    assert warn(together(3), usual, NOON).count == 3
    assert warn(together(3), Intakes(60, 0), NOON) is None


def test_three_are_usual_where_there_are_three_every_day():
    usual = [Emergency(NOON - timedelta(hours=8 * number)) for number in range(1, 84)]
    assert warn([*usual, *together(3)], Intakes(60, 28 * A_DAY), NOON) is None


def test_a_busier_hour_explains_more():
    usual = [Emergency(NOON - timedelta(days=number)) for number in range(1, 28)]
    assert warn([*usual, *together(5)], Intakes(40, 28 * A_DAY), NOON) is not None
    assert warn([*usual, *together(5)], Intakes(200, 28 * A_DAY), NOON) is None


def test_the_substance_is_named_when_it_is_what_they_share():
    found = warn(together(3, Substance.HEROIN), Intakes(60, 28 * A_DAY), NOON)
    assert (found.substance, found.count) == (Substance.HEROIN, 3)
    mixed = [Emergency(NOON, (one,)) for one in (Substance.HEROIN, Substance.COCAINE, Substance.METHADONE)]
    assert warn(mixed, Intakes(60, 28 * A_DAY), NOON).substance is None


def mistakes_a_year(a_day: float, years: int, rules: policy.Policy) -> float:
    """How often the warning speaks in years in which nothing is wrong but the calendar; twice in 12 hours is once."""
    random, rang = Random(1), []
    for opening in whole_days(date(2000, 1, 1), 365 * years, COPENHAGEN, rules).openings:
        expected, at = a_day * opening.load * opening.risk, random.expovariate(1)
        while at < expected:
            part = 1 / pi * _arc(1 - 2 * random.random())  # over the day like its arrivals: few, many, few
            recent = 195 * opening.load * (cos(pi * max(0.0, part - 4 / 16)) - cos(pi * part)) / 2
            said = random.choices([*SUBSTANCES], [*SUBSTANCES.values()])[0]
            rang.append((opening.at + OPEN * part, round(recent), Emergency(opening.at + OPEN * part, (said,))))
            at += random.expovariate(1)
    rang.sort(key=lambda one: one[0])
    times, emergencies = [at for at, _, _ in rang], [one for _, _, one in rang]
    spoken: list[datetime] = []
    for number, (at, recent, _) in enumerate(rang):
        seen = emergencies[bisect_left(times, at - timedelta(days=28)) : number + 1]
        quiet = not spoken or at - spoken[-1] > timedelta(hours=12)
        if quiet and warn(seen, Intakes(recent, 28 * A_DAY), at):
            spoken.append(at)
    return len(spoken) / years


def days_it_speaks(a_day: float, risk: float, tries: int) -> float:
    """On how many of so many days with this multiple of the usual risk it speaks before the day is over."""
    random, spoken = Random(1), 0
    for _ in range(tries):
        month = [NOON - timedelta(days=28 * random.random(), hours=16) for _ in range(_poisson(random, 28 * a_day))]
        parts = sorted(_arc(1 - 2 * random.random()) / pi for _ in range(_poisson(random, a_day * risk)))
        seen = [Emergency(at) for at in sorted(month)]
        for part in parts:
            at = NOON - timedelta(hours=8) + OPEN * part
            seen.append(Emergency(at, (Substance.HEROIN,)))
            recent = 195 * (cos(pi * max(0.0, part - 4 / 16)) - cos(pi * part)) / 2
            if warn(seen, Intakes(round(recent), 28 * A_DAY), at):
                spoken += 1
                break
    return spoken / tries


def _poisson(random: Random, mean: float) -> int:
    count, at = 0, random.expovariate(1)
    while at < mean:
        count, at = count + 1, at + random.expovariate(1)
    return count


def _arc(value: float) -> float:
    low, high = 0.0, pi
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if cos(middle) > value else (low, middle)
    return low


@pytest.mark.parametrize(("a_day", "at_most"), [(0.15, 0.6), (0.5, 1.0), (1.5, 1.5)])
def test_it_seldom_speaks_by_mistake_in_simulated_years(tmp_path, a_day, at_most):
    given = settings.load({}, data_dir=tmp_path)
    assert mistakes_a_year(a_day, 25, policy.load(given.policy_file, given.zone)) <= at_most


def test_it_speaks_of_a_bad_day_where_there_is_enough_to_see_and_seldom_in_a_small_room():
    assert days_it_speaks(1.5, risk=10, tries=150) >= 0.9
    assert days_it_speaks(0.2, risk=10, tries=150) <= 0.3


@pytest.fixture
def weeks_without(room):
    """Four weeks of intakes in which nobody became unwell."""
    somebody = seated(9)
    with transaction():
        for back in range(1, 28):
            at = NINE - timedelta(days=back)
            day = room.service_day(at)
            said = {"substances": (Substance.COCAINE,), "route": Route.SMOKE, "assisted": False}
            db.session.add_all(
                Episode(visit_id=somebody.id, registered_at=at, service_day=day, **said) for _ in range(40)
            )
    return room


def three_fall_ill(room, outcome=Outcome.OXYGEN_ONLY, **more) -> None:
    """Three people in three cubicles within an hour, each after heroin."""
    for number in (1, 2, 3):
        sitting = seated(number, client(f"Canary {number}"))
        intake(sitting, Route.INJECT, Substance.HEROIN)
        with transaction():
            at = NINE - timedelta(minutes=20 * number)
            press = Press(place=f"cubicle-{number}", visit=sitting.code, **more)
            alert, _ = alerts.raise_alarm(press, room, NINA, at)
        closed(alert, outcome)


def pages(app, cast, role: Role, *paths: str) -> list[str]:
    """What somebody of this role reads on these pages."""
    browser = app.test_client()
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get("/sign-in").text)[1]
    browser.post("/sign-in", data={"csrf_token": token, "who": cast.staff[role], "password": PASSWORD})
    return [browser.get(path).text for path in paths]


def test_staff_read_it_with_its_reason_on_their_screens_and_nobody_is_named(app, cast, weeks_without):
    three_fall_ill(weeks_without)
    found = queries.cluster(weeks_without, NINE)
    assert (found.count, found.substance) == (3, Substance.HEROIN)
    read = pages(app, cast, Role.NURSE, "/floor", "/desk", "/incidents") + pages(
        app, cast, Role.MANAGER, "/reports", "/reports/alerts"
    )
    for page in read:
        notice = re.search(r'id="cluster-title".*?</section>', page, re.S)[0]
        assert "3 emergencies within 4 hours: Heroin" in notice
        assert "less than once in 2,000" in notice
        assert "Canary" not in notice


def test_it_is_silent_four_hours_after_the_newest(weeks_without):
    three_fall_ill(weeks_without)
    assert queries.cluster(weeks_without, NINE + timedelta(hours=3, minutes=39)) is not None
    assert queries.cluster(weeks_without, NINE + timedelta(hours=3, minutes=41)) is None


@pytest.mark.parametrize("more", [{"drill": True}, {"outcome": Outcome.FALSE_ALARM}], ids=["drills", "nothing wrong"])
def test_drills_and_false_alarms_are_no_cluster(weeks_without, more):
    three_fall_ill(weeks_without, **more)
    assert queries.cluster(weeks_without, NINE) is None
