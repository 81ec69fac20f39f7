"""What an exercise has left, read from its folder and its database: everything that its report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from cli.embedded import database_for_a_moment
from cli.exercise_folder import Answer, ExerciseFolder, Moment, Run
from cli.fault_delays import usual_delays
from cli.field_scores import stored_of
from domain.alerts import Alert
from domain.errors import EwsError
from domain.exercise import FOLDER, Exercise, load_exercise
from domain.forecasts import LevelForecast
from domain.network import load_network
from domain.readings import QualityFlag
from domain.reported import ReportedFlood, load_reported
from domain.settings import load_settings
from domain.stations import Station
from rules.configuration import load_rules
from simulators.field.scoring import FaultScores, Stored, score
from simulators.field.truth import Truth, load_truth
from simulators.terrain import Floats
from storage import acknowledgements, alerts, deliveries, history
from storage.accounts import NOTHING, Counts, accounts
from storage.database import Connection, Database
from storage.forecast_scores import DueForecast, due_forecasts
from storage.known import issues_made_anew

#: Clocks of devices may be behind by so much.
_CLOCKS = timedelta(hours=1)
#: Devices stamp so much after the full hour at most.
_STAMPED = timedelta(minutes=1)
#: Between two readings that are further apart nobody knows where the water stood.
_LONGEST_GAP_S = 3600.0
#: What is drawn of a watched station that is no gauge.
SHOWN = ("wind_speed", "wind_gust", "pressure", "rainfall", "pm2_5", "pm10")
#: Of official forecasts; ours reach less far.
_LONGEST_LEAD = timedelta(hours=36)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hydrograph:
    """The levels of one gauge that were stored: seconds since 1970, metres (NaN where failed), when each came.

    Of a station of the weather or of air: one of its quantities, in that one's unit.
    """

    at_s: Floats
    level_m: Floats
    received_s: Floats

    def at(self, moment: datetime) -> float:
        """The level at a time, between two good readings; NaN outside them, and where they are more than an hour apart."""
        good = np.isfinite(self.level_m)
        at_s, level_m, asked_s = self.at_s[good], self.level_m[good], moment.timestamp()
        after = int(np.searchsorted(at_s, asked_s))
        if after < len(at_s) and at_s[after] == asked_s:
            return float(level_m[after])
        if not 0 < after < len(at_s) or at_s[after] - at_s[after - 1] > _LONGEST_GAP_S:
            return float("nan")
        return float(np.interp(asked_s, at_s, level_m))

    def received(self, observed: datetime) -> float:
        """When the newest reading up to that time came, seconds since 1970 of the wall clock; NaN when there is none.

        An hour's warning of air is dated at the full hour, which a device may stamp seconds later.
        """
        place = int(np.searchsorted(self.at_s, (observed + _STAMPED).timestamp(), side="right")) - 1
        return float(self.received_s[place]) if place >= 0 else float("nan")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One run."""

    exercise: Exercise
    run: Run
    moments: Sequence[Moment]
    answers: Sequence[Answer]
    stations: Mapping[str, Station]
    levels: Mapping[str, Hydrograph]  # of the watched gauges
    weather: Mapping[str, Mapping[str, Hydrograph]]  # of the watched stations that are no gauges, by quantity
    alerts: Sequence[Alert]  # oldest first
    sent: Mapping[str, Sequence[deliveries.Delivery]]  # of the ladders, by alert
    confirmed: Sequence[acknowledgements.Acknowledgement]
    forecasts: Mapping[str, Sequence[LevelForecast]]  # of the watched gauges, by issue and validity
    truth: Truth
    counts: Counts
    stored: Mapping[tuple[str, str], int]  # different readings, by station and quantity
    scores: FaultScores
    reported: ReportedFlood | None
    made: Mapping[tuple[str, datetime], datetime] = field(default_factory=dict)  # when each forecast was made, by issue
    made_anew: frozenset[tuple[str, datetime]] = (
        frozenset()
    )  # the issues that said something else when they were made first
    unreadable: int = 0  # lines of the run's own records that were cut off


def gather(folder: ExerciseFolder) -> Evidence:
    """Everything. Raises EwsError."""
    run = folder.run()
    folder.check_over()
    if not folder.truth_file.exists():
        raise EwsError(
            f"{folder.truth_file} is not there: the exercise was killed before a day of it was played; play it again"
        )
    folder.check_played()
    settings = load_settings(data_dir=folder.path, config_dir=folder.config_dir, database_url=None, mqtt_url=None)
    exercise = exercise_of(folder, run)
    truth = load_truth(folder.truth_file)
    with database_for_a_moment(settings) as url, Database(url, max_size=1) as database:
        stored = stored_of(database, truth, run.started_at)
        with database.transaction() as connection:
            return _read(connection, folder, exercise, truth, stored)


def exercise_of(folder: ExerciseFolder, run: Run) -> Exercise:
    """The part of the exercise that was played: an outage after it was none. Raises ConfigurationError."""
    return load_exercise(folder.config_dir, run.name).between(run.begins, run.ends)


def _read(connection: Connection, folder: ExerciseFolder, exercise: Exercise, truth: Truth, stored: Stored) -> Evidence:
    run = folder.run()
    every = alerts.list_alerts(connection, newest_first=False)
    begins = run.warm_up_from - _CLOCKS  # not those of the season before
    found = [alert for alert in every if alert.raised_at >= begins]
    names = [alert.identifier for alert in found]
    own = folder.config_dir / FOLDER / run.name
    stations = load_network(folder.config_dir).stations
    gauges = [name for name in exercise.watched if stations[name].series_of("water_level") is not None]
    issued = {name: _issued(connection, name, run) for name in gauges}
    return Evidence(
        exercise=exercise,
        run=run,
        moments=folder.moments(),
        answers=folder.answers(),
        truth=truth,
        stations=stations,
        levels={name: _hydrograph(connection, name, "water_level", run) for name in gauges},
        weather={
            name: {q: _hydrograph(connection, name, q, run) for q in SHOWN if stations[name].series_of(q) is not None}
            for name in exercise.watched
            if name not in gauges
        },
        alerts=found,
        sent={name: [row for row in deliveries.deliveries_of(connection, name) if not row.copy] for name in names},
        confirmed=acknowledgements.acknowledgements_of(connection, names),
        forecasts={name: [each.forecast for each in rows] for name, rows in issued.items()},
        made={
            (each.forecast.station, each.forecast.issued_at): each.made_at for rows in issued.values() for each in rows
        },
        made_anew=frozenset((name, at) for name in gauges for at in issues_made_anew(connection, name, *_span(run))),
        unreadable=folder.unreadable,
        counts=sum((account.counts for account in accounts(connection)), NOTHING),
        stored=stored.readings,
        scores=score(truth, stored, usual_delays(truth.faults, stations, load_rules(folder.config_dir / "rules.toml"))),
        reported=load_reported(own) if (own / "levels.csv").exists() else None,
    )


def _issued(connection: Connection, station: str, run: Run) -> list[DueForecast]:
    """Forecasts of a gauge that were issued within the run, or shortly before."""
    first, last = _span(run)[0], run.ends + _LONGEST_LEAD
    due = due_forecasts(connection, station, first, first, last)
    return [each for each in due if each.forecast.issued_at <= run.ends]


def _span(run: Run) -> tuple[datetime, datetime]:
    """When the forecasts were issued that the report is about."""
    return run.begins - _LONGEST_LEAD, run.ends


def _hydrograph(connection: Connection, station: str, quantity: str, run: Run) -> Hydrograph:
    frame = history.readings_between(connection, station, quantity, run.warm_up_from, run.ends)
    good = (frame["flag"] != QualityFlag.FAIL.value).to_numpy()
    return Hydrograph(
        at_s=frame["observed_at"].to_numpy(dtype="datetime64[us]").astype(np.int64) / 1e6,
        level_m=np.where(good, frame["value"].to_numpy(dtype=float), np.nan),
        received_s=frame["received_at"].to_numpy(dtype="datetime64[us]").astype(np.int64) / 1e6,
    )
