"""Migrations: up, down and up again, and nothing but what the models say; on both databases."""

import re

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from consumption_room import setup
from consumption_room.database import Model, db, transaction
from tests.builders import NINE
from tests.databases import opened

SENTENCE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


@pytest.fixture
def empty_room(empty_url, tmp_path):
    """An application on a migrated database with nothing in it."""
    with opened(tmp_path / "data", empty_url) as app:
        yield app


def tables() -> set[str]:
    """The tables that are there, without alembic's own."""
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def left_behind(engine: str) -> list[str]:
    """Whatever else than tables is there: triggers, functions, types, sequences."""
    with db.engine.connect() as connection:
        if engine == "sqlite":
            rows = connection.execute(
                text("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> 'alembic_version'")
            )
        else:
            rows = connection.execute(
                text(
                    "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace UNION ALL "
                    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                    "AND relname NOT LIKE 'alembic%' UNION ALL "
                    "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace "
                    "AND typname NOT LIKE '%alembic_version'"
                )
            )
        return [name for (name,) in rows]


def differences() -> list[object]:
    """What alembic would still change to make the database what the models say."""
    with db.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Model.metadata)


def test_the_migrations_make_what_the_models_say(empty_room):
    assert tables() == set(Model.metadata.tables)
    assert differences() == []


def test_every_constraint_of_the_models_is_in_the_database(empty_room):
    with db.engine.connect() as connection:
        there = inspect(connection)
        for table in Model.metadata.tables.values():
            wanted = {one.name for one in table.constraints if one.__visit_name__ == "check_constraint"}
            assert {one["name"] for one in there.get_check_constraints(table.name)} >= wanted, table.name


def test_down_leaves_nothing_and_up_again_makes_it_whole(empty_room, engine):
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    assert left_behind(engine) == []
    flask_migrate.upgrade()
    assert differences() == []
    with transaction():
        setup.furnish(empty_room.extensions["room"].policy, NINE)


def test_a_room_with_people_in_it_can_still_go_down(room, engine):
    flask_migrate.downgrade(revision="base")
    assert left_behind(engine) == []


def test_going_up_twice_is_going_up_once(room):
    flask_migrate.upgrade()
    assert differences() == []


def test_every_constraint_and_index_has_a_name_that_says_what_it_keeps(empty_room):
    with db.engine.connect() as connection:
        there = inspect(connection)
        names = [
            (table, one["name"])
            for table in tables()
            for one in [
                there.get_pk_constraint(table),
                *there.get_foreign_keys(table),
                *there.get_unique_constraints(table),
                *there.get_check_constraints(table),
                *there.get_indexes(table),
            ]
        ]
    assert [(table, name) for table, name in names if not name or not SENTENCE.fullmatch(name)] == []


def test_furnishing_twice_is_furnishing_once(room):
    def rows() -> dict[str, int]:
        with db.engine.connect() as connection:
            return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in tables()}

    before = rows()
    with transaction():
        setup.furnish(room, NINE)
    assert rows() == before
