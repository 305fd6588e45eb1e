"""Bringing two records of one person together, and parting them again exactly as they were."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, or_, select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client
from consumption_room.database import Model, db, table_of
from consumption_room.doses.models import Dose, Prescription
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.records import rules
from consumption_room.records.models import Merge
from consumption_room.vault import queries as vault
from consumption_room.vault.models import Identity
from consumption_room.visits import queries as visits


def merge(code: str, other: str, reason: str, by: Actor, now: datetime) -> Merge:
    """Let the record ``code`` hold everything of ``other`` too, whose code, alias and phrase lead there from now on.

    Raises ``OneRecord``, ``BothInside``, ``IdentitySealed`` or ``Treated``. What both have and a person can have but
    one of (an agreement that stands) stays where it is: the survivor's counts.
    """
    survivor, merged = _both(clients.get(code), clients.get(other))
    both_inside = bool(visits.open_visit_of(survivor.id) and visits.open_visit_of(merged.id))
    rules.may_merge(survivor.code, merged.code, both_inside, vault.kept(merged.id) is not None, _is_treated(merged.id))
    merged.merged_into_id = survivor.id
    made = Merge(survivor=survivor, merged=merged, reason=reason, by=by.name, at=now, moved={})
    db.session.add(made)
    db.session.flush()
    made.moved = {
        f"{column.table.name}.{column.name}": moved
        for column in _hanging_on_a_record()
        if (moved := _move(column, _keys(column, merged.id), merged.id, survivor.id))
    }
    _forget_what_was_read()
    journal.record(Happened.CLIENT_MERGED, survivor.code, by, now, merge=made.code, merged=merged.code)
    return made


def undo(client: str, code: str, policy: Policy, by: Actor, now: datetime) -> Merge:
    """Part two records again: every row is where it was; what came since stays with the survivor. Twice is once."""
    made = db.session.scalar(select(Merge).where(Merge.code == code).with_for_update(of=Merge))
    if made is None or client not in (made.survivor.code, made.merged.code):
        raise NotFound("These records were not brought together.")
    if made.undone_at is not None:
        return made
    survivor, merged = _both(made.survivor, made.merged)
    rules.may_undo(made.at, survivor.merged_into_id is not None, policy, now)
    merged.merged_into_id = None
    made.undone_at, made.undone_by = now, by.name
    db.session.flush()
    for column in _hanging_on_a_record():
        _move(column, made.moved.get(f"{column.table.name}.{column.name}", []), survivor.id, merged.id)
    _forget_what_was_read()
    journal.record(Happened.CLIENT_UNMERGED, survivor.code, by, now, merge=made.code, merged=merged.code)
    return made


def standing(client_id: int) -> Sequence[Merge]:
    """The records that were brought together with this one (by row key) and still are, the newest first."""
    return db.session.scalars(
        select(Merge).where(Merge.survivor_id == client_id, Merge.undone_at.is_(None)).order_by(Merge.id.desc())
    ).all()


def _both(one: Client, two: Client) -> tuple[Client, Client]:
    """Both records, locked in one order: whoever holds either has finished, and whoever comes waits."""
    keys = or_(Client.id == one.id, Client.id == two.id)
    db.session.scalars(
        select(Client).where(keys).order_by(Client.id).with_for_update(),
        execution_options={"populate_existing": True},
    ).all()
    return one, two


def _is_treated(client_id: int) -> bool:
    known = select(Prescription.id).where(Prescription.client_id == client_id).exists()
    given = select(Dose.id).where(Dose.client_id == client_id).exists()
    return bool(db.session.scalar(select(or_(known, given))))


def _hanging_on_a_record() -> Iterator[Column[Any]]:
    """Every column that says whose something is, in whatever part of the room it stands; a test names them all."""
    # An identity is sealed to the code of its own record; what was signed of a treatment is never moved.
    own = {table_of(Client), table_of(Merge), table_of(Identity), table_of(Prescription), table_of(Dose)}
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys if table not in own else ():
            if key.column.table is table_of(Client):
                column: Column[Any] = key.parent
                yield column


def _keys(column: Column[Any], whose: int) -> list[int]:
    return list(
        db.session.scalars(select(_key_of(column.table)).where(column == whose).order_by(_key_of(column.table)))
    )


def _key_of(table: Any) -> Column[Any]:
    only: Table = table
    (key,) = only.primary_key.columns
    return key


def _move(column: Column[Any], keys: list[int], old: int, new: int) -> list[int]:
    """Move these rows, all at once or, where a person can have but one of something, those that can be."""
    if not keys or _moved(column, keys, old, new):
        return keys
    return [key for key in keys if _moved(column, [key], old, new)]


def _moved(column: Column[Any], keys: list[int], old: int, new: int) -> bool:
    key = _key_of(column.table)
    rows = update(column.table).where(key.in_(keys), column == old).values({column.name: new})
    try:
        with db.session.begin_nested():
            db.session.execute(rows)
    except IntegrityError:
        return False
    return True


def _forget_what_was_read() -> None:
    """The rows were moved under the mapper: whatever it has read is read again."""
    db.session.flush()
    db.session.expire_all()
