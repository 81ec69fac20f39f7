"""The highest expected level of a forecast, as a band with its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash_app.snapshot import ForecastPeak
from domain.forecasts import PROBABILITIES, LevelForecast, chance_within

#: A forecast older than this says nothing about now and is withheld: its own category, not a calm one.
CURRENT_FOR = timedelta(hours=3)
_LOW, _HIGH = PROBABILITIES.index(0.1), PROBABILITIES.index(0.9)


def forecast_peak(leads: Sequence[LevelForecast], now: datetime) -> ForecastPeak | None:
    """The lead with the highest median among those still ahead; None when every lead has passed.

    The band is 10 % to 90 %. The peak is "at the end" when the last lead is the highest: the water may go on rising.
    """
    ahead = [f for f in leads if f.valid_at > now]
    if not ahead:
        return None
    highest = max(ahead, key=lambda f: f.median_m)
    return ForecastPeak(
        low_m=highest.quantiles_m[_LOW],
        median_m=highest.median_m,
        high_m=highest.quantiles_m[_HIGH],
        at=highest.valid_at,
        issued_at=highest.issued_at,
        at_the_end=highest is ahead[-1] and len(ahead) > 1,
        current=is_current(ahead, now),
    )


def is_current(leads: Sequence[LevelForecast], now: datetime) -> bool:
    """Whether there is a forecast that still says something about `now`."""
    return bool(leads) and now - leads[0].issued_at <= CURRENT_FOR


def chances(leads: Sequence[LevelForecast], level_m: float, hours: Sequence[int]) -> dict[int, float]:
    """The chance of reaching `level_m` within each number of hours, from the leads up to it (`domain.forecasts.chance_within`).

    A horizon before the first lead is left out: nothing was said about it.
    """
    found = {}
    for within in hours:
        upto = [f for f in leads if f.lead_time <= timedelta(hours=within)]
        if upto:
            found[within] = chance_within(f.probability_at_or_above(level_m) for f in upto)
    return found
