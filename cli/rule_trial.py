"""`ews rules backtest`: two sets of rules over one history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec
import pandas as pd

from cli.desk import rules_in_force
from cli.listing_commands import stored
from cli.options import ago
from cli.rule_adoption import left_running, left_text
from cli.tables import table, when
from domain.alerts import Alert
from domain.errors import ConfigurationError
from domain.recording import Recording, load_recording, slug
from domain.settings import load_settings
from domain.stations import Station
from rules.configuration import RuleSet, load_rules
from rules.judge import History
from scheduler.rule_backtest import Result, hit_only_by, minutes_gained, run_rules
from simulators.replay import stations_of
from storage.database import Connection
from storage.forecasts import forecasts_between
from storage.histories import histories
from storage.stations import load_stations


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """The rules in force and, when given, the changed ones, over the same readings."""

    start: datetime
    end: datetime
    stations: int
    readings: int
    present: Result
    candidate: Result | None
    left: Sequence[Alert] = ()  # running alerts that no rule of the candidate can end


@dataclass(frozen=True, kw_only=True, slots=True)
class _Past:
    stations: dict[str, Station]
    histories: dict[str, History]
    start: datetime
    end: datetime


def try_rules(
    file: Path | None, *, dataset: Path | None, start: str | None, until: str | None, only: Sequence[str]
) -> Trial:
    """Run the rules in force (over a data set: those of rules.toml), and those of `file`. Raises ConfigurationError."""
    candidate = None if file is None else load_rules(file)
    now = datetime.now(UTC)
    first, last = ago("--from", start, now), ago("--until", until, now)
    left: Sequence[Alert] = ()
    if dataset is not None:
        present = load_rules(load_settings().config_dir / "rules.toml")
        past = _recorded_past(load_recording(dataset), first, last, _warm_up(present, candidate))
    else:
        with stored() as connection:
            present = rules_in_force(connection, load_settings().config_dir)
            past = _stored_past(connection, first, last or now, _warm_up(present, candidate))
            left = () if candidate is None else left_running(connection, candidate)
    past = _chosen(past, only)
    return Trial(
        start=past.start,
        end=past.end,
        stations=len(past.stations),
        readings=sum(len(frame) for history in past.histories.values() for frame in history.readings.values()),
        present=_run(past, present),
        candidate=None if candidate is None else _run(past, candidate),
        left=left,
    )


def _warm_up(present: RuleSet, candidate: RuleSet | None) -> timedelta:
    return max(rules.warm_up for rules in (present, candidate or present))


def _run(past: _Past, rules: RuleSet) -> Result:
    return run_rules(past.stations, past.histories, rules, past.end)


def _stored_past(connection: Connection, first: datetime | None, end: datetime, warm_up: timedelta) -> _Past:
    start = first or end - timedelta(days=30)
    stations = load_stations(connection)
    found = histories(connection, dict.fromkeys(stations, start - warm_up))
    frames = {
        name: {q: frame[frame["observed_at"] <= end] for q, frame in by_quantity.items()}
        for name, by_quantity in found.items()
    }
    made = {
        name: History(since=start, readings=by_quantity, forecasts=forecasts_between(connection, name, start, end))
        for name, by_quantity in frames.items()
    }
    return _Past(stations={name: stations[name] for name in made}, histories=made, start=start, end=end)


def _recorded_past(recording: Recording, first: datetime | None, last: datetime | None, warm_up: timedelta) -> _Past:
    table_ = recording.readings
    start = first or table_["observed_at"].min().to_pydatetime()
    end = last or table_["observed_at"].max().to_pydatetime()
    within = table_[(table_["observed_at"] >= start - warm_up) & (table_["observed_at"] <= end)]
    stations = {station.id: station for station in stations_of(recording)}
    made = {}
    for name in recording.series:
        identifier = slug(name)
        rows = within[within["series"] == name]
        frame = pd.DataFrame(
            {"observed_at": rows["observed_at"], "value": rows["value"], "flag": 1, "received_at": rows["observed_at"]}
        )
        made[identifier] = History(since=start, readings={stations[identifier].series[0].quantity: frame})
    return _Past(stations=stations, histories=made, start=start, end=end)


def _chosen(past: _Past, only: Sequence[str]) -> _Past:
    for name in only:
        if name not in past.stations:
            known = ", ".join(sorted(past.stations))
            raise ConfigurationError(place="command line", key="--station", value=name, remedy=f"known are {known}")
    if not only:
        return past
    return _Past(
        stations={name: past.stations[name] for name in only},
        histories={name: past.histories[name] for name in only},
        start=past.start,
        end=past.end,
    )


def trial_text(trial: Trial) -> str:
    """Two tables: alerts and messages by event; crossings, hits, misses and false alarms by alarm level."""
    head = f"{when(trial.start)} to {when(trial.end)}, {trial.stations} stations, {trial.readings} readings"
    runs = [("in force", trial.present), *([] if trial.candidate is None else [("changed", trial.candidate)])]
    events = sorted({event for _, run in runs for event in run.alerts})
    counted = [
        (event, *(n for _, run in runs for n in (run.alerts.get(event, 0), run.messages.get(event, 0))))
        for event in events
    ]
    columns = [f"{what} ({name})" for name, _ in runs for what in ("alerts", "messages")]
    scores = [
        (
            name,
            s.level,
            s.crossings,
            s.hits,
            s.misses,
            s.false_alarms,
            "" if s.lead_min is None else f"{s.lead_min:.0f}",
        )
        for name, run in runs
        for s in run.levels
        if s.crossings or s.false_alarms
    ]
    headings = ("rules", "level", "crossings", "hits", "misses", "false alarms", "median minutes ahead")
    lines = [head, "", table(("event", *columns), counted), "", table(headings, scores)]
    return "\n".join([*lines, *_gain(trial), *left_text(trial.left)])


def _gain(trial: Trial) -> list[str]:
    if trial.candidate is None:
        return []
    gained = minutes_gained(trial.candidate, trial.present)
    said = (
        f"minutes gained by the changed rules: median {median(gained):+.0f}, from {gained[0]:+.0f} to {gained[-1]:+.0f}"
        if gained
        else "no crossing that both would have warned of"
    )
    return ["", said, *_of_one_alone(trial.candidate, trial.present)]


def _of_one_alone(candidate: Result, present: Result) -> Iterator[str]:
    """Crossings that only one of the two would have warned of: a mean hides that each has lost some."""
    for whose, one, other in (("changed rules", candidate, present), ("rules in force", present, candidate)):
        found = hit_only_by(one, other)
        if found:
            yield f"warned of by the {whose} only:"
        yield from (f"  {each.station}  level {each.level}  {when(each.at)}" for each in found)


def trial_json(trial: Trial) -> str:
    """Every number; times in UTC."""
    runs = {"in_force": trial.present, "changed": trial.candidate}
    body: dict[str, object] = {
        "from": trial.start,
        "until": trial.end,
        "stations": trial.stations,
        "readings": trial.readings,
        "minutes_gained": [] if trial.candidate is None else minutes_gained(trial.candidate, trial.present),
        "only_changed": [] if trial.candidate is None else hit_only_by(trial.candidate, trial.present),
        "only_in_force": [] if trial.candidate is None else hit_only_by(trial.present, trial.candidate),
        "left_running": [alert.identifier for alert in trial.left],
    }
    for name, run in runs.items():
        body[name] = None if run is None else {"alerts": run.alerts, "messages": run.messages, "levels": run.levels}
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
