"""What people have agreed to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=24), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=24), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ending", sa.String(length=24), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name=op.f("an_end_has_a_reason")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("an_end_was_noted_by_somebody")),
        sa.CheckConstraint("expires_at > given_at", name=op.f("a_consent_expires_after_it_was_given")),
        sa.CheckConstraint("(scope = 'partner') = (whom <> '')", name=op.f("only_a_partner_has_a_name")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("consent_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("consent_key")),
        sa.UniqueConstraint("code", name=op.f("one_consent_per_code")),
    )
    op.create_index("consent_by_client", "consent", ["client_id", "scope", "id"])
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "one_standing_consent_per_client_and_scope",
        "consent",
        ["client_id", "scope", "whom"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )


def downgrade() -> None:
    op.drop_index("one_standing_consent_per_client_and_scope", "consent")
    op.drop_index("consent_by_client", "consent")
    op.drop_table("consent")
