"""Mosquitto's password file: `user:hash` a line, the hash salted PBKDF2-SHA512 (`$7$`). Plain passwords are never stored."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import ConfigurationError, EwsError

#: As many as mosquitto_passwd takes. More would protect passwords that people choose; ours hold 192 random bits, and the
#: broker counts these rounds for every device that connects, all at once after an outage.
_ITERATIONS = 101
_SALT_BYTES = 12  # Mosquitto 2.0 reads salts of this length only
_PASSWORD_BYTES = 24


@dataclass(frozen=True, kw_only=True)
class NewPasswords:
    """The lines of the new file, the passwords that were made (to be shown once), and the users that were taken out."""

    text: str
    made: Mapping[str, str]
    removed: Sequence[str]


def renewed(old: str, known: Sequence[str], wanted: Iterable[str] = ()) -> NewPasswords:
    """The password file `old`, brought to the users `known`: those who are not known are taken out of it.

    New passwords are made for the users `wanted`; when none are, for those who have none yet. Raises EwsError for a wanted
    user that is not known.
    """
    hashes = _hashes(old)
    unknown = [user for user in wanted if user not in known]
    if unknown:
        raise EwsError(f"{unknown[0]} is no user of the broker: `ews broker-acl` lists them, broker.toml adds one")
    to_make = list(dict.fromkeys(wanted)) or [user for user in known if user not in hashes]
    made = {user: secrets.token_urlsafe(_PASSWORD_BYTES) for user in to_make}
    kept = hashes | {user: password_hash(password) for user, password in made.items()}
    text = "".join(f"{user}:{kept[user]}\n" for user in known if user in kept)
    return NewPasswords(text=text, made=made, removed=[user for user in hashes if user not in known])


def password_hash(password: str) -> str:
    """`$7$iterations$salt$hash`, both in base64, with a salt of its own."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${_base64(salt)}${_base64(digest)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def read_passwords(path: Path) -> str:
    """The file as it is; empty when there is none. Raises ConfigurationError when it is none of Mosquitto's, or plain."""
    if not path.exists():
        return ""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(place=str(path), key="file", value=str(error), remedy="must be readable") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.partition(":")[2].startswith("$"):
            # Whatever it is may be a password: it is not repeated.
            remedy = "is not `user:$hash`; take it out, or hash it with mosquitto_passwd -U"
            raise ConfigurationError(place=str(path), key=f"line {number}", value="…", remedy=remedy)
    return text


def _hashes(text: str) -> dict[str, str]:
    lines = (line.strip().partition(":") for line in text.splitlines() if line.strip())
    return {user: hashed for user, _, hashed in lines}
