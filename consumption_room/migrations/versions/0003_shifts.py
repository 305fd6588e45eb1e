"""Shifts: the opening check, what was set aside, hand-overs, and who is on duty."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("shift_check", "shift_override", "shift_handover")


def refuse_changes() -> None:
    """What was found, set aside and handed over is added to, never changed: the database itself refuses."""
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


def accept_changes() -> None:
    """Take the triggers away again, so that the tables can go."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        if on_sqlite:
            for change in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_refuses_{change}")
            continue
        op.execute(f"DROP TRIGGER {table}_refuses_change ON {table}")
        op.execute(f"DROP TRIGGER {table}_refuses_truncate ON {table}")


def upgrade() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("blind_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blind_counts_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blind_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("closing_a_shift_needs_a_name")),
        sa.CheckConstraint(
            "(blind_since IS NULL) = (blind_counts_from IS NULL)", name=op.f("blindness_says_when_it_counts")
        ),
        sa.CheckConstraint("blind_told_at IS NULL OR blind_since IS NOT NULL", name=op.f("only_blindness_is_told")),
        sa.PrimaryKeyConstraint("id", name=op.f("shift_key")),
        sa.UniqueConstraint("code", name=op.f("one_shift_per_code")),
    )
    op.create_index(
        "one_open_shift_per_site",
        "shift",
        ["site"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "shift_check",
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("check", sa.String(length=24), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("shift_check_shift_id_is_a_shift")),
        sa.PrimaryKeyConstraint("shift_id", "number", name=op.f("shift_check_key")),
    )
    op.create_table(
        "shift_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("shift_override_shift_id_is_a_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("shift_override_key")),
    )
    op.create_index("shift_override_by_shift_id", "shift_override", ["shift_id"], unique=False)
    op.create_table(
        "shift_handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("from_whom", sa.String(), nullable=False),
        sa.Column("to_staff_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("shift_handover_shift_id_is_a_shift")),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff.id"], name=op.f("shift_handover_to_staff_id_is_a_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("shift_handover_key")),
        sa.UniqueConstraint("code", name=op.f("one_shift_handover_per_code")),
    )
    op.create_index("shift_handover_by_shift_id", "shift_handover", ["shift_id"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name=op.f("a_duty_ends_after_it_began")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("duty_staff_id_is_a_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("duty_key")),
        sa.UniqueConstraint("code", name=op.f("one_duty_per_code")),
    )
    op.create_index(
        "one_open_duty_per_person",
        "duty",
        ["staff_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    refuse_changes()


def downgrade() -> None:
    accept_changes()
    for table in ("duty", "shift_handover", "shift_override", "shift_check", "shift"):
        op.drop_table(table)
