"""Rules adopted with a name and a reason are judged by from the next round on, and say so where they see the past differently."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.desk import at_the_desk, rules_in_force
from cli.main import app
from dash_app.rules_in_force import RulesInForce
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.errors import ConfigurationError
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from rules.configuration import load_rules
from scheduler.judging import judge_stations
from scheduler.service import build_house
from scheduler.watching import Watcher, words
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
    assert house.rules_not_obeyed is not None
    assert "tide" in house.rules_not_obeyed
    watcher, now = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0), datetime.now(UTC)
    watcher.look(now)
    (said,) = watcher.look(now)
    assert said.subject == "rules"
    headline, body = words(said, "en")
    assert headline.startswith("System alarm: Adopted rules: cannot be read by this version")
    assert "decided by other rules" in body


def test_an_alert_can_be_answered_while_the_adopted_rules_cannot_be_read(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)
    with database.transaction() as c:
        rule_sets.adopt(c, person="x", reason="of a later version", content="[[rule]]\nkind = 'tide'\n", difference="")
    with at_the_desk("truong_ca", "alerts end") as (_, desk):
        assert desk.rules.severities == load_rules(load_settings({}).config_dir / "rules.toml").severities()


def test_scheduler_pages_and_desk_go_by_the_newest_rules_that_can_be_read(
    database: Database, database_url: str, changed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A running scheduler kept those adopted before; one that was restarted, and every command, went back to rules.toml."""
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)
    wanted = load_rules(changed)
    settings = load_settings({}, data_dir=tmp_path)
    of_the_file = load_rules(settings.config_dir / "rules.toml")
    assert wanted != of_the_file
    with database.transaction() as c:
        for content in (changed.read_text(encoding="utf-8"), "[[rule]]\nkind = 'tide'\n", "[[rule]]\nkind = 'tides'\n"):
            rule_sets.adopt(c, person="x", reason="x", content=content, difference="")
    house = build_house(settings, database, threading.Event())
    with database.transaction() as c:
        assert house.take_adopted_rules(c) is True
        assert house.take_adopted_rules(c) is False
        assert RulesInForce(of_the_file).take(c) == house.rules == wanted
    assert "tides" in str(house.rules_not_obeyed), "of the newest"
    with at_the_desk("truong_ca", "alerts end") as (connection, _):
        assert rules_in_force(connection, settings.config_dir) == wanted


def test_what_somebody_adopted_meanwhile_is_not_undone_unseen(
    database: Database, database_url: str, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)
    text = changed.read_text(encoding="utf-8")
    with database.transaction() as c:
        number = rule_sets.adopt(c, person="other", reason="x", content=text + "# other\n", difference="")
    hour_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(changed, (hour_ago, hour_ago))
    command = ["rules", "adopt", str(changed), "--by", "truong_ca", "--reason", "mine"]
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, ConfigurationError)
    assert "adopted by other" in str(refused.exception)
    assert isinstance(CliRunner().invoke(app, [*command, "--base", str(number - 1)]).exception, ConfigurationError)
    assert CliRunner().invoke(app, [*command, "--base", str(number)]).exit_code == 0
    shown = CliRunner().invoke(app, ["rules", "show", "--number", str(number), "--toml"])
    assert shown.output == text + "# other\n"
    missing = CliRunner().invoke(app, ["rules", "show", "--number", "99", "--toml"])
    assert isinstance(missing.exception, ConfigurationError)


def test_running_alerts_that_no_new_rule_can_end_are_named(
    database: Database, database_url: str, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)
    now = datetime.now(UTC).replace(microsecond=0)
    with database.transaction() as c:
        stations.sync_network(c, [load_network(load_settings({}).config_dir).stations["kim_long"]])
        alerts.save_alert(c, _running(Event.RAPID_RISE, now))
        alerts.save_alert(c, _running(Event.FLOOD, now))
    text = changed.read_text(encoding="utf-8")
    elsewhere = text.replace('name = "rate_of_rise"', 'name = "rate_of_rise"\nstations = ["phu_oc"]')
    changed.write_text(elsewhere, encoding="utf-8")
    trial = CliRunner().invoke(app, ["rules", "backtest", "--rules", str(changed), "--from", "1d"])
    adopted = CliRunner().invoke(app, ["rules", "adopt", str(changed), "--by", "truong_ca", "--reason", "x"])
    for said in (trial.output, adopted.output):
        assert "none of these rules can end 1 running alerts" in said
        assert "kim_long.rapid_rise" in said
        assert "kim_long.flood" not in said


def _running(event: Event, at: datetime) -> Alert:
    version = AlertVersion(
        number=1, reason=Reason.RAISED, at=at, decided_at=at, level=1, severity=Severity.MINOR, phase=Phase.OBSERVED,
        value=None, threshold=None,
    )  # fmt: skip
    return Alert(
        identifier=f"hue-ews.kim_long.{event}.x", station="kim_long", event=event, state=AlertState.ACTIVE,
        severity=Severity.MINOR, level=1, phase=Phase.OBSERVED, raised_at=at, ended_at=None, versions=(version,),
    )  # fmt: skip


def _reasons(database: Database) -> list[Reason]:
    with database.transaction() as c:
        found = [alert for alert in alerts.list_alerts(c) if alert.event is Event.FLOOD]
    assert len(found) == 1
    return [version.reason for version in found[0].versions]
