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
from storage.deliveries import overtake
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


@pytest.mark.parametrize("deferred", [False, True])
def test_what_waits_in_a_storm_is_not_joined_each_with_each(database: Database, *, deferred: bool) -> None:
    """The statistics are those of calm weather, in which nothing waits; half a day of a storm waits for its second version."""
    row = (
        "insert into delivery (alert, version, recipient, channel, lane, language, state, due_at, at, deferred) "
        "select a.identifier, v.number, 'r' || n, 'sms', 'duty', 'vi', %(state)s, "
        "%(now)s + case when v.number = 1 and %(deferred)s then interval '5 hours' else interval '0' end, %(now)s, "
        "v.number = 1 and %(deferred)s from alert a cross join generate_series(%(first)s::integer, %(last)s::integer) n "
        "cross join unnest(%(numbers)s::integer[]) as v (number)"
    )
    with database.transaction() as c:
        sync_network(c, [load_network(CONFIG).stations["kim_long"]])
        c.execute(
            "insert into alert (identifier, station, event, state, severity, level, phase, raised_at, ended_at) "
            "select 'a' || n, 'kim_long', 'flood', 'ended', 'Minor', 1, 'observed', %s, %s from generate_series(1, 500) n",
            (NOW, NOW),
        )
        common = {"now": NOW, "deferred": deferred}
        c.execute(row, common | {"state": "sent", "first": 1, "last": 100, "numbers": [1]})
    with database.transaction() as c:
        c.execute("alter table delivery set (autovacuum_enabled = off)")
        c.execute("analyze delivery")
    with database.transaction() as c:
        numbers = [1, 2] if deferred else [2]
        c.execute(row, common | {"state": "waiting", "first": 101, "last": 140, "numbers": numbers})
        c.execute("set local statement_timeout = '20s'")
        overtake(c, NOW)
        counted = c.execute("select state, count(*) from delivery where version = 1 group by state").fetchall()
    assert dict(counted) == ({"sent": 50_000, "overtaken": 20_000} if deferred else {"sent": 50_000})
