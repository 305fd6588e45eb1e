"""Looking after people in cubicles: when somebody is due to look, and the log of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    still_there = sa.text("ended_at IS NULL")
    op.add_column("stay", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stay", sa.Column("check_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stay", sa.Column("overrun_due_at", sa.DateTime(timezone=True), nullable=True))
    # Whoever sits there while the room is brought up to date has not been looked after by this program yet.
    op.execute("UPDATE stay SET check_due_at = started_at WHERE ended_at IS NULL")
    op.create_index("stays_to_check", "stay", ["check_due_at"], sqlite_where=still_there, postgresql_where=still_there)
    op.create_table(
        "welfare_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("stay_id", sa.Integer(), nullable=False),
        sa.Column("cubicle_id", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=24), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("result = 'responsive' OR alert_id IS NOT NULL", name=op.f("what_is_not_well_rings")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("welfare_check_stay_id_is_a_stay")),
        sa.ForeignKeyConstraint(["cubicle_id"], ["cubicle.id"], name=op.f("welfare_check_cubicle_id_is_a_cubicle")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("welfare_check_alert_id_is_a_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("welfare_check_key")),
        sa.UniqueConstraint("code", name=op.f("one_welfare_check_per_code")),
    )
    by_the_clock = sa.text("result IN ('missed', 'overran')")
    op.create_index(
        "what_is_missed_is_missed_once",
        "welfare_check",
        ["stay_id", "result", "due_at"],
        unique=True,
        sqlite_where=by_the_clock,
        postgresql_where=by_the_clock,
    )
    op.create_index("checks_of_a_cubicle", "welfare_check", ["cubicle_id", "id"])
    # Added, never edited: the database itself refuses, whatever a program asks.
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER welfare_check_refuses_{act} BEFORE {act.upper()} ON welfare_check "
                "BEGIN SELECT RAISE(ABORT, 'welfare_check is added to, never changed'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER welfare_check_refuses_change BEFORE UPDATE OR DELETE ON welfare_check "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("welfare_check")
    op.drop_index("stays_to_check", "stay")
    for name in ("overrun_due_at", "check_due_at", "checked_at"):
        op.drop_column("stay", name)
