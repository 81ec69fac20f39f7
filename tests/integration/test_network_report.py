"""What the network page reads from a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dash_app.reading_network import midnight, read_network
from dash_app.reading_overview import read_overview
from domain.readings import QualityFlag
from domain.settings import load_settings
from rules.configuration import load_rules
from storage.accounts import Counts, add_source_accounts
from storage.database import Database
from storage.network_report import Waiting, save_waiting
from tests.browser import scene
from tests.browser.network_scene import add_network_troubles


def test_the_page_reads_what_was_stored(database: Database) -> None:
    scene.flood(database)
    add_network_troubles(database)
    rules = load_rules(load_settings({}).config_dir / "rules.toml")
    now = datetime.now(UTC)
    with database.transaction() as c:
        more = {"native": Counts(received=5, stored=4, duplicates=0, revisions=0, rejected=0)}
        add_source_accounts(c, "ews-ingest:2", now, more)
        gone = Waiting(source="gone", messages=5, at=now - timedelta(hours=1), by_source={"native": 5})
        save_waiting(c, gone)
        view = read_network(c, read_overview(c, rules, now))

    by_source = {one.source: one for one in view.sources}
    assert (by_source["native"].counts.received, by_source["native"].waiting) == (12_005, 4)
    assert by_source["native"].broken_hours == 1
    assert (by_source["esphome"].counts.received, by_source["esphome"].waiting) == (0, 0)
    assert by_source["chirpstack-a-luoi"].counts.balanced

    by_name = {one.source: one for one in view.workers}
    assert by_name["ews-ingest"].counts.balanced
    assert (by_name["ews-ingest"].waiting, by_name["gone"].waiting) == (7, None)
    assert by_name["replay"].broken_hours == 1

    links = {link.station.id: link for link in view.stations}
    kim_long = links["kim_long"]
    level = kim_long.series[0]
    assert (level.quantity, level.sent, level.stored, level.missing) == ("water_level", 8, 5, ((4, 6),))
    assert kim_long.battery_v is not None
    assert round(kim_long.battery_v, 2) == 3.61
    assert level.flags[QualityFlag.SUSPECT] == 1
    assert (kim_long.status, links["phu_oc"].status, links["phu_oc"].skew_s) == ("online", "offline", 3605.0)
    silent = links["cau_truoi"]
    assert silent.silent
    assert silent.absent == 42
    assert view.stations[0].station.id == "cau_truoi"
    assert [(one.reason, one.count, one.detail) for one in view.reasons] == [
        ("not_json", 2, "character 2: <b>unexpected</b> end"),
        ("unknown_station", 1, "somewhere is not configured"),
    ]
    assert [(one.station, one.test) for one in view.findings] == [("kim_long", "spike")]


def test_midnight_is_that_of_hue() -> None:
    assert midnight(datetime(2025, 10, 27, 16, 59, tzinfo=UTC)) == datetime(2025, 10, 26, 17, tzinfo=UTC)
    assert midnight(datetime(2025, 10, 27, 17, 0, tzinfo=UTC)) == datetime(2025, 10, 27, 17, tzinfo=UTC)
