"""The room opens: staff, stock, cubicles, clients, visits, alarms, referrals and the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal", "movement", "alert_entry", "referral_event")


def refuse_changes() -> None:
    """Past rows of the journal and the ledgers are refused by the database itself, whatever a program asks."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is added to, never changed'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is added to, never changed', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def accept_changes() -> None:
    """Take the triggers away again, so that the tables can go."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for change in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_refuses_{change}")
        return
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_refuses_change ON {table}")
        op.execute(f"DROP TRIGGER {table}_refuses_truncate ON {table}")
    op.execute("DROP FUNCTION refuse_change()")


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asker", "key", name=op.f("answer_key")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("answer_by_given_at"), ["given_at"], unique=False)

    op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("alias_folded", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("phrase_digest", sa.String(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("age_band", sa.String(length=24), nullable=True),
        sa.Column("sex", sa.String(length=24), nullable=True),
        sa.Column("home_area", sa.String(length=24), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("client_key")),
        sa.UniqueConstraint("code", name=op.f("one_client_per_code")),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index("client_by_alias", ["alias_folded"], unique=False)
        batch_op.create_index("client_by_phrase", ["phrase_digest"], unique=False)

    op.create_table(
        "cubicle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("modes", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("cubicle_key")),
        sa.UniqueConstraint("number", name=op.f("one_cubicle_per_number")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("role", sa.String(length=24), nullable=True),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'api') = (role IS NOT NULL)", name=op.f("programs_and_only_programs_have_a_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("device_key")),
        sa.UniqueConstraint("code", name=op.f("one_device_per_code")),
        sa.UniqueConstraint("key_hash", name=op.f("one_device_per_key_hash")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("item_key")),
        sa.UniqueConstraint("code", name=op.f("one_item_per_code")),
    )
    op.create_table(
        "journal",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("visit", sa.String(), nullable=True),
        sa.Column("staff", sa.String(), nullable=True),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("site", "seq", name=op.f("journal_key")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("journal_by_subject", ["subject", "seq"], unique=False)

    op.create_table(
        "journal_head",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("journal_head_key")),
    )
    op.create_table(
        "kit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("kit_key")),
        sa.UniqueConstraint("code", name=op.f("one_kit_per_code")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("eligibility", sa.String(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("service_key")),
        sa.UniqueConstraint("code", name=op.f("one_service_per_code")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=True),
        sa.Column("epoch", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("staff_key")),
        sa.UniqueConstraint("code", name=op.f("one_staff_per_code")),
    )
    op.create_table(
        "ticket_counter",
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_day", name=op.f("ticket_counter_key")),
    )
    op.create_table(
        "turned_away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("turned_away_key")),
        sa.UniqueConstraint("code", name=op.f("one_turned_away_per_code")),
    )
    with op.batch_alter_table("turned_away", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("turned_away_by_service_day"), ["service_day"], unique=False)

    op.create_table(
        "kit_part",
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("a_kit_part_is_at_least_one")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("kit_part_item_id_is_a_item")),
        sa.ForeignKeyConstraint(["kit_id"], ["kit.id"], name=op.f("kit_part_kit_id_is_a_kit")),
        sa.PrimaryKeyConstraint("kit_id", "item_id", name=op.f("kit_part_key")),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("on_shelf", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_shelf >= 0", name=op.f("no_negative_stock")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("lot_item_id_is_a_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("lot_key")),
        sa.UniqueConstraint("code", name=op.f("one_lot_per_code")),
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index("one_lot_per_item_and_number", ["item_id", "number"], unique=True)

    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cubicle_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cubicle_id"], ["cubicle.id"], name=op.f("place_cubicle_id_is_a_cubicle")),
        sa.PrimaryKeyConstraint("id", name=op.f("place_key")),
        sa.UniqueConstraint("code", name=op.f("one_place_per_code")),
        sa.UniqueConstraint("cubicle_id", name=op.f("one_place_per_cubicle_id")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("screening", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("aftercare_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waited_s", sa.Integer(), nullable=True),
        sa.Column("exit_reason", sa.String(length=24), nullable=True),
        sa.Column("gave_up", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("with_whom", sa.String(), nullable=True),
        sa.Column("station", sa.String(), nullable=True),
        sa.CheckConstraint("(left_at IS NULL) = (stage <> 'left')", name=op.f("left_means_left")),
        sa.CheckConstraint("(left_at IS NULL) = (exit_reason IS NULL)", name=op.f("no_visit_ends_without_a_reason")),
        sa.CheckConstraint("(seated_at IS NULL) = (waited_s IS NULL)", name=op.f("a_wait_ends_in_a_cubicle")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("visit_client_id_is_a_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("visit_key")),
        sa.UniqueConstraint("code", name=op.f("one_visit_per_code")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(
            "one_open_visit_per_client",
            ["client_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL AND client_id IS NOT NULL"),
            postgresql_where=sa.text("left_at IS NULL AND client_id IS NOT NULL"),
        )
        batch_op.create_index("one_ticket_per_day", ["service_day", "ticket_number"], unique=True)
        batch_op.create_index(
            "open_visits",
            ["stage", "arrived_at"],
            unique=False,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("visit_by_client_id"), ["client_id"], unique=False)
        batch_op.create_index("visit_by_day", ["service_day", "client_id", "gave_up", "waited_s"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("last_pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responder", sa.String(), nullable=True),
        sa.Column("on_scene_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (state <> 'closed')", name=op.f("closed_means_closed")),
        sa.CheckConstraint("(state = 'raised') = (acknowledged_at IS NULL)", name=op.f("answered_means_acknowledged")),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("closing_needs_a_named_person")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("closing_needs_an_outcome")),
        sa.CheckConstraint("count >= 1", name=op.f("an_alarm_was_pressed")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("alert_place_id_is_a_place")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("alert_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_key")),
        sa.UniqueConstraint("code", name=op.f("one_alert_per_code")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("alert_by_day", ["service_day", "kind", "drill", "outcome"], unique=False)
        batch_op.create_index(batch_op.f("alert_by_visit_id"), ["visit_id"], unique=False)
        batch_op.create_index(
            "open_alerts",
            ["raised_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "episode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("substances", sa.Text(), nullable=False),
        sa.Column("route", sa.String(length=24), nullable=False),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("episode_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("episode_key")),
        sa.UniqueConstraint("code", name=op.f("one_episode_per_code")),
    )
    with op.batch_alter_table("episode", schema=None) as batch_op:
        batch_op.create_index("episode_by_day", ["service_day", "route"], unique=False)
        batch_op.create_index(batch_op.f("episode_by_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("for_others", sa.Boolean(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.CheckConstraint("(reason = 'reversed') = (reverses_id IS NOT NULL)", name=op.f("only_reversals_reverse")),
        sa.CheckConstraint("reason <> 'issued' OR quantity < 0", name=op.f("issue_takes_away")),
        sa.CheckConstraint("reason NOT IN ('received', 'opening') OR quantity > 0", name=op.f("receipt_adds")),
        sa.CheckConstraint("quantity <> 0", name=op.f("a_movement_moves_something")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("movement_lot_id_is_a_lot")),
        sa.ForeignKeyConstraint(["reverses_id"], ["movement.id"], name=op.f("movement_reverses_id_is_a_movement")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("movement_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("movement_key")),
        sa.UniqueConstraint("code", name=op.f("one_movement_per_code")),
        sa.UniqueConstraint("reverses_id", name=op.f("one_movement_per_reverses_id")),
    )
    with op.batch_alter_table("movement", schema=None) as batch_op:
        batch_op.create_index("movement_by_day", ["service_day", "reason", "lot_id", "quantity"], unique=False)
        batch_op.create_index("movement_by_issue", ["issue"], unique=False)
        batch_op.create_index("movement_by_lot_and_time", ["lot_id", "at"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("handover", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("referral_service_id_is_a_service")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("referral_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_key")),
        sa.UniqueConstraint("code", name=op.f("one_referral_per_code")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index("referral_by_day", ["service_day", "state"], unique=False)
        batch_op.create_index(batch_op.f("referral_by_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "sharps_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("a_return_is_at_least_one")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("sharps_return_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("sharps_return_key")),
        sa.UniqueConstraint("code", name=op.f("one_sharps_return_per_code")),
    )
    with op.batch_alter_table("sharps_return", schema=None) as batch_op:
        batch_op.create_index("sharps_return_by_day", ["service_day", "quantity"], unique=False)

    op.create_table(
        "stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("cubicle_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name=op.f("a_stay_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["cubicle_id"], ["cubicle.id"], name=op.f("stay_cubicle_id_is_a_cubicle")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("stay_visit_id_is_a_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("stay_key")),
    )
    with op.batch_alter_table("stay", schema=None) as batch_op:
        batch_op.create_index(
            "one_cubicle_per_visit",
            ["visit_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "one_occupant_per_cubicle",
            ["cubicle_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("stay_by_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "alert_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("lot", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("alert_entry_alert_id_is_a_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_entry_key")),
    )
    with op.batch_alter_table("alert_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("alert_entry_by_alert_id"), ["alert_id"], unique=False)

    op.create_table(
        "alert_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("display", sa.String(), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("alert_receipt_alert_id_is_a_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_receipt_key")),
    )
    with op.batch_alter_table("alert_receipt", schema=None) as batch_op:
        batch_op.create_index("one_receipt_per_display_and_stage", ["alert_id", "display", "stage"], unique=True)

    op.create_table(
        "alert_step",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("alert_step_alert_id_is_a_alert")),
        sa.PrimaryKeyConstraint("alert_id", "number", name=op.f("alert_step_key")),
    )
    with op.batch_alter_table("alert_step", schema=None) as batch_op:
        batch_op.create_index(
            "steps_to_come",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "referral_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("referral_event_referral_id_is_a_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_event_key")),
    )
    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("referral_event_by_referral_id"), ["referral_id"], unique=False)
    refuse_changes()


def downgrade() -> None:
    accept_changes()
    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("referral_event_by_referral_id"))

    op.drop_table("referral_event")
    with op.batch_alter_table("alert_step", schema=None) as batch_op:
        batch_op.drop_index(
            "steps_to_come", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
        )

    op.drop_table("alert_step")
    with op.batch_alter_table("alert_receipt", schema=None) as batch_op:
        batch_op.drop_index("one_receipt_per_display_and_stage")

    op.drop_table("alert_receipt")
    with op.batch_alter_table("alert_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("alert_entry_by_alert_id"))

    op.drop_table("alert_entry")
    with op.batch_alter_table("stay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("stay_by_visit_id"))
        batch_op.drop_index(
            "one_occupant_per_cubicle",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(
            "one_cubicle_per_visit",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("stay")
    with op.batch_alter_table("sharps_return", schema=None) as batch_op:
        batch_op.drop_index("sharps_return_by_day")

    op.drop_table("sharps_return")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("referral_by_visit_id"))
        batch_op.drop_index("referral_by_day")

    op.drop_table("referral")
    with op.batch_alter_table("movement", schema=None) as batch_op:
        batch_op.drop_index("movement_by_lot_and_time")
        batch_op.drop_index("movement_by_issue")
        batch_op.drop_index("movement_by_day")

    op.drop_table("movement")
    with op.batch_alter_table("episode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("episode_by_visit_id"))
        batch_op.drop_index("episode_by_day")

    op.drop_table("episode")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "open_alerts", sqlite_where=sa.text("closed_at IS NULL"), postgresql_where=sa.text("closed_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("alert_by_visit_id"))
        batch_op.drop_index("alert_by_day")

    op.drop_table("alert")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("visit_by_day")
        batch_op.drop_index(batch_op.f("visit_by_client_id"))
        batch_op.drop_index(
            "open_visits", sqlite_where=sa.text("left_at IS NULL"), postgresql_where=sa.text("left_at IS NULL")
        )
        batch_op.drop_index("one_ticket_per_day")
        batch_op.drop_index(
            "one_open_visit_per_client",
            sqlite_where=sa.text("left_at IS NULL AND client_id IS NOT NULL"),
            postgresql_where=sa.text("left_at IS NULL AND client_id IS NOT NULL"),
        )

    op.drop_table("visit")
    op.drop_table("place")
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_index("one_lot_per_item_and_number")

    op.drop_table("lot")
    op.drop_table("kit_part")
    with op.batch_alter_table("turned_away", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("turned_away_by_service_day"))

    op.drop_table("turned_away")
    op.drop_table("ticket_counter")
    op.drop_table("staff")
    op.drop_table("service")
    op.drop_table("kit")
    op.drop_table("journal_head")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("journal_by_subject")

    op.drop_table("journal")
    op.drop_table("item")
    op.drop_table("device")
    op.drop_table("cubicle")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index("client_by_phrase")
        batch_op.drop_index("client_by_alias")

    op.drop_table("client")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("answer_by_given_at"))

    op.drop_table("answer")
