"""What earlier years had in each month of the year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.readings import QualityFlag
from domain.times import HUE_TIME
from storage.database import Connection
from storage.queries import query

#: Station, quantity, month (1 to 12), how many years, lowest and highest value.
MonthRow = tuple[str, str, int, int, float, float]


def month_climates(connection: Connection, series: Sequence[tuple[str, str]], before: datetime) -> list[MonthRow]:
    """For these series (station and quantity) the span of passed readings of each month in the years before that of `before`.

    Years and months as in Huế. Reads the whole history: for a job once a day.
    """
    local = before.astimezone(HUE_TIME)
    year_begins = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    parameters = {
        "stations": [station for station, _ in series],
        "quantities": [quantity for _, quantity in series],
        "offset": HUE_TIME.utcoffset(None),
        "before": year_begins,
        "passed": [QualityFlag.PASS.value, QualityFlag.NOT_EVALUATED.value],
    }
    return connection.execute(query("month_climates"), parameters).fetchall()
