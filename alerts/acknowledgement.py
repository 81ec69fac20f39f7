"""Signed links by which a recipient confirms from the message itself that it was read.

A token is base64url(JSON) "." base64url(HMAC-SHA-256 of that), so that it stands in a path as it is. It names the alert and
version, or the message when it was about several, the recipient and person, and when it expires.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.errors import ConfigurationError

#: How long a link can be used: longer than any ladder is climbed, shorter than a phone is forgotten in a drawer.
VALID_FOR = timedelta(days=3)
_SHORTEST_KEY = 16  # bytes
_LONGEST_TOKEN = 2048
PATH = "/xac-nhan"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """What a token says. `message`: the delivered message, by which several alerts are found; `version` of the alert."""

    alert: str
    version: int
    recipient: str
    person: str
    message: str
    expires_at: datetime


def token(link: Link, key: bytes) -> str:
    """The signed text of `link`."""
    content = [link.alert, link.version, link.recipient, link.person, link.message, int(link.expires_at.timestamp())]
    payload = _encoded(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())
    return f"{payload}.{_signature(payload, key)}"


def read_token(text: str, key: bytes) -> Link | None:
    """What a token says, expired or not; None when it was not signed with `key`."""
    payload, _, signature = text.partition(".")
    if len(text) > _LONGEST_TOKEN or not text.isascii():
        return None
    if not hmac.compare_digest(signature, _signature(payload, key)):
        return None
    try:
        alert, version, recipient, person, message, expires = json.loads(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        )
    except (ValueError, binascii.Error):  # signed by us, but by another version of this system
        return None
    return Link(
        alert=alert,
        version=version,
        recipient=recipient,
        person=person,
        message=message,
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _signature(payload: str, key: bytes) -> str:
    return _encoded(hmac.new(key, b"hue-ews link\n" + payload.encode(), hashlib.sha256).digest())


def link_key(setting: str | None, data_dir: Path) -> bytes:
    """The key of the setting, or of <data_dir>/link.key, which is made when it is not there. Raises ConfigurationError."""
    if setting is not None:
        return setting.encode()
    path = data_dir / "link.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except OSError as error:
        remedy = "must be readable, or set EWS_LINK_KEY"
        raise ConfigurationError(place=str(path), key="file", value=error.strerror, remedy=remedy) from error
    if len(key) < _SHORTEST_KEY:
        remedy = f"is shorter than {_SHORTEST_KEY} bytes; remove it, and a new one is made"
        raise ConfigurationError(place=str(path), key="length", value=len(key), remedy=remedy)
    return key


def _make(path: Path) -> None:
    """Whole or not at all, and only one of several processes' keys."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
