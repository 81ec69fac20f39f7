"""Which addresses a run uses, and who may run."""

from __future__ import annotations

import json
import socket
import tomllib
from pathlib import Path

import pytest

from cli import postgresql
from cli.broker import EmbeddedBroker, is_free
from cli.embedded import is_owned, ownership, plan_services, read_services, running_services, write_services
from cli.postgresql import EmbeddedPostgresql
from domain.errors import EwsError
from domain.settings import Settings


def test_ports_are_remembered_while_they_are_free(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = plan_services(settings)
    write_services(tmp_path, first)
    again = plan_services(settings)
    assert (again.mqtt5_port, again.mqtt311_port) == (first.mqtt5_port, first.mqtt311_port)
    assert again.database_url == first.database_url
    with socket.create_server(("127.0.0.1", first.mqtt5_port or 0)):
        other = plan_services(settings)
    assert other.mqtt5_port != first.mqtt5_port
    assert other.mqtt311_port == first.mqtt311_port
    assert other.mqtt_url == f"mqtt://127.0.0.1:{other.mqtt5_port}"


def test_configured_addresses_win(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://db/x", mqtt_url="mqtt://broker:1883")
    planned = plan_services(settings)
    assert (planned.database_url, planned.mqtt_url) == ("postgresql://db/x", "mqtt://broker:1883")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"unknown": 1}', '"text"', "null"])
def test_a_file_that_says_nothing_is_no_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "services.json").write_text(content)
    assert read_services(tmp_path) is None
    assert plan_services(Settings(data_dir=tmp_path)).mqtt5_port


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    assert not is_owned(data)
    with ownership(data):
        assert is_owned(data)
        with pytest.raises(EwsError, match="run already"), ownership(data):
            pass
    assert not is_owned(data)
    assert running_services(data) is None


def test_services_are_found_only_while_somebody_runs_them(tmp_path: Path) -> None:
    planned = plan_services(Settings(data_dir=tmp_path))
    with ownership(tmp_path):
        document = {**json.loads("{}"), **planned.__dict__, "running": True}
        (tmp_path / "services.json").write_text(json.dumps(document))
        found = running_services(tmp_path)
        assert found is not None
        assert found.mqtt_url == planned.mqtt_url
    assert running_services(tmp_path) is None


def test_the_broker_takes_large_payloads_on_two_loopback_listeners(tmp_path: Path) -> None:
    broker = EmbeddedBroker(folder=tmp_path, mqtt5_port=21, mqtt311_port=22)
    read = tomllib.loads(broker.configuration())
    assert read["v5"]["1"]["listen"] == "127.0.0.1:21"
    assert read["v4"]["1"]["listen"] == "127.0.0.1:22"
    for version in ("v4", "v5"):
        assert read[version]["1"]["connections"]["max_payload_size"] > 2_000_000
    assert broker.url == "mqtt://127.0.0.1:21"


def test_a_port_in_use_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_a_long_data_path_gets_a_short_private_socket_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = EmbeddedPostgresql(folder=Path("/var/lib/hue-ews"))
    assert short.socket_dir == Path("/var/lib/hue-ews/postgresql")
    assert short.url == "postgresql://ews@/hue_ews?host=/var/lib/hue-ews/postgresql"
    monkeypatch.setattr(postgresql.tempfile, "gettempdir", lambda: str(tmp_path))
    long = EmbeddedPostgresql(folder=Path("/" + "x" * 120))
    assert long.socket_dir.parent == tmp_path
    assert long.socket_dir != EmbeddedPostgresql(folder=Path("/" + "y" * 120)).socket_dir


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    postgresql._require_own_folder(folder, None)
    postgresql._require_own_folder(folder, None)
    folder.chmod(0o777)
    with pytest.raises(EwsError, match="not a private folder"):
        postgresql._require_own_folder(folder, None)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(EwsError, match="not a private folder"):
        postgresql._require_own_folder(folder, None)


def test_data_of_another_version_is_refused(tmp_path: Path) -> None:
    server = EmbeddedPostgresql(folder=tmp_path)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EwsError, match="made by PostgreSQL 9"):
        server.prepare()


def test_a_pid_file_that_names_another_process_is_removed(tmp_path: Path) -> None:
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text("1\n/elsewhere\n")
    postgresql._end_leftover(tmp_path)
    assert not pid_file.exists()


def test_addresses_with_passwords_are_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "services.json"
    for left in (file, tmp_path / "services.json.new"):  # of an earlier version, and of a killed run of it
        left.write_text("{}")
        left.chmod(0o644)
    with ownership(tmp_path):
        assert file.stat().st_mode & 0o077 == 0
        write_services(tmp_path, plan_services(Settings(data_dir=tmp_path, mqtt_url="mqtt://ews:s3cret@broker")))
    assert file.stat().st_mode & 0o077 == 0
    assert "s3cret" in file.read_text()
