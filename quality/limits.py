"""The limits of one series as the tests use them: in seconds, made ready once and not for every reading."""

from __future__ import annotations

from datetime import timedelta
from math import inf

from domain.possible import possible_range
from domain.stations import QualityLimits, Series

#: Neighbours in time are at most so many cadences apart. Across a larger gap nothing is said, and when the missing
#: reading arrives late the test is made then: the order of arrival does not matter.
NEIGHBOUR_CADENCES = 1.5
#: An excursion that lasts longer than this may be a wave on the river, not a spike.
_LONGEST_SPIKE_S = 1800.0
_WIDEST_SPIKE = 3


def flat_span(limits: QualityLimits) -> timedelta | None:
    """The longest duration the flat-line test asks about; None when it is switched off."""
    durations = [d for d in (limits.flat_suspect, limits.flat_fail) if d is not None]
    return max(durations) if durations and limits.flat_tolerance is not None else None


def needs_history(limits: QualityLimits) -> bool:
    """Whether any test of a new value looks at more than that value."""
    rates = (limits.rate_suspect_per_h, limits.rate_fail_per_h, limits.spike_suspect, limits.spike_fail)
    return any(limit is not None for limit in rates) or flat_span(limits) is not None


class SeriesTests:
    """What `quality.streaming` asks of one series. Infinity: the test is switched off.

    `step`: a change from one reading to the next that no test of change could object to.
    """

    __slots__ = (
        "cadence_s",
        "expected_high",
        "expected_low",
        "flat_fail_s",
        "flat_first_s",
        "flat_span_s",
        "flat_suspect_s",
        "flat_tolerance",
        "possible_high",
        "possible_low",
        "rate_fail",
        "rate_suspect",
        "reach_s",
        "remembers",
        "series",
        "spike_fail",
        "spike_suspect",
        "spike_width",
        "step",
    )

    def __init__(self, series: Series) -> None:
        limits = series.limits
        self.series = series
        self.cadence_s = series.cadence.total_seconds()
        self.reach_s = self.cadence_s * NEIGHBOUR_CADENCES
        self.remembers = needs_history(limits)
        self.possible_low, self.possible_high = possible_range(series)
        self.expected_low = -inf if limits.suspect_low is None else limits.suspect_low
        self.expected_high = inf if limits.suspect_high is None else limits.suspect_high
        self.rate_suspect = _or_inf(limits.rate_suspect_per_h) / 3600
        self.rate_fail = _or_inf(limits.rate_fail_per_h) / 3600
        self.spike_suspect, self.spike_fail = _or_inf(limits.spike_suspect), _or_inf(limits.spike_fail)
        self.spike_width = max(1, min(_WIDEST_SPIKE, int(_LONGEST_SPIKE_S / self.cadence_s)))
        self.step = min(self._lowest_rate * self.cadence_s, self._lowest_spike)
        self._set_flat(limits)

    def _set_flat(self, limits: QualityLimits) -> None:
        span = flat_span(limits)
        self.flat_tolerance = limits.flat_tolerance if span is not None else None
        self.flat_span_s = 0.0 if span is None else span.total_seconds()
        self.flat_suspect_s = inf if limits.flat_suspect is None else limits.flat_suspect.total_seconds()
        self.flat_fail_s = inf if limits.flat_fail is None else limits.flat_fail.total_seconds()
        self.flat_first_s = min(self.flat_suspect_s, self.flat_fail_s)

    @property
    def _lowest_rate(self) -> float:
        return min(self.rate_suspect, self.rate_fail)

    @property
    def _lowest_spike(self) -> float:
        return min(self.spike_suspect, self.spike_fail)


def _or_inf(limit: float | None) -> float:
    return inf if limit is None else limit
