"""The journal: append-only, chained, numbered without gaps, and followed without losing a row; on both databases."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from consumption_room import clock, journal
from consumption_room.alerts import service as alerts
from consumption_room.alerts.models import AlertEntry
from consumption_room.cubicles.rules import CubicleTaken
from consumption_room.database import db, transaction
from consumption_room.events import Happened
from consumption_room.inventory.models import Movement
from consumption_room.journal import JournalHead, JournalRow
from consumption_room.referrals.models import ReferralEvent
from consumption_room.vocabulary.alarms import AlarmAction
from tests.builders import NINA, NINE, alarm, client, issued, referral, seated, sits_down, visit

WRITERS, EACH = 8, 12
APPEND_ONLY = [JournalRow, Movement, AlertEntry, ReferralEvent]


@pytest.fixture
def history(room):
    """At least one row in every table that is only added to."""
    alert = alarm()
    with transaction():
        alerts.note(alert.code, alerts.Action(AlarmAction.OXYGEN), NINA, NINE)
    referral(visit())
    issued(1)


@pytest.fixture
def tampering(room, engine):
    """Change past rows as somebody could who owns the database: with the triggers taken away."""
    with transaction():
        if engine == "sqlite":
            db.session.execute(text("DROP TRIGGER journal_refuses_update"))
            db.session.execute(text("DROP TRIGGER journal_refuses_delete"))
        else:
            db.session.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))

    def tamper(statement):
        with transaction():
            db.session.execute(statement)
        return list(journal.broken())

    return tamper


def row(seq: int):
    """The condition that names one row."""
    return JournalRow.seq == seq


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.__tablename__)
@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
def test_what_is_only_added_to_refuses_every_change(history, engine, table, change):
    name, column = table.__tablename__, next(iter(table.__table__.columns)).name
    before = db.session.scalar(select(func.count()).select_from(table))
    if change == "truncate" and engine == "sqlite":
        change = "delete"  # SQLite's truncate is a delete without a condition
    statement = {
        "update": f"UPDATE {name} SET {column} = {column}",
        "delete": f"DELETE FROM {name}",
        "truncate": f"TRUNCATE {name} CASCADE",
    }[change]
    with pytest.raises(DBAPIError, match="is added to, never changed"), transaction():
        db.session.execute(text(statement))
    assert db.session.scalar(select(func.count()).select_from(table)) == before > 0


def test_a_whole_chain_says_nothing(history):
    assert list(journal.broken()) == []


@pytest.mark.parametrize(
    "values",
    [
        {"payload": {"state": "occupied"}},
        {"staff": "somebody-else"},
        {"what": "visit.ended"},
        {"at": NINE.replace(year=2027)},
        {"visit": "another"},
        {"subject": "another"},
        {"device": "another"},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_an_altered_row_is_named(tampering, values):
    assert tampering(update(JournalRow).where(row(7)).values(values)) == ["Journal row 7 was altered."]


def test_an_altered_row_with_a_hash_that_fits_is_named_by_the_row_after_it(tampering):
    found = db.session.execute(select(*JournalRow.__table__.columns).where(row(7))).mappings().one()
    forged = dict(found) | {"staff": "somebody-else"}
    changed = update(JournalRow).where(row(7)).values(staff="somebody-else", hash=journal.link(forged))
    assert tampering(changed) == ["Journal row 8 was altered."]


def test_a_missing_row_is_named(tampering):
    assert tampering(delete(JournalRow).where(row(7))) == ["Journal row 7 is missing."]
    assert tampering(delete(JournalRow).where(JournalRow.seq < 3)) == ["Journal row 1 is missing."]


def test_a_cut_tail_is_found(tampering):
    last = journal.last()
    assert tampering(delete(JournalRow).where(row(last))) == [
        f"The journal ends at row {last - 1}, and its head says otherwise."
    ]


def test_a_row_put_in_is_found(tampering):
    found = db.session.execute(select(*JournalRow.__table__.columns).where(row(7))).mappings().one()
    added = dict(found) | {"seq": journal.last() + 1}
    assert len(tampering(insert(JournalRow).values(added))) == 1


def test_the_first_of_several_altered_rows_is_named(tampering):
    assert tampering(update(JournalRow).where(JournalRow.seq.in_([4, 9])).values(staff="x")) == [
        "Journal row 4 was altered."
    ]


def test_numbers_are_consecutive_and_a_follower_misses_nothing_under_eight_writers(app):
    begin, writing, seen = journal.last(), threading.Event(), []
    start = threading.Barrier(WRITERS + 1)
    writing.set()

    def write(writer: int) -> None:
        with app.app_context():
            start.wait(30)
            for number in range(EACH):
                with transaction():
                    journal.record(Happened.ITEM_ADDED, f"{writer}-{number}", NINA, clock.now())
                    journal.record(Happened.ITEM_ADDED, f"{writer}-{number}-again", NINA, clock.now())

    def follow() -> None:
        with app.app_context():
            start.wait(30)
            at = begin
            while True:
                last_look = not writing.is_set()
                for one in journal.after(at):
                    seen.append((one.seq, one.subject))
                    at = one.seq
                db.session.rollback()
                if last_look:
                    return
                time.sleep(0.001)

    db.session.rollback()
    with ThreadPoolExecutor(WRITERS + 1) as threads:
        following = threads.submit(Context().run, follow)
        writers = [threads.submit(Context().run, write, number) for number in range(WRITERS)]
        try:
            for one in writers:
                one.result()
        finally:
            writing.clear()
        following.result()

    rows = WRITERS * EACH * 2
    assert [seq for seq, _ in seen] == list(range(begin + 1, begin + rows + 1))
    assert len({subject for _, subject in seen}) == rows
    assert list(journal.broken()) == []


def test_a_transaction_that_failed_leaves_no_gap(room):
    before = journal.last()
    seated(3)
    late = visit()
    told = journal.last()
    with pytest.raises(CubicleTaken):
        sits_down(late.code, 3)
    client()
    assert [one.seq for one in journal.after(before)] == list(range(before + 1, told + 2))


def test_the_rows_of_one_subject_can_be_read_alone(room):
    alert = alarm("toilet")
    assert [one.what for one in journal.after(0, subject=alert.code)] == ["alert.raised"]


def test_rows_come_in_pages(room):
    assert [one.seq for one in journal.after(3, limit=2)] == [4, 5]


def test_the_first_stone_is_laid_once(room):
    with transaction():
        journal.begin()
    assert db.session.scalar(select(func.count()).select_from(JournalHead)) == 1


def test_who_acts_is_kept_by_code(room):
    client()
    newest = journal.after(journal.last() - 1)[0]
    assert (newest.staff, newest.at, newest.site) == ("rosa22", NINE, journal.SITE)


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/Vancouver", "UTC"])
def test_a_moment_from_another_zone_breaks_no_chain(room, zone):
    moment = clock.now().astimezone(ZoneInfo(zone))
    with transaction():
        journal.record(Happened.REPORT_TAKEN, "usage", NINA, moment)
    db.session.expire_all()
    assert list(journal.broken()) == []
    assert journal.after(0)[-1].at == moment


def test_a_moment_without_a_zone_is_refused(room):
    with pytest.raises(ValueError, match="zone"), transaction():
        journal.record(Happened.REPORT_TAKEN, "usage", NINA, clock.now().replace(tzinfo=None))
    assert list(journal.broken()) == []
