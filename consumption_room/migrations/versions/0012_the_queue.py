"""The queue: calls that hold for some minutes, why somebody goes first, and who stopped smoking because of the wait."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OFFERED, CLAIMED = sa.text("offered IS NOT NULL"), sa.text("claim_until IS NOT NULL")
# On SQLite a moment is a DATETIME; its check stands with the column, for copying the table would cost it the others.
MOMENT = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}


def upgrade() -> None:
    moment = MOMENT[op.get_bind().dialect.name]
    op.execute(
        f"ALTER TABLE visit ADD COLUMN claim_until {moment} CONSTRAINT only_the_called_have_a_claim "
        "CHECK (claim_until IS NULL OR stage = 'called')"
    )
    op.execute(
        "ALTER TABLE visit ADD COLUMN offered INTEGER CONSTRAINT an_offer_has_an_end "
        "CHECK (offered IS NULL OR claim_until IS NOT NULL)"
    )
    op.add_column("visit", sa.Column("missed_at", sa.DateTime(timezone=True)))
    op.add_column("visit", sa.Column("unwell", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("visit", sa.Column("window_closes_at", sa.DateTime(timezone=True)))
    op.create_index(
        "one_offer_per_cubicle", "visit", ["offered"], unique=True, sqlite_where=OFFERED, postgresql_where=OFFERED
    )
    op.create_index("claims_to_lapse", "visit", ["claim_until"], sqlite_where=CLAIMED, postgresql_where=CLAIMED)
    op.execute(
        "ALTER TABLE episode ADD COLUMN switched_from_smoking BOOLEAN DEFAULT FALSE NOT NULL "
        "CONSTRAINT one_switches_to_injecting CHECK (NOT switched_from_smoking OR route = 'inject')"
    )
    op.drop_index("episode_by_day", "episode")
    op.create_index("episode_by_day", "episode", ["service_day", "route", "switched_from_smoking"])


def downgrade() -> None:
    """Take them away again; who was called is called still, without an end."""
    op.drop_index("episode_by_day", "episode")
    op.create_index("episode_by_day", "episode", ["service_day", "route"])
    op.drop_column("episode", "switched_from_smoking")
    op.drop_index("claims_to_lapse", "visit")
    op.drop_index("one_offer_per_cubicle", "visit")
    for column in ("window_closes_at", "unwell", "missed_at", "offered", "claim_until"):
        op.drop_column("visit", column)
