"""Until somebody comes: alarms wait for a display, for an answer and for an arrival, and keep every answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITED_FOR = sa.text("confirm_by IS NOT NULL")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the moments an alarm waits for, what each step waits for, the answers and the silences."""
    op.add_column("alert", sa.Column("raised_from", sa.String()))
    op.add_column("alert", sa.Column("confirm_by", MOMENT))
    op.add_column("alert", sa.Column("confirmed_at", MOMENT))
    op.create_index("unconfirmed_alerts", "alert", ["confirm_by"], sqlite_where=WAITED_FOR, postgresql_where=WAITED_FOR)
    op.add_column("alert_step", sa.Column("all_call", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alert_step", sa.Column("waits_for", sa.String(24), nullable=False, server_default="answer"))
    op.create_table(
        "alert_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("staff", sa.String()),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="alert_answer_alert_id_is_a_alert"),
        sa.PrimaryKeyConstraint("id", name="alert_answer_key"),
    )
    op.create_index("one_answer_per_person", "alert_answer", ["alert_id", "name"], unique=True)
    op.create_table(
        "alert_silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("whose", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="alert_silence_alert_id_is_a_alert"),
        sa.PrimaryKeyConstraint("id", name="alert_silence_key"),
    )
    op.create_index("alert_silence_by_alert_id", "alert_silence", ["alert_id"])


def downgrade() -> None:
    """Take them away again; what was answered stays in the journal."""
    op.drop_table("alert_silence")
    op.drop_table("alert_answer")
    op.drop_column("alert_step", "waits_for")
    op.drop_column("alert_step", "all_call")
    op.drop_index("unconfirmed_alerts", "alert")
    for column in ("confirmed_at", "confirm_by", "raised_from"):
        op.drop_column("alert", column)
