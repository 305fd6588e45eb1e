"""The command ``consumption-room``: what an operator does with a room."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import click
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from consumption_room import backup, clock, demonstration, forgetting, journal, server, settings, setup
from consumption_room.app import create_app, schema_is_current, upgrade
from consumption_room.database import one_picture, transaction
from consumption_room.errors import FieldsWrong, Refusal, Unsafe
from consumption_room.forms import Form
from consumption_room.gate import here
from consumption_room.integrations.commands import BESIDE
from consumption_room.inventory import queries as inventory
from consumption_room.journal import Actor
from consumption_room.records import retention
from consumption_room.register import verifying
from consumption_room.reports import files
from consumption_room.reports.catalogue import REPORTS
from consumption_room.reports.rules import Period
from consumption_room.reports.schemas import ReportOut
from consumption_room.simulation.scenario import SCENARIOS
from consumption_room.staff import queries as staff_queries
from consumption_room.staff import service as staff
from consumption_room.staff.schemas import NewStaffForm, ResetForm
from consumption_room.vault import service as vault
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.staff import DeviceKind, Role

OPERATOR = Actor(name="The operator at the command line")
Word = TypeVar("Word", bound=StrEnum)


class OneOf(click.ParamType[StrEnum]):
    """One word of a closed list, written with dashes, underscores or spaces."""

    def __init__(self, enumeration: type[StrEnum]) -> None:
        """``enumeration`` is the list."""
        self.enumeration = enumeration
        self.name = "|".join(enumeration)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> StrEnum:
        """The word, or a sentence with the words there are."""
        try:
            return self.enumeration(str(value).strip().lower().replace("_", "-").replace(" ", "-"))
        except ValueError:
            self.fail(f"{value!r} is not one of {', '.join(self.enumeration)}.", param, ctx)


DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def main() -> None:
    """Run a supervised consumption room: check-in, cubicles, stock, alarms, referrals, reports."""
    os.umask(0o077)  # what lies in the data folder is for nobody else on this machine


@contextmanager
def _said() -> Iterator[None]:
    """Refusals and trouble inside the block are said as sentences, and the answer is no (1)."""
    try:
        yield
    except FieldsWrong as refusal:
        for name, sentences in refusal.errors.items():
            click.echo(f"{name}: {' '.join(sentences)}", err=True)
    except (Refusal, Unsafe) as refusal:
        click.echo(str(refusal), err=True)
    except (OSError, SQLAlchemyError) as trouble:
        click.echo(f"That did not work: {trouble.__cause__ or trouble}", err=True)
    else:
        return
    sys.exit(1)


@contextmanager
def _room() -> Iterator[Flask]:
    """The application of a room that is set up, with its context open."""
    with _said():
        app = create_app(settings.load())
        with app.app_context():
            if not schema_is_current():
                raise Unsafe("There is no room here yet, or an older one. Run: consumption-room setup")
            yield app


@main.command("setup")
def set_up() -> None:
    """Create or upgrade the database (backup first), the room of the policy, and the first administrator."""
    with _said():
        given = settings.load()
        given.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with create_app(given).app_context():
            if kept := backup.before_upgrade(given, clock.now()):
                click.echo(f"Backed up to {kept}.")
            upgrade()
            with transaction():
                setup.furnish(here.policy(), clock.now())
                made = setup.first_administrator(clock.now())
                first = (made[0].code, made[1]) if made else None
        if first:
            click.echo("The first administrator. The password is shown once:")
            click.echo(f"  staff code {first[0]}")
            click.echo(f"  password   {first[1]}")
        click.echo("The room is set up.")


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where the demo room listens.")
@click.option("--days", type=click.IntRange(0, 400), default=7, show_default=True, help="Days of history before today.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another week.")
def demo(port: int | None, days: int, seed: int) -> None:
    """Make a fresh demo room under the data folder, with a simulated week and today in full swing, and serve it."""
    with _said():
        given = settings.load()
        room = settings.elsewhere(given, given.data_dir / "demo", port=port or given.port)
        server.check_port(room)
        demonstration.make(room, days, seed, click.echo)
        server.serve(room)


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--threads", type=click.IntRange(settings.FEWEST_THREADS, 2000), help="Each open display holds one.")
def serve(host: str | None, port: int | None, threads: int | None) -> None:
    """Run the production server with its watch; refuses unsafe settings and says why."""
    with _said():
        given = settings.load()
        given = replace(given, host=host or given.host, port=port or given.port, threads=threads or given.threads)
        server.check(given)
        server.check_port(given)
        click.echo(f"Serving http://{given.host}:{given.port}")
        server.serve(given)


def _read(form: Form, **said: Any) -> Any:
    """What was said on the command line, read by the same form as a screen's; wrong use (2) when it does not fit."""
    try:
        return form.load({name: value for name, value in said.items() if value is not None})
    except ValidationError as wrong:
        sentences = (f"{name}: {' '.join(found)}" for name, found in wrong.messages_dict.items())
        raise click.UsageError(" ".join(sentences)) from wrong


@main.group("staff")
def staff_commands() -> None:
    """People who work here."""


@staff_commands.command("add")
@click.option("--name", required=True)
@click.option("--role", type=OneOf(Role), required=True)
@click.option("--pin", help="4 to 6 figures, for a quick change of person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else one is made up.")
def add_staff(name: str, role: Role, pin: str | None, password_stdin: bool) -> None:
    """Add a person; the last line printed is the staff code."""
    asked = _read(NewStaffForm(), name=name, role=role, pin=pin)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if password is not None and len(password) < 8:
        raise click.UsageError("A password has at least 8 characters.")
    with _room(), transaction():
        person, made = staff.add(replace(asked, password=password), OPERATOR, clock.now())
        code = person.code
    if password is None:
        click.echo(f"The password, shown once: {made}")
    click.echo(code)


@staff_commands.command("list")
def list_staff() -> None:
    """List everybody."""
    with _room():
        for person in staff_queries.everybody():
            click.echo(f"{person.code}  {person.role:14} {'disabled ' if person.disabled_at else ''}{person.name}")


@staff_commands.command("disable")
@click.argument("code")
def disable_staff(code: str) -> None:
    """Let a person in no more."""
    with _room(), transaction():
        staff.disable(code, OPERATOR, clock.now())
    click.echo(f"{code} can no longer sign in.")


@staff_commands.command("reset")
@click.argument("code")
@click.option("--pin", help="A new PIN of 4 to 6 figures.")
def reset_staff(code: str, pin: str | None) -> None:
    """Give a person a new password, unlock them and end their sessions."""
    asked = _read(ResetForm(), pin=pin)
    with _room(), transaction():
        _, made = staff.reset(code, None, asked.get("pin"), OPERATOR, clock.now())
    click.echo(f"The new password, shown once: {made}")


@main.group("device")
def device_commands() -> None:
    """Screens, buttons and programs."""


@device_commands.command("add")
@click.option("--kind", type=OneOf(DeviceKind), required=True)
@click.option("--place", help="Where it stands: cubicle-3, reception, ...")
@click.option("--role", type=OneOf(Role), help="For a program (api): the role it acts in.")
def add_device(kind: DeviceKind, place: str | None, role: Role | None) -> None:
    """Enrol a device; the last line printed is its key, shown once."""
    with _room(), transaction():
        device, key = setup.enrol(staff.NewDevice(kind, place, role), OPERATOR, clock.now())
        code = device.code
    click.echo(f"Device {code}. Its key, shown once:")
    click.echo(key)


@device_commands.command("list")
def list_devices() -> None:
    """List every device."""
    with _room():
        for device in staff_queries.devices():
            state = "revoked" if device.revoked_at else ""
            click.echo(
                f"{device.code}  {device.kind:6} {device.place or '-':16} {device.role or '':12} {state}".rstrip()
            )


@device_commands.command("revoke")
@click.argument("code")
def revoke_device(code: str) -> None:
    """Make a device's key worthless."""
    with _room(), transaction():
        staff.revoke_device(code, OPERATOR, clock.now())
    click.echo(f"The key of {code} is worth nothing now.")


@main.command()
@click.option("--scenario", type=click.Choice(sorted(SCENARIOS)), default="copenhagen", show_default=True)
@click.option("--from", "first", type=DAY, required=True, help="The first day, like 2026-01-01.")
@click.option("--days", type=click.IntRange(1, 4000), required=True)
@click.option("--seed", type=int, default=1, show_default=True)
def simulate(scenario: str, first: datetime, days: int, seed: int) -> None:
    """Fill an empty database through the services."""
    with _room():
        demonstration.must_be_empty()
        tally = demonstration.fill(SCENARIOS[scenario], first.date(), days, seed)
        click.echo(json.dumps(tally.summary(), default=str))


@main.command()
@click.argument("name", type=click.Choice(sorted(REPORTS)))
@click.option("--from", "first", type=DAY, help="The first day; a week before the last if not given.")
@click.option("--to", "last", type=DAY, help="The last day; today if not given.")
@click.option("--grain", type=OneOf(Grain), default="day", show_default=True)
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="csv", show_default=True)
def report(name: str, first: datetime | None, last: datetime | None, grain: Grain, form: str) -> None:
    """Print a report."""
    with _room():
        until: date = last.date() if last else here.policy().service_day(clock.now())
        period = Period(first.date() if first else until - timedelta(days=6), until, grain)
        found = REPORTS[name].make(period, here.policy())
        click.echo(
            files.as_csv(found) if form == "csv" else json.dumps(ReportOut().dump(found), indent=2), nl=form != "csv"
        )


@main.command()
def verify() -> None:
    """Recompute every chain and every balance; name the first row that is wrong of each; exit 1 if any."""
    with _room():
        one_picture()
        lines = [wrong.sentence for wrong in verifying.wrong_registers()]
        wrong = [*journal.broken(), *inventory.wrong_balances(), *lines]
        for sentence in wrong:
            click.echo(sentence)
        if wrong:
            sys.exit(1)
        click.echo(f"The chain of {journal.last()} rows holds, and every balance is the sum of its movements.")


@main.command("backup")
@click.argument("path", type=click.Path(dir_okay=False))
def back_up(path: str) -> None:
    """Copy the whole room to a file while it runs, and verify the copy."""
    with _room():
        backup.to_file(path)
    click.echo(f"Backed up to {path}, and verified.")


@main.command("retention")
@click.option("--dry-run", is_flag=True, help="Only say what is due.")
def forget_due(dry_run: bool) -> None:
    """Forget aliases, phrases and notes of people who were not seen for the policy's months; counts stay."""
    with _room():
        policy, now = here.policy(), clock.now()
        due = retention.due(policy, now)
        click.echo(f"Not seen for {policy.forgotten_after_months} months: {due.people} people.")
        click.echo(f"Flags about them: {due.flags}. Bars: {due.bars}.")
        if not dry_run:
            click.echo(
                f"Forgotten: {forgetting.forget_due(policy, OPERATOR, now)} people. Backups keep them until they go."
            )


@main.command("erase")
@click.argument("code")
def erase(code: str) -> None:
    """Forget a person: destroy their key and what could name them; counts, ledgers and chains stay."""
    with _room():
        forgetting.erase(code, OPERATOR, clock.now())
    click.echo(f"{code} is forgotten. Backups made before now can still name them until they expire.")


@main.group("vault")
def vault_commands() -> None:
    """The keys of the identity vault."""


@vault_commands.command("rotate")
@click.option("--drop-old", is_flag=True, help="Forget the older keys; older backups of the vault stay shut for ever.")
def turn_keys(drop_old: bool) -> None:
    """Make a new key and wrap every person's key with it; may be repeated, and while the room is open."""
    with _room():
        ring = here.keyring()
        vault.begin_new_key(ring)
        with transaction():
            turned = vault.turn_keys(ring, OPERATOR, clock.now())
        dropped = 0
        if drop_old:
            with transaction():
                dropped = vault.drop_old_keys(ring)
    click.echo(f"{turned} records are wrapped with the new key; {dropped} older keys were forgotten.")
    click.echo(f"Keep a copy of {ring.path} in a sealed envelope, apart from the backups.")


for command in BESIDE:
    main.add_command(command)
