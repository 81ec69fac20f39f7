"""What the doctor says of what it finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.doctor import (
    accounts_line,
    clock_line,
    disk_line,
    examine,
    job_line,
    rejected_line,
    schema_line,
)
from cli.doctor_broker import broker_as_watched_line, broker_line
from cli.doctor_line import Verdict
from cli.doctor_rules import rules_line
from domain.errors import ConfigurationError
from domain.settings import Settings, load_settings
from storage.accounts import Account, Counts
from storage.jobs import JobRun
from storage.rejected_room import Kept
from storage.rule_sets import AdoptedRules
from storage.watch_alarms import WatchAlarm

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def run(last_success_at: datetime | None, error: str | None = None) -> JobRun:
    return JobRun(
        job="judge",
        every=timedelta(minutes=1),
        last_started_at=NOW - timedelta(hours=1),
        last_success_at=last_success_at,
        last_error=error,
    )


def test_a_pending_migration_is_a_problem_with_its_remedy() -> None:
    line = schema_line(["0001.readings"], ["0002.forecasts_and_alerts"])
    assert line.verdict is Verdict.PROBLEM
    assert line.remedy == "run `ews migrate`"
    assert "0002.forecasts_and_alerts" in line.found
    assert schema_line(["0001.readings"], []).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("ahead_s", "verdict"),
    [(0.0, "ok"), (-5.0, "ok"), (5.1, "warning"), (-120.0, "warning"), (121.0, "problem"), (-3600.0, "problem")],
)
def test_clocks_that_disagree(ahead_s: float, verdict: str) -> None:
    assert clock_line(NOW, timedelta(seconds=ahead_s)).verdict == verdict


def test_a_machine_that_lost_its_clock() -> None:
    assert clock_line(datetime(1970, 1, 1, tzinfo=UTC), None).verdict is Verdict.PROBLEM
    assert clock_line(NOW, None).verdict is Verdict.OK


@pytest.mark.parametrize(("free", "verdict"), [(4e8, "problem"), (4.9e9, "warning"), (5e9, "ok")])
def test_room_on_the_disk(free: float, verdict: str) -> None:
    assert disk_line(Path("/data"), int(free)).verdict == verdict


def test_a_certificate_that_ends_soon() -> None:
    for ends, verdict in ((None, "ok"), (NOW + timedelta(days=22), "ok"), (NOW + timedelta(days=20), "warning")):
        assert broker_line(ends, NOW).verdict == verdict
    assert "2026-11-23 13:00+07:00" in broker_line(NOW + timedelta(days=1), NOW).found


@pytest.mark.parametrize(("size", "verdict"), [(0, "ok"), (899_999_999, "ok"), (900_000_000, "warning")])
def test_room_for_rejected_messages(size: int, verdict: str) -> None:
    line = rejected_line(Kept(7, 5, size), 1000)
    assert line.verdict == verdict
    assert "7 messages kept, 5 not read again" in line.found


def test_an_hour_that_does_not_add_up_is_a_problem() -> None:
    assert accounts_line([]).verdict is Verdict.OK
    counts = Counts(received=2, stored=1, duplicates=0, revisions=0, rejected=0)
    line = accounts_line([Account(source="ews-ingest", hour=NOW, counts=counts)])
    assert line.verdict is Verdict.PROBLEM
    assert "2026-11-22 13:00+07:00 of ews-ingest" in line.found


def test_a_job_is_overdue_after_three_intervals() -> None:
    assert job_line(run(NOW - timedelta(minutes=3)), NOW).verdict is Verdict.OK
    assert job_line(run(NOW - timedelta(minutes=3, seconds=1)), NOW).verdict is Verdict.WARNING
    never = job_line(run(None, "the database is away"), NOW)
    assert never.verdict is Verdict.WARNING
    assert "never" in never.found
    assert "the database is away" in never.found


def test_wrong_settings_are_a_problem_not_a_crash(capsys: pytest.CaptureFixture[str]) -> None:
    def load() -> Settings:
        raise ConfigurationError(place="environment", key="EWS_X", value="1", remedy="unknown setting")

    assert examine(load) == 1
    assert capsys.readouterr().out.startswith("settings      problem  environment: EWS_X = '1': unknown setting →")


def test_a_wrong_configuration_file_is_a_problem_and_the_rest_is_still_examined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stations.toml").write_text("region = 1\n")
    settings = Settings(config_dir=tmp_path, data_dir=tmp_path / "data")
    assert examine(lambda: settings) == 1
    said = capsys.readouterr().out
    assert "configuration problem" in said
    assert str(tmp_path / "stations.toml") in said
    for subject in ("database", "broker", "clock", "disk"):
        assert f"\n{subject}" in said


def test_a_broker_whose_address_is_not_set_is_as_the_watcher_says() -> None:
    """On a host of the pages alone EWS_MQTT_URL is not set: the broker is no embedded one that somebody forgot to start."""
    deliver = JobRun(
        job="deliver", every=timedelta(seconds=2), last_started_at=NOW, last_success_at=NOW, last_error=None
    )
    away = WatchAlarm(subject="broker", since=NOW, until=None, found="does not answer: x")
    assert broker_as_watched_line([], deliver, NOW).verdict is Verdict.OK
    problem = broker_as_watched_line([away], deliver, NOW)
    assert (problem.verdict, "2026-11-22 13:00+07:00: does not answer: x" in problem.found) == (Verdict.PROBLEM, True)
    late = broker_as_watched_line([], deliver, NOW + timedelta(minutes=5))
    assert (late.verdict, "no scheduler watches it" in late.found) == (Verdict.WARNING, True)
    assert broker_as_watched_line([], None, NOW).verdict is Verdict.WARNING


def test_an_edit_of_the_file_that_is_not_in_force_is_said() -> None:
    text = (load_settings({}).config_dir / "rules.toml").read_text(encoding="utf-8")
    adopted = AdoptedRules(
        number=4, adopted_at=NOW, adopted_by="truong_ca", reason="x", content=text, difference="-a\n+b"
    )
    assert rules_line(None, text).verdict is Verdict.OK
    assert rules_line(adopted, text).verdict is Verdict.OK
    differs = rules_line(adopted, text + "# later\n")
    assert differs.verdict is Verdict.WARNING
    assert "number 4, adopted by truong_ca at 2026-11-22 13:00" in differs.found
    assert "rules.toml differs and is not in force" in differs.found


def test_adopted_rules_that_this_version_cannot_read_are_a_problem() -> None:
    tide = AdoptedRules(
        number=4, adopted_at=NOW, adopted_by="x", reason="x", content="[[rule]]\nkind = 'tide'\n", difference=""
    )
    line = rules_line(tide, "")
    assert line.verdict is Verdict.PROBLEM
    assert "cannot be read by this version" in line.found
    assert "ews rules show --number 4 --toml" in line.remedy
