"""Calls by name: which roles a step of an alarm calls, and who was on duty at a moment."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a default, so that a process of the version before can still raise alarms while this one takes over.
    op.add_column("alert_step", sa.Column("roles", sa.Text(), nullable=False, server_default="[]"))
    op.create_index("duty_by_end", "duty", ["ended_at"])


def downgrade() -> None:
    op.drop_index("duty_by_end", "duty")
    op.drop_column("alert_step", "roles")
