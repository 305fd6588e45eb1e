"""Ways in and out: the heartbeats of buttons."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_state",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("battery", sa.Integer(), nullable=True),
        sa.Column("signal", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(length=24), nullable=False),
        sa.CheckConstraint("battery BETWEEN 0 AND 100", name=op.f("battery_is_a_percentage")),
        sa.CheckConstraint("signal BETWEEN 0 AND 100", name=op.f("signal_is_a_percentage")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("device_state_device_id_is_a_device")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("device_state_key")),
    )
    op.create_index(op.f("device_state_by_heard_at"), "device_state", ["heard_at"])


def downgrade() -> None:
    op.drop_index(op.f("device_state_by_heard_at"), "device_state")
    op.drop_table("device_state")
