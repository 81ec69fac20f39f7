"""Gauges that fall silent for a while, drawn from the seed so that a restart falls silent at the same times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.stations import Station, StationKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """One station hears nothing or says nothing from `starts_s` until `ends_s` (seconds since 1970, end not included)."""

    station: str
    starts_s: int
    ends_s: int
    stored: bool  # True: the link was down, and the readings come all at once when it ends; False: they are lost


#: Kind of station, hours before Kim Long reaches BĐ3 when it begins, how long it lasts, whether the readings are stored.
_PATTERN = (
    (StationKind.RAIN, 31.0, 5.0, False),  # a battery that dies and is changed
    (StationKind.RAIN, 3.5, 3.5, True),  # a mobile mast without power: visible from the first minute of a demo
    (
        StationKind.RIVER,
        1.0,
        9.0,
        False,
    ),  # a drowned gauge; only gauges without alarm levels, the drama needs the others
)


def outages(stations: Sequence[Station], seed: int, number: int, flood_s: int) -> tuple[Outage, ...]:
    """The outages around storm `number`, whose flood passes BĐ3 at `flood_s`; none of a kind that has no station."""
    chance = np.random.default_rng([seed, number % 2**32, 7])
    found: list[Outage] = []
    for kind, before_h, lasts_h, stored in _PATTERN:
        taken = {outage.station for outage in found}
        eligible = sorted(s.id for s in stations if s.kind is kind and not s.thresholds and s.id not in taken)
        if not eligible:
            continue
        starts_s = flood_s - round(before_h * 3600)
        chosen = eligible[int(chance.integers(len(eligible)))]
        found.append(Outage(station=chosen, starts_s=starts_s, ends_s=starts_s + round(lasts_h * 3600), stored=stored))
    return tuple(found)
