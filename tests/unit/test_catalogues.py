"""The texts of every room: none missing, none untranslated, none unused, and none hidden in scripts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from domain.words import LANGUAGES, Language, catalogue

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("alerts", "cli", "dash_app", "domain", "forecasting", "rules", "scheduler", "simulators", "storage")
#: The same in both languages: chemical signs, units, abbreviations of the trade.
_ALIKE = re.compile(r"(NO₂|SO₂|CO|BĐ\d|PI|(MAE|RMSE|CRPS), m|\d+–\d+ cm|mm|mm/h|hPa|m³/s|µg/m³)")
#: The domain's own words are its language whether or not a page says each of them today (docs/glossary.md, test_words.py).
_LANGUAGE = ("admin.", "alarm_level.", "basin.", "device_status.", "doubt.", "forecast.", "unit.", "water.")
#: Shown while the server cannot be asked for a text: both languages at once.
_OFFLINE = "connection.js"


def spoken() -> tuple[set[str], list[re.Pattern[str]], set[str]]:
    """Every literal of the code, patterns of what is put together there, and the keys that are said by name."""
    literals: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    said: set[str] = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[\w.]+" for v in node.values]
                patterns += [re.compile("".join(parts))] if "." in str(node.values[0].value) else []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                said |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return literals, patterns, said


def test_what_the_code_says_is_there_and_what_is_there_is_said() -> None:
    literals, patterns, said = spoken()
    texts = set(catalogue("vi"))
    assert said - texts == set()
    unused = {key for key in texts - literals if not any(pattern.fullmatch(key) for pattern in patterns)}
    assert {key for key in unused if not key.startswith(_LANGUAGE)} == set()


def test_nothing_is_left_untranslated() -> None:
    vietnamese, english = catalogue("vi"), catalogue("en")
    alike = {key for key, text in vietnamese.items() if english[key] == text and re.search(r"[^\W\d_]{2}", _bare(text))}
    assert {key for key in alike if not _ALIKE.fullmatch(vietnamese[key])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_mixes_the_decimal_signs(language: Language) -> None:
    wrong = re.compile(r"\d\.\d+ (m|mm|hPa|µg)\b" if language == "vi" else r"\d,\d{1,2} (m|mm|hPa|µg)\b")
    assert [key for key, text in catalogue(language).items() if wrong.search(text)] == []


def test_scripts_carry_no_texts_of_their_own() -> None:
    """A script takes its words from what the server sent; but for the bar that tells that no server answers."""
    hidden = []
    for path in sorted((ROOT / "dash_app" / "assets").glob("*.js")):
        if path.name == _OFFLINE:
            continue
        code = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
        strings = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`', code)
        hidden += [f"{path.name}: {text}" for text in map(max, strings) if re.search(r"[À-ÖØ-öø-ỹ]", text)]
    assert hidden == []


def _bare(text: str) -> str:
    return re.sub(r"{\w+}", "", text)
