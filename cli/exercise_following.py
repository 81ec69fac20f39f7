"""Whether forecasts keep up with an exercise's clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

#: A forecast without a newer one lapses after so long: a gauge whose newest is older has none to lose.
LAPSES_S = 7200.0


class Following:
    """The gauges whose forecasts the clock waits for: those watched, and those that have one to lose.

    `issued`: of each gauge's newest forecast. `read`: the gauges with a usable reading of `at_s` or later.
    """

    def __init__(self, watched: Collection[str]) -> None:
        self._watched = frozenset(watched)
        self._left = frozenset[str]()

    def all_here(self, issued: Mapping[str, datetime], read: Collection[str], at_s: float) -> bool:
        """Whether every one has a forecast issued at `at_s` or later, but for those that were left behind and are not back."""
        behind = self._behind(issued, read, at_s)
        self._left &= behind
        return behind <= self._left

    def leave_behind(self, issued: Mapping[str, datetime], read: Collection[str], at_s: float) -> None:
        """Wait no more for those whose forecasts have not come, until they have; for the others as before."""
        self._left = self._behind(issued, read, at_s)

    def _behind(self, issued: Mapping[str, datetime], read: Collection[str], at_s: float) -> frozenset[str]:
        """A watched gauge is waited for though it never had a forecast, and one that was left behind until it is back."""
        kept = {name for name, at in issued.items() if at.timestamp() > at_s - LAPSES_S}
        asked = (kept | self._watched | self._left).intersection(read)
        return frozenset(name for name in asked if name not in issued or issued[name].timestamp() < at_s)
