"""A storm over a house that has hardly had an alert: what its rows refer to is found by index."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from alerts.decision import Judged, Rulebook, decide_together
from alerts.recipients import load_recipients
from domain.alerts import Event, Finding, Phase, Step
from domain.network import load_network
from domain.settings import load_settings
from domain.stations import Station
from rules.configuration import load_rules
from storage.database import Connection, Database
from storage.stations import sync_network

CONFIG = load_settings({}).config_dir
NOW = datetime(2025, 10, 27, tzinfo=UTC)
#: In one transaction, often enough that the server keeps what it has thought out.
TOGETHER, TIMES = 20, 3


@pytest.mark.parametrize("database_kind", ["postgresql", "timescaledb"], indirect=True)
def test_no_row_of_a_storm_walks_through_the_table_it_refers_to(database: Database, database_url: str) -> None:
    kim_long = load_network(CONFIG).stations["kim_long"]
    gauges = [replace(kim_long, id=f"g{number:03d}") for number in range(TOGETHER * TIMES + 1)]
    book = Rulebook(
        severities=load_rules(CONFIG / "rules.toml").severities(),
        recipients=load_recipients(CONFIG / "recipients.toml"),
    )
    with database.transaction() as c:
        sync_network(c, gauges)
        _decide(c, gauges[-1:], book)
    with psycopg.connect(database_url, autocommit=True) as c:
        c.execute("vacuum analyze")
    with database.transaction() as c:
        before = _counts(c)
        for first in range(0, TOGETHER * TIMES, TOGETHER):
            _decide(c, gauges[first : first + TOGETHER], book)
        written = {
            name: (rows - before[name][0], walks - before[name][1]) for name, (rows, walks) in _counts(c).items()
        }
    assert written["alert"][0] == written["alert_version"][0] == TOGETHER * TIMES
    assert written["delivery"][0] > TOGETHER * TIMES
    assert max(written[name][1] for name in ("alert", "alert_version")) <= TIMES, "at most once a statement, not a row"


def _counts(connection: Connection) -> dict[str, tuple[int, int]]:
    """By table, rows inserted and walks through all of it, by this connection since it last told the server's statistics."""
    found = connection.execute(
        "select relname, n_tup_ins, seq_scan from pg_stat_xact_user_tables "
        "where relname in ('alert', 'alert_version', 'delivery')"
    )
    return {str(name): (rows, walks) for name, rows, walks in found.fetchall()}


def _decide(connection: Connection, gauges: list[Station], book: Rulebook) -> None:
    judged = [Judged(station=gauge, findings=[_crossed(gauge)], stored=[]) for gauge in gauges]
    assert len(decide_together(connection, judged, book, clock_now=NOW, wall_now=NOW)) == len(gauges)


def _crossed(gauge: Station) -> Finding:
    steps = (Step(at=NOW - timedelta(hours=1), level=0), Step(at=NOW, level=3, value=3.6, threshold=3.5))
    return Finding(
        station=gauge.id, event=Event.FLOOD, phase=Phase.OBSERVED, rule="stage", since=steps[0].at, steps=steps
    )
