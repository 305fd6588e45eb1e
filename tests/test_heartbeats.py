"""Buttons that say they are alive: shown, missed when they stop, an alarm when they stay silent; on both databases."""

from datetime import timedelta

import pytest

from consumption_room import clock, journal, setup, watch
from consumption_room.alerts import queries as alerts
from consumption_room.database import transaction
from consumption_room.errors import Unsafe
from consumption_room.heartbeats import rules
from consumption_room.policy import room as policy
from consumption_room.settings import ROOT
from consumption_room.staff import service as staff
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.staff import DeviceCondition, DeviceKind, Role
from tests.builders import NINE, revoked

MINUTE = timedelta(minutes=1)


@pytest.fixture
def beats(app, client_as):
    """The button at the toilet says that it is alive; gives the answer."""

    def beat(**said):
        return client_as(DeviceKind.BUTTON).post("/api/v1/devices/heartbeat", json=said)

    return beat


@pytest.fixture
def button(app, client_as):
    """How the room sees the button at the toilet."""

    def seen():
        items = client_as(Role.NURSE).get("/api/v1/devices").json["items"]
        return next(one for one in items if one["kind"] == "button")

    return seen


@pytest.fixture
def watched(app, fast_forward):
    """Let time pass while the watch goes round each second's worth of ten; gives nothing."""

    def forward(seconds):
        for _ in range(seconds // 10):
            watch.mind_devices(fast_forward(seconds=10))

    return forward


def what_happened() -> list[str]:
    """What the journal says of devices after the room was set up."""
    rows = journal.after(0)
    return [row.what for row in rows if row.what in {"device.heard", "device.late", "device.silent", "alert.raised"}]


def test_a_button_that_never_sent_a_heartbeat_is_not_judged(button, watched):
    watched(600)
    assert (button()["able"], button()["last_beat_s"]) == (True, None)
    assert list(alerts.open_alerts()) == []


def test_a_heartbeat_tells_battery_and_signal_and_when_the_next_is_due(beats, button, fast_forward):
    answer = beats(battery=83, signal=40)
    assert answer.status_code == 200
    assert (answer.json["period_s"], answer.json["grace_s"]) == (60, 60)
    fast_forward(seconds=30)
    seen = button()
    assert (seen["able"], seen["battery"], seen["signal"], seen["last_beat_s"]) == (True, 83, 40, 30)


def test_heartbeats_in_time_leave_the_journal_alone(beats, watched):
    for _ in range(4):
        beats()
        watched(60)
    assert what_happened() == ["device.heard"]


def test_a_late_button_is_amber_on_every_board_and_says_why(beats, button, watched, client_as):
    beats()
    watched(130)
    seen = button()
    assert (seen["able"], seen["why"]) == (False, "late: not heard for 130 s")
    assert list(alerts.open_alerts()) == []
    for who, page in ((DeviceKind.WALL, "/wall"), (Role.NURSE, "/floor"), (Role.RECEPTION, "/desk")):
        assert "Button not heard: Toilet" in client_as(who).get(page).text, page
    assert "Late" in client_as(Role.ADMINISTRATOR).get("/admin/devices").text


def test_a_silent_button_raises_one_technical_alarm_where_it_stands(beats, button, watched):
    beats()
    watched(600)
    [alert] = alerts.open_alerts()
    assert (alert.place.code, alert.kind, alert.count) == ("toilet", AlarmKind.TECHNICAL, 1)
    assert "is silent" in alert.raised_by
    assert button()["why"] == "silent: not heard for 600 s"
    assert what_happened() == ["device.heard", "device.late", "device.silent", "alert.raised"]


def test_a_button_that_comes_back_is_able_again_and_missed_anew(beats, button, watched):
    beats()
    watched(240)
    beats()
    assert button()["able"]
    watched(240)
    assert what_happened().count("device.silent") == 2
    assert what_happened().count("device.heard") == 2


def test_a_revoked_button_is_missed_by_nobody(beats, cast, watched):
    beats()
    revoked(cast.devices[DeviceKind.BUTTON])
    watched(600)
    assert list(alerts.open_alerts()) == []


def test_a_gateway_whose_place_nobody_knows_rings_all_the_same(app, watched):
    with transaction():
        _, key = staff.add_device(staff.NewDevice(DeviceKind.BUTTON, "torn-down"), setup.THE_ROOM, clock.now())
    app.test_client().post("/api/v1/devices/heartbeat", headers={"Authorization": f"Bearer {key}"})
    watched(300)
    assert [alert.kind for alert in alerts.open_alerts()] == [AlarmKind.TECHNICAL]


@pytest.mark.parametrize("said", [{"battery": 101}, {"battery": -1}, {"signal": "strong"}, {"name": "x"}])
def test_a_heartbeat_that_makes_no_sense_is_refused(beats, said):
    assert beats(**said).status_code == 422


def test_only_a_device_that_stands_for_itself_sends_heartbeats(client_as):
    for who in (Role.NURSE, Role.ADMINISTRATOR, DeviceKind.WALL):
        assert client_as(who).post("/api/v1/devices/heartbeat", json={}).status_code == 403


@pytest.mark.parametrize(
    ("age_s", "condition"),
    [(0, "heard"), (-60, "heard"), (120, "heard"), (121, "late"), (180, "late"), (181, "silent")],
)
def test_when_a_heartbeat_is_late_and_when_it_is_missing(age_s, condition):
    assert rules.condition(NINE, MINUTE, MINUTE, NINE + timedelta(seconds=age_s)) is DeviceCondition(condition)


def test_a_heartbeat_without_grace_is_refused(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text((ROOT / "config" / "policy.toml").read_text().replace("grace_seconds = 60", "grace_seconds = 0"))
    with pytest.raises(Unsafe, match="grace"):
        policy.load(path, None)
