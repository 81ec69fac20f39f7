"""A nature, read by every station of the network at its cadence, tested by the shipped quality limits, judged by the shipped rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from domain.alerts import Finding, Step
from domain.network import load_network
from domain.stations import Station, StationKind
from quality.later import Found, later_evidence
from rules.configuration import load_rules
from rules.judge import History, judge_together
from simulators.nature import EpisodeNature, nature

CONFIG = Path(__file__).parents[1] / "config"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the rules found and the quality tests held against readings, in event time."""

    nature: EpisodeNature
    stations: Mapping[str, Station]
    frames: Mapping[str, Mapping[str, pd.DataFrame]]
    findings: list[Finding]
    evidence: list[Found]

    def raised(self, event: str, station: str | None = None) -> list[tuple[str, Step]]:
        """Every step above level 0 of an event, with its station, in event time."""
        found = [
            (finding.station, step)
            for finding in self.findings
            if finding.event == event and station in {None, finding.station}
            for step in finding.steps
            if step.level > 0
        ]
        return sorted(found, key=lambda each: each[1].at)

    def steps(self, rule: str, station: str) -> list[Step]:
        """All steps of one rule at one station."""
        return [step for f in self.findings if (f.rule, f.station) == (rule, station) for step in f.steps]


@cache
def judged(name: str, kinds: frozenset[StationKind] = frozenset(StationKind)) -> Judged:
    """Run one nature through quality tests and rules, at the stations of some kinds."""
    network = load_network(CONFIG).stations
    stations = {name: station for name, station in network.items() if station.kind in kinds}
    made = nature(name, list(network.values()), 5)
    frames = {
        name: {
            series.quantity: _frame(made, name, series.quantity, series.cadence.total_seconds()) for series in s.series
        }
        for name, s in stations.items()
    }
    evidence = later_evidence(stations, frames, made.begins)
    for found in evidence:
        frame = frames[found.name[0]][found.name[1]]
        here = frame["observed_at"] == found.flagged.at
        frame.loc[here, "flag"] = np.maximum(frame.loc[here, "flag"], int(found.flagged.flag))
    histories = {
        name: History(
            since=made.begins,
            readings=of_station,
            last_observed={q: frame["observed_at"].iloc[-1].to_pydatetime() for q, frame in of_station.items()},
        )
        for name, of_station in frames.items()
    }
    found_by = judge_together(stations, histories, load_rules(CONFIG / "rules.toml"), made.ends)
    findings = [finding for found in found_by.values() for finding in found]
    return Judged(nature=made, stations=stations, frames=frames, findings=findings, evidence=evidence)


def _frame(made: EpisodeNature, station: str, quantity: str, cadence_s: float) -> pd.DataFrame:
    at_s = np.arange(round(made.begins.timestamp()), round(made.ends.timestamp()) + 1, round(cadence_s))
    observed_at = pd.to_datetime(at_s, unit="s", utc=True).as_unit("us")
    values = made.values(station, quantity, at_s)
    return pd.DataFrame({"observed_at": observed_at, "value": values, "flag": 1, "received_at": observed_at})


def utc(text: str) -> datetime:
    """A time at Huế, in UTC."""
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)
