"""The command `ews`. Imports inside the commands keep `ews --help` fast."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.account_commands import account
from cli.alert_commands import alerts
from cli.audit_commands import audit
from cli.backtest_commands import backtests
from cli.broker_commands import broker
from cli.cap_commands import cap
from cli.contact_commands import contact
from cli.delivery_commands import delivery
from cli.exercise_commands import exercise
from cli.file_commands import files
from cli.listing_commands import listings
from cli.rejected_commands import rejected
from cli.report_commands import reports
from cli.rule_commands import rules
from cli.score_commands import scores
from cli.siren_commands import siren
from cli.token_commands import token
from cli.user_commands import user
from cli.warning_commands import warnings
from cli.worker_commands import workers
from domain.errors import EwsError

if TYPE_CHECKING:
    from domain.settings import Settings

app = typer.Typer(
    name="ews",
    help="Early warning of river floods, storms and bad air for Huế: gauges over MQTT, rules and forecasts, a live map, "
    "warnings to the committee.\n\nSettings come from EWS_* variables and ews.toml; docs/operations.md explains each.",
    no_args_is_help=True,
    context_settings={"max_content_width": 120},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(workers)
app.add_typer(listings)
app.add_typer(backtests)
app.add_typer(scores)
app.add_typer(files)
app.add_typer(broker)
app.add_typer(delivery)
app.add_typer(contact, name="contact")
app.add_typer(siren, name="siren")
app.add_typer(rejected, name="rejected")
app.add_typer(reports, name="report")
app.add_typer(exercise, name="exercise")
app.add_typer(account, name="accounts")
app.add_typer(alerts, name="alerts")
app.add_typer(warnings, name="warnings")
app.add_typer(rules, name="rules")
app.add_typer(cap, name="cap")
app.add_typer(audit, name="audit")
app.add_typer(user, name="user")
app.add_typer(token, name="token")

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the pages; when taken, the next free one.")]
Speed = Annotated[float, typer.Option(min=0.1, max=100_000, help="How many times faster than the clock.")]


def settings_with(port: int | None) -> Settings:
    """The settings, with the port of the pages replaced when one is given."""
    from domain.settings import load_settings

    return load_settings() if port is None else load_settings(http_port=port)


@app.command()
def demo(
    *,
    minutes: Annotated[float | None, typer.Option(min=0.05, help="End after so many minutes; none: run on.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    speed: Speed = 60.0,
    port: Port = None,
) -> None:
    """Run the whole system with simulated gauges: a storm over Huế on embedded services, nothing else needed.

    A second run continues with the same data. Ctrl-C stops everything.
    """
    from cli.system import demo as run_demo

    settings = settings_with(port)
    run_demo(settings, speed=speed, minutes=minutes, open_browser=not no_browser)


@app.command()
def up(*, port: Port = None) -> None:
    """Run everything but simulators: migrations, ingest, scheduler and pages, with embedded services where no URL is set."""
    from cli.system import up as run_up

    run_up(settings_with(port))


@app.command()
def replay(
    dataset: Annotated[str, typer.Argument(metavar="DATASET.toml", help="The description of a recorded flood.")],
    *,
    speed: Annotated[
        float, typer.Option(min=0, help="How many times faster than it happened; 0: as fast as it is acknowledged.")
    ] = 3600.0,
    start: Annotated[
        str | None, typer.Option("--from", help="Play from this time; earlier readings are sent first, as history.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Play up to this time.")] = None,
) -> None:
    """Publish a recorded flood over MQTT as its gauges would have, and show the warnings it raises.

    Joins the services that EWS_DATABASE_URL and EWS_MQTT_URL name or that run on EWS_DATA_DIR; when none do, starts the
    whole system, and stops it after the last warning is delivered.
    """
    from pathlib import Path

    from cli.replaying import replay as run_replay
    from domain.settings import load_settings

    run_replay(load_settings(), Path(dataset), speed=speed, start=start, until=until)


@app.command()
def doctor() -> None:
    """Check configuration, database, schema, jobs, accounts, rejected messages, broker, clock and disk; exit code 1 when something is wrong."""
    from cli.doctor import examine
    from domain.settings import load_settings

    raise typer.Exit(examine(load_settings))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print(f"hue-ews {installed('hue-ews')}")


def main() -> None:
    """Run the command; an error of ours is one clear line on standard error and exit code 2."""
    try:
        app()
    except EwsError as error:
        print(f"ews: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        sys.exit(2)
