"""A naive watch: looks what is due by the clock on the wall, and then does it; nobody else does the same, it hopes."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Engine, Integer, MetaData, Table, create_engine, insert, select, update

metadata = MetaData()
steps = Table(
    "naive_step",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("due_at", DateTime),
    Column("done_at", DateTime),
)
told = Table("naive_told", metadata, Column("id", Integer, primary_key=True), Column("step", Integer))


def opened(address: str) -> Engine:
    """Its database."""
    engine = create_engine(address)
    metadata.create_all(engine)
    return engine


def promise(engine: Engine, due_at: list[datetime]) -> None:
    """Write down steps to come."""
    with engine.begin() as connection:
        connection.execute(insert(steps), [{"due_at": moment.replace(tzinfo=None)} for moment in due_at])


def go_round(engine: Engine, now: datetime) -> int:
    """Look what is due, and then do it."""
    with engine.connect() as connection:
        is_due = steps.c.done_at.is_(None), steps.c.due_at <= now.replace(tzinfo=None)
        due = connection.scalars(select(steps.c.id).where(*is_due)).all()
    for step in due:
        with engine.begin() as connection:
            connection.execute(update(steps).where(steps.c.id == step).values(done_at=now.replace(tzinfo=None)))
            connection.execute(insert(told), {"step": step})
    return len(due)


def times_told(engine: Engine) -> list[int]:
    """The step of every telling."""
    with engine.connect() as connection:
        return list(connection.scalars(select(told.c.step)))
