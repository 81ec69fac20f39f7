"""When a forecast is due: pure decisions about issue times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.times import floor

#: Live gauges report every ten minutes; a forecast for each report is enough even in a flash flood.
SHORTEST_INTERVAL = timedelta(minutes=10)
_HOUR = timedelta(hours=1)


def nothing_due(newest: datetime, last_issued: datetime | None) -> bool:
    """Whether `issue_times` surely finds nothing, whatever was observed up to `newest`: most gauges at most times."""
    if last_issued is None or newest - last_issued >= SHORTEST_INTERVAL:
        return False
    return newest <= last_issued or floor(newest, _HOUR) == floor(last_issued, _HOUR)


def issue_times(observed: Sequence[datetime], last_issued: datetime | None, *, most: int = 48) -> list[datetime]:
    """The observation times at which a forecast is due, oldest first, at most `most`.

    `observed`: ascending times of the gauge's usable readings. The newest reading is always due when ten minutes or more
    lie between it and the last issue. Where several hours were missed (an outage, a fast replay) the last reading of each
    hour is due too, so that the record of forecasts has no holes and does not depend on how fast readings came in.
    A gauge that never had a forecast starts with its newest reading.
    """
    if not observed:
        return []
    newest = observed[-1]
    if last_issued is None:
        return [newest]
    last_of_hour = {floor(at, _HOUR): at for at in observed if at > last_issued}
    current_hour = floor(newest, _HOUR)
    due = [at for hour, at in last_of_hour.items() if hour != current_hour]
    if newest - last_issued >= SHORTEST_INTERVAL:
        due.append(newest)
    return due[:most]
