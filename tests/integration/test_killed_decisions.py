"""A process that decides is killed again and again: nothing is lost, nothing is decided or queued twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta

from domain.network import load_network
from domain.settings import load_settings
from domain.warnings import WarningState
from storage import alerts, audit, deliveries, public_warnings, stations, tellings
from storage.database import Database

START = datetime(2025, 10, 26, tzinfo=UTC)
#: A flood with a forecast, a fall below BĐ3 that the forecast holds, a second rise, and its end.
LEVELS = [0, 1, 2, 3, 3, 2, 2, 3, 4, 3, 2, 2, 1, 1, 0, 0]
KILLS = 4
#: What the database server calls the connections of a process that decides.
NAME = "killed-decider"

WORKER = """
from datetime import datetime, timedelta
import sys
from alerts.decision import Judged, Rulebook, decide_together
from alerts.drafting import write_due
from alerts.recipients import load_recipients
from alerts.telling_policy import load_telling
from domain.alerts import Event, Finding, Phase, Step
from domain.settings import load_settings
from rules.configuration import load_rules
from storage.alerts import alerts_of, list_alerts
from storage.database import Database
from storage.stations import load_stations

start, levels = datetime.fromisoformat(sys.argv[2]), [int(level) for level in sys.argv[3].split()]
config = load_settings({}).config_dir
book = Rulebook(
    severities=load_rules(config / "rules.toml").severities(),
    recipients=load_recipients(config / "recipients.toml"),
    telling=load_telling(config / "alerts.toml"),
)
steps = [
    Step(at=start + timedelta(hours=n), level=level)
    for n, level in enumerate(levels)
    if n == 0 or level != levels[n - 1]
]
with Database(sys.argv[1], max_size=1) as database:
    with database.transaction() as connection:
        decided = sum(len(alert.versions) for alert in list_alerts(connection))
        known_stations = load_stations(connection)
        write_due(connection, known_stations, book.telling, start)
    for known in range(decided + 1, len(steps) + 1):  # readings do not go away; the last decision is repeated
        now = steps[known - 1].at
        with database.transaction() as connection:
            station = known_stations["kim_long"]
            found = Finding(
                station=station.id, event=Event.FLOOD, phase=Phase.OBSERVED, rule="stage", since=start,
                steps=tuple(steps[:known]),
            )
            stored = alerts_of(connection, station.id, Event.FLOOD, start)
            judged = Judged(station=station, findings=[found], stored=stored)
            decide_together(connection, [judged], book, clock_now=now, wall_now=now)
        with database.transaction() as connection:
            write_due(connection, known_stations, book.telling, now)
print("done")
"""


def test_kill_9_in_each_state_of_an_alert_leaves_every_decision_whole_or_not_there(
    database: Database, database_url: str
) -> None:
    with database.transaction() as c:
        stations.sync_network(c, [load_network(load_settings({}).config_dir).stations["kim_long"]])
    for kill in range(KILLS):
        before = _versions(database)
        worker = _begin(database_url)
        until = time.monotonic() + 60
        while worker.poll() is None and _versions(database) == before and time.monotonic() < until:
            time.sleep(0.002 * (kill % 3))
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        _wait_for_its_servers_end(database)
        _everything_belongs_together(database)
    out, _ = _begin(database_url).communicate(timeout=300)
    assert "done" in out
    _everything_belongs_together(database)
    with database.transaction() as c:
        (alert,) = alerts.list_alerts(c)
        drafts = public_warnings.warnings(c)
        assert 1 <= len(drafts) <= 2, "one for each time that the water stood at BĐ3, if anybody lived to write it then"
        assert {draft.state for draft in drafts} == {WarningState.CANCELLED}
        assert public_warnings.due(c, 0, 1) == []
    told = [((v.at - START) / timedelta(hours=1), v.reason.value, v.level) for v in alert.versions]
    assert told == [
        (1, "raised", 1),
        (2, "upgraded", 2),
        (3, "upgraded", 3),
        (5, "downgraded", 2),
        (7, "upgraded", 3),
        (8, "upgraded", 4),
        (9, "downgraded", 3),
        (10, "downgraded", 2),
        (12, "downgraded", 1),
        (14, "ended", 0),
    ]


def _begin(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(WORKER), url, START.isoformat(), " ".join(map(str, LEVELS))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PGAPPNAME": NAME})


def _wait_for_its_servers_end(database: Database) -> None:
    """A commit that was under way at the kill still comes: until its server process has ended, a look sees half of it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with database.transaction() as c:
            (count,) = c.execute(
                "select count(*) from pg_stat_activity where application_name = %s", (NAME,)
            ).fetchall()[0]
        if count == 0:
            return
        time.sleep(0.01)
    raise AssertionError("the server still works for a process that was killed a minute ago")


def _versions(database: Database) -> int:
    with database.transaction() as c:
        return sum(len(alert.versions) for alert in alerts.list_alerts(c))


def _everything_belongs_together(database: Database) -> None:
    """Each stored version has its reason, its audit entry, and its messages once."""
    with database.transaction() as c:
        for alert in alerts.list_alerts(c):
            numbers = [version.number for version in alert.versions]
            assert numbers == list(range(1, len(numbers) + 1))
            why = tellings.tellings_of(c, [alert.identifier]).get(alert.identifier, [])
            assert [telling.version for telling in why] == numbers
            written = [e for e in audit.entries(c, subject=alert.identifier, limit=1000) if e.actor == "scheduler"]
            assert sorted(int(str(e.detail["version"])) for e in written) == numbers
            rows = [(d.version, d.recipient, d.channel) for d in deliveries.deliveries_of(c, alert.identifier)]
            assert len(set(rows)) == len(rows)
            drafted = {d.content.alert_version for d in public_warnings.warnings(c, alerts=[alert.identifier])}
            if alert.level >= 3 and alert.ended_at is None:
                assert drafted == {numbers[-1]} or alert.identifier in [
                    name for _, name in public_warnings.due(c, 0, 9)
                ]
            assert {row[0] for row in rows} == {telling.version for telling in why if telling.told}
