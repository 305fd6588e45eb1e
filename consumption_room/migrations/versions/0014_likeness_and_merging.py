"""Records that are alike are noticed, and two of one person are brought together."""

import sqlalchemy as sa
from alembic import op

from consumption_room.clients import likeness

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("client") as client:
        client.add_column(sa.Column("alias_sound", sa.String(), nullable=False, server_default=""))
        client.add_column(sa.Column("code_shape", sa.String(), nullable=True))
        client.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        client.create_foreign_key(op.f("client_merged_into_id_is_a_client"), "client", ["merged_into_id"], ["id"])
        client.create_index("client_by_sound", ["alias_sound"])
        client.create_index("client_by_shape", ["code_shape"])
        client.create_index(op.f("client_by_merged_into_id"), ["merged_into_id"])
    _listen_to_everybody()
    op.create_table(
        "merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("survivor_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.CheckConstraint("survivor_id <> merged_id", name=op.f("a_record_is_not_merged_with_itself")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("a_merge_is_undone_by_somebody")),
        sa.ForeignKeyConstraint(["survivor_id"], ["client.id"], name=op.f("merge_survivor_id_is_a_client")),
        sa.ForeignKeyConstraint(["merged_id"], ["client.id"], name=op.f("merge_merged_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("merge_key")),
        sa.UniqueConstraint("code", name=op.f("one_merge_per_code")),
    )
    op.create_index(op.f("merge_by_survivor_id"), "merge", ["survivor_id"])
    stands = sa.text("undone_at IS NULL")
    op.create_index(
        "one_standing_merge_per_record",
        "merge",
        ["merged_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )


def _listen_to_everybody() -> None:
    """Whoever has a record already is compared with newcomers too."""
    client = sa.table(
        "client", *(sa.column(name) for name in ("id", "alias", "birth_year", "alias_sound", "code_shape"))
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(client.c.id, client.c.alias, client.c.birth_year)).all():
        found = {
            "alias_sound": likeness.sound_of(row.alias),
            "code_shape": likeness.shape_of(row.alias, row.birth_year),
        }
        connection.execute(sa.update(client).where(client.c.id == row.id).values(found))


def downgrade() -> None:
    op.drop_table("merge")
    with op.batch_alter_table("client") as client:
        client.drop_index(op.f("client_by_merged_into_id"))
        client.drop_index("client_by_shape")
        client.drop_index("client_by_sound")
        client.drop_constraint(op.f("client_merged_into_id_is_a_client"), type_="foreignkey")
        client.drop_column("merged_into_id")
        client.drop_column("code_shape")
        client.drop_column("alias_sound")
