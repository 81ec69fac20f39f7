"""Playing a recorded flood through the running system, and what came of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cli.aftermath import Aftermath
from cli.child import Child, ews
from cli.embedded import is_owned
from cli.options import moment
from cli.stopping import stop_on_signals
from cli.system import System
from cli.worker_commands import service_urls
from domain.errors import ConfigurationError, EwsError
from domain.recording import Recording, load_recording
from domain.settings import Settings
from domain.stations import Station
from simulators import replay as player
from storage import stations as station_store
from storage.database import Database


def replay(settings: Settings, path: Path, *, speed: float, start: str | None, until: str | None) -> None:
    """Play the record on the services there are, or on a system of its own; print the warnings. Raises EwsError."""
    began, ended = moment("--from", start), moment("--until", until)
    if began is not None and ended is not None and began > ended:
        raise ConfigurationError(place="command line", key="--from", value=start, remedy=f"lies after --until {until}")
    recording = load_recording(path)
    if (settings.database_url is not None and settings.mqtt_url is not None) or is_owned(settings.data_dir):
        _play(settings, recording, speed, began, ended)
        return
    options = ["--speed", str(speed)]
    options += ["--from", start] if start else []
    options += ["--until", until] if until else []
    _alone(settings, ("replay", str(path.absolute()), *options))


def _alone(settings: Settings, command: Sequence[str]) -> None:
    """Start the whole system, play in a child of it, and stop when that is done."""

    def players(environment: dict[str, str]) -> list[Child]:
        return [ews("replay", *command, environment=environment, after=("ingest", "scheduler", "web"), once=True)]

    def show(name: str, line: str) -> None:
        if name == "replay":
            print(line, flush=True)
        else:
            print(f"{name:<10} │ {line}", file=sys.stderr, flush=True)

    # The stations of the configuration stay as they are: nothing is to be judged but the record.
    System(settings=settings, register_network=False, more=players, finished_after="replay", show=show).run()


def _play(settings: Settings, recording: Recording, speed: float, start: datetime | None, end: datetime | None) -> None:
    stop = stop_on_signals()
    stations = player.stations_of(recording)
    database_url, mqtt_url = service_urls(settings)
    with Database(database_url, max_size=2) as database:
        _register(database, recording, stations)
        print(f"{recording.name}: {len(recording.readings)} readings of {len(stations)} series", flush=True)
        replayed = player.run(
            recording, stations, mqtt_url, speed=speed, start=start, end=end, stop=stop, tls=settings.mqtt_tls
        )
        print(f"{replayed.history} readings sent as history, {replayed.played} played", flush=True)
        aftermath = Aftermath(database, stations)
        _wait(aftermath, recording, end, stop)
        print(aftermath.report())


def _register(database: Database, recording: Recording, stations: Sequence[Station]) -> None:
    """Make the stations known. A station of the same name that belongs to something else is not taken over."""
    clock = f"replay:{recording.slug}"
    with database.transaction() as connection:
        known = station_store.load_stations(connection)
        for station in stations:
            other = known.get(station.id)
            if other is not None and not other.adopted and other.clock != clock:
                raise EwsError(
                    f"{recording.name}: its series {station.name_vi} would replace the station {station.id} of clock "
                    f"{other.clock}: replay it on another EWS_DATA_DIR or database"
                )
        station_store.sync_network(connection, stations, clock=clock)


def _wait(aftermath: Aftermath, recording: Recording, end: datetime | None, stop: threading.Event) -> None:
    """Until everything sent is stored, judged and delivered; says so where that does not come about."""
    table = recording.readings
    if end is not None:
        table = table[table["observed_at"] <= end]
    newest = {str(name): at.to_pydatetime() for name, at in table.groupby("series")["observed_at"].max().items()}
    whole = aftermath.wait_until_stored(newest, stop) and aftermath.wait_until_settled(stop)
    if stop.is_set():
        print("stopped before the end; the list is incomplete", file=sys.stderr)
    elif not whole:
        print(
            "not every reading has arrived in the database or been judged in good time; the list may be incomplete: "
            "see `ews doctor`",
            file=sys.stderr,
        )
