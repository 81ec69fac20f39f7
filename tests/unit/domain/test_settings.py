from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ConfigurationError
from domain.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"EWS_{name.upper()}", raising=False)


def test_without_anything_the_embedded_services_and_hue_are_meant() -> None:
    found = load_settings({})
    assert (found.database_url, found.mqtt_url) == (None, None)
    assert (found.config_dir / "stations.toml").exists()
    assert found.unknown_stations == "reject"


def test_the_environment_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EWS_HTTP_PORT", "9000")
    monkeypatch.setenv("EWS_DATABASE_URL", "postgresql://ews@127.0.0.1/ews")
    found = load_settings()
    assert (found.http_port, found.database_url) == (9000, "postgresql://ews@127.0.0.1/ews")


def test_an_argument_wins_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ews.toml").write_text('http_port = 1111\nlog_level = "DEBUG"\n', encoding="utf-8")
    assert load_settings().http_port == 1111
    monkeypatch.setenv("EWS_HTTP_PORT", "2222")
    assert load_settings().http_port == 2222
    assert load_settings(http_port=3333).http_port == 3333
    assert load_settings().log_level == "DEBUG"


@given(name=st.from_regex(r"EWS_[A-Z_]{1,20}", fullmatch=True), value=st.text(max_size=20))
def test_an_unknown_variable_is_refused(name: str, value: str) -> None:
    known = {f"EWS_{field.upper()}" for field in Settings.model_fields}
    if name in known or name.startswith("EWS_TEST_"):
        return
    with pytest.raises(ConfigurationError, match="unknown setting; known are") as refused:
        load_settings({name: value})
    assert refused.value.key == name


def test_variables_of_the_tests_and_of_others_are_left_alone() -> None:
    load_settings({"EWS_TEST_TIMESCALE_URL": "x", "PATH": "/bin"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://here"),
        ("mqtt_url", "http://here"),
        ("http_port", "0"),
        ("http_port", "65536"),
        ("http_port", "eighty"),
        ("unknown_stations", "maybe"),
        ("log_level", "loud"),
        ("mqtt_share_group", "a/b"),
        ("mqtt_share_group", ""),
        ("mqtt_keepalive_s", "0"),
        ("ingest_metrics_port", "0"),
        ("public_view", "maybe"),
        ("oidc_issuer", "provider"),
        ("oidc_claim", "name"),
        ("session_hours", "0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EWS_{name.upper()}", value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert refused.value.key == name
    assert refused.value.value == value
    assert f"EWS_{name.upper()}" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("EWS_DATABASE_URI", "postgresql://ews:hunter2@db/ews", "hunter2"),
        ("EWS_OIDC_SECRET", "topsecret", "topsecret"),
        ("EWS_LINK_KEY", "tooshort-secret", "tooshort-secret"),
        ("EWS_DEADMAN_URL", "ping.example/uuid-of-ours", "uuid-of-ours"),
        ("EWS_DATABASE_URL", "ews:hunter2@db/ews", "hunter2"),
        ("EWS_DATABASE_URL", "host=db password='hunter 2' user=ews", "hunter"),
        ("EWS_DATABASE_URL", "mysql://db/ews?user=ews&password=hunter2", "hunter2"),
        ("EWS_MQTT_URL", "mqtt://ews:s3cr/et@broker:1883", "s3cr"),
    ],
)
def test_a_refusal_names_the_setting_and_never_shows_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, secret: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert name in str(refused.value)
    assert secret not in str(refused.value)
    assert secret not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "line",
    ['oidc_secret = "topsecret"', "link_key = 12345678901234567", 'database_url = {url = "topsecret"}'],
)
def test_a_refused_file_never_shows_a_secret(tmp_path: Path, line: str) -> None:
    (tmp_path / "ews.toml").write_text(line, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=line.split(maxsplit=1)[0]) as refused:
        load_settings()
    assert "topsecret" not in str(refused.value)
    assert "12345678901234567" not in str(refused.value)


def test_half_a_provider_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="belong together") as refused:
        load_settings({}, oidc_issuer="https://id.example", oidc_client_id="ews")
    assert refused.value.key == "oidc_client_secret"


def test_an_unknown_key_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ews.toml").write_text("htp_port = 1111\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="htp_port"):
        load_settings()


@settings(max_examples=50)
@given(port=st.integers())
def test_a_port_is_a_port_or_refused(port: int) -> None:
    if 1 <= port <= 65535:
        assert load_settings({}, http_port=port).http_port == port
    else:
        with pytest.raises(ConfigurationError):
            load_settings({}, http_port=port)


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings({}).http_port = 1  # type: ignore[misc]
