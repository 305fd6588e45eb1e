"""Who was not seen for months is forgotten: nothing that could name them is left, and every count is."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from consumption_room import clock, forgetting, journal
from consumption_room.cli import main
from consumption_room.clients import bars, flags, queries
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.records import merging, retention, rules
from consumption_room.visits import queue
from consumption_room.vocabulary.people import AgeBand
from consumption_room.vocabulary.records import BarReason, BarScope
from consumption_room.vocabulary.referrals import ReferralState
from consumption_room.vocabulary.staff import Role
from tests.builders import MONA, NINA, ROSA, carried_on, client, gone, referral, visit
from tests.databases import everything_stored

MARKS = ("Quillfeather", "Quilfether", "song of the quill", "quillish", "quillnote")
"""What was said of somebody, and must be nowhere once they are forgotten."""


def barred(code: str, days: int) -> None:
    """A bar on this record for so many days."""
    now = clock.now()
    asked = bars.NewBar(
        BarReason.THEFT, "quillnote", BarScope.WHOLE_BUILDING, now + timedelta(days=days), "Mona", now.date()
    )
    with transaction():
        bars.decide(code, asked, here.policy(), MONA, now)


def well_known() -> str:
    """Somebody of whom a lot was typed, under two codes."""
    quill = client("Quillfeather", phrase="song of the quill", birth_year=1979, language="quillish")
    came = visit(quill)
    with transaction():
        queue.hold(came.code, "quillnote", ROSA, clock.now())
    carried_on(referral(came), ReferralState.WITHDRAWN, "quillnote")
    gone(came)
    with transaction():
        flags.put(quill.code, flags.NewFlag("quillnote", (Role.NURSE,)), here.policy(), NINA, clock.now())
    barred(quill.code, 7)
    other = client("Quilfether")
    with transaction():
        merging.merge(quill.code, other.code, "quillnote", ROSA, clock.now())
    return quill.code


def counts() -> dict[str, int]:
    """How many rows there are of what is counted."""
    tables = ("client", "visit", "flag", "bar", "referral", "referral_event", "merge")
    return {table: db.session.scalar(text(f'SELECT count(*) FROM "{table}"')) for table in tables}


def test_after_the_policys_months_nothing_that_was_said_is_left_and_every_count_is(
    room, engine, tmp_path, fast_forward
):
    code = well_known()
    before = counts()
    fast_forward(days=366 + 30)
    lately = client("Red Kite")
    assert retention.due(room, clock.now()) == retention.Due(people=1, flags=1, bars=1)
    stored = everything_stored(engine, tmp_path / "data").decode("utf-8", "replace")
    readable = set(MARKS) - {"song of the quill"}  # a phrase is never kept as it was said
    assert {mark for mark in MARKS if mark in stored} == readable
    assert forgetting.forget_due(room, NINA, clock.now()) == 1
    stored = everything_stored(engine, tmp_path / "data").decode("utf-8", "replace")
    assert [mark for mark in MARKS if mark in stored] == []
    assert counts() == before | {"client": before["client"] + 1}
    assert queries.find("song of the quill", here.phrase_key()) == []
    assert queries.find("red", here.phrase_key()) == [lately]
    assert queries.find(code, here.phrase_key())[0].code == code  # an old card still opens the nameless record
    row = journal.after(journal.last() - 1)[0]
    assert (row.what, row.subject, row.payload) == ("retention.done", "room", {"people": 1})
    assert list(journal.broken()) == []


def test_who_is_forgotten_is_not_due_again(room, fast_forward):
    well_known()
    fast_forward(days=400)
    forgetting.forget_due(room, NINA, clock.now())
    last = journal.last()
    assert forgetting.forget_due(room, NINA, clock.now()) == 0
    assert (retention.due(room, clock.now()).people, journal.last()) == (0, last)


def test_a_reason_can_be_forgotten_and_nothing_else_be_put_in_its_place(room):
    carried_on(referral(visit(client())), ReferralState.WITHDRAWN, "changed their mind")
    for change in ("reason = 'another'", "reason = '–', event = 'sent'", "at = at, event = 'sent'"):
        with pytest.raises(DBAPIError, match="never changed"), transaction():
            db.session.execute(text(f"UPDATE referral_event SET {change} WHERE reason IS NOT NULL"))
    with pytest.raises(DBAPIError, match="never changed"), transaction():
        db.session.execute(text("DELETE FROM referral_event"))


def test_who_was_here_is_inside_or_barred_is_not_due(room, fast_forward):
    heron, crow, wren = (client(alias) for alias in ("Blue Heron", "Grey Crow", "Old Wren"))
    client("Long Gone")
    fast_forward(days=300)
    gone(visit(heron))
    visit(crow)
    barred(wren.code, 200)
    fast_forward(days=100)
    assert [one.alias for one in retention.people(room, clock.now())] == ["Long Gone"]


def test_many_are_forgotten_some_at_a_time(room, fast_forward, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_A_TIME", 2)
    for number in range(5):
        client(f"Person {number}")
    fast_forward(days=400)
    before = journal.last()
    assert forgetting.forget_due(room, NINA, clock.now()) == 5
    assert [row.payload["people"] for row in journal.after(before)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2026, 11, 20), 12, date(2025, 11, 20)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 1, 15), 25, date(2023, 12, 15)),
    ],
)
def test_months_are_months_of_the_calendar(day, months, earlier):
    assert rules.months_before(day, months) == earlier


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_command_says_what_is_due_and_does_it_when_told(room, tmp_path, fast_forward):
    client("Long Gone", age_band=AgeBand.UNDER_40)
    fast_forward(days=400)
    db.session.rollback()
    place = {"ROOM_DATA_DIR": str(tmp_path / "data")}
    looked = CliRunner().invoke(main, ["retention", "--dry-run"], env=place)
    assert (looked.exit_code, "Not seen for 12 months: 1 people." in looked.output) == (0, True)
    assert len(queries.find("long gone", here.phrase_key())) == 1
    db.session.rollback()
    done = CliRunner().invoke(main, ["retention"], env=place)
    assert (done.exit_code, "Forgotten: 1 people." in done.output) == (0, True)
    assert queries.find("long gone", here.phrase_key()) == []
