"""Clinical limits: signed, versioned, and refused to be edited by the database itself."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinical_limits",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name=op.f("limits_are_signed_by_somebody")),
        sa.CheckConstraint("signed_by IS NOT NULL OR version = 1", name=op.f("only_the_first_limits_are_unsigned")),
        sa.PrimaryKeyConstraint("version", name=op.f("clinical_limits_key")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER clinical_limits_refuses_{change.lower()} BEFORE {change} ON clinical_limits "
                "BEGIN SELECT RAISE(ABORT, 'signed limits are added to, never changed'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER clinical_limits_refuses_change BEFORE UPDATE OR DELETE ON clinical_limits "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("clinical_limits")
