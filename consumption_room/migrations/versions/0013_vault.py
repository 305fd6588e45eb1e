"""The identity vault."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.String(), nullable=True),
        sa.Column("vault_key", sa.String(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("has_number", sa.Boolean(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_by", sa.String(), nullable=True),
        sa.CheckConstraint("(erased_at IS NULL) = (wrapped_key IS NOT NULL)", name=op.f("erased_means_without_a_key")),
        sa.CheckConstraint("(sealed IS NULL) = (wrapped_key IS NULL)", name=op.f("what_is_sealed_has_its_key")),
        sa.CheckConstraint("(erased_at IS NULL) = (erased_by IS NULL)", name=op.f("erasing_is_noted_with_a_name")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("identity_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("identity_key")),
    )
    op.create_index(op.f("identity_by_client_id"), "identity", ["client_id"])
    kept = sa.text("erased_at IS NULL")
    op.create_index(
        "one_identity_per_client", "identity", ["client_id"], unique=True, sqlite_where=kept, postgresql_where=kept
    )


def downgrade() -> None:
    op.drop_index("one_identity_per_client", "identity")
    op.drop_index(op.f("identity_by_client_id"), "identity")
    op.drop_table("identity")
