"""Mistakes at the desk: a check-in can be taken back, and a visit knows which of the day it is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTED_BY = ["service_day", "client_id", "gave_up", "waited_s"]


def upgrade() -> None:
    # With its check in place: copying the table anew would cost SQLite the other checks of it.
    op.execute(
        "ALTER TABLE visit ADD COLUMN undone_because VARCHAR(24) CONSTRAINT undone_for_a_reason "
        "CHECK ((undone_because IS NOT NULL) = (exit_reason IS NOT NULL AND exit_reason = 'undone'))"
    )
    op.add_column("visit", sa.Column("nth_today", sa.Integer()))
    op.drop_index("visit_by_day", "visit")
    op.create_index("visit_by_day", "visit", [*COUNTED_BY, "exit_reason"])


def downgrade() -> None:
    """Take them away again; a visit that was undone stays, as one that ended for another reason."""
    op.drop_index("visit_by_day", "visit")
    op.create_index("visit_by_day", "visit", COUNTED_BY)
    op.drop_column("visit", "nth_today")
    op.drop_column("visit", "undone_because")
    op.execute("UPDATE visit SET exit_reason = 'other' WHERE exit_reason = 'undone'")
