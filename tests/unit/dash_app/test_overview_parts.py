"""What the overview sends: parts that changed, stations that carry their age, moments that an address names."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from dash_app.ledger import Ledger
from dash_app.map_stations import RAIN_KEYS, station
from dash_app.markup import markup
from dash_app.moments import moment_of
from dash_app.overview_page import MOST_GAUGES
from dash_app.overview_parts import Drawn, overview_parts
from dash_app.overview_screens import OverviewScreens, Written
from dash_app.screen import Screen, title
from dash_app.shell import banners
from dash_app.snapshot import RAIN_DAY
from dash_app.state import Freshness
from domain.readings import QualityFlag
from domain.stations import StationKind
from tests.unit.dash_app import scenes
from tests.unit.dash_app.scenes import NOW


def test_who_has_seen_a_change_is_sent_only_what_came_after_it() -> None:
    ledger = Ledger()
    ledger.take({"a": 1, "b": 2, "c": 3})
    first = ledger.since(None)
    assert (first["whole"], first["parts"]) == (True, {"a": 1, "b": 2, "c": 3})
    ledger.take({"a": 1, "b": 5})
    second = ledger.since(first["seen"])
    assert (second["whole"], second["parts"], second["gone"]) == (False, {"b": 5}, ["c"])
    assert ledger.since(second["seen"])["parts"] == {}
    ledger.take({"a": 1, "b": 5, "c": 9})
    assert ledger.since(first["seen"])["parts"] == {"b": 5, "c": 9}
    assert ledger.since(first["seen"])["gone"] == []


def test_what_another_process_has_sent_is_not_built_upon() -> None:
    here, there = Ledger(), Ledger()
    for ledger in (here, there):
        ledger.take({"a": 1})
    for seen in (there.since(None)["seen"], "past.2025-10-27T00:00:00+00:00.vi", "", "x.y"):
        assert here.since(seen)["whole"] is True


def changes_of(written: Written) -> dict[str, Any]:
    """The changes of a screen, as the browser has it."""
    return dict(screen_of(written)["changes"])


def screen_of(written: Written) -> Screen:
    """What the browser makes of an answer."""
    return msgspec.json.decode(gzip.decompress(written.body), type=Screen)


def test_an_update_of_one_gauge_sends_that_gauge() -> None:
    others = tuple(scenes.standing(place=scenes.station(f"gauge_{k}")) for k in range(30))
    before = scenes.overview(scenes.standing(), *others)
    changed = scenes.standing(3.71)
    after = replace(before, stations=(changed, *others))
    screens = OverviewScreens()
    seen = changes_of(screens.screen(before, "vi", None))["seen"]
    assert screens.ready(after, "vi", seen) is None
    update = screens.screen(after, "vi", seen)
    assert screens.screen(after, "vi", seen) is update, "drawn anew for each who looks"
    assert screens.ready(after, "vi", seen) is update
    parts = changes_of(update)["parts"]
    assert {name for name in parts if name.startswith(("station:", "row:"))} == {"station:kim_long", "row:kim_long"}
    assert "html:sentence" in parts
    assert "html:legend" not in parts
    assert "words" not in parts


def test_a_quiet_minute_changes_no_station_of_the_map() -> None:
    later = NOW + timedelta(minutes=1)
    assert station(scenes.standing(), "vi") == station(scenes.standing(now=later), "vi")


def test_a_marker_carries_its_number_state_and_the_time_it_was_measured() -> None:
    found = station(scenes.standing(peak=scenes.peak()), "vi")
    assert (found["lat"], found["lon"], found["label"]) == (16.46, 107.56, "3,58")
    assert (found["value"], found["state"]) == ("3,58 m", "trên BĐ3")
    assert found["measured"] == "đo lúc 07:00 ({age}) · đạt"
    assert found["at"] == (NOW - timedelta(minutes=2)).timestamp()
    # Ten minutes apart: late from 12.5 min on, silent from 32 min on.
    assert found["late"] == [750.0, 1920.0]
    assert found["peak"] == {
        "level": 3,
        "band": "4,9–5,3",
        "current": True,
        "text": "dự báo đỉnh 4,9–5,3 m lúc 20:02",
    }


def test_the_arrow_of_a_wind_that_is_not_heard_points_nowhere() -> None:
    place = scenes.station("mast", StationKind.WIND)
    heard = scenes.measure(90.0, "wind_direction")
    for more, arrow in (({}, 270), ({"flag": QualityFlag.FAIL}, None), ({"freshness": Freshness.SILENT}, None)):
        measures = {"wind_direction": replace(heard, **more)}  # type: ignore[arg-type]
        assert station(scenes.standing(9.0, 0, place, measures=measures), "vi")["direction"] == arrow


def test_the_rain_layer_has_every_total_with_its_class() -> None:
    place = scenes.station("rain_a", StationKind.RAIN)
    now = scenes.standing(2.0, 2, place, rain_mm={24: 81.3, RAIN_DAY: 4.2}, rain_levels={24: 2, RAIN_DAY: 0})
    found = dict(zip(RAIN_KEYS, station(now, "vi")["rain"], strict=True))
    assert (found[24], found[RAIN_DAY], found[72]) == (["81", 2], ["4,2", 0], ["", None])


def test_the_list_is_as_long_as_one_reads_and_the_map_has_all() -> None:
    many = tuple(scenes.standing(place=scenes.station(f"gauge_{k}")) for k in range(MOST_GAUGES + 5))
    parts = overview_parts(scenes.overview(*many), Drawn("vi"))
    assert len(parts["order"]) == MOST_GAUGES
    assert sum(name.startswith("station:") for name in parts) == MOST_GAUGES + 5
    assert "Còn 5 trạm khác" in parts["html:gauges"]


def test_the_past_says_so_and_is_sent_whole_once() -> None:
    then = replace(scenes.overview(scenes.standing()), past=True)
    assert "XEM LẠI" in markup(banners(then, "vi"))
    assert "not now" in markup(banners(then, "en"))
    assert title(then, "vi") == "Cảnh báo sớm Huế"
    screens = OverviewScreens()
    screen = screen_of(screens.screen(then, "vi", None))
    changes = screen["changes"]
    assert (screen["past"], changes["whole"]) == (True, True)
    assert screens.shows(then.read_at, "vi", changes["seen"])
    assert not screens.shows(then.read_at, "en", changes["seen"])


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("2025-10-28T02:14+07:00", datetime(2025, 10, 27, 19, 14, tzinfo=UTC)),
        ("2025-10-28T02:14 07:00", datetime(2025, 10, 27, 19, 14, tzinfo=UTC)),  # a plus that became a blank
        ("2025-10-28T02:14", datetime(2025, 10, 27, 19, 14, tzinfo=UTC)),
        ("2025-10-27T19:14:00Z", datetime(2025, 10, 27, 19, 14, tzinfo=UTC)),
        ("2031-01-01T00:00+07:00", None),
        ("02:14", None),
        ("0001-01-01", None),  # in UTC before the calendar begins
        ("0001-01-01T08:00", None),
        ("9999-12-31T23:59-07:00", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_an_address_names_a_moment(named: object, expected: datetime | None) -> None:
    assert moment_of(named, datetime(2026, 1, 1, tzinfo=UTC)) == expected
