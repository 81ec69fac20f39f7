"""What a reading of a series could ever be: quality control fails what lies outside, and no alarm level may lie there."""

from __future__ import annotations

from datetime import timedelta

from domain.quantities import QUANTITIES, Aggregation
from domain.stations import Series

#: Greatest rain that has ever been measured in D hours: 421.6 · D^0.475 mm (Jennings 1950, Monthly Weather Review 78, 4).
#: It lies above every later record: 1,825 mm in a day (Réunion 1966), 1,739.6 mm (Bạch Mã 2025), 305 mm in 42 minutes.
_RAIN_RECORD_MM, _RAIN_RECORD_POWER = 421.6, 0.475


def possible_range(series: Series) -> tuple[float, float]:
    """The lowest and highest value that a reading of this series could ever have, in its unit.

    An amount grows with the time it was collected in: a daily sum may be larger than a sum over ten minutes.
    """
    quantity, limits = QUANTITIES[series.quantity], series.limits
    high = quantity.high
    if series.quantity == "rainfall" and quantity.aggregation is Aggregation.SUM:
        high = _RAIN_RECORD_MM * (series.cadence / timedelta(hours=1)) ** _RAIN_RECORD_POWER
    low = quantity.low if limits.fail_low is None else max(quantity.low, limits.fail_low)
    return low, high if limits.fail_high is None else min(high, limits.fail_high)
