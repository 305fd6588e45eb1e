"""The journal: what happened, in order, by whom; append-only, hash-chained, followed by sequence number."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import Index, String, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room import database
from consumption_room.database import Facts, Model, db
from consumption_room.events import Happened
from consumption_room.vocabulary import DeviceKind, Role

SITE = "room"
CHANNEL = "room_journal"
_PENDING = "room_journal"
ALARM = "alarm"
_BEGINNING = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who acts, and from which device: never guessed below the edge."""

    name: str
    role: Role | None = None
    staff: str | None = None
    device: str | None = None
    device_kind: DeviceKind | None = None
    place: str | None = None


class JournalHead(Model):
    """The last number given out at a site; its row is the site's lock."""

    __tablename__ = "journal_head"

    site: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class JournalRow(Model):
    """One thing that happened. Codes only: no name, no alias, no substance beside a person."""

    __tablename__ = "journal"
    __table_args__ = (Index("journal_by_subject", "subject", "seq"),)

    site: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    what: Mapped[str]
    subject: Mapped[str]
    visit: Mapped[str | None]
    staff: Mapped[str | None]
    device: Mapped[str | None]
    payload: Mapped[dict[str, Any]] = mapped_column(Facts)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def record(what: Happened, subject: str, by: Actor, now: datetime, visit: str | None = None, **payload: object) -> None:
    """Say what happened; the row is numbered, chained and written when the transaction commits."""
    db.session().info.setdefault(_PENDING, []).append(
        {
            "site": SITE,
            "at": now,
            "what": what.value,
            "subject": subject,
            "visit": visit,
            "staff": by.staff,
            "device": by.device,
            "payload": payload,
        }
    )


def init_app(app: Flask) -> None:
    """Write the journal inside every transaction of this application."""
    database.before_commit(app, _write_down)
    app.teardown_appcontext(lambda _: db.session().info.pop(_PENDING, None) and None)


def _write_down() -> None:
    rows: list[dict[str, Any]] = db.session().info.pop(_PENDING, [])
    if not rows:
        return
    db.session.flush()
    # Numbers are taken under the head's lock, last of all, so that they become visible in order.
    head = db.session.execute(select(JournalHead.seq, JournalHead.hash).with_for_update()).one()
    seq, previous = head.seq, head.hash
    for row in rows:
        seq += 1
        row |= {"seq": seq, "previous": previous}
        row["hash"] = previous = link(row)
    db.session.execute(insert(JournalRow), rows)
    db.session.execute(update(JournalHead).values(seq=seq, hash=previous))
    if any(row["what"].startswith("alert.") for row in rows):
        database.say_after_commit(ALARM)
    if database.is_postgresql():
        db.session.execute(text(f"NOTIFY {CHANNEL}"))


def link(row: dict[str, Any]) -> str:
    """The SHA-256 that chains a row to the one before it, over every field of the row."""
    said = {
        name: row[name]
        for name in ("site", "seq", "what", "subject", "visit", "staff", "device", "payload", "previous")
    }
    said["at"] = row["at"].isoformat(timespec="microseconds")
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def begin() -> None:
    """Lay the first stone of the chain; harmless when it lies already."""
    if db.session.get(JournalHead, SITE) is None:
        db.session.add(JournalHead(site=SITE, seq=0, hash=_BEGINNING))
        db.session.flush()


def last() -> int:
    """The number of the newest row; 0 when nothing has happened yet."""
    return db.session.scalar(select(JournalHead.seq).where(JournalHead.site == SITE)) or 0


def news(seq: int, limit: int = 500) -> Sequence[tuple[int, str, str]]:
    """Number, what and subject of up to ``limit`` rows newer than ``seq``, oldest first: what a bell needs to know."""
    rows = select(JournalRow.seq, JournalRow.what, JournalRow.subject)
    newer = rows.where(JournalRow.site == SITE, JournalRow.seq > seq).order_by(JournalRow.seq).limit(limit)
    return db.session.execute(newer).tuples().all()


def after(seq: int, limit: int = 500, subject: str | None = None) -> Sequence[JournalRow]:
    """Up to ``limit`` rows newer than ``seq``, oldest first."""
    rows = select(JournalRow).where(JournalRow.site == SITE, JournalRow.seq > seq).order_by(JournalRow.seq).limit(limit)
    if subject is not None:
        rows = rows.where(JournalRow.subject == subject)
    return db.session.scalars(rows).all()


def broken() -> Iterator[str]:
    """A sentence for the first row where the chain does not hold; nothing when it is whole."""
    seq, previous = 0, _BEGINNING
    while batch := after(seq, 2000):
        for row in batch:
            said = {name: getattr(row, name) for name in JournalRow.__table__.columns.keys()}  # noqa: SIM118 - names, not columns
            if row.seq != seq + 1:
                yield f"Journal row {seq + 1} is missing."
                return
            if row.previous != previous or link(said) != row.hash:
                yield f"Journal row {row.seq} was altered."
                return
            seq, previous = row.seq, row.hash
        db.session.expunge_all()
    head = db.session.get(JournalHead, SITE)
    if head is None or (head.seq, head.hash) != (seq, previous):
        yield f"The journal ends at row {seq}, and its head says otherwise."
