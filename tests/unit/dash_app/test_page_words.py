"""Every text of the pages is there in both languages, and none lies unused."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from domain.words import LANGUAGES, Language, catalogue

ROOM = Path(__file__).resolve().parents[3] / "dash_app"


#: How the names of texts of pages begin.
SPOKEN = ("ui.", "api.")


def catalogue_keys(language: Language) -> set[str]:
    with (ROOM / "locale" / f"{language}.po").open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id}


def spoken() -> tuple[set[str], list[re.Pattern[str]]]:
    """Keys that stand in the code, and patterns of those that are put together there."""
    keys, patterns = set(), []
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(SPOKEN):
                keys.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[\w.]+" for v in node.values]
                if str(node.values[0].value).startswith(SPOKEN):
                    patterns.append(re.compile("".join(parts)))
    return keys, patterns


def test_both_languages_have_the_same_keys() -> None:
    assert catalogue_keys("vi") == catalogue_keys("en")


def test_every_key_that_the_code_names_is_there() -> None:
    keys, patterns = spoken()
    prefixes = {key for key in keys if key.endswith(".")}
    assert keys - prefixes <= catalogue_keys("vi")
    assert all(any(p.fullmatch(key) for key in catalogue_keys("vi")) for p in patterns)


def test_no_text_lies_unused() -> None:
    keys, patterns = spoken()
    unused = {k for k in catalogue_keys("vi") if k not in keys and not any(p.fullmatch(k) for p in patterns)}
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_placeholders_agree(language: Language) -> None:
    own, other = catalogue(language), catalogue("vi")
    for key in catalogue_keys(language):
        assert own[key].strip(), key
        assert set(re.findall(r"{(\w+)}", own[key])) == set(re.findall(r"{(\w+)}", other[key])), key
