"""What the pages are measured with: thousands of stations, a day of their readings, and one reading more."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from servers import LEVEL_LIMITS

from domain.readings import QualityFlag, Reading
from domain.stations import Series, StageThresholds, Station, StationKind
from storage.database import Database
from storage.notifications import READINGS, notify_names
from storage.readings import store_readings
from storage.stations import series_ids, sync_network

_MAIN = {
    StationKind.RIVER: "water_level",
    StationKind.RAIN: "rainfall",
    StationKind.AIR: "pm2_5",
    StationKind.WIND: "wind_speed",
}
_LEVELS = StageThresholds(
    valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
    datum="0",
    bd1_m=1.0,
    bd2_m=2.0,
    bd3_m=3.5,
    source="benchmark",
    verified=True,
)
#: A day of readings every ten minutes (hourly for air), told in time; levels between 0.2 and 2.4 m.
_FILL = """
insert into reading (series_id, observed_at, received_at, value, flag)
select s.id, at, at + interval '5 seconds', 0.2 + (s.id %% 20) / 10.0 + 0.2 * sin(extract(epoch from at) / 9000), 1
from series s
join station on station.id = s.station
cross join lateral generate_series(
    %(now)s::timestamptz - interval '24 hours', %(now)s::timestamptz,
    case station.kind when 'air' then interval '1 hour' else interval '10 minutes' end) as at;
"""
_LATEST = """
insert into series_latest (series_id, observed_at, received_at, value, flag)
select distinct on (series_id) series_id, observed_at, received_at, value, flag from reading order by series_id, observed_at desc
on conflict (series_id) do nothing;
insert into series_first (series_id, received_at) select series_id, min(received_at) from reading group by series_id
on conflict (series_id) do nothing;
"""


def _station(number: int, count: int) -> Station:
    kind = (
        StationKind.RIVER,
        StationKind.RIVER,
        StationKind.RAIN,
        StationKind.RAIN,
        StationKind.AIR,
        StationKind.WIND,
    )[number % 6]
    side = int(count**0.5) + 1
    minutes = 60 if kind is StationKind.AIR else 10
    return Station(
        id=f"p{number}",
        name_vi=f"Trạm {number}",
        name_en=f"Station {number}",
        kind=kind,
        lat=16.02 + 0.7 * (number // side) / side,
        lon=107.05 + 1.1 * (number % side) / side,
        series=(Series(quantity=_MAIN[kind], cadence=timedelta(minutes=minutes), limits=LEVEL_LIMITS),),
        thresholds=(_LEVELS,) if kind is StationKind.RIVER else (),
        simulated=True,
        verified=False,
        source="benchmark",
    )


def fill(database: Database, count: int) -> None:
    """`count` stations and a day of their readings."""
    with database.transaction() as c:
        c.execute("delete from station")
        sync_network(c, [_station(n, count) for n in range(count)])
        c.execute(_FILL, {"now": datetime.now(UTC)})
        c.execute(_LATEST)
        c.execute("analyze")


def tell(database: Database, value: float) -> float:
    """Store and announce one level of the first gauge; return the time of the commit."""
    now = datetime.now(UTC)
    row = Reading(
        station="p0", quantity="water_level", observed_at=now, received_at=now, value=value, flag=QualityFlag.PASS
    )
    with database.transaction() as c:
        store_readings(c, [row], series_ids(c))
        notify_names(c, READINGS, ["p0/water_level"])
    return time.time()
