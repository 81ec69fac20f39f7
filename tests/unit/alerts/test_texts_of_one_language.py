"""A text is wholly in its reader's language: the remarks of the station file, which are English, stay on officers' pages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.public_drafts import written
from alerts.telling_policy import TellingPolicy, load_telling
from alerts.wording import message
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.network import load_network
from domain.settings import load_settings
from domain.stations import Station

CONFIG = load_settings({}).config_dir
AT = datetime(2025, 10, 27, tzinfo=UTC)
STATIONS = sorted(load_network(CONFIG).stations.values(), key=lambda station: station.id)


def remarks(table: object) -> Iterator[str]:
    """Every `datum` and `source` of a part of the station file."""
    if isinstance(table, dict):
        for name, value in table.items():
            if name in {"datum", "source"} and isinstance(value, str):
                yield value
            yield from remarks(value)
    if isinstance(table, list):
        for each in table:
            yield from remarks(each)


def plain_words(text: str) -> set[str]:
    """Words of four letters and more without a Vietnamese sign."""
    return set(re.findall(r"\b[a-z]{4,}\b", text.lower()))


def remarked_words() -> set[str]:
    """What the remarks say, without the names of places, which every language shares."""
    file = tomllib.loads((CONFIG / "stations.toml").read_text(encoding="utf-8"))
    names = " ".join(f"{s.name_vi} {s.name_en} {s.river} {s.basin}" for s in STATIONS)
    return plain_words(" ".join(remarks(file))) - plain_words(names)


def floods(station: Station) -> Iterator[tuple[Alert, AlertVersion]]:
    """An alert for each of the gauge's alarm levels, seen and foreseen; one with everything that a version can carry."""
    found = station.thresholds_on(AT.date())
    levels = [] if found is None else [(n, m) for n, m in enumerate(found.levels_m, start=1) if m is not None]
    for level, threshold in levels:
        for phase, reason in ((Phase.OBSERVED, Reason.UPGRADED), (Phase.FORECAST, Reason.RAISED_BY_FORECAST)):
            facts: dict[str, str | float | int] = {
                "observed_level": 1,
                "peak_m": 3.9,
                "peak_at": AT.isoformat(),
                "lapsed": 1,
            }
            turn: dict[str, str | float | int] = {"trough_m": 2.1, "trough_at": AT.isoformat()}
            version = AlertVersion(
                number=1, reason=reason, at=AT, decided_at=AT, level=level, severity=Severity.SEVERE, phase=phase,
                value=threshold + 0.1, threshold=threshold, detail=facts | turn,
            )  # fmt: skip
            yield (
                Alert(
                    identifier=f"hue-ews.{station.id}.flood.x", station=station.id, event=Event.FLOOD,
                    state=AlertState.ACTIVE, severity=version.severity, level=level, phase=phase, raised_at=AT,
                    ended_at=None, versions=(version,),
                ),
                version,
            )  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> TellingPolicy:
    return load_telling(CONFIG / "alerts.toml")


def test_the_station_file_has_remarks_to_keep_out() -> None:
    assert {"gauge", "zero", "bulletins", "verified", "found"} <= remarked_words()


@pytest.mark.parametrize("clock", ["live", "simulated"])
def test_no_remark_of_the_station_file_stands_in_a_vietnamese_draft(policy: TellingPolicy, clock: str) -> None:
    said = 0
    for station in (replace(each, clock=clock) for each in STATIONS):
        for alert, version in floods(station):
            text = written(alert, version, station, policy, AT).texts["vi"]
            whole = "\n".join((text.headline, text.description, text.instruction))
            assert plain_words(whole) & remarked_words() == set()
            assert "m theo mốc của trạm" in text.description
            said += 1
    assert said > 20


def test_no_remark_stands_in_the_committees_message_and_its_english_part_is_whole() -> None:
    for station in STATIONS:
        for alert, version in floods(station):
            vi = message(alert, version, station, recipient="x", language="vi").body.splitlines()
            assert plain_words("\n".join(vi[:-2]).replace(alert.identifier, "")) & remarked_words() == set()
            en = message(alert, version, station, recipient="x", language="en").body
            found = station.thresholds_on(AT.date())
            assert found is not None
            assert found.source not in en
            assert found.datum not in en
