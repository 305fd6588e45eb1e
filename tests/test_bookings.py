"""Cubicles booked ahead: never two at once, kept near their time, let go when nobody comes; on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal, watch
from consumption_room.bookings import queries, service
from consumption_room.bookings.models import Booking
from consumption_room.bookings.rules import Overlap, Repeats
from consumption_room.bookings.service import NewBooking
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.rules import CubicleNotReady
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, OutOfOrder
from consumption_room.vocabulary.bookings import BookingState, Every
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.staff import Role
from tests.builders import NINA, NINE, ROSA, alarm, cleaned, client, gone, seated, sits_down, visit

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def booked(room, person, starts_at=NINE + HOUR, *, minutes=45, cubicle=17, repeats=None) -> Booking:
    """A cubicle booked: the first of what was made."""
    asked = NewBooking(cubicle, person.code, starts_at, starts_at + minutes * MINUTE, repeats)
    with transaction():
        return service.book(asked, room, NINA, clock.now())[0]


def cancelled(booking: Booking, whole_series: bool = False) -> Booking:
    """The booking, cancelled."""
    with transaction():
        return service.cancel(booking.code, whole_series, ROSA, clock.now())


def swept(at: datetime | None = None) -> int:
    """One round of the watch."""
    return watch.mind_bookings(at or clock.now())


def state_of(number: int) -> tuple[CubicleState, str | None]:
    """What a cubicle does, and why."""
    cubicle = cubicles.get(number)
    return cubicle.state, cubicle.reason


def what_happened(booking: Booking) -> list[str]:
    """What the journal says of a booking."""
    return [row.what for row in journal.after(0, 5000, subject=booking.code)]


@pytest.mark.parametrize(
    ("from_minutes", "minutes", "clashes"),
    [(-45, 45, False), (-30, 45, True), (0, 45, True), (10, 10, True), (-10, 90, True), (44, 5, True), (45, 45, False)],
)
def test_a_cubicle_has_one_booking_at_a_time_and_one_may_begin_as_another_ends(room, from_minutes, minutes, clashes):
    first, second = client("Blue Heron"), client("Grey Heron")
    booked(room, first)
    if not clashes:
        booked(room, second, NINE + HOUR + from_minutes * MINUTE, minutes=minutes)
        return
    with pytest.raises(Overlap, match="another booking on 2026-11-20"):
        booked(room, second, NINE + HOUR + from_minutes * MINUTE, minutes=minutes)
    assert len(queries.to_come()) == 1


def test_a_person_has_one_booking_at_a_time_too(room):
    heron = client()
    booked(room, heron)
    with pytest.raises(Overlap):
        booked(room, heron, NINE + HOUR + 10 * MINUTE, cubicle=18)


def test_the_database_itself_refuses_what_overlaps(room):
    made = booked(room, client())
    row = {
        "code": "second",
        "series": "second",
        "cubicle_id": made.cubicle_id,
        "client_id": client("Grey Heron").id,
        "starts_at": made.starts_at + MINUTE,
        "ends_at": made.ends_at + MINUTE,
        "hold_at": made.hold_at,
        "release_at": made.release_at,
        "state": BookingState.BOOKED,
        "holds": False,
        "made_at": NINE,
        "made_by": "Nobody",
    }
    with pytest.raises(IntegrityError, match="bookings_of_a_cubicle_never_overlap"), transaction():
        db.session.execute(insert(Booking).values(**row))
    person = row | {"cubicle_id": made.cubicle_id + 1, "client_id": made.client_id}
    with pytest.raises(IntegrityError, match="bookings_of_a_person_never_overlap"), transaction():
        db.session.execute(insert(Booking).values(**person))
    cancelled(made)
    with transaction():
        db.session.execute(insert(Booking).values(**row))
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            Booking.__table__.update().where(Booking.code == made.code).values(state="booked", ended_at=None)
        )


def test_a_series_is_booked_whole_or_not_at_all(room):
    heron, other = client(), client("Grey Heron")
    daily = Repeats(Every.DAY, date(2026, 11, 26), (date(2026, 11, 22),))
    booked(room, heron, repeats=daily)
    assert [one.starts_at.day for one in queries.to_come()] == [20, 21, 23, 24, 25, 26]
    with pytest.raises(Overlap, match="2026-11-23"):
        booked(room, other, repeats=Repeats(Every.DAY, date(2026, 11, 23), (date(2026, 11, 20), date(2026, 11, 21))))
    assert len(queries.to_come()) == 6
    booked(room, other, NINE + 48 * HOUR + HOUR)  # the day that was excepted


def test_two_windows_a_day_are_two_series(room):
    heron = client()
    week = Repeats(Every.DAY, date(2026, 11, 26))
    booked(room, heron, repeats=week)
    booked(room, heron, NINE + 9 * HOUR, repeats=week)
    assert len(queries.to_come()) == 14


def test_one_of_a_series_is_cancelled_or_all_that_are_still_to_come(room, fast_forward):
    booked(room, client(), repeats=Repeats(Every.DAY, date(2026, 11, 24)))
    second = queries.to_come()[1]
    cancelled(second)
    assert len(queries.to_come()) == 4
    third = queries.to_come()[1]
    cancelled(third, whole_series=True)
    assert [one.starts_at.day for one in queries.to_come()] == [20]
    before = journal.last()
    assert cancelled(third, whole_series=True).state is BookingState.CANCELLED
    assert journal.last() == before


@pytest.mark.parametrize(
    ("starts_at", "minutes", "repeats"),
    [
        (NINE - MINUTE, 45, None),
        (NINE + HOUR, 0, None),
        (NINE + HOUR, 241, None),
        (NINE + timedelta(days=400), 45, None),
        (NINE + HOUR, 45, Repeats(Every.DAY, date(2026, 11, 19))),
        (NINE + HOUR, 45, Repeats(Every.DAY, date(2028, 11, 19))),
        (NINE + HOUR, 45, Repeats(Every.DAY, date(2026, 11, 20), (date(2026, 11, 20),))),
    ],
)
def test_what_makes_no_sense_is_not_booked(room, starts_at, minutes, repeats):
    with pytest.raises(FieldsWrong):
        booked(room, client(), starts_at, minutes=minutes, repeats=repeats)


def test_a_booked_cubicle_is_held_near_its_time_and_nobody_else_sits_down(room, fast_forward):
    mine = booked(room, client())
    assert swept(fast_forward(minutes=49, seconds=59)) == 0
    assert state_of(17) == (CubicleState.FREE, None)
    assert swept(fast_forward(seconds=1)) == 1
    assert swept() == 0
    assert state_of(17) == (CubicleState.HELD, "Booked")
    with pytest.raises(CubicleNotReady):
        sits_down(visit().code, 17)
    assert what_happened(mine) == ["booking.made"]


def test_whoever_booked_sits_down_in_it_and_the_booking_is_kept(room, fast_forward):
    heron = client()
    mine = booked(room, heron)
    swept(fast_forward(minutes=55))
    assert sits_down(visit(heron).code, 17).cubicle == 17
    db.session.refresh(mine)
    assert (mine.state, mine.holds) == (BookingState.KEPT, False)
    assert swept(fast_forward(hours=1)) == 0
    assert what_happened(mine) == ["booking.made", "booking.kept"]
    with pytest.raises(OutOfOrder):
        cancelled(mine)


def test_whoever_booked_and_takes_another_cubicle_lets_theirs_go(room, fast_forward):
    heron = client()
    booked(room, heron)
    swept(fast_forward(minutes=55))
    sits_down(visit(heron).code, 18)
    assert state_of(17) == (CubicleState.FREE, None)


def test_a_cubicle_nobody_came_for_is_let_go_by_the_server_and_it_is_written_down(room, fast_forward):
    mine = booked(room, client())
    swept(fast_forward(hours=1))
    assert swept(fast_forward(minutes=14, seconds=59)) == 0
    assert swept(fast_forward(seconds=1)) == 1
    assert state_of(17) == (CubicleState.FREE, None)
    db.session.refresh(mine)
    assert mine.state is BookingState.NO_SHOW
    assert what_happened(mine) == ["booking.made", "booking.not-kept"]
    booked(room, client("Grey Heron"), clock.now())


def test_a_cubicle_that_is_taken_is_held_once_it_is_clean(room, fast_forward):
    sitting = seated(17)
    booked(room, client())
    assert swept(fast_forward(minutes=55)) == 0
    gone(sitting)
    assert swept() == 0
    cleaned(17)
    assert swept() == 1
    assert state_of(17) == (CubicleState.HELD, "Booked")


def test_what_staff_made_of_a_booked_cubicle_stays(room, fast_forward):
    mine = booked(room, client())
    swept(fast_forward(minutes=55))
    with transaction():
        cubicles.release(17, NINA, clock.now())
        cubicles.hold(17, cubicles.Hold("The chair is wet"), NINA, clock.now())
    assert swept() == 0
    cancelled(mine)
    assert state_of(17) == (CubicleState.HELD, "The chair is wet")


def test_an_emergency_in_a_booked_cubicle_keeps_it_held_when_the_booking_is_over(room, fast_forward):
    mine = booked(room, client())
    swept(fast_forward(minutes=55))
    alarm("cubicle-17")
    cancelled(mine)
    assert state_of(17) == (CubicleState.HELD, "Alarm")


def test_a_daily_time_stays_the_same_on_the_wall_when_the_clocks_change(room):
    with clock.stopped_at(datetime(2027, 3, 26, 8, 0, tzinfo=UTC)):
        begins = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)  # nine o'clock, the day before summer time
        booked(room, client(), begins, repeats=Repeats(Every.DAY, date(2027, 3, 29)))
        local = [one.starts_at.astimezone(room.timezone) for one in queries.to_come()]
    assert [(one.day, one.hour, one.utcoffset()) for one in local] == [
        (27, 9, HOUR),
        (28, 9, 2 * HOUR),
        (29, 9, 2 * HOUR),
    ]


def test_over_http_a_series_is_booked_listed_and_cancelled(client_as):
    desk = client_as(Role.RECEPTION)
    heron = client().code
    asked = {
        "cubicle": 17,
        "client": heron,
        "starts_at": "2026-11-20T23:30:00+01:00",
        "ends_at": "2026-11-21T00:15:00+01:00",
        "repeats": {"every": "day", "until": "2026-11-22", "except_on": ["2026-11-21"]},
    }
    made = desk.post("/api/v1/bookings", json=asked)
    assert made.status_code == 201
    assert (made.json["cubicle"], made.json["client"], made.json["state"]) == (17, heron, "booked")
    assert [one["starts_at"] for one in made.json["bookings"]] == [
        "2026-11-20T23:30:00+01:00",
        "2026-11-22T22:30:00+00:00",
    ]
    again = desk.post("/api/v1/bookings", json=asked)
    assert (again.status_code, again.json["code"]) == (409, "overlap")
    assert len(desk.get("/api/v1/bookings?state=open").json["items"]) == 2
    code = made.json["code"]
    assert desk.post(f"/api/v1/bookings/{code}/cancel", json={"whole_series": True}).json["state"] == "cancelled"
    assert desk.get("/api/v1/bookings?state=open").json["items"] == []
    assert desk.post("/api/v1/bookings", json=asked | {"client": "nobody"}).json["errors"].keys() == {"client"}
    assert desk.post("/api/v1/bookings", json=asked | {"cubicle": 77}).json["errors"].keys() == {"cubicle"}
    assert desk.post("/api/v1/bookings", json=asked | {"repeats": {"every": "moon"}}).status_code == 422
    assert desk.post("/api/v1/bookings/nosuch/cancel").status_code == 404


def test_the_page_books_shows_and_cancels_and_the_floor_seats_whoever_comes(client_as, fast_forward):
    desk = client_as(Role.RECEPTION)
    heron = client("Blue Heron")
    typed = {"person": "blue heron", "cubicle": "17", "starts_at": "2026-11-20T10:00", "minutes": "45"}
    assert desk.post("/bookings", data=typed).status_code == 303
    page = desk.get("/bookings").text
    assert "20 Nov 2026, 10:00" in page
    assert "Blue Heron" in page
    refused = desk.post("/bookings", data=typed)
    assert refused.status_code == 409
    assert 'value="2026-11-20T10:00"' in refused.text
    lost = desk.post("/bookings", data=typed | {"every": "day"})
    assert lost.status_code == 422
    assert "Please say the last day." in lost.text
    assert "nobody with this alias" in desk.post("/bookings", data=typed | {"person": "Nobody Here"}).text
    swept(fast_forward(minutes=55))
    waiting = visit(heron)
    floor = desk.get("/floor").text
    assert "Booked for 10:00" in floor
    assert f"Seat {waiting.ticket}" in floor
    assert 'value="17"' in desk.get(f"/desk/visits/{waiting.code}").text
    assert "Blue Heron" not in client_as(Role.MANAGER).get("/floor").text
    code = db.session.scalars(select(Booking)).one().code
    desk.post(f"/bookings/{code}/cancel", data={})
    assert "Nothing is booked" in desk.get("/bookings").text
