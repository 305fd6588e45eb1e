"""Bookings: neither a cubicle nor a person has two at once, and the database itself says so."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

HELD_BY = {"bookings_of_a_cubicle_never_overlap": "cubicle_id", "bookings_of_a_person_never_overlap": "client_id"}


def upgrade() -> None:
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("cubicle_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("a_booking_ends_after_it_starts")),
        sa.CheckConstraint("(state = 'booked') = (ended_at IS NULL)", name=op.f("what_is_over_has_a_moment")),
        sa.ForeignKeyConstraint(["cubicle_id"], ["cubicle.id"], name=op.f("booking_cubicle_id_is_a_cubicle")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("booking_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("booking_key")),
        sa.UniqueConstraint("code", name=op.f("one_booking_per_code")),
    )
    op.create_index(op.f("booking_by_series"), "booking", ["series"])
    to_come = sa.text("state = 'booked'")
    op.create_index("bookings_to_hold", "booking", ["hold_at"], sqlite_where=to_come, postgresql_where=to_come)
    op.create_index("bookings_to_release", "booking", ["release_at"], sqlite_where=to_come, postgresql_where=to_come)
    op.create_index("bookings_by_time", "booking", ["starts_at", "id"])
    op.create_index("bookings_of_a_cubicle", "booking", ["cubicle_id", "starts_at"])
    op.create_index("bookings_of_a_person", "booking", ["client_id", "starts_at"])
    for name, column in HELD_BY.items():
        _refuse_overlaps(name, column)


def _refuse_overlaps(name: str, column: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        # A range of one number stands for equality, so that no extension is needed.
        op.execute(
            f"ALTER TABLE booking ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"(int4range({column}, {column}, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) "
            "WHERE (state IN ('booked', 'kept'))"
        )
        return
    for act, when in (("insert", "INSERT"), ("update", f"UPDATE OF {column}, starts_at, ends_at, state")):
        op.execute(
            f"CREATE TRIGGER {name}_on_{act} BEFORE {when} ON booking WHEN NEW.state IN ('booked', 'kept') "
            f"AND EXISTS (SELECT 1 FROM booking WHERE {column} = NEW.{column} AND state IN ('booked', 'kept') "
            "AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at AND id IS NOT NEW.id) "
            f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def downgrade() -> None:
    op.drop_table("booking")
