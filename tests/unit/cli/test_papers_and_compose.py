"""docs/operations.md and compose.yaml say what the code says."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from cli.main import app
from domain.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {f"EWS_{name.upper()}" for name in Settings.model_fields}
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def headings() -> list[str]:
    return re.findall(r"^### (.*)$", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    # As the compose tool does it: ${NAME:-default} and ${NAME:?message}.
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", r"\2", text)
    text = re.sub(r"\$\{(\w+):\?[^}]*\}", r"secret-of-\1", text)
    assert "${" not in text
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if service["image"].startswith("hue-ews:")}


def test_every_setting_has_a_heading_and_every_heading_a_setting(headings: list[str]) -> None:
    assert {heading for heading in headings if heading.startswith("EWS_")} == SETTINGS


def test_every_command_has_a_heading_and_every_heading_a_command(headings: list[str]) -> None:
    assert {heading.removeprefix("ews ") for heading in headings if heading.startswith("ews ")} == COMMANDS


def test_variables_named_in_the_papers_exist() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        named = set(re.findall(r"\bEWS_[A-Z_]+\b", path.read_text(encoding="utf-8")))
        assert {name for name in named if not name.startswith("EWS_TEST_")} <= SETTINGS | {"EWS_"}, path


def test_compose_runs_the_three_processes_after_one_migration(compose: dict[str, Any]) -> None:
    services = ours(compose)
    assert {name: service["command"] for name, service in services.items()} == {
        "migrate": ["migrate"],
        "ingest": ["ingest"],
        "scheduler": ["scheduler"],
        "web": ["web"],
    }
    assert {service["command"][0] for service in services.values()} <= COMMANDS
    for name in ("ingest", "scheduler", "web"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[name]["restart"] == "unless-stopped"
    assert services["migrate"]["restart"] == "on-failure", "or nothing starts after a database that was slow once"
    assert "--host=127.0.0.1" in compose["services"]["database"]["healthcheck"]["test"], (
        "not the server of the first start"
    )


def test_compose_settings_are_accepted_by_the_code(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EWS_")]:
        monkeypatch.delenv(name)
    for name, service in ours(compose).items():
        environment = {key: str(value) for key, value in service["environment"].items()}
        assert set(environment) <= SETTINGS
        with monkeypatch.context() as patch:
            for key, value in environment.items():
                patch.setenv(key, value)
            settings = load_settings()
        assert settings.database_url == "postgresql://ews:secret-of-DATABASE_PASSWORD@database/hue_ews"
        user = "ingest" if name == "ingest" else "scheduler"
        assert settings.mqtt_url == f"mqtt://ews_{user}:secret-of-MQTT_{user.upper()}_PASSWORD@broker:1883"


def test_compose_addresses_point_at_its_own_services(compose: dict[str, Any]) -> None:
    services = compose["services"]
    environment = services["ingest"]["environment"]
    assert environment["EWS_DATABASE_URL"].split("@")[1].split("/")[0] in services
    assert environment["EWS_MQTT_URL"].split("@")[1].split(":")[0] in services
    assert services["database"]["environment"]["POSTGRES_DB"] == environment["EWS_DATABASE_URL"].rsplit("/", 1)[1]
    web = services["web"]
    assert web["ports"] == [f"127.0.0.1:8050:{web['environment']['EWS_HTTP_PORT']}"]
    assert web["environment"]["EWS_HTTP_HOST"] == "0.0.0.0"
    assert f":{web['environment']['EWS_HTTP_PORT']}/healthz" in web["healthcheck"]["test"][-1]


def test_compose_files_and_volumes_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
            else:
                assert source in compose["volumes"]


def test_the_image_holds_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {name.split(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE)) == rooms
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert rooms <= set(re.findall(r"^!(\w+)$", let_in, re.MULTILINE))


def test_constraints_are_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line), line
        assert not line.lower().startswith("hue")
