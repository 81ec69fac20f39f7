"""A record of far away is carried to Huế whole, and a file that cannot be read is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.errors import ConfigurationError
from domain.stations import Series, Station, StationKind
from simulators.gauged_rain import load_gauged_rain, load_places
from simulators.record import load_record
from tests.judged_nature import CONFIG

HEAD = "at,station,wind_speed,wind_direction,rainfall\n"
ROWS = "".join(
    f"2026-01-01T0{hour}:00:00+08:00,{place},{speed},{direction},{rain}\n"
    for place, of_place in (("a", [(1, 350, 0), ("", 10, 2), (3, 20, 0)]), ("b", [(7, 90, 5), (8, 90, 5), (9, 90, 5)]))
    for hour, (speed, direction, rain) in enumerate(of_place)
)


def station(name: str, kind: StationKind) -> Station:
    series = (Series(quantity="wind_speed", cadence=timedelta(minutes=10)),)
    return Station(
        id=name, name_vi=name, name_en=name, kind=kind, lat=16.4, lon=107.6, series=series, simulated=True, verified=False, source="test"
    )  # fmt: skip


def test_stations_take_the_places_in_turn_and_gaps_are_filled(tmp_path: Path) -> None:
    (tmp_path / "wind.csv").write_text(HEAD + ROWS, encoding="utf-8")
    record = load_record(tmp_path / "wind.csv", (StationKind.WIND, StationKind.RAIN))
    here = [station(name, StationKind.WIND) for name in ("w1", "w2", "w3")] + [station("r1", StationKind.RAIN)]
    grid = np.array([0.0, 0.5, 1.0, 2.0])
    read = {each.id: record.at(each, here, grid) for each in here}
    assert read["w1"]["wind_speed"].tolist() == [1.0, 1.5, 2.0, 3.0]
    assert read["w2"]["wind_speed"].tolist() == [7.0, 7.5, 8.0, 9.0]
    assert read["w3"]["wind_speed"].tolist() == read["w1"]["wind_speed"].tolist()
    assert read["w1"]["wind_direction"].tolist() == [350, 10, 10, 20]  # never half way round
    assert read["r1"]["rainfall"].tolist() == [5.0, 7.5, 10.0, 15.0]  # the wetter of both places
    assert record.at(station("a1", StationKind.AIR), here, grid) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD, r"wind.csv: the file = 'wind.csv': holds no line of a record"),
        (HEAD + ROWS.replace(",350,", ",north,"), r"wind.csv, line 2: wind_direction = 'north': write a number"),
    ],
)
def test_an_unreadable_record_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "wind.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_record(tmp_path / "wind.csv", (StationKind.WIND,))


def test_rain_without_a_place_is_refused(tmp_path: Path) -> None:
    places = load_places(CONFIG / "exercises")
    (tmp_path / "rain.csv").write_text("centre,spread_h,hue\n2026-01-01T00:00:00+07:00,3,10\n", encoding="utf-8")
    with pytest.raises(
        ConfigurationError, match=r"rain.csv, line 2: bach_ma = None: no such column; the file has centre"
    ):
        load_gauged_rain(places, tmp_path / "rain.csv", datetime(2026, 1, 1, tzinfo=UTC))
