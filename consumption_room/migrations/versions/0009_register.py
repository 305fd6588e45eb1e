"""The controlled-drug register: products, lots, open bottles, and lines that are added to and never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = ("register_entry",)
LINE_RULES = (
    ("witness_is_not_the_giver", "witness <> giver"),
    ("a_witness_has_a_name", "(witness IS NULL) = (witness_name IS NULL)"),
    ("two_people_where_the_rule_says", "witness IS NOT NULL OR kind IN ('supply', 'receipt')"),
    ("no_line_below_nought", "balance >= 0 AND lot_balance >= 0"),
    ("one_opening_and_it_comes_first", "(kind = 'opening') = (seq = 1)"),
    ("what_comes_in_adds", "kind NOT IN ('receipt', 'return') OR quantity > 0"),
    ("an_opening_is_not_below_nought", "kind <> 'opening' OR quantity >= 0"),
    (
        "what_goes_out_takes_away",
        "kind NOT IN ('supply', 'waste', 'destruction', 'transfer') OR quantity < 0",
    ),
    ("a_count_moves_nothing", "kind <> 'count' OR quantity = 0"),
    ("a_correction_moves_something", "kind NOT IN ('adjustment', 'reversal') OR quantity <> 0"),
    ("only_reversal_lines_reverse", "(kind = 'reversal') = (reverses_id IS NOT NULL)"),
    ("only_counts_say_what_was_counted", "(kind = 'count') = (counted IS NOT NULL)"),
    ("destruction_has_an_authority", "kind <> 'destruction' OR authority IS NOT NULL"),
    ("corrections_say_why", "kind NOT IN ('return', 'waste', 'adjustment', 'reversal') OR reason IS NOT NULL"),
)


def refuse_changes() -> None:
    """A line is added and never changed: the database itself refuses (R4)."""
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


def upgrade() -> None:
    op.create_table(
        "drug_product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("drug", sa.String(), nullable=False),
        sa.Column("form", sa.String(length=24), nullable=False),
        sa.Column("strength", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("bottle_low", sa.BigInteger(), nullable=False),
        sa.Column("witnessed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("strength > 0", name=op.f("a_product_has_a_strength")),
        sa.PrimaryKeyConstraint("id", name=op.f("drug_product_key")),
        sa.UniqueConstraint("code", name=op.f("one_drug_product_per_code")),
    )
    op.create_table(
        "register_head",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("no_negative_register")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["drug_product.id"], name=op.f("register_head_product_id_is_a_drug_product")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("register_head_key")),
    )
    op.create_table(
        "drug_lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("no_negative_lot")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["drug_product.id"], name=op.f("drug_lot_product_id_is_a_drug_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("drug_lot_key")),
        sa.UniqueConstraint("code", name=op.f("one_drug_lot_per_code")),
    )
    op.create_index("one_lot_per_product_and_number", "drug_lot", ["product_id", "number"], unique=True)
    op.create_table(
        "drug_bottle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("contents", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.CheckConstraint("0 <= rest AND rest <= contents", name=op.f("a_bottle_holds_what_was_in_it")),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("somebody_closes_a_bottle")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["drug_product.id"], name=op.f("drug_bottle_product_id_is_a_drug_product")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["drug_lot.id"], name=op.f("drug_bottle_lot_id_is_a_drug_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("drug_bottle_key")),
        sa.UniqueConstraint("code", name=op.f("one_drug_bottle_per_code")),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "one_open_bottle_per_station",
        "drug_bottle",
        ["product_id", "station"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "register_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("bottle_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("lot_balance", sa.BigInteger(), nullable=False),
        sa.Column("giver", sa.String(), nullable=False),
        sa.Column("giver_name", sa.String(), nullable=False),
        sa.Column("witness", sa.String(), nullable=True),
        sa.Column("witness_name", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(name)) for name, rule in LINE_RULES),
        sa.ForeignKeyConstraint(
            ["product_id"], ["drug_product.id"], name=op.f("register_entry_product_id_is_a_drug_product")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["drug_lot.id"], name=op.f("register_entry_lot_id_is_a_drug_lot")),
        sa.ForeignKeyConstraint(
            ["bottle_id"], ["drug_bottle.id"], name=op.f("register_entry_bottle_id_is_a_drug_bottle")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["register_entry.id"], name=op.f("register_entry_reverses_id_is_a_register_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("register_entry_key")),
        sa.UniqueConstraint("code", name=op.f("one_register_entry_per_code")),
        sa.UniqueConstraint("reverses_id", name=op.f("one_register_entry_per_reverses_id")),
    )
    op.create_index("one_line_per_register_and_number", "register_entry", ["product_id", "seq"], unique=True)
    op.create_index("register_entry_by_day", "register_entry", ["product_id", "service_day", "seq"])
    op.create_index("register_entry_by_reference", "register_entry", ["reference"])
    refuse_changes()


def downgrade() -> None:
    op.drop_table("register_entry")
    op.drop_table("drug_bottle")
    op.drop_table("drug_lot")
    op.drop_table("register_head")
    op.drop_table("drug_product")
