"""Where the broker is, and the files of mqtts://: wrong ones are met at the start, with place, value and remedy."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from domain.broker_address import BrokerAddress, TlsFiles, broker_address, without_password
from domain.errors import ConfigurationError
from domain.settings import Settings, load_settings
from tests.certificates import Authority, Pair


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.give("ews_ingest")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"EWS_{name.upper()}", raising=False)


def test_the_port_follows_from_the_scheme() -> None:
    assert broker_address("mqtt://here").port == 1883
    assert broker_address("mqtts://here/").port == 8883
    assert broker_address("mqtts://here:1").port == 1


texts = st.text(min_size=1, max_size=20).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text))


@given(user=texts, password=texts, port=st.integers(1, 65535))
def test_user_and_password_come_back_as_they_are(user: str, password: str, port: int) -> None:
    url = f"mqtts://{quote(user, safe='')}:{quote(password, safe='')}@broker.example:{port}"
    assert broker_address(url) == BrokerAddress(
        host="broker.example", port=port, user=user, password=password, encrypted=True
    )
    assert str(broker_address(url)) == f"broker.example:{port}"
    assert without_password(url) == f"mqtts://{quote(user, safe='')}:***@broker.example:{port}"


@pytest.mark.parametrize(
    "url", ["mqtt://", "mqtt://:1883", "mqtt://here:0", "mqtt://here:65536", "mqtts://here/path", "mqtt://[::1", "x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="write mqtt://user:password@host:1883"):
        broker_address(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mqtt://ews:s3cr/et@broker:1883", "mqtt://ews:***@broker:1883"),
        ("mqtt://ews:s3cr@et@broker:1883", "mqtt://ews:***@broker:1883"),
        ("mqtt://ews:s3c:r\net@broker", "mqtt://ews:***@broker"),
        ("mqtt://e/w@s:s3cret@broker", "mqtt://e/w@s:***@broker"),
        ("ews:s3cret@broker", "ews:***@broker"),
        ("mqtt://ews@broker:1883", "mqtt://ews@broker:1883"),
        ("mqtt://[::1]:1883", "mqtt://[::1]:1883"),
        ("postgresql:///ews?host=/run&password=s3cret&port=1", "postgresql:///ews?host=/run&password=***&port=1"),
    ],
)
def test_a_password_is_hidden_however_it_is_written(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize("url", ["mqtt://ews:secret@here:port", "http://ews:secret@here", "mqtt://ews:secret@:1883"])
def test_a_refused_address_does_not_show_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({}, mqtt_url=url)
    assert "secret" not in str(refused.value)
    assert "EWS_MQTT_URL" in str(refused.value)


def test_the_files_make_a_context_that_checks_the_broker(authority: Authority, pair: Pair) -> None:
    for files in (TlsFiles(), TlsFiles(ca=authority.ca), TlsFiles(ca=authority.ca, cert=pair.cert, key=pair.key)):
        context = files.context()
        assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert TlsFiles(ca=authority.ca).context().cert_store_stats()["x509_ca"] == 1, "the machine's own are not trusted"


def test_key_and_certificate_may_share_a_file(pair: Pair, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(pair.cert.read_bytes() + pair.key.read_bytes())
    TlsFiles(cert=both).context()


def settings_with(**files: object) -> Settings:
    return load_settings({}, mqtt_url="mqtts://here", **files)


def refusal(key: str, path: Path, **files: object) -> str:
    with pytest.raises(ConfigurationError) as refused:
        settings_with(**files)
    assert (refused.value.key, refused.value.value) == (key, str(path))
    assert f"EWS_{key.upper()}" in refused.value.place
    return refused.value.remedy


def test_good_files_are_taken(authority: Authority, pair: Pair) -> None:
    settings = settings_with(mqtt_ca_file=authority.ca, mqtt_cert_file=pair.cert, mqtt_key_file=pair.key)
    assert settings.mqtt_tls == TlsFiles(ca=authority.ca, cert=pair.cert, key=pair.key)


@pytest.mark.parametrize("name", ["mqtt_ca_file", "mqtt_cert_file", "mqtt_key_file"])
@pytest.mark.parametrize("kind", ["missing", "folder", "no PEM"])
def test_a_wrong_file_is_refused_by_name(
    name: str, kind: str, authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.pem"
    if kind == "folder":
        wrong.mkdir()
    elif kind == "no PEM":
        wrong.write_text("nothing\n")
    files = {"mqtt_ca_file": authority.ca, "mqtt_cert_file": pair.cert, "mqtt_key_file": pair.key, name: wrong}
    remedy = refusal(name, wrong, **files)
    assert "PEM" in remedy
    assert (kind == "no PEM") == ("cannot be read" not in remedy)


def test_a_key_of_another_certificate_is_refused(authority: Authority, pair: Pair) -> None:
    other = authority.give("another")
    assert str(pair.cert) in refusal("mqtt_key_file", other.key, mqtt_cert_file=pair.cert, mqtt_key_file=other.key)


def test_a_certificate_without_its_key_and_a_key_alone_are_refused(pair: Pair) -> None:
    assert "private key" in refusal("mqtt_key_file", pair.cert, mqtt_cert_file=pair.cert)
    assert "EWS_MQTT_CERT_FILE" in refusal("mqtt_key_file", pair.key, mqtt_key_file=pair.key)


def test_an_encrypted_key_is_refused_instead_of_asking_the_terminal(pair: Pair, tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    encrypted = tmp_path / "encrypted.key"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert "decrypt it" in refusal("mqtt_key_file", encrypted, mqtt_cert_file=pair.cert, mqtt_key_file=encrypted)


@pytest.mark.parametrize("url", [None, "mqtt://here"])
def test_files_without_tls_are_refused_rather_than_ignored(url: str | None, authority: Authority) -> None:
    with pytest.raises(ConfigurationError, match="means nothing without TLS") as refused:
        load_settings({}, mqtt_url=url, mqtt_ca_file=authority.ca)
    assert refused.value.key == "mqtt_ca_file"
