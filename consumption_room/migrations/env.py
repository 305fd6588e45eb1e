"""How a migration reaches the database: through the application's own engine, one transaction for all steps."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Enum, text

# Every module with tables, so that the metadata is whole.
from consumption_room.alerts import models as _alerts  # noqa: F401
from consumption_room.bookings import models as _bookings  # noqa: F401
from consumption_room.checks import models as _checks  # noqa: F401
from consumption_room.columns import Facts, UtcDateTime, Words
from consumption_room.database import Model
from consumption_room.deliveries import models as _deliveries  # noqa: F401
from consumption_room.gate import answers as _answers  # noqa: F401
from consumption_room.heartbeats import models as _heartbeats  # noqa: F401
from consumption_room.inventory import models as _inventory  # noqa: F401
from consumption_room.referrals import models as _referrals  # noqa: F401
from consumption_room.staff import models as _staff  # noqa: F401

PLAIN: dict[type[Any], str] = {
    UtcDateTime: "sa.DateTime(timezone=True)",
    Words: "sa.Text()",
    Facts: "sa.Text()",
    Enum: "sa.String(length=24)",
}


def in_plain_types(kind: str, thing: Any, _context: object) -> str | bool:
    """Write a migration without our own types: it must still run when they have changed."""
    return PLAIN.get(type(thing), False) if kind == "type" else False


def run() -> None:
    """Bring the database to the revision asked for, inside one transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(room_writes=10.0) as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            # Tables are rebuilt by copying: foreign keys are checked again at the end, not at every step.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.rollback()
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=in_plain_types,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if on_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
                raise RuntimeError(f"The migration left rows that point nowhere: {len(broken)}.")
        if on_sqlite:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


run()
