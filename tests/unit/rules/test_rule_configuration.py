from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from domain.alerts import Event, Severity
from domain.errors import ConfigurationError
from rules.configuration import load_rules

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "rules.toml"


def test_the_shipped_rules_name_a_severity_for_each_level(shipped) -> None:
    policy = shipped.severities()
    assert set(policy) == set(Event)
    assert policy[Event.FLOOD] == dict(
        zip((1, 2, 3, 4), (Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME), strict=True)
    )
    assert list(policy[Event.STRONG_WIND]) == [6, 8, 10, 12]


def test_the_warm_up_is_the_longest_rain_window(shipped) -> None:
    assert shipped.warm_up == timedelta(hours=24)


@pytest.mark.parametrize(
    ("before", "after", "key", "remedy"),
    [
        ("hysteresis_m = 0.10", "hysteresis_m = -0.1", "hysteresis_m", "greater than or equal to 0"),
        ("hysteresis_m = 0.10", 'hysteresis_m = "0.10"', "hysteresis_m", "valid number"),
        ("hysteresis_m = 0.10", "hysteresis = 0.10", "hysteresis", "unknown key"),
        ('kind = "wind"', 'kind = "windy"', "rule", "windy"),
        ('event = "heavy_rain"', 'event = "rain"', "event", "flood"),
        ('quantity = "rainfall"', 'quantity = "rain"', "rule", "rainfall"),
        ('levels = ["bd1", "bd2", "bd3", "record"]', 'levels = ["bd2", "bd1", "bd3", "record"]', "rule", "must rise"),
        ("raise_at = 0.60, clear_below = 0.40", "raise_at = 0.60, clear_below = 0.61", "horizons", "above raise_at"),
        ("rates_m_per_h = [0.25, 0.50, 1.00]", "rates_m_per_h = [0.50, 0.50, 1.00]", "rule", "must rise"),
        ("thresholds_mm = [8.0, 25.0, 50.0]", "thresholds_mm = [8.0, 25.0]", "rule", "2 values, 3 are needed"),
        ("warn_at = [6, 8, 10, 12]", "warn_at = [5, 8, 10, 12]", "rule", "table does not hold"),
        ("wind = 6.0, reservoir = 3.0", "wind = 6.0", "rule", "reservoir"),
        ('default_class = "lowland"', 'default_class = "coast"', "rule", "none of the classes"),
        ("nowcast_needed = 2", "nowcast_needed = 4", "rule", "nowcast"),
        ("minimum_readings = 2 ", "minimum_readings = 1 ", "minimum_readings", "greater than or equal to 2"),
        ('name = "wind"\n', 'name = "stage"\n', "rule", "one name"),
    ],
)
def test_a_wrong_rule_is_refused_with_place_key_and_remedy(
    tmp_path: Path, before: str, after: str, key: str, remedy: str
) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert before in text, "the shipped file changed: choose another place to break"
    path = tmp_path / "rules.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_rules(path)
    assert str(path) in str(refused.value)
    assert key in refused.value.key
    assert remedy in str(refused.value)


def test_two_rules_of_one_event_may_not_disagree(tmp_path: Path) -> None:
    head, forecast = SHIPPED.read_text(encoding="utf-8").split('name = "forecast"')
    changed = forecast.replace('severities = ["Minor", "Moderate"', 'severities = ["Moderate", "Moderate"', 1)
    path = tmp_path / "rules.toml"
    path.write_text(f'{head}name = "forecast"{changed}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="different severities"):
        load_rules(path)


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"rules\.toml"):
        load_rules(tmp_path / "rules.toml")
