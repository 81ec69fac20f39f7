"""The language that a page asks for."""

from __future__ import annotations

from typing import get_args

from domain.words import LANGUAGES, Language


def language_of(value: object) -> Language:
    """The language a page asks for; Vietnamese unless it is known."""
    return next((language for language in get_args(Language) if language == value), LANGUAGES[0])
