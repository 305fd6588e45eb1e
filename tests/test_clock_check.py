"""Whether the clock is right: a time server asked over UDP, displays that agree, and who is told when it is not."""

import json
import socket
import struct
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room import clock, presence, settings
from consumption_room.errors import Unsafe
from consumption_room.gate import sight
from consumption_room.policy import room as policy
from consumption_room.presence import Beat, Display
from consumption_room.shifts import queries as shifts
from consumption_room.shifts.queries import Facts
from consumption_room.timekeeping import rules, sntp
from consumption_room.timekeeping.service import TOO_OLD_S, Comparison, comparison
from consumption_room.vocabulary.clocks import ClockWitness
from consumption_room.vocabulary.shifts import OpeningCheck
from consumption_room.vocabulary.staff import DeviceKind
from tests.builders import LOOKED_AT, NINE
from tests.servers import Server

POLICY = policy.load(settings.ROOT / "config" / "policy.toml", settings.load({}).zone)
EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
SECONDS = st.floats(-1e6, 1e6).map(lambda seconds: timedelta(seconds=seconds))


@pytest.fixture
def engine() -> str:
    """Nothing about the clock is stored: one database is enough here."""
    return "sqlite"


def ticks(moment: datetime) -> int:
    """A moment as time servers write it."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 2**32 // 1_000_000 % 2**64


def answer(nonce: int, moment: datetime, stratum: int = 2, head: int = 0b00_100_100) -> bytes:
    """What a time server answers."""
    return struct.pack("!BB22xQQQ", head, stratum, nonce, ticks(moment), ticks(moment))


class TimeServer:
    """A time server on this machine whose clock is ``ahead`` of it; ``spoil`` turns a good answer into another."""

    def __init__(self, ahead: timedelta = timedelta(0), spoil=lambda answer: answer) -> None:
        self.ahead, self.spoil = ahead, spoil
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.line.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "TimeServer":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.line.sendto(b"", self.line.getsockname())
        self.thread.join()
        self.line.close()

    def _serve(self) -> None:
        while True:
            asked, whom = self.line.recvfrom(1024)
            if not asked:
                return
            said = answer(struct.unpack("!40xQ", asked)[0], datetime.now(UTC) + self.ahead)
            self.line.sendto(self.spoil(said), whom)


@pytest.fixture
def compared():
    """What this process knows of its clock, forgotten afterwards."""
    comparison.forget()
    yield comparison
    comparison.forget()


# The rule.


@given(SECONDS, st.lists(SECONDS))
def test_a_time_server_is_believed_alone(ahead, displays):
    found = rules.judge(ahead, displays, POLICY)
    assert (found.ahead, found.told_by) == (ahead, ClockWitness.TIME_SERVER)
    assert found.is_off is (abs(ahead) > timedelta(seconds=5))
    assert found.is_known_right is not found.is_off


@pytest.mark.parametrize(
    ("displays", "off"),
    [((), False), ((7,), False), ((7, 8), True), ((-7, -8), True), ((7, 0), False), ((7, 8, 0), True),
     ((7, 40, 0), False), ((0, 0, 900), False), ((3, 4), False), ((3600, 3600, 0, 0), False), ((-600, 600), False)],
)  # fmt: skip
def test_displays_are_believed_only_when_most_of_them_agree(displays, off):
    found = rules.judge(None, [timedelta(seconds=one) for one in displays], POLICY)
    assert found.is_off is off
    assert not found.is_known_right


@given(st.none() | SECONDS, st.lists(SECONDS))
def test_what_is_off_is_said_and_refused_and_nothing_else_is(ahead, displays):
    found = rules.judge(ahead, displays, POLICY)
    if not found.is_off:
        assert found.sentence is None
        rules.refuse_if_off(found)
        return
    assert ("behind" in found.sentence) is (found.ahead > timedelta(0))
    with pytest.raises(rules.ClockIsOff, match="Alarms still work"):
        rules.refuse_if_off(found)


def test_no_policy_allows_more_than_five_seconds(tmp_path):
    text = (settings.ROOT / "config" / "policy.toml").read_text()
    path = tmp_path / "policy.toml"
    path.write_text(text.replace("may_differ_seconds = 5", "may_differ_seconds = 6"))
    with pytest.raises(Unsafe, match="off by more than 5 seconds"):
        policy.load(path, POLICY.timezone)


# The question.


@given(SECONDS, st.datetimes(datetime(2024, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_answer_says_how_far_the_server_is_ahead_in_this_era_and_the_next(ahead, now):
    found = sntp.ahead(answer(7, now + ahead), 7, now, now)
    assert abs(found - ahead) < timedelta(microseconds=10)


def test_the_way_there_and_back_is_taken_out():
    later = NINE + timedelta(seconds=0.4)
    assert sntp.ahead(answer(7, NINE + timedelta(seconds=10.2)), 7, NINE, later) == timedelta(seconds=10)


@pytest.mark.parametrize(
    "said",
    [b"", b"x" * 47, answer(8, NINE), answer(7, NINE, stratum=0), answer(7, NINE, stratum=16),
     answer(7, NINE, head=0b11_100_100), answer(7, NINE, head=0b00_100_011), answer(7, EPOCH)],
    ids=["nothing", "too short", "to another question", "kiss of death", "not set", "alarm", "a question", "no moment"],
)  # fmt: skip
def test_an_answer_that_says_nothing_is_none(said):
    with pytest.raises(sntp.NoTime):
        sntp.ahead(said, 7, NINE, NINE)


def test_a_real_question_gets_its_answer_and_a_silent_server_none():
    with TimeServer(timedelta(seconds=7)) as server:
        assert abs(sntp.ask(server.address) - timedelta(seconds=7)) < timedelta(seconds=1)
    with TimeServer(spoil=lambda said: b"x" * 48) as server, pytest.raises(sntp.NoTime):
        sntp.ask(server.address)
    with pytest.raises(sntp.NoTime):
        sntp.ask(server.address, patience_s=0.2)


@pytest.mark.parametrize("said", ["http://time", "a b:1", "time:port", "user@time", "time/path"])
def test_a_time_server_that_is_no_host_is_refused_at_the_start(said):
    with pytest.raises(Unsafe):
        settings.load({}, time_server=said)


# What is remembered.


def test_a_clock_that_is_set_after_the_answer_is_seen_at_once_and_an_old_answer_says_nothing():
    known = Comparison()
    known.hear(NINE, at=100.0)
    assert known.verdict([], POLICY, NINE + timedelta(seconds=30), 130.0).is_known_right
    set_forward = known.verdict([], POLICY, NINE + timedelta(hours=1, seconds=30), 130.0)
    assert (set_forward.is_off, set_forward.is_behind, set_forward.seconds) == (True, False, 3600)
    assert known.verdict([], POLICY, NINE, 101.0 + TOO_OLD_S) == rules.UNKNOWN


def shows(sid: str, ahead: float, device: str | None = None, age: float = 0) -> None:
    """A display whose own clock is so many seconds ahead, heard a while ago."""
    beat = Beat(clock.monotonic() - age, 0, True, True, "", timedelta(seconds=ahead))
    presence.register.add(Display(sid, sid, device, None, beat))


@pytest.fixture
def displays():
    """Let displays say what their clocks show: ``displays(9)`` is one that is 9 s ahead."""
    known: list[str] = []

    def add(ahead: float, **more) -> None:
        known.append(f"clock-{len(known)}")
        shows(known[-1], ahead, **more)

    yield add
    for sid in known:
        presence.register.drop(sid)


def test_two_windows_are_one_clock_and_a_display_that_fell_silent_is_none(app, compared, displays):
    displays(9, device="wall-1")
    displays(9, device="wall-1")
    displays(9, age=60)
    assert not sight.clock_verdict().is_off
    displays(9, device="desk-1")
    assert sight.clock_verdict().is_off


def test_a_display_says_what_its_clock_shows_and_nonsense_is_passed_over(app):
    bells = app.extensions["room.bells"]
    presence.register.add(Display("sid", "wall", None, None))
    try:
        for said, ahead in ((int((NINE.timestamp() + 9) * 1000), 9), ("late", None), (-5, None), (10**30, None)):
            bells.on_beat("sid", {"seq": 1, "visible": True, "audio": True, "clock_ms": said})
            found = presence.register.get("sid").beat.clock_ahead
            assert found == (None if ahead is None else timedelta(seconds=ahead))
    finally:
        presence.register.drop("sid")


# Who is told.


def test_a_wrong_clock_stands_on_the_wall_the_board_and_readyz_and_stops_no_alarm(app, client_as, compared):
    wall = client_as(DeviceKind.WALL)
    assert 'id="foot-clock" class="is-over" hidden' in wall.get("/wall").text
    compared.hear(clock.now() - timedelta(seconds=7), clock.monotonic())
    assert 'id="foot-clock" class="is-over">' in wall.get("/wall").text
    told = wall.get("/api/v1/board").json["clock"]
    assert (told["is_off"], told["seconds"], told["told_by"]) == (True, 7, "time-server")
    ready = app.test_client().get("/readyz").json
    assert (
        ready["warnings"] == [told["sentence"]] == ["The clock of the server is 7 s ahead. Please have it put right."]
    )
    assert told["sentence"] not in ready["trouble"]
    assert client_as(DeviceKind.BUTTON).post("/api/v1/alerts", json={}).status_code == 201


@pytest.mark.parametrize(
    ("ahead", "said", "passed"),
    [(7, LOOKED_AT, False), (0, {}, True), (0, {OpeningCheck.CLOCK: False}, False), (None, {}, False),
     (None, LOOKED_AT, True)],
    ids=["wrong", "right, unseen", "a person's no", "unknown, unseen", "unknown, looked at"],
)  # fmt: skip
def test_the_opening_check_believes_the_time_server_and_else_asks_a_person(room, ahead, said, passed):
    told = rules.judge(None if ahead is None else timedelta(seconds=ahead), [], room)
    found = {one.check: one for one in shifts.look(said, Facts(clock=told), room, clock.now())}[OpeningCheck.CLOCK]
    assert found.passed is passed
    assert found.to_look_at is (ahead is None or said == {OpeningCheck.CLOCK: False})


def test_a_served_room_asks_its_time_server(database_url, tmp_path):
    with (
        TimeServer(timedelta(seconds=9)) as time_server,
        Server(tmp_path / "data", database_url, time_server=time_server.address) as running,
    ):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            said = json.load(urlopen(f"{running.url}/readyz", timeout=2))
            if said["warnings"]:
                break
            time.sleep(0.1)
    assert said["clock_off_s"] in (8, 9)
    assert said["warnings"][0].endswith("behind. Please have it put right.")


def test_nobody_is_asked_unless_the_settings_name_a_time_server(compared, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("somebody was asked"))
    compared.ask("")
