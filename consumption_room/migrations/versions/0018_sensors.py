"""What sensors at cubicles say."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cubicle", sa.Column("sensed", sa.Boolean(), nullable=True))
    op.add_column("cubicle", sa.Column("sensed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("cubicle", "sensed_at")
    op.drop_column("cubicle", "sensed")
