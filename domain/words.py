"""What people read, in Vietnamese and English, from gettext catalogues in */locale/*.po."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from babel.messages.pofile import read_po

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_ROOT = Path(__file__).resolve().parent.parent
#: Rooms that speak to people. Each has locale/vi.po and locale/en.po with the same keys.
_ROOMS = ("domain", "alerts", "dash_app")


def catalogue_files(language: Language) -> Iterable[Path]:
    """The catalogues of one language."""
    return (path for room in _ROOMS if (path := _ROOT / room / "locale" / f"{language}.po").exists())


@cache
def catalogue(language: Language) -> dict[str, str]:
    """All texts of one language by key. A key in two rooms is an error: one word has one meaning."""
    texts: dict[str, str] = {}
    for path in catalogue_files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id:
                    continue
                if message.id in texts:
                    raise ValueError(f"{path}: {message.id} stands in another catalogue too")
                texts[str(message.id)] = str(message.string)
    return texts


def say(key: str, language: Language, /, **values: object) -> str:
    """The text for `key` with {values} filled in; a missing key is an error, never shown to people."""
    text = catalogue(language)[key]
    return text.format(**values) if values else text


def number(value: float, decimals: int, language: Language) -> str:
    """A number as the readers write it: 3,58 in Vietnamese, 3.58 in English."""
    text = f"{round(value, decimals) + 0.0:.{decimals}f}"  # what rounds to zero has no sign
    return text.replace(".", ",") if language == "vi" else text
