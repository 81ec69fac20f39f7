"""The commands of one process each: what `ews up` starts, and what systemd or a container runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from domain.errors import ConfigurationError, EwsError

if TYPE_CHECKING:
    from domain.settings import Settings

workers = typer.Typer()


class Worker(Protocol):
    """What a worker's `run` takes."""

    def __call__(
        self,
        settings: Settings,
        database_url: str,
        mqtt_url: str,
        stop: threading.Event,
        /,
        *,
        ready: Callable[[], None] | None = None,
    ) -> None:
        """Work until `stop` is set; call `ready` once at work."""


@contextmanager
def _process() -> Iterator[tuple[Settings, threading.Event]]:
    """The settings, and an event that signals set."""
    from cli.logs import set_up_logs
    from cli.stopping import stop_on_signals
    from domain.settings import load_settings

    stop = stop_on_signals()
    settings = load_settings()
    set_up_logs(settings.log_level)
    yield settings, stop


def service_urls(settings: Settings) -> tuple[str, str]:
    """Where database and broker answer: as set, or as run by `ews up` on the same data folder. Raises EwsError."""
    from cli.embedded import running_services

    if settings.database_url is not None and settings.mqtt_url is not None:
        return settings.database_url, settings.mqtt_url
    found = running_services(settings.data_dir)
    if found is None:
        raise EwsError(
            f"no services run on {settings.data_dir}: start `ews up` or `ews demo` there, "
            "or set EWS_DATABASE_URL and EWS_MQTT_URL"
        )
    return settings.database_url or found.database_url, settings.mqtt_url or found.mqtt_url


def _work(run: Worker) -> None:
    from cli.child import announce_ready

    with _process() as (settings, stop):
        database_url, mqtt_url = service_urls(settings)
        run(settings, database_url, mqtt_url, stop, ready=announce_ready)


@workers.command()
def ingest(
    *,
    count: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that share the messages among them.")
    ] = 1,
    number: Annotated[int | None, typer.Option(hidden=True, help="Be this one of them.")] = None,
) -> None:
    """Take readings from the broker into the database until a signal.

    With several workers each is a process of its own, started again when it dies. Workers on other hosts join in when they
    have the same EWS_MQTT_SHARE_GROUP and another EWS_MQTT_CLIENT_ID.
    """
    from ingest.worker import run

    if count > 1 and number is None:
        _several(count)
        return
    _work(
        lambda settings, database_url, mqtt_url, stop, *, ready=None: run(
            settings, database_url, mqtt_url, stop, ready=ready, number=number or 1, workers=count
        )
    )


def _several(count: int) -> None:
    """As many processes of the same command, until a signal; each is told its number."""
    from cli.child import announce_ready, ews
    from cli.processes import Supervisor

    with _process() as (settings, _):
        if settings.mqtt_url is None:
            # rumqttd 0.20 panics ("group must exists") when the last of a group leaves that had reconnected before.
            raise EwsError(
                "several workers need a broker of their own: the embedded one dies when they leave; "
                "set EWS_MQTT_URL to a Mosquitto or EMQX, or run one worker"
            )
        service_urls(settings)
    names = [f"ingest-{n}" for n in range(1, count + 1)]
    children = [
        ews(name, "ingest", "--workers", str(count), "--number", str(n), environment={})
        for n, name in enumerate(names, 1)
    ]
    announced = False

    def tell() -> None:
        nonlocal announced
        if not announced and all(supervisor.is_ready(name) for name in names):
            announced = True
            announce_ready()

    supervisor = Supervisor(children, on_tick=tell)
    supervisor.run()


@workers.command()
def scheduler() -> None:
    """Judge readings, issue forecasts and deliver warnings until a signal. One is active; others wait in reserve."""
    from scheduler.service import run

    _work(run)


@workers.command()
def web() -> None:
    """Serve the pages until a signal."""
    from dash_app.application import run

    _work(run)


@workers.command()
def simulate(
    context: typer.Context,
    *,
    speed: Annotated[float, typer.Option(min=0.1, max=100_000, help="How many times faster than the clock.")] = 60.0,
    history_hours: Annotated[float, typer.Option(min=0, help="Past that is sent first, at the first run.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Another seed, another storm (at the first run).")] = 5,
    stations: Annotated[
        int | None, typer.Option(min=1, max=99_999, help="Measure a load instead: of so many stations of its own.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0, max=100_000, help="Messages a second of the load; 0: as fast as acknowledged."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=7 * 86_400, help="How long the load lasts.")] = 60.0,
    connections: Annotated[int, typer.Option(min=1, max=1_000, help="Connections that the load is spread over.")] = 16,
) -> None:
    """Publish like the field hardware of the whole network, under a simulated storm, until a signal.

    Its stations should be on the clock `simulated`, as `ews demo` or `ews migrate --clock simulated` puts them: their time
    then is that of their newest reading.

    With --stations and --rate it measures instead: how long a message takes until the broker acknowledges it and until its
    row can be read in the database, and how many are lost (exit code 1 when any is). `ews ingest` must be running. A load
    that lasts says each minute how it is; a signal ends the sending, and what was sent is counted.
    """
    is_load = stations is not None or rate is not None
    _refuse_given(context, _OF_STORM if is_load else _OF_LOAD, "without" if is_load else "with")
    if is_load:
        _load(stations, rate, seconds, connections)
        return
    from datetime import UTC, datetime, timedelta

    from cli.child import announce_ready
    from domain.network import load_network
    from simulators.fleet import run

    with _process() as (settings, stop):
        network = load_network(settings.config_dir)
        _, mqtt_url = service_urls(settings)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        announce_ready()
        run(
            network,
            mqtt_url,
            speed=speed,
            history=timedelta(hours=history_hours),
            seed=seed,
            state_file=settings.data_dir / "simulator.json",
            stop=stop,
            now=lambda: datetime.now(UTC),
            tls=settings.mqtt_tls,
        )


#: Options of `ews simulate` that mean nothing with --stations, and those that mean nothing without it.
_OF_STORM, _OF_LOAD = ("speed", "history_hours", "seed"), ("seconds", "connections")


def _refuse_given(context: typer.Context, names: tuple[str, ...], word: str) -> None:
    """Raise ConfigurationError for an option that was written and would not be obeyed."""
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            remedy = f"means something {word} --stations and --rate only; take it out"
            raise ConfigurationError(
                place="command line", key=f"--{name.replace('_', '-')}", value=context.params[name], remedy=remedy
            )


def _load(stations: int | None, rate: float | None, seconds: float, connections: int) -> None:
    """Measure a load and print what was found."""
    from cli.load_run import measure
    from cli.load_table import load_table, progress_line

    if stations is None or rate is None:
        raise EwsError("a load needs both --stations N and --rate R")
    with _process() as (settings, stop):
        database_url, mqtt_url = service_urls(settings)
        found = measure(
            database_url,
            mqtt_url,
            stations=stations,
            rate=rate,
            seconds=seconds,
            connections=connections,
            stop=stop,
            tls=settings.mqtt_tls,
            on_progress=lambda sent, rows: print(progress_line(sent, rows), flush=True),
        )
    print(load_table(found, rate), flush=True)
    if found.lost or found.sent.acknowledged < found.sent.sent:
        raise typer.Exit(1)


@workers.command()
def check() -> None:
    """Read the whole configuration; what is wrong is named with file, key, value and remedy."""
    from cli.configuration import check_configuration

    with _process() as (settings, _):
        network = check_configuration(settings)
    print(f"{len(network.stations)} stations, {len(network.wards)} wards in {settings.config_dir}", flush=True)


@workers.command()
def migrate(
    *,
    clock: Annotated[
        str | None,
        typer.Option(
            help="Put the configured stations on this clock instead of the wall's: `simulated` for ews simulate."
        ),
    ] = None,
    schema_only: Annotated[
        bool, typer.Option("--schema-only", help="Leave the registered stations as they are.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, max=86_400, help="Seconds to wait for a server that takes no connections yet.")
    ] = 60.0,
) -> None:
    """Check the configuration, bring the database schema to this version and register the configured stations.

    Safe to repeat, and while others run. Migrations only add: take a backup first all the same (docs/operations.md).
    """
    from cli.configuration import check_configuration
    from cli.embedded import database_for_a_moment
    from storage import stations
    from storage.database import Database
    from storage.migrate import migrate as apply_migrations
    from storage.migrate import wait_for_server

    with _process() as (settings, stop):
        network = check_configuration(settings)
        with database_for_a_moment(settings, create=True) as url:
            wait_for_server(url, patience_s=wait, stop=stop)
            applied = apply_migrations(url)
            print(f"{len(applied)} migrations applied", flush=True)
            if not schema_only:
                with Database(url) as database, database.transaction() as connection:
                    stations.sync_network(connection, list(network.stations.values()), clock=clock)
                print(f"{len(network.stations)} stations registered", flush=True)
