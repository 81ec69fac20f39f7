"""What the network page has to tell, added to the flood scene: accounts, refusals, clocks, lost readings, doubt."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from dash_app.reading_network import midnight
from domain.readings import QualityFlag, Reading
from storage.accounts import Counts, add_account, add_source_accounts
from storage.database import Database
from storage.network_report import Waiting, save_waiting
from storage.readings import Evidence, add_evidence, store_readings
from storage.rejections import Rejection, reject
from storage.station_clocks import StationClock, save_clocks
from storage.stations import series_ids, set_status
from tests.browser.scene import NOW

MINUTE = timedelta(minutes=1)


def _after_midnight() -> datetime:
    """Now; two minutes before midnight in Huế it waits for it, for the page counts the day of the account."""
    left = midnight(datetime.now(UTC)) + timedelta(days=1) - datetime.now(UTC)
    if left < 2 * MINUTE:
        time.sleep(left.total_seconds() + 1)
    return datetime.now(UTC)


def add_network_troubles(database: Database) -> None:
    """Kim Long lost three numbers and has a doubted reading, Phú Ốc went offline with a clock an hour off."""
    now = _after_midnight()
    with database.transaction() as c:
        numbers = series_ids(c)
        numbered = [1, 2, 3, 7, 8]
        rows = [_reading(NOW + (n + 1) * MINUTE / 10, 5.0, seq) for n, seq in enumerate(numbered)]
        store_readings(c, rows, numbers)
        spike = Evidence(
            series_id=numbers["kim_long", "water_level"],
            observed_at=rows[2].observed_at,
            test="spike",
            flag=QualityFlag.SUSPECT,
            value=5.0,
        )
        add_evidence(c, [spike])
        add_account(
            c, "ews-ingest", now, Counts(received=12345, stored=12000, duplicates=300, revisions=5, rejected=40)
        )
        add_account(c, "replay", now, Counts(received=10, stored=8, duplicates=0, revisions=0, rejected=1))
        by_source = {
            "native": Counts(received=12000, stored=11700, duplicates=260, revisions=5, rejected=35),
            "chirpstack-a-luoi": Counts(received=345, stored=300, duplicates=40, revisions=0, rejected=5),
        }
        add_source_accounts(c, "ews-ingest", now, by_source)
        served = {"native": 4, "chirpstack-a-luoi": 3, "esphome": 0}
        # What waits counts for a minute; a slow browser takes longer to look at everything here.
        save_waiting(c, Waiting(source="ews-ingest", messages=7, at=now + 60 * MINUTE, by_source=served))
        set_status(c, "phu_oc", "offline", now - 90 * MINUTE)
        set_status(c, "kim_long", "online", now - 900 * MINUTE)
        clocks = {"phu_oc": 3605.0, "kim_long": 1.4}
        save_clocks(
            c,
            [
                StationClock(station=name, skew_s=skew, spread_s=1.0, samples=61, updated_at=now)
                for name, skew in clocks.items()
            ],
        )
        reject(
            c,
            [
                Rejection(received_at=now - n * MINUTE, topic=topic, reason=reason, detail=detail, payload=b"{")
                for n, (topic, reason, detail) in enumerate(
                    [
                        ("ews/v1/kim_long/water_level", "not_json", "character 2: <b>unexpected</b> end"),
                        ("ews/v1/kim_long/water_level", "not_json", "older"),
                        ("ews/v1/somewhere/rainfall", "unknown_station", "somewhere is not configured"),
                    ]
                )
            ],
        )


def _reading(at: datetime, value: float, seq: int) -> Reading:
    return Reading(
        station="kim_long",
        quantity="water_level",
        observed_at=at,
        received_at=at,
        value=value,
        flag=QualityFlag.PASS,
        seq=seq,
        battery_v=3.61,
    )
