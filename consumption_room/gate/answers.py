"""Pressing twice is pressing once: a write and its answer are stored together, and a repeated key gets that answer."""

import functools
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, make_response, request
from sqlalchemy import Text, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room import clock
from consumption_room.database import Model, db, transaction
from consumption_room.errors import FieldsWrong, Refusal
from consumption_room.gate import here

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
    given_at: Mapped[datetime] = mapped_column(index=True)


def writes(view: Callable[..., Any]) -> Callable[..., Any]:
    """One transaction around a view, and one answer for one ``Idempotency-Key``.

    A refusal changes nothing and is not kept: the same request may succeed later.
    """

    @functools.wraps(view)
    def once(*args: Any, **more: Any) -> Response:
        key = _key()
        with transaction():
            if key is not None and (kept := _claim(key)) is not None:
                return kept
            response = make_response(view(*args, **more))
            if key is not None:
                _keep(key, response)
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
    return hashlib.sha256(repr((request.method, request.path, body, form)).encode()).hexdigest()


def _claim(key: str) -> Response | None:
    now, kept_for = clock.now(), here.policy().answers_kept
    asker, fingerprint = _asker(), _fingerprint()
    db.session.execute(delete(Answer).where(Answer.asker == asker, Answer.key == key, Answer.given_at < now - kept_for))
    claim = {
        "asker": asker,
        "key": key,
        "fingerprint": fingerprint,
        "status": 0,
        "headers": "",
        "body": "",
        "given_at": now,
    }
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Answer).values(claim))
    except IntegrityError:
        kept = db.session.get_one(Answer, (asker, key))
        if kept.fingerprint != fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key was used before for something else. Nothing was done; please use a new key."
            ) from None
        response = Response(kept.body, status=kept.status)
        for line in kept.headers.splitlines():
            name, _, value = line.partition(": ")
            response.headers[name] = value
        response.headers["Idempotency-Replayed"] = "true"
        return response
    return None


def _keep(key: str, response: Response) -> None:
    mine = (Answer.asker == _asker(), Answer.key == key)
    if response.status_code >= 400:
        db.session.execute(delete(Answer).where(*mine))
        return
    headers = "\n".join(f"{name}: {response.headers[name]}" for name in _KEPT_HEADERS if name in response.headers)
    db.session.execute(
        update(Answer)
        .where(*mine)
        .values(status=response.status_code, headers=headers, body=response.get_data(as_text=True))
    )


def forget_old(now: datetime) -> None:
    """Drop answers that are past their time: they may hold what a person told us."""
    db.session.execute(delete(Answer).where(Answer.given_at < now - here.policy().answers_kept))
