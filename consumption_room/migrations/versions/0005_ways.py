"""Ways in and out: the heartbeats of buttons, and what places outside are told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
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
    op.create_table(
        "follower",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("follower_key")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name=op.f("what_is_done_has_a_moment")),
        sa.CheckConstraint("tries >= 0", name=op.f("tries_are_counted")),
        sa.PrimaryKeyConstraint("id", name=op.f("delivery_key")),
        sa.UniqueConstraint("code", name=op.f("one_delivery_per_code")),
    )
    op.create_index("one_delivery_per_target_and_change", "delivery", ["target", "seq"], unique=True)
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "deliveries_to_come", "delivery", ["target", "next_try_at"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    op.drop_index("deliveries_to_come", "delivery")
    op.drop_index("one_delivery_per_target_and_change", "delivery")
    op.drop_table("delivery")
    op.drop_table("follower")
    op.drop_index(op.f("device_state_by_heard_at"), "device_state")
    op.drop_table("device_state")
