"""Passwords of accounts: which are refused, and how one is kept.

Kept by argon2id with the parameters that RFC 9106 names for memory-constrained environments (64 MiB, 3 passes, 4 lanes). The rules
follow NIST SP 800-63B: length decides, nothing is demanded of the letters, what is easily guessed is refused.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

LEAST_LETTERS = 12
MOST_LETTERS = 128
_LEAST_DIFFERENT = 6
#: Beginnings of what people take when they must take something.
_GUESSED = ("password", "matkhau", "mat khau", "123456", "qwerty", "abcdef", "iloveyou", "hueews", "hue-ews", "admin")
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
#: Without the signs that one takes for another when reading aloud from a screen.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


def fault(password: str, name: str) -> str | None:
    """Why a password is refused: short, long, alike, guessed or named; None when it is good."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < LEAST_LETTERS:
        return "short"
    if len(text) > MOST_LETTERS:
        return "long"
    if len(set(text)) < _LEAST_DIFFERENT:
        return "alike"
    lowered = text.lower()
    if lowered.startswith(_GUESSED):
        return "guessed"
    return "named" if name.lower() in lowered else None


def hashed(password: str) -> str:
    """What is stored of a password: argon2id with its parameters and a salt of its own."""
    return _HASHER.hash(unicodedata.normalize("NFC", password))


@cache
def _nobody() -> str:
    """Compared with when there is no such account, so that the answer takes as long."""
    return hashed(secrets.token_urlsafe())


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one. None, no account or none with a password, never fits and takes as long."""
    try:
        _HASHER.verify(stored or _nobody(), unicodedata.normalize("NFC", password[:MOST_LETTERS]))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def one_time() -> str:
    """A password to be given away once: 80 random bits in groups that can be read aloud."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(16))
    return "-".join(signs[k : k + 4] for k in range(0, 16, 4))
