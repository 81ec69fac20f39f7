from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from domain.alerts import Event, Severity
from domain.errors import ConfigurationError
from domain.network import load_network
from rules.configuration import load_rules, rules_from
from rules.tables import StageRule

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "rules.toml"


def test_the_shipped_rules_name_a_severity_for_each_level(shipped) -> None:
    policy = shipped.severities()
    assert set(policy) == set(Event)
    assert policy[Event.FLOOD] == dict(
        zip((1, 2, 3, 4), (Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME), strict=True)
    )
    assert list(policy[Event.STRONG_WIND]) == [6, 8, 10, 12]


def test_the_warm_up_is_what_the_quantities_of_a_station_need(make, shipped) -> None:
    assert shipped.warm_up_at(make.gauge(quantities=["rainfall"])) == timedelta(hours=24)
    assert shipped.warm_up_at(make.gauge(quantities=["water_level"])) == timedelta(hours=36) * 1.1
    assert shipped.warm_up_at(make.gauge(quantities=["temperature"])) == timedelta()


@pytest.mark.parametrize(
    ("before", "after", "key", "remedy"),
    [
        ("hysteresis_m = 0.10", "hysteresis_m = -0.1", "hysteresis_m", "greater than or equal to 0"),
        ("hysteresis_m = 0.10", 'hysteresis_m = "0.10"', "hysteresis_m", "is no number"),
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
        (
            "clear_after_min = 60       # how long it must",
            "keep_firing_min = -1.0\nclear_after_min = 60 # ",
            "keep_firing_min",
            "greater than or equal to 0",
        ),
        ("raise_after_min = 0 ", "raise_after_min = 4320 ", "raise_after_min", "longer than"),
        ("raise_after_min = 0 ", "schedule = { hours = [6, 6] }\nraise_after_min = 0 ", "hours", "never apply"),
        ("raise_after_min = 0 ", "schedule = { months = [] }\nraise_after_min = 0 ", "months", "at least 1"),
        ("raise_after_min = 0 ", "schedule = { hours = [6, 25] }\nraise_after_min = 0 ", "hours", "24"),
        ("raise_after_min = 0 ", "own = { bd4 = { hysteresis_m = 0.2 } }\nraise_after_min = 0 ", "own", "bd1"),
        ("raise_at = 30.0, clear_at = 10.0", "raise_at = 30.0, clear_at = 31.0", "rule", "clear_at = 31 is above"),
        ("raise_at = -4.5, clear_at = -2.5", "raise_at = -4.5, clear_at = -5.0", "rule", "clear_at = -5 is below"),
        ("raise_at = -6.0, clear_at = -4.0", "raise_at = -2.0, clear_at = -1.0", "rule", "must rise"),
        ('["Minor", "Minor", "Moderate"]', '["Moderate", "Minor", "Moderate"]', "rule", "cannot be less grave"),
        ("window_min = 180", "window_min = 4320", "rule", "look back longer"),
        ('of = "change"\nwindow_min = 180', 'of = "last"\nwindow_min = 180', "window_min", "must be 0"),
        ('quantity = "pressure"', 'quantity = "presure"', "rule", "none of"),
        (
            'of = "change"\nwindow_min = 180\nminimum_readings = 2',
            'of = "change"\nwindow_min = 180\nminimum_readings = 1',
            "minimum_readings",
            "at least 2",
        ),
        ('rule = "rainfall", at_least = 3', 'rule = "rain", at_least = 3', "rule", "no rule with levels"),
        ('rule = "rainfall", at_least = 3', 'rule = "rainfall", at_least = 4', "rule", "never finds level 4"),
        ("needed = 2                 #", "needed = 3                 #", "needed", "more than the 2 parts"),
        ('where = "phu_oc" }', 'where = "phu_oc", needed = 2 }', "needed", "where = phu_oc is one station"),
        (
            'at_least = 1, where = "here" }',
            'at_least = 1, where = "here", needed = 2 }',
            "needed",
            "upstream and rain_gauges",
        ),
        ("fall_m = 0.30", "fall_m = 0.0", "fall_m", "greater than 0"),
        ('quantity = "so2", hours = 24', 'quantity = "so2", hours = 1', "rule", "two limits"),
        ("window_min = 60\n", "window_min = 1e99\n", "numbers", "larger than anything"),
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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('where = "phu_oc"', 'where = "phu_ok"'),
        ('stations = ["kim_long"]', 'stations = ["phu_ok"]'),
        ('"thuong_nhat", "duong_hoa"', '"phu_ok", "duong_hoa"'),
    ],
)
def test_a_station_that_is_not_there_is_named(before: str, after: str) -> None:
    """Written wrong, two gauges would never agree, and nobody would be told why."""
    text, known = SHIPPED.read_text(encoding="utf-8"), load_network(SHIPPED.parent).stations
    rules_from(text, "rules.toml").require_known(known, "rules.toml")
    assert before in text
    wrong = rules_from(text.replace(before, after, 1), "rules.toml")
    with pytest.raises(ConfigurationError, match=r"'phu_ok': is no station of stations\.toml"):
        wrong.require_known(known, "rules.toml")


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


def test_a_level_keeps_the_patience_of_its_rule_where_it_names_none() -> None:
    """A wider hysteresis at BĐ3 alone must not take the hour away by which a level ends."""
    own = "own = { bd3 = { hysteresis_m = 0.3 }, bd1 = { hysteresis_m = 0.2, clear_after_min = 0 } }\n"
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "raise_after_min = 0 ", f"{own}raise_count = 2\nraise_after_min = 0 ", 1
    )
    stage = rules_from(text, "rules.toml").rules[0]
    assert isinstance(stage, StageRule)
    assert (stage.hysteresis_of(3), stage.patience_of(3)) == (0.3, stage.patience)
    assert stage.patience.clear_after == timedelta(hours=1)
    assert (stage.patience_of(1).clear_after, stage.patience_of(1).raise_count) == (timedelta(), 2)
