"""An invented flood season over the basin of the exercises: what an office that has been at work for a year has on record.

All SYNTHETIC. Drawn from a seed alone and set by the climate of Huế (October and November: some 600 to 800 mm a month in the
plain, more in the mountains), never by the flood that is played afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from domain.stations import Station
from simulators.basin import simulate_basin, tide_m
from simulators.episode import Episode, cut, grid_h
from simulators.gauged_rain import Pulse, load_places, pulsed_rain
from simulators.hazards import HAZARDS, WEST_SHARE, storm_pulses
from simulators.nature import EpisodeNature

_SPIN_UP = timedelta(days=3)
#: Days from one storm to the next; mm in the mountains in one of the middle, the spread of its logarithm, and the most.
_BETWEEN_DAYS = (3.0, 7.0)
_MIDDLE_MM, _SPREAD, _MOST_MM = 60.0, 0.6, 300.0
#: Waves of a storm; hours from one to the next, and of each.
_WAVES = (1, 3)
_NEXT_H = (12.0, 36.0)
_LASTS_H = (4.0, 9.0)
#: When in the season the great floods on record came, as a part of it.
_RECORDED = {1 / 3: "storm-2023", 2 / 3: "storm-1999"}
_LEAST_DAYS = 30.0
#: It ends in calm: what stood above an alarm level in its last hour would seem to stand there a year later.
_CALM_DAYS = 7.0
#: No other storm falls into theirs.
_APART_H = 72.0
#: Of the Hương's rain, what falls on the Bồ.
_BO_SHARE = (0.7, 1.3)


def flood_season(
    stations: Sequence[Station], seed: int, begins_at: datetime, days: float, exercises: Path
) -> EpisodeNature:
    """What the stations read for so many days of storms. `exercises`: the folder of the exercises. Raises ConfigurationError."""
    span = timedelta(days=days)
    hours = grid_h(_SPIN_UP, span)
    recorded = _on_record(days)
    own = [pulse for pulse in _draw(seed, days) if all(abs(pulse.centre_h - r.centre_h) > _APART_H for r in recorded)]
    rain = pulsed_rain(load_places(exercises), [*own, *recorded])
    run = simulate_basin(rain.areal_mm(hours), hours, tide_m(hours + begins_at.timestamp() / 3600))
    return EpisodeNature(
        stations, seed, Episode(begins_at=begins_at, ends_at=begins_at + span, run=cut(run), rain=rain)
    )


def _on_record(days: float) -> list[Pulse]:
    """The storms that every archive has: those like 1999 and 2023, a third and two thirds through a season of a month or more."""
    if days < _LEAST_DAYS:
        return []
    return [
        replace(pulse, centre_h=pulse.centre_h + 24.0 * days * part)
        for part, name in _RECORDED.items()
        for pulse in storm_pulses(HAZARDS[name])
    ]


def _draw(seed: int, days: float) -> list[Pulse]:
    """The waves of all storms."""
    chance = np.random.default_rng([seed, 23])
    found: list[Pulse] = []
    at_h = 0.0
    while (at_h := at_h + 24.0 * chance.uniform(*_BETWEEN_DAYS)) < 24.0 * (days - _CALM_DAYS):
        total_mm = min(_MIDDLE_MM * float(np.exp(_SPREAD * chance.standard_normal())), _MOST_MM)
        centre_h = at_h
        for share in chance.dirichlet(np.ones(int(chance.integers(_WAVES[0], _WAVES[1] + 1)))):
            huong = total_mm * float(share)
            mm = {"huong": huong, "west": huong * WEST_SHARE, "bo": huong * float(chance.uniform(*_BO_SHARE))}
            found.append(Pulse(centre_h=centre_h, spread_h=float(chance.uniform(*_LASTS_H)), mm=mm))
            centre_h += float(chance.uniform(*_NEXT_H))
    return found
