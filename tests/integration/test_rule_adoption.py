"""Rules adopted with a name and a reason are judged by from the next round on, and say so where they see the past differently."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.alerts import Event, Reason
from domain.errors import ConfigurationError
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from scheduler.judging import judge_stations
from scheduler.service import build_house
from storage import alerts, audit, rule_sets, stations
from storage.database import Database
from storage.readings import store_readings

HOUR = timedelta(hours=1)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    text = (load_settings({}).config_dir / "rules.toml").read_text(encoding="utf-8")
    path = tmp_path / "changed.toml"
    path.write_text(text.replace("hysteresis_m = 0.10", "hysteresis_m = 0.60"), encoding="utf-8")
    return path


def test_adopted_rules_are_in_force_from_the_next_round(
    database: Database, database_url: str, changed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)
    settings = load_settings({}, data_dir=tmp_path)
    kim_long = replace(load_network(settings.config_dir).stations["kim_long"], clock="test")
    now = datetime.now(UTC).replace(microsecond=0)
    house = build_house(settings, database, threading.Event())
    with database.transaction() as c:
        stations.sync_network(c, [kim_long])
        levels = [0.5, 1.2, 0.8, 0.8, 0.8, 0.8]
        rows = [
            Reading(
                station="kim_long", quantity="water_level", observed_at=now + HOUR * (n - len(levels)), received_at=now,
                value=level, flag=QualityFlag.PASS,
            )
            for n, level in enumerate(levels)
        ]  # fmt: skip
        store_readings(c, rows, stations.series_ids(c))
    house.reload_stations()
    judge_stations(house, None, now)
    assert _reasons(database) == [Reason.RAISED, Reason.ENDED]

    run = CliRunner().invoke(app, ["rules", "adopt", str(changed), "--by", "truong_ca", "--reason", "fewer calls"])
    assert run.exit_code == 0, run.output
    judge_stations(house, frozenset(), now)
    assert _reasons(database) == [Reason.RAISED, Reason.ENDED, Reason.RULES_CHANGED]
    assert judge_stations(house, None, now) == 0
    with database.transaction() as c:
        (adopted,) = rule_sets.rule_sets(c)
        assert (adopted.adopted_by, adopted.reason) == ("truong_ca", "fewer calls")
        assert "+hysteresis_m = 0.60" in adopted.difference
        assert audit.entries(c, subject="rules 1")[0].action == "rules_adopted"

    again = CliRunner().invoke(app, ["rules", "adopt", str(changed), "--by", "truong_ca", "--reason", "twice"])
    assert isinstance(again.exception, ConfigurationError)
    assert "in force already" in str(again.exception)
    shown = CliRunner().invoke(app, ["rules", "history", "--diff"])
    assert "fewer calls" in shown.output
    in_force = CliRunner().invoke(app, ["rules", "show", "--json"]).output
    assert '"hysteresis_m": 0.6' in in_force


def test_rules_that_cannot_be_obeyed_any_more_leave_the_old_ones_in_force(database: Database, tmp_path: Path) -> None:
    house = build_house(load_settings({}, data_dir=tmp_path), database, threading.Event())
    before = house.rules
    with database.transaction() as c:
        rule_sets.adopt(c, person="x", reason="of a later version", content="[[rule]]\nkind = 'tide'\n", difference="")
    with database.transaction() as connection:
        assert house.take_adopted_rules(connection) is False
    assert house.rules is before


def _reasons(database: Database) -> list[Reason]:
    with database.transaction() as c:
        found = [alert for alert in alerts.list_alerts(c) if alert.event is Event.FLOOD]
    assert len(found) == 1
    return [version.reason for version in found[0].versions]
