"""Lost codes, and reasons of referrals that can be forgotten but never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEPT = ("id", "referral_id", "event", "at", '"by"')


def upgrade() -> None:
    op.create_table(
        "recovery_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("recovery_try_key")),
    )
    op.create_index("recovery_try_by_station", "recovery_try", ["station", "at"])
    _let_reasons_be_forgotten()


def _let_reasons_be_forgotten() -> None:
    """A step of a referral stays as it was; its reason may be put out of mind, and nothing put in its place."""
    if op.get_bind().dialect.name == "sqlite":
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in KEPT)
        op.execute("DROP TRIGGER referral_event_refuses_update")
        op.execute(
            f"CREATE TRIGGER referral_event_refuses_update BEFORE UPDATE ON referral_event "
            f"WHEN NEW.reason IS NOT '–' OR OLD.reason IS NULL OR {differs} "
            "BEGIN SELECT RAISE(ABORT, 'referral_event is added to, never changed'); END"
        )
        return
    differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in KEPT)
    op.execute("DROP TRIGGER referral_event_refuses_change ON referral_event")
    op.execute(
        "CREATE TRIGGER referral_event_refuses_change BEFORE UPDATE ON referral_event FOR EACH ROW "
        f"WHEN (NEW.reason IS DISTINCT FROM '–' OR OLD.reason IS NULL OR {differs}) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER referral_event_refuses_delete BEFORE DELETE ON referral_event FOR EACH ROW "
        "EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER referral_event_refuses_update")
        op.execute(
            "CREATE TRIGGER referral_event_refuses_update BEFORE UPDATE ON referral_event "
            "BEGIN SELECT RAISE(ABORT, 'referral_event is added to, never changed'); END"
        )
    else:
        op.execute("DROP TRIGGER referral_event_refuses_delete ON referral_event")
        op.execute("DROP TRIGGER referral_event_refuses_change ON referral_event")
        op.execute(
            "CREATE TRIGGER referral_event_refuses_change BEFORE UPDATE OR DELETE ON referral_event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.drop_table("recovery_try")
