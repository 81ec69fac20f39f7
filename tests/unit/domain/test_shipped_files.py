"""rules.toml, recipients.toml and models.toml as shipped: what every reader of them may rely on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from domain.alerts import Event, Severity
from domain.configuration_file import read_toml
from domain.network import load_network
from domain.quantities import QUANTITIES
from domain.settings import load_settings

CONFIG = load_settings({}).config_dir


def rule(name: str) -> dict[str, Any]:
    return next(r for r in read_toml(CONFIG / "rules.toml")["rule"] if r["name"] == name)


def test_every_rule_says_what_it_is_and_where_its_numbers_come_from() -> None:
    rules = read_toml(CONFIG / "rules.toml")["rule"]
    assert len({r["name"] for r in rules}) == len(rules)
    for each in rules:
        assert each["event"] in set(Event), each["name"]
        assert set(each["severities"]) <= set(Severity), each["name"]
        assert each.get("quantity", "water_level") in QUANTITIES
        assert each["source"]
        assert isinstance(each["verified"], bool)


def test_every_event_has_its_rule() -> None:
    assert {r["event"] for r in read_toml(CONFIG / "rules.toml")["rule"]} == set(Event)


def test_rain_classes_rise_with_the_level_and_the_window() -> None:
    windows = rule("rainfall")["windows"]
    assert [w["hours"] for w in windows] == [1, 3, 6, 12, 24]
    for window in windows:
        assert all(low < high for low, high in pairwise(window["thresholds_mm"]))
    for shorter, longer in pairwise(windows):
        assert all(s < t for s, t in zip(shorter["thresholds_mm"], longer["thresholds_mm"], strict=True))
    assert [w["hours"] for w in windows if w["verified"]] == [12, 24], "the shorter windows are our own choice"
    assert all("Chosen" in w["source"] for w in windows if not w["verified"])


def test_vn_aqi_breakpoints_rise_and_fit_the_index() -> None:
    air = rule("air_quality")
    for pollutant, steps in air["breakpoints"].items():
        assert all(low < high for low, high in pairwise(steps)), pollutant
        assert len(steps) == (6 if pollutant == "o3_8h" else len(air["index"])), pollutant
    assert set(air["warn_above"]) <= set(air["index"])


@pytest.mark.parametrize(("force", "metres_per_second"), [(6, 10.8), (8, 17.2), (10, 24.5), (12, 32.7), (17, 56.1)])
def test_beaufort_forces_begin_where_the_decree_says(force: int, metres_per_second: float) -> None:
    wind = rule("wind")
    assert dict(zip(wind["forces"], wind["from_m_per_s"], strict=True))[force] == metres_per_second


def test_gauges_named_in_rules_exist() -> None:
    stations = load_network(CONFIG).stations
    for each in rule("rate_of_rise")["classes"]:
        assert set(each["stations"]) <= set(stations), each["name"]


def test_each_ward_and_commune_and_the_city_hear_once() -> None:
    everybody = read_toml(CONFIG / "recipients.toml")["recipient"]
    recipients = [r for r in everybody if r["role"] != "operator"]  # who hears of the system's own faults alone
    wards, channels = load_network(CONFIG).wards, set(read_toml(CONFIG / "channels.toml")["channel"])
    assert len(everybody) == len(recipients) + 1
    assert sorted(r["area"] for r in recipients) == sorted(["city", *wards])
    assert len({r["id"] for r in recipients}) == len(recipients)
    for recipient in recipients:
        assert recipient["severity_floor"] in set(Severity)
        assert recipient["language"] in {"vi", "en"}
        assert len(recipient["channels"]) > 1  # one that fails is followed by another
        assert {*recipient["channels"], *recipient["copies"]} <= channels
        ward = wards.get(recipient["area"])
        assert recipient["role"] == ("committee" if ward is None else ward.kind.value)
        assert ward is None or ward.name_vi in recipient["name_vi"]


def test_the_leads_reach_from_one_hour_to_a_day() -> None:
    models = read_toml(CONFIG / "models.toml")
    assert models["leads_h"] == [1, 2, 3, 6, 9, 12, 18, 24]
