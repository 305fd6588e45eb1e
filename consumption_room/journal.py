"""The journal: what happened, in order, by whom; append-only, hash-chained, followed by sequence number."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import Index, String, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room import database
from consumption_room.columns import Facts
from consumption_room.database import Model, db, run, table_of
from consumption_room.events import Happened
from consumption_room.vocabulary.staff import DeviceKind, Role

SITE = "room"
CHANNEL = "room_journal"
_PENDING = "room_journal"
ALARM = "alarm"
BOARD = "board"
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


class News(NamedTuple):
    """What a bell needs to know of a row: its number, what happened, to which subject."""

    seq: int
    what: str
    subject: str

    @property
    def is_of_an_alarm(self) -> bool:
        """Whether every display must hear of this at once."""
        return self.what.startswith("alert.")


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


# Built once: they run in every write, and putting a statement together costs as much as running it.
_HEAD = select(table_of(JournalHead)).with_for_update()
_ADD = insert(table_of(JournalRow))
_MOVE_HEAD = update(table_of(JournalHead)).values(seq=bindparam("last"), hash=bindparam("link"))
_LAST = select(table_of(JournalHead).c.seq)
_NEWS = (
    select(JournalRow.seq, JournalRow.what, JournalRow.subject)
    .where(JournalRow.site == SITE, JournalRow.seq > bindparam("seq"))
    .order_by(JournalRow.seq)
    .limit(bindparam("limit"))
)


def record(what: Happened, subject: str, by: Actor, now: datetime, visit: str | None = None, **payload: object) -> None:
    """Say what happened; the row is numbered, chained and written when the transaction commits.

    The hash covers the moment as it is read back, which is UTC: one in another zone is turned, a naive one refused.
    """
    if now.tzinfo is None:
        raise ValueError("A moment in the journal needs its zone.")
    db.session().info.setdefault(_PENDING, []).append(
        {
            "site": SITE,
            "at": now.astimezone(UTC),
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
    head = run(_HEAD).one()
    seq, previous = head.seq, head.hash
    for row in rows:
        seq += 1
        row |= {"seq": seq, "previous": previous}
        row["hash"] = previous = link(row)
    run(_ADD, rows)
    run(_MOVE_HEAD, {"last": seq, "link": previous})
    news = [News(row["seq"], row["what"], row["subject"]) for row in rows]
    database.say_after_commit(news)
    if database.is_postgresql():
        run(text(f"NOTIFY {CHANNEL}, '{ALARM if any(one.is_of_an_alarm for one in news) else BOARD}'"))


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
    return db.session.scalar(_LAST) or 0


def last_at() -> datetime | None:
    """When the newest row was written: a clock that stands before it was set back."""
    return db.session.scalar(
        select(JournalRow.at).where(JournalRow.site == SITE).order_by(JournalRow.seq.desc()).limit(1)
    )


def news(seq: int, limit: int) -> list[News]:
    """What is newer than ``seq``, oldest first, at most ``limit``."""
    return [News(*row) for row in db.session.execute(_NEWS, {"seq": seq, "limit": limit})]


def after(seq: int, limit: int = 500, subject: str | None = None) -> Sequence[JournalRow]:
    """Up to ``limit`` rows newer than ``seq``, oldest first."""
    rows = select(JournalRow).where(JournalRow.site == SITE, JournalRow.seq > seq).order_by(JournalRow.seq).limit(limit)
    if subject is not None:
        rows = rows.where(JournalRow.subject == subject)
    return db.session.scalars(rows).all()


def told_in(visit: str) -> set[str]:
    """What has happened in a visit since it was opened. Reads everything since then: ask it of young visits only."""
    opened = select(func.min(JournalRow.seq)).where(JournalRow.subject == visit).scalar_subquery()
    rows = select(JournalRow.what).where(JournalRow.site == SITE, JournalRow.seq >= opened, JournalRow.visit == visit)
    return set(db.session.scalars(rows))


def told(what: Happened) -> Iterator[tuple[str, dict[str, Any]]]:
    """The subject and the payload of every row of this kind, oldest first, read in batches."""
    rows = select(JournalRow.seq, JournalRow.subject, JournalRow.payload).where(
        JournalRow.site == SITE, JournalRow.what == what.value
    )
    seq = 0
    while batch := db.session.execute(rows.where(JournalRow.seq > seq).order_by(JournalRow.seq).limit(2000)).all():
        for row in batch:
            yield row.subject, row.payload
        seq = batch[-1].seq


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
