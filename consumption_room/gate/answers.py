"""Pressing twice is pressing once: a write and its answer are stored together, and a repeated key gets that answer."""

import functools
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, make_response, request
from sqlalchemy import Row, Text, bindparam, delete, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room import clock
from consumption_room.alerts import queries as alerts
from consumption_room.database import Model, is_postgresql, run, table_of, transaction
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.gate import here
from consumption_room.vocabulary.staff import DeviceKind

_KEPT_HEADERS = ("Content-Type", "Location", "ETag")


class IdempotencyMismatch(Refusal):
    """The key was used before, for something else."""

    code = "idempotency-mismatch"
    status = 422


class Answer(Model):
    """What was answered to a write, kept so that the same request is never done twice."""

    __tablename__ = "answer"

    asker: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    headers: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    about: Mapped[str | None]
    given_at: Mapped[datetime] = mapped_column(index=True)


_ANSWERS = table_of(Answer)
# Built once: they run in every write, and putting a statement together costs as much as running it.
_KEPT = select(_ANSWERS).where(_ANSWERS.c.asker == bindparam("asker"), _ANSWERS.c.key == bindparam("key"))
_FORGET = delete(_ANSWERS).where(_ANSWERS.c.asker == bindparam("asker"), _ANSWERS.c.key == bindparam("key"))
_KEEP = insert(_ANSWERS)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:asker || ' ' || :key, 0))")


def writes(view: Callable[..., Any]) -> Callable[..., Any]:
    """One transaction around a view, and one answer for one ``Idempotency-Key``.

    A view that raises alarms (``@alarm``, below this) is next in line.
    A refusal changes nothing and is not kept: the same request may succeed later.
    """

    @functools.wraps(view)
    def once(*args: Any, **more: Any) -> Response:
        key = _key()
        request.get_data()  # all of it, before the lock: a sender who stalls must hold up nobody else
        whose = {"asker": _asker(), "key": key}
        with transaction(urgent=getattr(view, "raises_alarms", False)):
            if key is not None and (kept := _answered(whose)) is not None:
                return kept
            response = make_response(view(*args, **more))
            if key is not None and response.status_code < 400:
                _keep(whose, response)
            return response

    return once


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key") or request.form.get("idempotency_key")
    if key and (len(key) > 200 or not key.isprintable()):
        raise FieldsWrong({"Idempotency-Key": ["A key is at most 200 printable characters."]})
    return key or None


def _asker() -> str:
    actor = here.actor()
    return actor.staff or actor.device or "nobody"


def _fingerprint() -> str:
    body = b"" if request.form else request.get_data()
    form = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    # With the room's own key: a request may hold a PIN, and a plain hash of it could be searched for.
    key = current_app.config["SECRET_KEY"]
    return hmac.digest(key, repr((request.method, request.path, body, form)).encode(), hashlib.sha256).hex()


def about(alarm: str) -> None:
    """Say which alarm this answer is about: a press whose alarm is over is never taken for an old one."""
    g.answer_is_about = alarm


def _answered(whose: dict[str, str | None]) -> Response | None:
    """What was answered to this key before; ``None`` when it is new, or free again."""
    if is_postgresql():  # SQLite writes one at a time anyhow
        run(_ONE_AT_A_TIME, whose)
    kept = run(_KEPT, whose).first()
    if kept is None:
        return None
    fingerprint = _fingerprint()
    if kept.given_at < clock.now() - here.policy().answers_kept or _is_a_new_press(kept, fingerprint):
        run(_FORGET, whose)
        return None
    if kept.fingerprint != fingerprint:
        raise IdempotencyMismatch(
            "This Idempotency-Key was used before for something else. Nothing was done; please use a new key."
        )
    return _again(kept)


def _is_a_new_press(kept: Row[Any], fingerprint: str) -> bool:
    """Whether somebody calls for help anew with an old key: a button may send the same key for ever."""
    if kept.about is None:
        return False
    if not alerts.is_open(kept.about):
        return True
    return kept.fingerprint != fingerprint and here.actor().device_kind is DeviceKind.BUTTON


def _again(kept: Row[Any]) -> Response:
    response = Response(kept.body, status=kept.status)
    for line in kept.headers.splitlines():
        name, _, value = line.partition(": ")
        response.headers[name] = value
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _keep(whose: dict[str, str | None], response: Response) -> None:
    kept = {
        "fingerprint": _fingerprint(),
        "status": response.status_code,
        "headers": "\n".join(f"{name}: {response.headers[name]}" for name in _KEPT_HEADERS if name in response.headers),
        "body": response.get_data(as_text=True),
        "about": g.get("answer_is_about"),
        "given_at": clock.now(),
    }
    run(_KEEP, whose | kept)


def forget_old(now: datetime) -> None:
    """Drop answers that are past their time: they may hold what a person told us."""
    run(delete(_ANSWERS).where(_ANSWERS.c.given_at < now - here.policy().answers_kept))
