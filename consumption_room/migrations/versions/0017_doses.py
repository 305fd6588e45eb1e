"""Prescribed doses: signed limits, orders in versions, a row for each window, and who is kept in after a dose."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
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
    op.create_table(
        "prescription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("laid_out_until", sa.Date(), nullable=False),
        sa.Column("missed_in_a_row", sa.Integer(), nullable=False),
        sa.Column("hold_level", sa.String(length=24), nullable=True),
        sa.Column("hold_cause", sa.String(length=24), nullable=True),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("second_opinion_on", sa.Date(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'held') = (hold_level IS NOT NULL)", name=op.f("somebody_looks_after_a_hold")),
        sa.CheckConstraint("(state = 'stopped') = (stopped_by IS NOT NULL)", name=op.f("a_stop_has_a_name")),
        sa.CheckConstraint("(hold_level IS NULL) = (held_by IS NULL)", name=op.f("a_hold_has_a_name")),
        sa.CheckConstraint("missed_in_a_row >= 0", name=op.f("missed_doses_are_counted")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("prescription_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("prescription_key")),
        sa.UniqueConstraint("code", name=op.f("one_prescription_per_code")),
    )
    op.create_index(op.f("prescription_by_client_id"), "prescription", ["client_id"])
    op.create_index(op.f("prescription_by_ends_on"), "prescription", ["ends_on"])
    op.create_index(
        "prescriptions_to_lay_out",
        "prescription",
        ["laid_out_until"],
        sqlite_where=sa.text("state <> 'stopped'"),
        postgresql_where=sa.text("state <> 'stopped'"),
    )
    op.create_table(
        "prescription_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prescription_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=24), nullable=False),
        sa.Column("alternative", sa.String(length=24), nullable=True),
        sa.Column("supervision", sa.String(length=24), nullable=False),
        sa.Column("windows", sa.Text(), nullable=False),
        sa.Column("single_maximum", sa.BigInteger(), nullable=False),
        sa.Column("daily_maximum", sa.BigInteger(), nullable=False),
        sa.Column("minimum_gap_minutes", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("prescriber", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "single_maximum > 0 AND daily_maximum >= single_maximum", name=op.f("a_day_holds_at_least_one_dose")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("terms_end_after_they_start")),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("prescription_terms_prescription_id_is_a_prescription")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["drug_product.id"], name=op.f("prescription_terms_product_id_is_a_drug_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("prescription_terms_key")),
    )
    op.create_index("one_version_per_prescription", "prescription_terms", ["prescription_id", "version"], unique=True)
    op.create_table(
        "dose",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("prescription_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("window", sa.String(length=24), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("terms_id", sa.Integer(), nullable=True),
        sa.Column("limits_version", sa.Integer(), nullable=True),
        sa.Column("planned", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("advice", sa.String(length=24), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("override_by", sa.String(), nullable=True),
        sa.Column("override_reason", sa.String(), nullable=True),
        sa.Column("converted_from", sa.String(length=24), nullable=True),
        sa.Column("prepared", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("wasted", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("giver", sa.String(), nullable=True),
        sa.Column("giver_code", sa.String(), nullable=True),
        sa.Column("witness", sa.String(), nullable=True),
        sa.Column("witness_code", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("observe_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_by", sa.String(), nullable=True),
        sa.Column("reversed_by", sa.String(), nullable=True),
        sa.Column("reversed_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_by IS NOT NULL) AND (reversed_by IS NULL) = (reversed_reason IS NULL)",
            name=op.f("a_reversal_has_a_name_and_a_reason"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('given', 'missed') OR reason IS NOT NULL",
            name=op.f("what_went_otherwise_says_why"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR state = 'elsewhere' OR prepared = given + wasted + returned",
            name=op.f("no_milligram_is_lost"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('observing', 'discharged', 'adverse-event') OR observe_until IS NOT NULL",
            name=op.f("given_means_observed"),
        ),
        sa.CheckConstraint("(given_at IS NULL) = (given = 0)", name=op.f("what_was_given_was_given_at_some_time")),
        sa.CheckConstraint("(override_by IS NULL) = (override_reason IS NULL)", name=op.f("an_override_has_a_name")),
        sa.CheckConstraint(
            "given >= 0 AND wasted >= 0 AND returned >= 0 AND prepared >= 0", name=op.f("no_amount_is_below_nought")
        ),
        sa.CheckConstraint(
            "opens_at < closes_at AND closes_at <= ends_at", name=op.f("a_window_opens_then_closes_then_ends")
        ),
        sa.CheckConstraint("witness_code <> giver_code", name=op.f("a_dose_is_witnessed_by_another")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("dose_client_id_is_a_client")),
        sa.ForeignKeyConstraint(
            ["limits_version"], ["clinical_limits.version"], name=op.f("dose_limits_version_is_a_clinical_limits")
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescription.id"], name=op.f("dose_prescription_id_is_a_prescription")
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["prescription_terms.id"], name=op.f("dose_terms_id_is_a_prescription_terms")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("dose_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("dose_key")),
        sa.UniqueConstraint("code", name=op.f("one_dose_per_code")),
    )
    op.create_index(op.f("dose_by_visit_id"), "dose", ["visit_id"])
    op.create_index("doses_of_a_day", "dose", ["service_day", "opens_at"])
    op.create_index("doses_of_a_person", "dose", ["client_id", "given_at"])
    op.create_index(
        "doses_to_settle",
        "dose",
        ["ends_at"],
        sqlite_where=sa.text("state IN ('expected', 'pre-check', 'held', 'referred')"),
        postgresql_where=sa.text("state IN ('expected', 'pre-check', 'held', 'referred')"),
    )
    op.create_index(
        "one_dose_per_window_and_turn", "dose", ["prescription_id", "service_day", "window", "turn"], unique=True
    )
    op.create_index(
        "one_dose_taken_in_a_window",
        "dose",
        ["prescription_id", "service_day", "window"],
        unique=True,
        sqlite_where=sa.text(
            "state IN ('prepared', 'handed-over', 'taken', 'observing', 'discharged', 'adverse-event', 'elsewhere')"
        ),
        postgresql_where=sa.text(
            "state IN ('prepared', 'handed-over', 'taken', 'observing', 'discharged', 'adverse-event', 'elsewhere')"
        ),
    )
    op.create_table(
        "dose_observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dose_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["dose_id"], ["dose.id"], name=op.f("dose_observation_dose_id_is_a_dose")),
        sa.PrimaryKeyConstraint("id", name=op.f("dose_observation_key")),
    )
    op.create_index(op.f("dose_observation_by_dose_id"), "dose_observation", ["dose_id"])
    op.add_column("visit", sa.Column("kept_in", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What was signed or prescribed is added to, and the database itself refuses anything else.
    for table in ("clinical_limits", "prescription_terms"):
        if op.get_bind().dialect.name == "sqlite":
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'what was signed is added to, never changed'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    op.drop_column("visit", "kept_in")
    op.drop_table("dose_observation")
    op.drop_table("dose")
    op.drop_table("prescription_terms")
    op.drop_table("prescription")
    op.drop_table("clinical_limits")
