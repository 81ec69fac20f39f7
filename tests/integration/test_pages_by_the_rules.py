"""What the pages say of stations in a real database: by the rules in force, of this hour, and of every sensor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dash_app.feed import Feed
from dash_app.reading_network import read_network
from dash_app.reading_overview import read_overview
from dash_app.reading_weather import read_air
from dash_app.snapshot import Overview, StationNow
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from domain.stations import Station
from rules.configuration import load_rules
from storage import rule_sets
from storage.database import Database
from storage.readings import store_readings
from storage.stations import series_ids, sync_network

CONFIG = load_settings({}).config_dir
RULES = load_rules(CONFIG / "rules.toml")
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def station(name: str) -> Station:
    return replace(load_network(CONFIG).stations[name], clock="live")


def store(database: Database, place: Station, readings: Iterable[tuple[str, timedelta, float, QualityFlag]]) -> None:
    """(quantity, age, value, flag)."""
    rows = [
        Reading(
            station=place.id, quantity=quantity, observed_at=NOW - age, received_at=NOW - age, value=value, flag=flag
        )
        for quantity, age, value, flag in readings
    ]
    with database.transaction() as c:
        sync_network(c, [place])
        store_readings(c, rows, series_ids(c))


def seen(overview: Overview | None, name: str) -> StationNow:
    assert overview is not None
    found = overview.station(name)
    assert found is not None
    return found


def adopt(database: Database, *changes: tuple[str, str]) -> None:
    text = (CONFIG / "rules.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with database.transaction() as c:
        rule_sets.adopt(c, person="truong_ca", reason="đợt mưa", content=text, difference="")


def renewed(feed: Feed) -> Overview | None:
    """What the next who looks is told."""
    feed._bump()
    return feed.overview()


def test_pages_tell_classes_by_the_rules_that_were_adopted(database: Database) -> None:
    gauge = station("rain_bach_ma")
    store(database, gauge, [("rainfall", timedelta(minutes=m), 10.0, QualityFlag.PASS) for m in (10, 20, 30)])
    feed, moment = Feed(database, RULES), NOW - timedelta(minutes=5)
    before, then = seen(feed.overview(), gauge.id), seen(feed.overview_at(moment), gauge.id)
    assert (before.rain_levels[24], then.rain_levels[24]) == (1, 1)

    adopt(
        database,
        ("hours = 24, thresholds_mm = [16.0, 50.0, 100.0]", "hours = 24, thresholds_mm = [5.0, 10.0, 20.0]"),
    )
    after = seen(renewed(feed), gauge.id)
    assert after.rain_levels[24] == 3
    assert feed.rules is not RULES, "the sheets judge by them too"
    assert seen(feed.overview_at(moment), gauge.id).rain_levels[24] == 3, "a screen of before, read by other rules"
    assert seen(Feed(database, RULES).overview(), gauge.id).rain_levels[24] == 3, "and a new process does"


def test_rules_that_this_version_cannot_read_leave_those_before(database: Database) -> None:
    feed = Feed(database, RULES)
    with database.transaction() as c:
        rule_sets.adopt(c, person="x", reason="of a later version", content="[[rule]]\nkind = 'tide'\n", difference="")
    assert renewed(feed) is not None
    assert feed.rules is RULES


def dust(hours: range, flag: QualityFlag) -> list[tuple[str, timedelta, float, QualityFlag]]:
    return [("pm2_5", h * HOUR + timedelta(minutes=m), 200.0, flag) for h in hours for m in (5, 25, 45)]


@pytest.mark.parametrize(("since_h", "known"), [(0, True), (10, False)])
def test_an_index_of_before_the_dust_failed_is_not_that_of_now(database: Database, since_h: int, known: bool) -> None:
    place = station("air_phu_bai")
    gases = [("no2", timedelta(minutes=m), 20.0, QualityFlag.PASS) for m in range(3, 600, 20)]
    store(
        database,
        place,
        [*gases, *dust(range(since_h), QualityFlag.FAIL), *dust(range(since_h, 24), QualityFlag.PASS)],
    )
    with database.transaction() as c:
        overview = read_overview(c, RULES, NOW)
        now, (air,) = seen(overview, place.id), read_air(c, overview, RULES)
    assert (now.aqi is not None) is known
    assert (now.level is not None) is known
    assert air.hours, "what was known stands among the hours"


def test_a_dead_sensor_of_a_station_that_is_heard_is_named(database: Database) -> None:
    place = station("air_phu_bai")
    alive = [s.quantity for s in place.series if s.quantity != "no2"]
    fresh = [(quantity, timedelta(minutes=1), 30.0, QualityFlag.PASS) for quantity in alive]
    store(database, place, [*fresh, ("no2", timedelta(days=3), 20.0, QualityFlag.PASS)])
    with database.transaction() as c:
        (link,) = read_network(c, read_overview(c, RULES, NOW)).stations
    assert (link.silent, link.dead) == (False, ("no2",))


def test_a_silent_station_is_as_old_as_what_it_is_silent_by(database: Database) -> None:
    place = station("air_phu_bai")
    store(
        database,
        place,
        [("no2", timedelta(minutes=1), 20.0, QualityFlag.PASS), ("pm2_5", 30 * HOUR, 20.0, QualityFlag.PASS)],
    )
    with database.transaction() as c:
        (link,) = read_network(c, read_overview(c, RULES, NOW)).stations
    assert (link.silent, link.age) == (True, 30 * HOUR)
