"""Clocks: a device whose readings say another time than those of everybody else that come with them. Suspect at most.

It asks nothing of the wall's clock, so that it holds for a record that is played fast as for gauges that are live. Only the
newest reading of a message counts: what was stored and forwarded comes late with a right time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from domain.stations import Station
from quality.flags import SUSPECT
from quality.later import Found, Frames, Name
from quality.streaming import Flagged
from quality.stretch import Floats

#: Fewer stations say nothing of what time it is.
_FEWEST_STATIONS = 5
#: So many arrivals in a row must agree how far off the clock is; a burst of stored readings does not.
_ARRIVALS = 6
_LEAST_S = 1200.0
#: Who sends late may seem behind by so many cadences; nobody measures what is still to come.
_CADENCES = 2.0


def clock_evidence(stations: Mapping[str, Station], frames: Frames, since: datetime) -> list[Found]:
    """What is held against readings observed from `since` on; frames with the column received_at, of one clock."""
    arrivals = _arrivals(stations, frames)
    if arrivals["station"].nunique() < _FEWEST_STATIONS:
        return []
    around = len({*zip(arrivals["station"], arrivals["quantity"], strict=True)}) | 1
    usual = arrivals["observed_s"].rolling(around, center=True, min_periods=_FEWEST_STATIONS).median()
    # Of what came in one piece nobody came first: one usual time for all of it.
    arrivals["behind_s"] = usual.groupby(arrivals["received_s"]).transform("median") - arrivals["observed_s"]
    found: list[Found] = []
    for (name, quantity), mine in arrivals.groupby(["station", "quantity"]):
        series = stations[str(name)].series_of(str(quantity))
        if series is not None:
            behind_s = mine["behind_s"].to_numpy(dtype=np.float64)
            late_s = max(_LEAST_S, _CADENCES * series.cadence.total_seconds())
            wrong = _is_wrong(behind_s, late_s) | _is_wrong(-behind_s, _LEAST_S)
            found += _held((str(name), str(quantity)), mine[wrong], since)
    return found


def _arrivals(stations: Mapping[str, Station], frames: Frames) -> pd.DataFrame:
    """The newest reading of each message, in order of arrival: station, quantity, observed_s, received_s, value."""
    parts = [
        pd.DataFrame(
            {
                "station": name,
                "quantity": quantity,
                "observed_s": _seconds(frame["observed_at"]),
                "received_s": _seconds(frame["received_at"]),
                "value": frame["value"].to_numpy(),
            }
        )
        for name, of_station in frames.items()
        if name in stations
        for quantity, frame in of_station.items()
    ]
    if not parts:
        return pd.DataFrame({"station": [], "quantity": [], "observed_s": [], "received_s": [], "value": []})
    together = pd.concat(parts, ignore_index=True).sort_values(["received_s", "observed_s"], kind="stable")
    return together.drop_duplicates(["station", "quantity", "received_s"], keep="last").reset_index(drop=True)


def _seconds(times: pd.Series) -> Floats:
    return times.to_numpy(dtype="M8[us]").astype(np.int64) / 1e6


def _is_wrong(behind_s: Floats, limit_s: float) -> np.ndarray:
    """Where the arrivals up to this one agree on a time that is behind by more than the limit."""
    rolling = pd.Series(behind_s).rolling(_ARRIVALS)
    middle, span = rolling.median().to_numpy(), (rolling.max() - rolling.min()).to_numpy()
    wrong: np.ndarray = (middle > limit_s) & (span < limit_s)
    return wrong


def _held(name: Name, wrong: pd.DataFrame, since: datetime) -> list[Found]:
    times = [datetime.fromtimestamp(at_s, UTC) for at_s in wrong["observed_s"]]
    return [
        Found(name, Flagged(at, float(value), "clock", SUSPECT))
        for at, value in zip(times, wrong["value"], strict=True)
        if at >= since
    ]
