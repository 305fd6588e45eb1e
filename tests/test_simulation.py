"""The simulation: true to its sources, the same from the same seed, and told alike by its own count and the reports."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from consumption_room import board, journal, settings
from consumption_room.alerts.models import Alert, AlertStep
from consumption_room.clients import queries as clients
from consumption_room.database import db
from consumption_room.gate import here
from consumption_room.inventory import queries as inventory
from consumption_room.journal import JournalRow
from consumption_room.policy import room as policy
from consumption_room.reports import queries as reports
from consumption_room.reports.rules import Period
from consumption_room.simulation import full_swing, run, script
from consumption_room.simulation.happenings import (
    AlarmClosed,
    AlarmRaised,
    CheckedIn,
    CubicleCleaned,
    IntakeRegistered,
    Issued,
    Left,
    Seated,
    SharpsReturned,
    WentToAftercare,
)
from consumption_room.simulation.room import Room
from consumption_room.simulation.scenario import COPENHAGEN, INSITE
from consumption_room.simulation.tally import Tally
from consumption_room.simulation.timetable import arrivals, is_pay_day, up_to, whole_days
from consumption_room.visits import queries as visits
from consumption_room.visits.models import Stay
from consumption_room.vocabulary.alarms import AlarmState
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.referrals import ReferralState
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.visits import LeaveReason, Route, Stage
from tests.builders import NINE, TODAY, open_stays

TOMORROW = TODAY + timedelta(days=1)
SMALL = replace(COPENHAGEN, intakes=40.0, people=150, false_alarms=30.0, injecting_risk={}, other_injecting_risk=60.0)
"""A quieter room with more alarms: three of its days pass in seconds."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """The policy of the room, for what needs no database."""
    given = settings.load({}, data_dir=tmp_path_factory.mktemp("plan"))
    return policy.load(given.policy_file, given.zone)


@pytest.fixture(scope="module")
def two_months(plan):
    """Everything that happens in two months of the Copenhagen-like room, and its count."""
    room = Room(COPENHAGEN, plan, whole_days(TODAY, 60, COPENHAGEN, plan), {}, seed=5)
    happenings, tally = list(room.happenings()), Tally(plan)
    for happening in happenings:
        tally.count(happening)
    return happenings, tally


def days_of(plan, scenario, seed, days=2):
    """What happens on some days, as a list."""
    return list(Room(scenario, plan, whole_days(TODAY, days, scenario, plan), {}, seed).happenings())


def test_the_same_seed_is_the_same_day_and_another_seed_another(plan):
    assert days_of(plan, COPENHAGEN, seed=3) == days_of(plan, COPENHAGEN, seed=3)
    assert days_of(plan, COPENHAGEN, seed=3) != days_of(plan, COPENHAGEN, seed=4)


def test_time_never_goes_back(two_months):
    moments = [happening.at for happening in two_months[0]]
    assert moments == sorted(moments)
    assert all(moment.tzinfo is not None and moment.microsecond == 0 for moment in moments)


def test_the_room_is_as_busy_as_its_sources_say(two_months):
    happenings, tally = two_months
    days = tally.days()
    usage = tally.usage(days[0], days[-1])
    intakes = [happening for happening in happenings if isinstance(happening, IntakeRegistered)]
    to_use = sum(isinstance(one, CheckedIn) and "consume" in one.purposes for one in happenings)
    assert len(days) == 60
    assert usage["episodes"] / 60 == pytest.approx(200, rel=0.05)
    assert 1 - to_use / usage["accesses"] == pytest.approx(0.30, abs=0.02)
    assert sum(one.route is Route.SMOKE for one in intakes) / len(intakes) == pytest.approx(0.50, abs=0.06)
    assert sum(one.route is Route.INJECT for one in intakes) / len(intakes) == pytest.approx(0.46, abs=0.06)
    assert 0.5 <= 1000 * usage["emergencies"] / usage["episodes"] <= 2.5
    assert usage["turned_away"] / usage["accesses"] == pytest.approx(0.015, abs=0.005)
    assert 25 <= 1000 * usage["referrals"] / usage["accesses"] <= 54
    assert usage["left_waiting"] / usage["accesses"] < 0.02


def test_a_pay_day_sees_about_four_hundred_intakes(two_months):
    tally = two_months[1]
    busiest = max(tally.usage(day, day)["episodes"] for day in tally.days() if is_pay_day(day))
    assert 320 <= busiest <= 460


def test_the_busiest_tenth_make_half_of_all_intakes(two_months):
    visits_of = {}
    for happening in two_months[0]:
        if isinstance(happening, CheckedIn) and happening.person is not None:
            visits_of[happening.person.number] = visits_of.get(happening.person.number, 0) + 1
    most_often = sorted(visits_of.values(), reverse=True)
    tenth = most_often[: COPENHAGEN.people // 10]
    assert sum(tenth) / sum(most_often) == pytest.approx(0.5, abs=0.1)


def test_needles_go_out_and_sharps_come_back(two_months):
    happenings, tally = two_months
    taken = sum(10 * one.quantity for one in happenings if isinstance(one, Issued) and one.kit == "take-away-10")
    back = sum(one.quantity for one in happenings if isinstance(one, SharpsReturned))
    assert taken / tally.happenings["CheckedIn"] == pytest.approx(0.25 * 15, rel=0.1)
    assert 0.45 <= back / taken <= 0.65


def test_nobody_sits_where_somebody_else_does_or_where_it_is_not_clean(plan):
    taken, where = {}, {}
    for happening in days_of(plan, INSITE, seed=2, days=1):
        if isinstance(happening, Seated):
            assert happening.cubicle not in taken
            taken[happening.cubicle] = where[happening.visit] = happening.cubicle
        elif isinstance(happening, CubicleCleaned):
            assert where.pop(happening.visit) == happening.cubicle
            del taken[happening.cubicle]
    assert not taken


def test_at_insite_people_wait_and_some_give_up(plan):
    happenings, tally = days_of(plan, INSITE, seed=1, days=3), Tally(plan)
    for happening in happenings:
        tally.count(happening)
    days = tally.days()
    usage = tally.usage(days[0], days[-1])
    assert usage["p90_wait_s"] > 20 * 60
    assert usage["left_waiting"] > 10
    assert usage["episodes"] / 3 == pytest.approx(514, rel=0.2)


def test_people_come_most_of_all_in_the_late_afternoon(plan):
    timetable = whole_days(TODAY, 60, COPENHAGEN, plan)
    room = Room(COPENHAGEN, plan, timetable, {}, seed=1)
    moments = [moment for opening in timetable.openings for moment in arrivals(opening, COPENHAGEN, room.random)]
    by_hour = [0] * 24
    for moment in moments:
        by_hour[moment.astimezone(plan.timezone).hour] += 1
    assert by_hour.index(max(by_hour)) in range(15, 20)
    assert by_hour[22] < by_hour[12] / 2
    assert sum(by_hour[:7]) == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_script_has_exactly_as_many_intakes_as_were_asked_for(plan, seed):
    day = script.busy_day(plan, COPENHAGEN, TODAY, 400, seed)
    intakes = sum(isinstance(happening, IntakeRegistered) for visit in day.visits for happening in visit)
    assert intakes == 400 == day.tally.usage(day.day, day.day)["episodes"]
    for visit in day.visits:
        assert sum(isinstance(happening, CheckedIn) for happening in visit) == 1
        assert sum(isinstance(happening, Left) for happening in visit) == 1


@pytest.mark.parametrize("seed", range(12))
def test_at_the_present_moment_somebody_is_at_every_stage_and_no_alarm_rings(plan, seed):
    now = datetime(2026, 11, 23, seed * 2 % 24, 7, 31, 250_000, tzinfo=UTC)
    room = Room(COPENHAGEN, plan, up_to(now, 1, COPENHAGEN, plan), {}, seed)
    full_swing.prepare(room, now)
    open_visits, dirty, ringing = {}, set(), set()
    for happening in room.happenings():
        if isinstance(happening, Left):
            del open_visits[happening.visit]
        elif isinstance(happening, AlarmRaised):
            ringing.add(happening.alarm)
        elif isinstance(happening, AlarmClosed):
            ringing.remove(happening.alarm)
        elif isinstance(happening, CubicleCleaned):
            dirty.remove(happening.cubicle)
        elif happening.visit is not None:
            open_visits[happening.visit] = type(happening)
        if isinstance(happening, Seated):
            dirty.add(happening.cubicle)
        assert happening.at <= now
    seated = [guest.cubicle for guest in room.sitting]
    assert not ringing
    assert len(seated) >= 8
    assert dirty - set(seated)
    assert len([guest for guest in room.queue if not guest.held]) >= 4
    assert sum(guest.held for guest in room.queue) >= 1
    assert sum(guest.called for guest in room.queue) >= 1
    assert WentToAftercare in open_visits.values()


def test_the_report_tells_what_the_simulation_did(room):
    tally = run.simulate(room, SMALL, TOMORROW, 3, seed=7)
    days = tally.days()
    report = reports.usage(Period(days[0], days[-1], Grain.DAY))
    assert len(days) == 3
    for day, row in zip(days, report.rows, strict=True):
        assert row == {"period": day.isoformat(), **tally.usage(day, day)}
    assert report.totals == tally.usage(days[0], days[-1])
    assert all(report.totals[figure] for figure in ("emergencies", "turned_away", "needles_back", "referrals"))


def test_afterwards_everything_adds_up_nobody_shared_a_cubicle_and_everybody_is_gone(room):
    tally = run.simulate(room, SMALL, TOMORROW, 2, seed=11)
    moments = db.session.scalars(select(JournalRow.at).order_by(JournalRow.seq)).all()
    assert list(journal.broken()) == []
    assert list(inventory.wrong_balances()) == []
    assert all(level.balance >= 0 for level in inventory.levels(TOMORROW))
    assert moments == sorted(moments)
    assert visits.inside() == []
    assert open_stays() == []
    assert set(db.session.scalars(select(Alert.state))) == {AlarmState.CLOSED}
    assert db.session.scalar(select(AlertStep.number).where(AlertStep.done_at.is_(None))) is None
    stays = db.session.scalars(select(Stay).order_by(Stay.cubicle_id, Stay.started_at)).all()
    assert len(stays) == tally.happenings["Seated"]
    for one, another in pairwise(stays):
        assert one.cubicle_id != another.cubicle_id or one.ended_at <= another.started_at


def test_a_demonstration_shows_every_screen_something_true(room):
    until = NINE + timedelta(days=3)
    busy = replace(COPENHAGEN, intakes=60.0, people=400)
    run.simulate(room, busy, TODAY, 0, seed=1, until=until)
    now = board.now(room, until)
    assert {seat.cubicle.state for seat in now.seats} >= {
        CubicleState.FREE,
        CubicleState.OCCUPIED,
        CubicleState.CLEANING,
        CubicleState.OUT_OF_USE,
    }
    assert {waiting.visit.stage for waiting in now.queue} == {Stage.CALLED, Stage.WAITING}
    assert len(now.aftercare) >= 1
    assert len(now.held) >= 1
    assert [level.code for level in now.short] == ["pipe"]
    assert list(now.alerts) == []


def test_people_of_the_simulation_are_found_by_their_alias(room):
    run.simulate(room, replace(SMALL, intakes=10.0), TOMORROW, 1, seed=17)
    visit = next(visit for visit in visits.page(open_only=False) if visit.client)
    assert visit.client in clients.find(visit.client.alias, here.phrase_key())


def test_a_tally_takes_back_what_was_taken_back(plan):
    happenings = days_of(plan, replace(COPENHAGEN, referrals=200.0, withdraws=0.9), seed=1, days=8)
    tally = Tally(plan)
    for happening in happenings:
        tally.count(happening)
    days = tally.days()
    made = tally.happenings["Referred"]
    withdrawn = sum(getattr(happening, "state", None) is ReferralState.WITHDRAWN for happening in happenings)
    gave_up = sum(isinstance(one, Left) and one.reason is LeaveReason.GAVE_UP for one in happenings)
    usage = tally.usage(days[0], days[-1])
    assert withdrawn > 0
    assert usage["referrals"] == made - withdrawn
    assert usage["left_waiting"] == gave_up
