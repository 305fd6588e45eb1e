"""Counting the register: two figures, each beside the balance of its moment, and what they open."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("first_counted", sa.BigInteger(), nullable=False),
        sa.Column("first_expected", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second", sa.String(), nullable=True),
        sa.Column("second_name", sa.String(), nullable=True),
        sa.Column("second_counted", sa.BigInteger(), nullable=True),
        sa.Column("second_expected", sa.BigInteger(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("second <> first", name=op.f("two_people_count")),
        sa.CheckConstraint(
            "(state = 'waiting') = (second IS NULL) AND (second IS NULL) = (second_counted IS NULL)",
            name=op.f("a_count_ends_with_its_second_figure"),
        ),
        sa.CheckConstraint(
            "first_counted >= 0 AND (second_counted IS NULL OR second_counted >= 0)",
            name=op.f("nobody_counts_below_nought"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["drug_product.id"], name=op.f("register_count_product_id_is_a_drug_product")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["drug_lot.id"], name=op.f("register_count_lot_id_is_a_drug_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("register_count_key")),
        sa.UniqueConstraint("code", name=op.f("one_register_count_per_code")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "one_count_at_a_time",
        "register_count",
        ["lot_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("register_count_by_product", "register_count", ["product_id", "id"])
    op.create_table(
        "register_discrepancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("count_id", sa.Integer(), nullable=False),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("difference <> 0", name=op.f("a_discrepancy_differs")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (reason IS NULL)",
            name=op.f("settling_needs_a_name_and_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["count_id"], ["register_count.id"], name=op.f("register_discrepancy_count_id_is_a_register_count")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["register_entry.id"], name=op.f("register_discrepancy_entry_id_is_a_register_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("register_discrepancy_key")),
        sa.UniqueConstraint("code", name=op.f("one_register_discrepancy_per_code")),
        sa.UniqueConstraint("count_id", name=op.f("one_register_discrepancy_per_count_id")),
    )
    still_open = sa.text("settled_at IS NULL")
    op.create_index(
        "open_discrepancies",
        "register_discrepancy",
        ["found_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    op.drop_table("register_discrepancy")
    op.drop_table("register_count")
