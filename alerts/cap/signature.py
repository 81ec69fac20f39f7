"""XML signatures of CAP messages (CAP 1.2 §3.3.4.1): made with our key, and judged on anybody's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.exceptions import InvalidInput, SignXMLException
from signxml.signer import XMLSigner
from signxml.util import X509CertChainVerifier
from signxml.verifier import SignatureConfiguration, XMLVerifier

from alerts.cap.elements import time
from alerts.cap.reading import read_xml
from domain.errors import ConfigurationError

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
#: What people outside can get wrong in a signature: base64, numbers, certificates, unknown algorithms.
_MALFORMED = (
    SignXMLException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    etree.LxmlError,
    UnsupportedAlgorithm,
)


class SignatureState(StrEnum):
    """What a signature is worth."""

    NONE = "none"
    INTACT = "intact"  # what was signed is what stands here; nobody has said whether the signer is trusted
    TRUSTED = "trusted"  # and the signer's certificate comes from whom the reader trusts
    UNCHECKED = "unchecked"  # cannot be judged: forgeable or unknown algorithm, several signatures, no certificate
    BROKEN = "broken"  # content, signature or certificate do not fit together, or the signer is not trusted


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The state, by whom, and why."""

    state: SignatureState
    signer: str = ""
    detail: str = ""
    line: int = 0

    def __str__(self) -> str:
        """As in "intact, signed by CN=…: nobody vouched for the signer"."""
        by = f", signed by {self.signer}" if self.signer else ""
        return f"{self.state}{by}{': ' + self.detail if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its certificate."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificates: list[x509.Certificate]  # its own first, then the chain

    def sign(self, data: bytes) -> bytes:
        """The document with an enveloped signature at the end of its root: SHA-256, exclusive canonical XML."""
        method = SignatureMethod.RSA_SHA256 if isinstance(self.key, rsa.RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
        signer = XMLSigner(
            signature_algorithm=method, c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
        )
        signed = signer.sign(read_xml(data, whole=True), key=self.key, cert=self.certificates)
        # No indentation: white space added now would be inside what was signed.
        return bytes(etree.tostring(signed, encoding="utf-8", xml_declaration=True))


def load_signer(key_file: Path, cert_file: Path) -> Signer:
    """The pair in these PEM files. Raises ConfigurationError: missing, encrypted, of another kind, or not a pair."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _refusal(
            "cap_key_file", key_file, f"must be a readable PEM private key without password ({error})"
        ) from error
    try:
        certificates = x509.load_pem_x509_certificates(cert_file.read_bytes())
    except (OSError, ValueError) as error:
        raise _refusal("cap_cert_file", cert_file, f"must be a readable PEM certificate ({error})") from error
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise _refusal("cap_key_file", key_file, "must be an RSA or elliptic-curve key")
    if _public(key.public_key()) != _public(certificates[0].public_key()):
        raise _refusal("cap_key_file", key_file, f"is not the key of the certificate in {cert_file}")
    return Signer(key, certificates)


def examine(data: bytes, *, trust: Path | None = None) -> SignatureReport:
    """What the signature of a CAP document is worth; `trust`: a PEM file of authorities or of the signer itself.

    The certificate is judged at the time the message was sent. Raises UnreadableCapError.
    """
    root = read_xml(data, whole=True)
    found = root.findall(f"{_DS}Signature")
    if not found:
        return SignatureReport(SignatureState.NONE)
    return replace(_examined(root, found, trust), line=found[0].sourceline)


def _examined(root: Any, found: list[Any], trust: Path | None) -> SignatureReport:
    if len(found) > 1:
        return SignatureReport(SignatureState.UNCHECKED, detail=f"{len(found)} signatures; one is judged")
    try:
        certificates = _certificates(found[0])
    except ValueError as error:
        return SignatureReport(SignatureState.BROKEN, detail=f"its certificate cannot be read ({_reason(error)[:60]})")
    if not certificates:
        return SignatureReport(SignatureState.UNCHECKED, detail="it carries no certificate")
    return _judged(root, found[0], certificates, trust)


def _judged(root: Any, signature: Any, certificates: list[x509.Certificate], trust: Path | None) -> SignatureReport:
    signer = certificates[0].subject.rfc4514_string()
    if any(reference.get("URI") != "" for reference in signature.iter(f"{_DS}Reference")):
        return SignatureReport(SignatureState.BROKEN, signer, "it does not cover the whole message")
    at = time(root, "sent")
    try:
        detail = _verified(etree.tostring(root), certificates[0], at)
        if trust is not None and certificates[0] not in _trusted(trust):
            _vouched(certificates, trust, at)
    except InvalidInput as error:
        return SignatureReport(SignatureState.UNCHECKED, signer, _reason(error))
    except _MALFORMED as error:
        return SignatureReport(SignatureState.BROKEN, signer, _reason(error))
    if trust is None:
        return SignatureReport(SignatureState.INTACT, signer, detail or "name whom you trust by --trust")
    return SignatureReport(SignatureState.TRUSTED, signer, detail)


def _verified(data: bytes, certificate: x509.Certificate, at: datetime | None) -> str:
    """Nothing, or a remark on a signature that fits. Raises what signxml raises."""
    config = SignatureConfiguration(location="./", verification_time=at)
    try:
        XMLVerifier().verify(read_xml(data, whole=True), x509_cert=certificate, expect_config=config)
    except (SignXMLException, etree.LxmlError):
        # Some services indent the file after signing it. White space between elements says nothing, so the content is
        # what was signed; receivers that take every byte for content will refuse it.
        plain = read_xml(data, whole=True, indented=False)
        XMLVerifier().verify(plain, x509_cert=certificate, expect_config=config)
        return "indented after it was signed, so strict receivers refuse it"
    return ""


def _vouched(certificates: list[x509.Certificate], trust: Path, at: datetime | None) -> None:
    """Raises InvalidCertificate when none of the trusted authorities stands behind the signer's certificate."""
    policy = x509.verification.ExtensionPolicy.permit_all()
    untyped: Any = X509CertChainVerifier
    untyped(ca_pem_file=str(trust), verification_time=at, ee_policy=policy).verify(certificates)


def _certificates(signature: Any) -> list[x509.Certificate]:
    written = ("".join((each.text or "").split()) for each in signature.iter(f"{_DS}X509Certificate"))
    framed = (f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n" for text in written)
    return [x509.load_pem_x509_certificate(text.encode()) for text in framed]


def _trusted(trust: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(trust.read_bytes())
    except (OSError, ValueError) as error:
        remedy = f"must be a readable PEM file of certificates ({error})"
        raise ConfigurationError(place="command line", key="--trust", value=str(trust), remedy=remedy) from error


def _public(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _refusal(key: str, path: Path, remedy: str) -> ConfigurationError:
    place = f"environment or ews.toml (EWS_{key.upper()})"
    return ConfigurationError(place=place, key=key, value=str(path), remedy=" ".join(remedy.split()))
