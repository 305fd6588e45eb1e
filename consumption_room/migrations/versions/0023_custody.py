"""Substances left behind: sealed bags, and where each went."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

APPEND_ONLY = ("custody_bag", "custody_step")


def refuse_changes() -> None:
    """A bag and each of its steps are added and never changed: the database itself refuses."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        if on_sqlite:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is added to, never changed'); END"
                )
            continue
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _signatures() -> list[sa.Column]:
    names = ("giver", "giver_name", "witness", "witness_name")
    return [
        *(sa.Column(name, sa.String(), nullable=False) for name in names),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "custody_bag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("bag", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        *_signatures(),
        sa.CheckConstraint("witness <> giver", name=op.f("two_people_seal_a_bag")),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name=op.f("what_is_in_a_bag_weighs_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("custody_bag_key")),
        sa.UniqueConstraint("code", name=op.f("one_custody_bag_per_code")),
        sa.UniqueConstraint("bag", name=op.f("one_custody_bag_per_bag")),
    )
    op.create_table(
        "custody_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bag_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        *_signatures(),
        sa.CheckConstraint("witness <> giver", name=op.f("two_people_move_a_bag")),
        sa.ForeignKeyConstraint(["bag_id"], ["custody_bag.id"], name=op.f("custody_step_bag_id_is_a_custody_bag")),
        sa.PrimaryKeyConstraint("id", name=op.f("custody_step_key")),
    )
    for_good = sa.text("kind <> 'moved'")
    op.create_index(
        "one_hand_over_per_bag",
        "custody_step",
        ["bag_id"],
        unique=True,
        sqlite_where=for_good,
        postgresql_where=for_good,
    )
    refuse_changes()


def downgrade() -> None:
    op.drop_table("custody_step")
    op.drop_table("custody_bag")
