"""Flags that must be seen, and bars with their overrides."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("a_flag_is_ended_by_somebody")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("flag_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("flag_key")),
        sa.UniqueConstraint("code", name=op.f("one_flag_per_code")),
    )
    op.create_index(op.f("flag_by_client_id"), "flag", ["client_id"])
    op.create_index(op.f("flag_by_expires_on"), "flag", ["expires_on"])
    op.create_table(
        "bar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=24), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_reason", sa.String(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("a_bar_ends_after_it_starts")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("a_bar_is_lifted_by_somebody")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name=op.f("a_bar_is_lifted_for_a_reason")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("bar_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("bar_key")),
        sa.UniqueConstraint("code", name=op.f("one_bar_per_code")),
    )
    op.create_index(op.f("bar_by_client_id"), "bar", ["client_id"])
    op.create_index(op.f("bar_by_ends_at"), "bar", ["ends_at"])
    op.create_table(
        "bar_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bar_id", sa.Integer(), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bar_id"], ["bar.id"], name=op.f("bar_override_bar_id_is_a_bar")),
        sa.PrimaryKeyConstraint("id", name=op.f("bar_override_key")),
    )
    op.create_index("one_override_per_bar_and_day", "bar_override", ["bar_id", "service_day"], unique=True)


def downgrade() -> None:
    op.drop_table("bar_override")
    op.drop_table("bar")
    op.drop_table("flag")
