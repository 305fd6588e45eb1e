"""From alarm to incident: frozen cubicles, longer observation, routes of naloxone, records and follow-ups."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain columns added in place: a table that is copied anew loses the triggers that keep it append-only.
    op.add_column("alert_entry", sa.Column("route", sa.String(length=24), nullable=True))
    op.add_column("visit", sa.Column("observe_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cubicle", sa.Column("frozen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened", sa.Text(), nullable=True),
        sa.Column("substances", sa.Text(), nullable=False),
        sa.Column("breathing", sa.String(length=24), nullable=True),
        sa.Column("consciousness", sa.String(length=24), nullable=True),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("debriefed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("debriefed_by", sa.String(), nullable=True),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name=op.f("signing_needs_a_name")),
        sa.CheckConstraint(
            "signed_at IS NULL OR (happened IS NOT NULL AND breathing IS NOT NULL AND consciousness IS NOT NULL)",
            name=op.f("only_a_complete_record_is_signed"),
        ),
        sa.CheckConstraint(
            "(debriefed_at IS NULL) = (debriefed_by IS NULL)", name=op.f("a_debrief_was_held_by_somebody")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("incident_alert_id_is_a_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("incident_key")),
        sa.UniqueConstraint("alert_id", name=op.f("one_incident_per_alert_id")),
        sa.UniqueConstraint("code", name=op.f("one_incident_per_code")),
    )
    op.create_index(
        "unsigned_incidents",
        "incident",
        ["id"],
        sqlite_where=sa.text("signed_at IS NULL"),
        postgresql_where=sa.text("signed_at IS NULL"),
    )
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("done_means_done_at_some_time")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("done_means_done_by_somebody")),
        sa.CheckConstraint("due_on IS NOT NULL OR client_id IS NOT NULL", name=op.f("somebody_is_reminded_some_time")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("follow_up_alert_id_is_a_alert")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("follow_up_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("follow_up_key")),
        sa.UniqueConstraint("code", name=op.f("one_follow_up_per_code")),
    )
    op.create_index(op.f("follow_up_by_alert_id"), "follow_up", ["alert_id"])
    op.create_index(
        "open_follow_ups",
        "follow_up",
        ["client_id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    _refuse_changes_of_what_is_signed()


def _refuse_changes_of_what_is_signed() -> None:
    """What was signed stays as it was, whatever a program asks; only the debrief is noted later."""
    signed = "signed_at", "signed_by", "happened", "substances", "breathing", "consciousness", "causes", "alert_id"
    if op.get_bind().dialect.name == "sqlite":
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in signed)
        op.execute(
            f"CREATE TRIGGER incident_refuses_update BEFORE UPDATE ON incident WHEN OLD.signed_at IS NOT NULL "
            f"AND ({differs}) BEGIN SELECT RAISE(ABORT, 'a signed incident is not changed'); END"
        )
        op.execute(
            "CREATE TRIGGER incident_refuses_delete BEFORE DELETE ON incident WHEN OLD.signed_at IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'a signed incident is not changed'); END"
        )
        return
    differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in signed)
    op.execute(
        "CREATE FUNCTION refuse_change_of_what_is_signed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a signed incident is not changed'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER incident_refuses_update BEFORE UPDATE ON incident FOR EACH ROW "
        f"WHEN (OLD.signed_at IS NOT NULL AND ({differs})) EXECUTE FUNCTION refuse_change_of_what_is_signed()"
    )
    op.execute(
        "CREATE TRIGGER incident_refuses_delete BEFORE DELETE ON incident FOR EACH ROW "
        "WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_what_is_signed()"
    )


def downgrade() -> None:
    op.drop_table("follow_up")
    op.drop_table("incident")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change_of_what_is_signed()")
    op.drop_column("cubicle", "frozen")
    op.drop_column("visit", "observe_until")
    op.drop_column("alert_entry", "route")
