"""Signatures: ours hold, and what was touched afterwards shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from lxml import etree

from alerts.cap.checking import check
from alerts.cap.signature import SignatureReport, SignatureState, Signer, examine, load_signer
from alerts.cap.writing import document, write
from domain.errors import ConfigurationError
from tests.cap_scenes import public
from tests.certificates import Authority, Pair

DATA = Path(__file__).resolve().parents[2] / "data" / "cap"
#: Within the life of the test certificates.
NOW = datetime.now(UTC).replace(microsecond=0)
MESSAGE = write(public(sent=NOW))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.give("hue-ews")


@pytest.fixture(scope="module")
def signed(pair: Pair) -> bytes:
    return load_signer(pair.key, pair.cert).sign(MESSAGE)


def state(data: bytes, trust: Path | None = None) -> SignatureState:
    return examine(data, trust=trust).state


def test_a_signed_message_is_sound_and_intact(signed: bytes) -> None:
    assert check(signed, NOW) == []
    report = examine(signed)
    assert (report.state, report.signer) == (SignatureState.INTACT, "CN=hue-ews")
    assert str(report) == "intact, signed by CN=hue-ews: name whom you trust by --trust"
    assert examine(MESSAGE) == SignatureReport(SignatureState.NONE)


def test_whom_the_reader_trusts(signed: bytes, authority: Authority, pair: Pair, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger", name="stranger")
    assert state(signed, authority.ca) is SignatureState.TRUSTED
    assert state(signed, pair.cert) is SignatureState.TRUSTED
    assert state(signed, stranger.ca) is SignatureState.BROKEN
    with pytest.raises(ConfigurationError, match="--trust"):
        examine(signed, trust=tmp_path / "none.pem")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Severe", "Minor"),
        ("Phường Kim Long", "Phường Khác"),
        ("<ds:DigestValue>", "<ds:DigestValue>A"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AA"),
        ("<ds:X509Certificate>M", "<ds:X509Certificate>N"),
        ('URI=""', 'URI="#x"'),
        ("</info>", "<web>https://other.invalid/</web></info>"),
    ],
)
def test_what_was_touched_shows(signed: bytes, old: str, new: str) -> None:
    text = signed.decode()
    assert old in text
    assert state(text.replace(old, new).encode()) is SignatureState.BROKEN


def test_a_certificate_that_had_run_out_when_the_message_was_sent(authority: Authority) -> None:
    old = authority.give("old", lasts=-timedelta(days=1))
    signed = load_signer(old.key, old.cert).sign(MESSAGE)
    assert state(signed) is SignatureState.BROKEN
    earlier = write(public(sent=NOW - timedelta(days=2)))
    assert state(load_signer(old.key, old.cert).sign(earlier)) is SignatureState.INTACT


def test_a_file_that_was_indented_afterwards_says_so(pair: Pair) -> None:
    root = etree.fromstring(MESSAGE, etree.XMLParser(remove_blank_text=True))
    signed = load_signer(pair.key, pair.cert).sign(etree.tostring(root))
    indented = document(etree.fromstring(signed, etree.XMLParser(remove_blank_text=True)))
    assert indented != signed
    report = examine(indented)
    assert report.state is SignatureState.INTACT
    assert "indented after it was signed" in report.detail
    assert state(indented.replace(b"Severe", b"Minor")) is SignatureState.BROKEN


def test_what_cannot_be_judged_is_not_called_good() -> None:
    report = examine((DATA / "google_canada_signed.cap").read_bytes())
    assert (report.state, report.detail) == (SignatureState.UNCHECKED, "2 signatures; one is judged")


def test_a_forgeable_algorithm_is_not_called_good() -> None:
    text = (DATA / "google_canada_signed.cap").read_text(encoding="utf-8")
    second = text.index('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#" Id="Environment')
    assert state((text[:second] + "</alert>").encode()) is not SignatureState.INTACT
    only = (
        f"{MESSAGE.decode().rpartition('</alert>')[0]}<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/></alert>"
    )
    assert state(only.encode()) is SignatureState.UNCHECKED


def test_keys_that_cannot_sign_are_refused(tmp_path: Path, pair: Pair, authority: Authority) -> None:
    other = authority.give("other")
    with pytest.raises(ConfigurationError, match="is not the key of the certificate"):
        load_signer(other.key, pair.cert)
    with pytest.raises(ConfigurationError, match="EWS_CAP_KEY_FILE"):
        load_signer(tmp_path / "none", pair.cert)
    with pytest.raises(ConfigurationError, match="EWS_CAP_CERT_FILE"):
        load_signer(pair.key, pair.key)
    weak = tmp_path / "ed.key"
    private = ed25519.Ed25519PrivateKey.generate()
    formats = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    weak.write_bytes(private.private_bytes(*formats))
    with pytest.raises(ConfigurationError, match="RSA or elliptic-curve"):
        load_signer(weak, pair.cert)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
        )
    )
    with pytest.raises(ConfigurationError, match="without password"):
        load_signer(locked, pair.cert)


def test_an_rsa_key_signs_too() -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rsa")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(days=1), NOW + timedelta(days=1))
    signed = Signer(key, [builder.sign(key, hashes.SHA256())]).sign(MESSAGE)
    assert state(signed) is SignatureState.INTACT
    assert state(signed.replace(b"Severe", b"Minor")) is SignatureState.BROKEN
