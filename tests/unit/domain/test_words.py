from __future__ import annotations

import string
from collections import Counter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from domain.network import load_network
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.settings import load_settings
from domain.stations import StationKind
from domain.wards import WardKind
from domain.words import LANGUAGES, Language, catalogue, catalogue_files, number, say


def _placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_both_languages_say_the_same_things() -> None:
    assert set(catalogue("vi")) == set(catalogue("en"))


def test_every_text_is_written_and_takes_the_same_values() -> None:
    for key, text in catalogue("vi").items():
        other = catalogue("en")[key]
        assert text.strip(), key
        assert other.strip(), key
        assert _placeholders(text) == _placeholders(other), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_rounds_to_zero_has_no_sign(language: Language) -> None:
    assert number(-0.001, 2, language) == number(0.0, 2, language)
    assert number(-0.4, 0, language) == "0"
    assert number(-0.006, 2, "en") == "-0.01"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice(language: Language) -> None:
    keys: Counter[str] = Counter()
    for path in catalogue_files(language):
        text = path.read_text(encoding="utf-8")
        keys.update(line for line in text.splitlines() if line.startswith("msgid ") and line != 'msgid ""')
        with path.open("rb") as file:
            assert str(read_po(file).locale) == language, path
    assert keys
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_of_the_domain_has_its_word(language: Language) -> None:
    texts = catalogue(language)
    for quantity in QUANTITIES.values():
        assert f"quantity.{quantity.name}" in texts
        assert f"unit.{quantity.unit}" in texts
    assert all(f"kind.{kind.value}" in texts for kind in StationKind)
    assert all(f"flag.{flag.name.lower()}" in texts for flag in QualityFlag)
    assert all(f"admin.{kind.value}" in texts for kind in WardKind)
    stations = load_network(load_settings({}).config_dir).stations.values()
    assert all(f"basin.{station.basin}" in texts for station in stations if station.basin)


def test_the_words_of_the_bulletins_are_used() -> None:
    assert say("alarm_level.above", "vi", level="BĐ2", by=number(0.42, 2, "vi")) == "trên BĐ2 0,42 m"
    assert say("alarm_level.above", "en", level="BĐ2", by=number(0.42, 2, "en")) == "0.42 m above BĐ2"
    assert [say(f"trend.{t}", "vi") for t in ("rising_fast", "falling_slowly")] == ["lên nhanh", "xuống chậm"]


def test_a_missing_key_is_an_error_and_never_shown() -> None:
    with pytest.raises(KeyError):
        say("quantity.unheard_of", "vi")


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("alarm_level.above", "vi", level="BĐ2")


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_numbers_differ_between_the_languages_by_their_decimal_sign_alone(value: float, decimals: int) -> None:
    vietnamese, english = number(value, decimals, "vi"), number(value, decimals, "en")
    assert vietnamese.replace(",", ".") == english
    assert "." not in vietnamese
    assert float(english) == pytest.approx(value, abs=0.51 * 10**-decimals)
