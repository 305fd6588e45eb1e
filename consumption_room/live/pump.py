"""The pump: follows the journal and rings every display; sends again until an alarm is shown."""

import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from flask import Flask

from consumption_room import clock, database, journal, presence, pulse, signals
from consumption_room.alerts import escalation, service
from consumption_room.alerts import queries as alerts
from consumption_room.alerts.models import Alert
from consumption_room.database import db
from consumption_room.events import Happened
from consumption_room.gate import here, sight
from consumption_room.gate.unstored import Unstored
from consumption_room.journal import Actor, News
from consumption_room.live.sockets import Bells
from consumption_room.vocabulary.alarms import AlarmState

LOOK_EVERY_S = 0.5
"""How often the journal is read when no wake-up comes: a wake-up is a hint and may be lost."""

MOST_AT_ONCE = 500
"""How many rows of the journal are read in one go."""

SHUT_OUT = frozenset({Happened.STAFF_DISABLED, Happened.STAFF_RESET, Happened.DEVICE_REVOKED})
"""After these, nobody with the code they are about may listen any longer."""

THE_PUMP = Actor(name="The room")

log = structlog.get_logger()


@dataclass
class Pump:
    """What one server process has sent, and what still rings."""

    app: Flask
    bells: Bells
    wake: threading.Event = field(default_factory=threading.Event)
    changed: threading.Event = field(default_factory=threading.Event)
    sending: threading.Lock = field(default_factory=threading.Lock)
    sent: int = 0
    told: int = 0
    ringing: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    """Alarms that rang while no display was able to tell anybody."""

    def catch_up(self) -> None:
        """Begin where the journal stands; what rings already is sent with the next round."""
        with self.app.app_context():
            self.sent = self.told = journal.last()
            self.ringing = {alert.code for alert in alerts.open_alerts() if alert.state is AlarmState.RAISED}

    def step(self) -> None:
        """Wait for a wake-up or half a second, and send the alarms that are new."""
        self.wake.wait(LOOK_EVERY_S)
        self.wake.clear()
        with self.sending:
            self._send_news()
        self._call_more()
        pulse.pulse.pump_at = clock.monotonic()

    def committed(self, news: Sequence[News]) -> None:
        """After a commit: an alarm is sent by the thread that stored it, at once; anything else with the next round.

        Whatever goes wrong here must not turn a stored alarm into an error: the pump finds it in the journal.
        """
        if not any(one.is_of_an_alarm for one in news):
            self.changed.set()
            return
        if self.sending.acquire(blocking=False):
            try:
                self._send_news(news)
            except Exception as trouble:  # noqa: BLE001 - the pump's own thread tries again at once
                log.error("an alarm was not sent at once", trouble=type(trouble).__name__)
            finally:
                self.sending.release()
        self.wake.set()

    def heard(self, word: str) -> None:
        """Another process has committed; ``word`` says whether it was about an alarm."""
        (self.wake if word == journal.ALARM else self.changed).set()

    def _send_news(self, known: Sequence[News] = ()) -> None:
        """Send what is newer than what was sent; ``known`` spares a look at the journal when it is just that."""
        with self.app.app_context():
            news = known if known and known[0].seq == self.sent + 1 else self._unsent()
            while news:
                self._tell({one.subject for one in news if one.is_of_an_alarm}, news[-1].seq)
                self._hang_up({one.subject for one in news if one.what in SHUT_OUT})
                self.sent = news[-1].seq
                news = self._unsent() if len(news) == MOST_AT_ONCE else []

    def _unsent(self) -> list[News]:
        return journal.news(self.sent, MOST_AT_ONCE)

    def tell_of_the_board(self) -> None:
        """Say that the board changed, at most ten times a second: an alarm on its way never waits for this."""
        if self.changed.is_set():
            self.changed.clear()
            with self.sending:
                self._send_news()
        if self.told != self.sent:
            self.told = self.sent
            self.bells.ring(signals.BOARD, signals.BOARD.of({"seq": self.told, "version": self.told}))

    def _tell(self, codes: set[str], seq: int) -> None:
        if not codes:
            return
        now = clock.now()
        for told in alerts.tell(alerts.with_codes(codes), seq, now):
            self.bells.ring(signals.ALERT, signals.ALERT.of(told))
            self._note(told.alert)

    def _note(self, alert: Alert) -> None:
        if alert.state is AlarmState.RAISED:
            self.ringing.add(alert.code)
            if alert.step == 0 and presence.register.able(clock.monotonic()) == 0:
                self.untold.add(alert.code)
        else:
            self.ringing.discard(alert.code)
            for display in presence.register.all():
                display.shown.discard(alert.code)

    def _call_more(self) -> None:
        """No display was able to tell of these: the next step begins at once."""
        untold = set(self.untold)
        if not untold:
            return
        with self.app.app_context(), database.transaction(urgent=True):
            escalation.call_more(untold, THE_PUMP, clock.now())
        self.untold -= untold

    def send_again(self) -> None:
        """Send every ringing alarm once more to each display that has not shown it."""
        waiting = [(display, self.ringing - display.shown) for display in presence.register.all()]
        missing = set().union(*(codes for _, codes in waiting))
        if not missing:
            return
        with self.app.app_context():
            seq, now = journal.last(), clock.now()
            told = {one.code: signals.ALERT.of(one) for one in alerts.tell(alerts.with_codes(missing), seq, now)}
        for code, alert in told.items():
            self.bells.ring(signals.ALERT, alert, to={display.sid for display, codes in waiting if code in codes})

    def store_late(self) -> None:
        """Store the alarms that rang without being stored, once the database takes them again."""
        unstored: Unstored = self.app.extensions["room.unstored"]
        while not unstored.presses.empty():
            press, by = unstored.presses.get()
            try:
                with self.app.app_context(), database.transaction(urgent=True):
                    service.raise_alarm(press, here.policy(), by, clock.now())
            except BaseException:
                unstored.presses.put((press, by))
                raise

    def _hang_up(self, codes: set[str]) -> None:
        """Cut off the displays of devices whose key was revoked, and of people who may no longer be here."""
        for display in presence.register.all():
            if display.device in codes or display.staff in codes:
                presence.register.drop(display.sid)
                self.bells.socketio.server.disconnect(display.sid)

    def beat(self) -> None:
        """Tell every display that the room is alive, and how old its parts are."""
        now = clock.monotonic()
        with self.app.app_context():
            pulse.feel_database(now)
            told = sight.clock_verdict()
        felt = pulse.pulse
        said = {
            "seq": self.sent,
            "server_ms": int(clock.now().timestamp() * 1000),
            "database_age_ms": pulse.age_ms(felt.database_at, now),
            "watch_age_ms": pulse.age_ms(felt.watch_at, now),
            "able_displays": presence.register.able(now),
            "clock_off_s": told.seconds if told.is_off else 0,
            "build": self.app.extensions["room.build"],
            "self_test_age_s": None if felt.self_test_at is None else int(now - felt.self_test_at),
        }
        self.bells.ring(signals.BEAT, signals.BEAT.of(said))
        self._test_the_path(now)

    def _test_the_path(self, now: float) -> None:
        tests = self.bells.self_tests
        while not self.bells.answered.empty():
            sent_at = tests.get(self.bells.answered.get())
            if sent_at is not None:
                pulse.pulse.self_test_at, pulse.pulse.self_test_ms = now, (now - sent_at) * 1000
        with self.app.app_context():
            every = here.policy().self_test_every.total_seconds()
        due = [display for display in presence.register.all() if now - display.tested_at >= every]
        if not due:
            return
        name = f"test-{secrets.token_hex(4)}"
        tests[name] = now
        for display in due:
            display.tested_at = now
        self.bells.ring(signals.SELF_TEST, signals.SELF_TEST.of({"id": name}), to={display.sid for display in due})
        for old in [one for one, sent_at in tests.items() if now - sent_at > every]:
            del tests[old]

    def keep_receipts(self) -> None:
        """Store what displays said since last time, all in one transaction."""
        said: list[service.Seen] = []
        while len(said) < 1000:
            try:
                said.append(self.bells.receipts.get_nowait())
            except queue.Empty:
                break
        if said:
            with self.app.app_context(), database.transaction():
                service.keep_receipts(said, clock.now())


def start(app: Flask) -> threading.Event:
    """Start the threads that ring; set the event that is given back to stop them."""
    bells: Bells = app.extensions["room.bells"]
    pump = Pump(app, bells)
    pump.catch_up()
    database.after_commit(app, pump.committed)
    stop = threading.Event()
    keep_doing("pump", pump.step, 0, stop)
    keep_doing("board", pump.tell_of_the_board, 0.1, stop)
    policy = app.extensions["room"].policy
    keep_doing("send again", pump.send_again, policy.resend_after.total_seconds(), stop)
    keep_doing("show out", bells.lines.show_out, 1.0, stop)
    keep_doing("store late", pump.store_late, 1.0, stop)
    keep_doing("beat", pump.beat, policy.beat_every.total_seconds(), stop)
    keep_doing("receipts", pump.keep_receipts, 0.2, stop)
    with app.app_context():
        if database.is_postgresql():
            listen(app, pump, stop)
    return stop


def keep_doing(name: str, step: Callable[[], None], every_s: float, stop: threading.Event) -> None:
    """Run ``step`` again and again in a thread of its own, whatever happens in it."""

    def loop() -> None:
        while not stop.is_set():
            try:
                step()
            except Exception as trouble:  # noqa: BLE001 - a heartbeat must outlive every trouble
                log.error("a round failed", thread=name, trouble=type(trouble).__name__)
                stop.wait(0.5)
            if every_s:
                stop.wait(every_s)

    threading.Thread(target=loop, name=f"room {name}", daemon=True).start()


def listen(app: Flask, pump: Pump, stop: threading.Event) -> None:
    """Wake the pump when another process commits: PostgreSQL says so itself."""

    def wait() -> None:
        with app.app_context():
            connection = db.engine.raw_connection()
        try:
            driver = connection.driver_connection
            assert driver is not None  # noqa: S101 - a raw connection has its driver's
            driver.autocommit = True
            driver.execute(f"LISTEN {journal.CHANNEL}")
            while not stop.is_set():
                for told in driver.notifies(timeout=1.0, stop_after=1):
                    pump.heard(told.payload)
        finally:
            connection.invalidate()

    keep_doing("listen", wait, 1.0, stop)
