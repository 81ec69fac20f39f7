"""Where the broker answers and how we prove who we are: what EWS_MQTT_URL and the TLS files beside it say."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from domain.errors import ConfigurationError

_PORTS = {"mqtt": 1883, "mqtts": 8883}
#: From the first colon of user:password to the last @: what should have been written %2F or %40 belongs to the password. Better a
#: word too many hidden; without a scheme too, since that is one of the faults that are shown.
_PASSWORD = re.compile(r"\A((?:.*?://|(?!.*://))[^:]*:).*@", re.DOTALL)
_PASSWORD_BY_NAME = re.compile(r"(password\s*=\s*)('[^']*'|[^&#\s]*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerAddress:
    """The parts of mqtt://user:password@host:port, unquoted. `encrypted`: it is mqtts://."""

    host: str
    port: int
    user: str | None
    password: str | None
    encrypted: bool

    def __str__(self) -> str:
        """For messages: without user and password."""
        return f"{self.host}:{self.port}"


def broker_address(url: str) -> BrokerAddress:
    """Read an address; the port is 1883, or 8883 with TLS, when none is written. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    else:
        if host and parts.scheme in _PORTS and port != 0 and not parts.path.strip("/"):
            return BrokerAddress(
                host=host,
                port=port or _PORTS[parts.scheme],
                user=None if parts.username is None else unquote(parts.username),
                password=None if parts.password is None else unquote(parts.password),
                encrypted=parts.scheme == "mqtts",
            )
    raise ConfigurationError(
        place="MQTT address",
        key="mqtt_url",
        value=without_password(url),
        remedy="write mqtt://user:password@host:1883 or mqtts://user:password@host:8883; "
        "in user and password write @ : / as %40 %3A %2F",
    )


def without_password(url: str) -> str:
    """The address as it may be shown and logged."""
    return _PASSWORD_BY_NAME.sub(r"\1***", _PASSWORD.sub(r"\1***@", url))


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsFiles:
    """PEM files for mqtts://. `ca`: who vouches for the broker, none: the authorities this machine trusts.

    `cert`: the certificate by which the broker knows us, none: it asks for a password. `key`: its private key, none: it
    stands in the file of the certificate.
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, certificate and host name of the broker checked. Raises ConfigurationError naming the file."""
        context = ssl.create_default_context()
        if self.ca is not None:
            context = self._trusting(self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # some distributions leave it to their OpenSSL configuration
        if self.cert is not None:
            self._identify(context, self.cert)
        elif self.key is not None:
            raise _refused("key", self.key, "is the key of no certificate: set EWS_MQTT_CERT_FILE too, or take it out")
        return context

    @staticmethod
    def _trusting(ca: Path) -> ssl.SSLContext:
        """A context that trusts nobody but the authority in this file."""
        _require_readable("ca", ca)
        try:
            return ssl.create_default_context(cafile=ca)
        except ssl.SSLError as error:
            raise _refused("ca", ca, "holds no certificate; name the PEM file of the broker's authority") from error

    def _identify(self, context: ssl.SSLContext, cert: Path) -> None:
        _require_readable("cert", cert)
        if self.key is not None:
            _require_readable("key", self.key)
        if not _holds_certificates(cert):
            raise _refused("cert", cert, "holds no certificate; name the PEM file of the client certificate")
        try:
            context.load_cert_chain(cert, self.key, password=_no_password)
        except _EncryptedKeyError as error:
            remedy = (
                "the key is encrypted and nobody is there to type: decrypt it (`openssl pkey`) and protect the file"
            )
            raise _refused("key", self.key or cert, remedy) from error
        except ssl.SSLError as error:
            remedy = f"must hold the private key of the certificate in {cert}, in PEM"
            raise _refused("key", self.key or cert, remedy) from error


class _EncryptedKeyError(Exception):
    """The key wants a password."""


def _no_password() -> str:
    raise _EncryptedKeyError


def _require_readable(name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        remedy = f"cannot be read ({error.strerror}); name a PEM file that this user may read"
        raise _refused(name, path, remedy) from error


def _holds_certificates(path: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return False
    return True


def _refused(name: str, path: Path, remedy: str) -> ConfigurationError:
    key = f"mqtt_{name}_file"
    place = f"environment or ews.toml (EWS_{key.upper()})"
    return ConfigurationError(place=place, key=key, value=str(path), remedy=remedy)
