"""Screening: when a nurse was asked for, and when one came."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENTS = ("nurse_asked_at", "nurse_came_at")


def upgrade() -> None:
    """Add both moments."""
    for moment in MOMENTS:
        op.add_column("visit", sa.Column(moment, sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away again; what was asked and done stays in the journal."""
    for moment in MOMENTS:
        op.drop_column("visit", moment)
