"""What people type: help, errors, options, tables."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.main import app
from cli.options import ago, moment
from cli.tables import measured, table, when
from domain.errors import ConfigurationError

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def ews(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "EWS_DATA_DIR": str(cwd / "data"), **environment}
    command = [sys.executable, "-P", "-m", "cli", *arguments]
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=60, check=False)


def commands(group: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and sub-command."""
    found = getattr(group, "commands", None)
    if found is None:
        return [path]
    own = [path] if path and getattr(group, "invoke_without_command", False) else []
    return own + [inner for name, command in found.items() for inner in commands(command, (*path, name))]


ALL_COMMANDS = commands(typer.main.get_command(app))


@pytest.mark.parametrize("path", ALL_COMMANDS, ids=" ".join)
def test_every_command_and_option_explains_itself(path: tuple[str, ...]) -> None:
    command = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]  # type: ignore[attr-defined]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), (path, parameter.name)
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0


def test_the_promised_commands_are_there() -> None:
    assert {path[0] for path in ALL_COMMANDS} >= {
        "demo", "up", "migrate", "ingest", "scheduler", "web", "simulate", "replay", "alerts", "rejected", "stations",
        "doctor", "version",
    }  # fmt: skip


def test_help_loads_no_large_library(tmp_path: Path) -> None:
    """So it answers at once, 0.2 s on an idle machine."""
    assert ews("--help", cwd=tmp_path).returncode == 0
    code = "import sys, cli.main; print([m for m in ('pandas', 'psycopg', 'pydantic', 'dash', 'paho', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("asked", ["", "2"])
def test_linear_algebra_takes_one_core_unless_asked_otherwise(asked: str) -> None:
    code = "import cli, numpy, threadpoolctl; print(*{pool['num_threads'] for pool in threadpoolctl.threadpool_info()})"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    if asked:
        environment["OPENBLAS_NUM_THREADS"] = asked
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (asked or "1")


@pytest.mark.parametrize("command", ["up", "demo", "migrate", "alerts", "stations"])
def test_an_unknown_setting_is_one_line_and_exit_code_2(tmp_path: Path, command: str) -> None:
    result = ews(command, cwd=tmp_path, EWS_DATABSE_URL="postgresql:///x")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("ews: environment: EWS_DATABSE_URL = '…': unknown setting")
    assert result.stderr.count("\n") == 1


def test_a_migration_that_may_not_wait_says_at_once_that_the_server_is_away(tmp_path: Path) -> None:
    result = ews("migrate", "--wait", "0", cwd=tmp_path, EWS_DATABASE_URL="postgresql://x@127.0.0.1:9/x")
    assert result.returncode == 2
    assert result.stderr.startswith("ews: the database is not available")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EWS_HTTP_PORT", "70000"),
        ("EWS_MQTT_URL", "http://x"),
        ("EWS_UNKNOWN_STATIONS", "maybe"),
        ("EWS_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_names_itself(tmp_path: Path, variable: str, value: str) -> None:
    result = ews("up", cwd=tmp_path, **{variable: value})
    assert result.returncode == 2
    assert variable in result.stderr
    assert value in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_has_run_yet(tmp_path: Path) -> None:
    for command in (["alerts"], ["stations"], ["rejected"]):
        result = ews(*command, cwd=tmp_path)
        assert result.returncode == 2
        assert "nothing has run in" in result.stderr
        assert "ews demo" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_worker_without_services_says_what_to_start(tmp_path: Path) -> None:
    result = ews("ingest", cwd=tmp_path)
    assert result.returncode == 2
    assert "no services run on" in result.stderr


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = ews("up", cwd=tmp_path, EWS_DATA_DIR=str(tmp_path / "file" / "data"))
    assert result.returncode == 2
    assert "EWS_DATA_DIR" in result.stderr


def test_a_folder_named_like_a_room_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "__init__.py").write_text("raise SystemExit('wrong domain')")
    assert "unknown setting" in ews("alerts", cwd=tmp_path, EWS_X="1").stderr


def test_usage_errors_exit_with_2(tmp_path: Path) -> None:
    for arguments in (["demo", "--minutes", "0"], ["nothing"], ["replay"], ["demo", "--speed", "0"]):
        assert ews(*arguments, cwd=tmp_path).returncode == 2


def test_replay_refuses_a_record_that_is_not_there(tmp_path: Path) -> None:
    result = ews("replay", "no.toml", cwd=tmp_path)
    assert result.returncode == 2
    assert "no.toml" in result.stderr
    assert result.stderr.count("\n") == 1


def test_times_are_read_as_hue_time_unless_they_say_otherwise() -> None:
    assert moment("--from", "2010-10-04") == datetime(2010, 10, 3, 17, tzinfo=UTC)
    assert moment("--from", "2010-10-04T06:00") == datetime(2010, 10, 3, 23, tzinfo=UTC)
    assert moment("--from", "2010-10-04T06:00Z") == datetime(2010, 10, 4, 6, tzinfo=UTC)
    assert moment("--from", None) is None


@pytest.mark.parametrize(
    ("text", "span"), [("90m", timedelta(minutes=90)), ("36h", timedelta(hours=36)), ("7d", timedelta(days=7))]
)
def test_spans_count_back_from_now(text: str, span: timedelta) -> None:
    assert ago("--since", text, NOW) == NOW - span


@pytest.mark.parametrize("text", ["yesterday", "7w", "", "h", "4/10/2010"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write 2010-10-04"):
        ago("--since", text, NOW)


def test_tables_align_vietnamese_letters() -> None:
    rows = [("Ba Đồn", "1.25"), ("Lê\u0323 Thu\u0309y", "2")]  # the second with combining marks
    assert table(("name", "m"), rows).splitlines() == ["name     m", "Ba Đồn   1.25", "Lê\u0323 Thu\u0309y  2"]


def test_cells_for_people() -> None:
    assert when(datetime(2010, 10, 3, 23, tzinfo=UTC)) == "2010-10-04 06:00+07:00"
    assert when(None) == ""
    assert measured(0.0) == "0.00"
    assert measured(None) == ""
