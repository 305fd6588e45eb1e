"""Agreements: plans with a prescription, and contracts instead of a court."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("key_worker", sa.String(), nullable=False),
        sa.Column("key_worker_code", sa.String(), nullable=True),
        sa.Column("referred_by", sa.String(), nullable=True),
        sa.Column("pathways", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_way", sa.String(length=24), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("an_agreement_ends_after_it_starts")),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_way IS NULL)", name=op.f("signed_somehow_at_some_time")),
        sa.CheckConstraint(
            "signed_at IS NOT NULL OR state IN ('offered', 'refused', 'withdrawn')", name=op.f("what_runs_was_signed")
        ),
        sa.CheckConstraint(
            "state <> 'breached' OR decided_by IS NOT NULL", name=op.f("a_breach_is_decided_by_the_police")
        ),
        sa.CheckConstraint(
            "kind <> 'treatment' OR state NOT IN ('in-review', 'breached')", name=op.f("treatment_is_never_breached")
        ),
        sa.CheckConstraint(
            "(kind = 'treatment') = (referred_by IS NULL)", name=op.f("a_contract_was_referred_by_somebody")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("agreement_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("agreement_key")),
        sa.UniqueConstraint("code", name=op.f("one_agreement_per_code")),
    )
    running = sa.text("state IN ('offered', 'active', 'extended', 'in-review')")
    op.create_index(
        "one_running_agreement_per_client_and_kind",
        "agreement",
        ["client_id", "kind"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_index(
        "agreements_to_review", "agreement", ["next_review_on"], sqlite_where=running, postgresql_where=running
    )
    op.create_table(
        "agreement_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("what", sa.String(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("position BETWEEN 1 AND 20", name=op.f("conditions_are_counted_from_one")),
        sa.CheckConstraint("hours BETWEEN 18 AND 36", name=op.f("voluntary_work_has_eighteen_to_thirty_six_hours")),
        sa.CheckConstraint("amount >= 0", name=op.f("nobody_is_planned_less_than_nothing")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("agreement_condition_agreement_id_is_a_agreement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("agreement_condition_key")),
        sa.UniqueConstraint("agreement_id", "position", name=op.f("one_condition_per_agreement_and_position")),
    )
    op.create_table(
        "agreement_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("agreement_event_agreement_id_is_a_agreement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("agreement_event_key")),
    )
    op.create_index(op.f("agreement_event_by_agreement_id"), "agreement_event", ["agreement_id"])


def downgrade() -> None:
    op.drop_index(op.f("agreement_event_by_agreement_id"), "agreement_event")
    op.drop_table("agreement_event")
    op.drop_table("agreement_condition")
    op.drop_index("agreements_to_review", "agreement")
    op.drop_index("one_running_agreement_per_client_and_kind", "agreement")
    op.drop_table("agreement")
