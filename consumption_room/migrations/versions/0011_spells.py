"""Cubicles that are held, cleaned or out of use: until when about, why, and how long it took."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cubicle", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("stay_by_end", "stay", ["ended_at"])
    op.create_table(
        "cubicle_spell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cubicle_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name=op.f("a_spell_ends_after_it_began")),
        sa.CheckConstraint("state IN ('held', 'cleaning', 'out-of-use')", name=op.f("a_spell_keeps_people_out")),
        sa.ForeignKeyConstraint(["cubicle_id"], ["cubicle.id"], name=op.f("cubicle_spell_cubicle_id_is_a_cubicle")),
        sa.PrimaryKeyConstraint("id", name=op.f("cubicle_spell_key")),
    )
    still_going_on = sa.text("ended_at IS NULL")
    op.create_index(
        "one_open_spell_per_cubicle",
        "cubicle_spell",
        ["cubicle_id"],
        unique=True,
        sqlite_where=still_going_on,
        postgresql_where=still_going_on,
    )
    op.create_index("spells_of_a_state", "cubicle_spell", ["state", "began_at"])
    op.execute(
        "INSERT INTO cubicle_spell (cubicle_id, state, reason, began_at) "
        "SELECT id, state, reason, since FROM cubicle WHERE state IN ('held', 'cleaning', 'out-of-use')"
    )


def downgrade() -> None:
    op.drop_table("cubicle_spell")
    op.drop_index("stay_by_end", "stay")
    op.drop_column("cubicle", "until")
