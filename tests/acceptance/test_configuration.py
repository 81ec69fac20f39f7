"""A wrong configuration is refused at start with file, key, value and remedy; the doctor says the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance.running import Ews

SHIPPED = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def config(ews: Ews) -> Path:
    """A copy of the shipped configuration that `ews` uses."""
    folder = ews.folder / "config"
    shutil.copytree(SHIPPED, folder)
    ews.environment["EWS_CONFIG_DIR"] = str(folder)
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "written", "named"),
    [
        ("stations.toml", ('id = "kim_long"', 'id = "Kim Long"'), "id"),
        ("stations.toml", ("lat = ", "latitude = "), "latitude"),
        ("rules.toml", ("hysteresis_m = 0.10", 'hysteresis_m = "some"'), "hysteresis_m"),
        ("recipients.toml", ('language = "vi"', 'language = "fr"'), "language"),
        ("models.toml", ("leads_h = [1,", 'leads_h = ["soon",'), "leads_h"),
        ("rules.toml", ('name = "stage"', 'name = "stage'), "syntax"),
        ("alerts.toml", ('channels = ["console", "file"]', 'channels = ["consol"]'), "exercise.channels"),
    ],
)
def test_what_is_wrong_is_refused(ews: Ews, config: Path, file: str, written: tuple[str, str], named: str) -> None:
    change(config / file, *written)
    _refuses(ews, "check", str(config / file), named)


def test_up_and_doctor_refuse_it_too(ews: Ews, config: Path) -> None:
    change(config / "models.toml", "leads_h = [1,", 'leads_h = ["soon",')
    _refuses(ews, "up", str(config / "models.toml"), "leads_h")
    doctor = ews.run("doctor")
    assert doctor.returncode == 1
    assert f"configuration problem  {config / 'models.toml'}" in doctor.stdout


def _refuses(ews: Ews, command: str, *named: str) -> None:
    result = ews.run(command)
    assert result.returncode == 2
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ews: ")
    assert all(name in last for name in named), last
    assert "Traceback" not in result.stdout + result.stderr


def test_doctor_with_services_that_are_away(ews: Ews) -> None:
    ews.environment |= {"EWS_DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "EWS_MQTT_URL": "mqtt://127.0.0.1:1"}
    result = ews.run("doctor")
    assert result.returncode == 1
    assert "database      problem" in result.stdout
    assert "broker        problem" in result.stdout
    assert "EWS_DATABASE_URL" in result.stdout
    assert "EWS_MQTT_URL" in result.stdout


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_doctor_sees_a_schema_that_is_behind(ews: Ews, empty_database_url: str) -> None:
    ews.environment["EWS_DATABASE_URL"] = empty_database_url
    result = ews.run("doctor")
    assert result.returncode == 1
    assert "run `ews migrate`" in result.stdout
    assert ews.run("migrate").returncode == 0
    result = ews.run("doctor")
    assert "schema        ok" in result.stdout
