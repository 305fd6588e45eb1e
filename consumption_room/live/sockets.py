"""Sockets of displays: who may listen, and the three things a display may say: receipt, beat, sync."""

import functools
import queue
import re
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from flask import Flask, request
from flask_socketio import SocketIO

from consumption_room import clock, journal, presence, signals
from consumption_room.alerts import queries as alerts
from consumption_room.alerts.service import Seen
from consumption_room.gate import doors
from consumption_room.gate.unstored import Unstored
from consumption_room.live.lines import Lines
from consumption_room.presence import Beat, Display
from consumption_room.signals import Signal
from consumption_room.staff.rules import Permission, allowed
from consumption_room.vocabulary.alarms import ReceiptStage

RESERVED_THREADS = 40
"""Threads that sockets may not take: with all of them gone an alarm got no answer at all."""
LAST_MOMENT_MS = 4_102_444_800_000
"""The year 2100: a clock that shows a later one is broken."""
_CODE = re.compile(r"[a-z0-9-]{1,40}")
_STAGES = frozenset(ReceiptStage)

log = structlog.get_logger()


class Bells:
    """The sockets of one application, and what displays said that is not yet stored."""

    def __init__(self, app: Flask) -> None:
        """Register the handlers; nothing runs until the server starts its threads."""
        self.app = app
        self.receipts: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self.self_tests: dict[str, float] = {}
        self.answered: queue.SimpleQueue[str] = queue.SimpleQueue()
        most = app.extensions["room"].settings.threads - RESERVED_THREADS
        self.socketio = SocketIO(
            app,
            async_mode="threading",
            ping_interval=5,
            ping_timeout=4,
            max_http_buffer_size=16 * 1024,
            manage_session=False,
            async_handlers=False,
            logger=False,
            engineio_logger=False,
        )
        self.lines = Lines(app.wsgi_app, most)
        self.socketio.on_event("connect", self.on_connect)
        self.socketio.on_event("disconnect", self.on_disconnect)
        # What displays say is heard by the library beneath, without a request around each word: a hundred displays
        # answer every alarm at once, and must not slow it on its way to the others.
        self.socketio.server.on(signals.RECEIPT.name, self.on_receipt)
        self.socketio.server.on(signals.DISPLAY_BEAT.name, self.on_beat)
        self.socketio.server.on(signals.SYNC.name, self.on_sync)

    def ring(self, signal: Signal, said: dict[str, Any], to: Container[str] | None = None) -> None:
        """Send to every display, or to those of ``to``. One that closes at this moment keeps it from no other."""
        reached = self.lines.send(signal.name, said, to)
        for display in presence.register.all():
            if display.sid in reached or not (to is None or display.sid in to):
                continue
            try:
                self.socketio.emit(signal.name, said, to=display.sid)
            except Exception as trouble:  # noqa: BLE001 - whichever socket failed, the others must be told
                log.warning("a display was gone", trouble=type(trouble).__name__)

    def on_connect(self, auth: object = None) -> bool:
        """Let in a display, or somebody signed in; anything else is refused, and so is trouble on the way.

        Takes exactly one argument: on a ``TypeError`` the library would try again without credentials.
        """
        try:
            return self._let_in(auth)
        except Exception as trouble:  # noqa: BLE001 - whatever went wrong, the door stays shut
            log.error("a socket was refused", trouble=type(trouble).__name__)
            return False

    def _let_in(self, auth: object) -> bool:
        key = auth.get("key") if isinstance(auth, dict) else None
        device, person = doors.who_connects(key if isinstance(key, str) else None)
        role = person.role if person else (device.role if device else None)
        if Permission.RECEIVE_ALARMS not in allowed(role, device.kind if device else None):
            return False
        label = f"{device.kind} {device.place or device.code}" if device else f"{person.name}" if person else ""
        self.lines.keep(request.environ, request.sid)  # type: ignore[attr-defined]
        presence.register.add(
            Display(
                sid=request.sid,  # type: ignore[attr-defined]
                label=label,
                device=device.code if device else None,
                staff=person.code if person else None,
            )
        )
        return True

    def on_disconnect(self, _reason: object = None) -> None:
        """Forget a display that is gone."""
        sid: str = request.sid  # type: ignore[attr-defined]
        presence.register.drop(sid)
        self.lines.let_go(sid)

    def on_receipt(self, sid: str, said: object = None) -> dict[str, bool]:
        """Note that an alarm has come, is shown or has sounded on this display."""
        display = presence.register.get(sid)
        if display is None or not isinstance(said, dict):
            return {"ok": False}
        code, stage = said.get("code"), said.get("stage")
        if not (isinstance(code, str) and _CODE.fullmatch(code) and isinstance(stage, str) and stage in _STAGES):
            return {"ok": False}
        if code in self.self_tests:
            self.answered.put(code)
            return {"ok": True}
        if stage == ReceiptStage.SHOWN:
            display.shown.add(code)
        self.receipts.put(Seen(code, display.name, ReceiptStage(stage), clock.now(), display.whose))
        return {"ok": True}

    def on_beat(self, sid: str, said: object = None) -> None:
        """Note that a display is there, and whether it is seen and heard."""
        display = presence.register.get(sid)
        if display is None or not isinstance(said, dict):
            return
        seq = said.get("seq")
        display.beat = Beat(
            at=clock.monotonic(),
            seq=seq if isinstance(seq, int) else 0,
            visible=said.get("visible") is True,
            audio=said.get("audio") is True,
            build=str(said.get("build", ""))[:40],
            clock_ahead=_ahead(said.get("clock_ms")),
        )

    def on_sync(self, sid: str, _said: object = None) -> dict[str, Any]:
        """Give the whole list of open alarms, not the difference."""
        if presence.register.get(sid) is None:
            return {"seq": 0, "alerts": []}
        with self.app.app_context():
            seq, now = journal.last(), clock.now()
            told = alerts.tell(alerts.open_alerts(), seq, now)
            return signals.SYNC.answers({"seq": seq, "alerts": told})


def _ahead(clock_ms: object) -> timedelta | None:
    """How far a display's clock is ahead of ours; what no clock can show says nothing."""
    if not isinstance(clock_ms, int) or not 0 < clock_ms < LAST_MOMENT_MS:
        return None
    return datetime.fromtimestamp(clock_ms / 1000, UTC) - clock.now()


def init_app(app: Flask) -> None:
    """Give this application its sockets."""
    bells = app.extensions["room.bells"] = Bells(app)
    app.extensions["room.unstored"] = Unstored(ring=functools.partial(bells.ring, signals.ALERT))
    app.wsgi_app = bells.lines  # type: ignore[method-assign]
