"""What the network page says of stations, sources and refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dash_app.markup import markup
from dash_app.network_page import network, station_row, troubled
from dash_app.network_snapshot import NetworkView, SeriesToday, SourceToday, StationLink
from domain.readings import QualityFlag
from domain.stations import StationKind
from domain.words import LANGUAGES, Language
from storage.accounts import Counts
from storage.network_report import Finding, ReasonCount
from tests.unit.dash_app.scenes import NOW, station

PASS, SUSPECT, FAIL = QualityFlag.PASS, QualityFlag.SUSPECT, QualityFlag.FAIL
WELL = SeriesToday(quantity="water_level", flags={PASS: 144}, expected=144, sent=42, stored=42)


def link(**more: Any) -> StationLink:
    """A station with which all is well."""
    described: dict[str, Any] = {
        "station": station(),
        "now": NOW,
        "read_at": NOW - timedelta(minutes=3),
        "silent": False,
        "late": False,
        "status": "online",
        "status_at": NOW - timedelta(days=1),
        "battery_v": 3.7,
        "skew_s": 1.2,
        "series": (WELL,),
    }
    return StationLink(**described | more)


def source(name: str = "ews-ingest", *, waiting: int | None = 0, broken_hours: int = 0, **counts: int) -> SourceToday:
    described = {"received": 10, "stored": 7, "duplicates": 1, "revisions": 1, "rejected": 1} | counts
    return SourceToday(source=name, counts=Counts(**described), waiting=waiting, broken_hours=broken_hours)


def view(*links: StationLink, **more: Any) -> NetworkView:
    described: dict[str, Any] = {
        "read_at": NOW,
        "sources": (source("native"),),
        "workers": (),
        "stations": links,
        "reasons": (),
        "findings": (),
    }
    return NetworkView(**described | more)


@pytest.mark.parametrize(
    ("trouble", "needed"),
    [
        ({}, False),
        ({"silent": True}, True),
        ({"late": True}, True),
        ({"status": "offline"}, True),
        ({"status": None, "status_at": None}, False),
        ({"skew_s": 301.0}, True),
        ({"skew_s": -25200.0}, True),
        ({"skew_s": None, "battery_v": None}, False),
        ({"series": (SeriesToday(quantity="water_level", flags={PASS: 143, SUSPECT: 1}, expected=144),)}, True),
        ({"series": (SeriesToday(quantity="water_level", flags={PASS: 143, FAIL: 1}, expected=144),)}, True),
        ({"series": (SeriesToday(quantity="water_level", flags={PASS: 100}, expected=144),)}, False),
        ({"series": (WELL, SeriesToday(quantity="rainfall", flags={}, expected=144, silent=True))}, True),
        (
            {
                "series": (
                    SeriesToday(quantity="water_level", flags={}, expected=0, sent=9, stored=8, missing=((4, 4),)),
                )
            },
            True,
        ),
    ],
)
def test_who_needs_a_look(trouble: dict[str, Any], needed: bool) -> None:
    assert troubled(link(**trouble)) is needed


def test_a_row_tells_all_of_a_station() -> None:
    lossy = SeriesToday(
        quantity="water_level",
        flags={PASS: 130, SUSPECT: 3, FAIL: 1},
        expected=144,
        sent=60,
        stored=40,
        missing=((4, 6), (9, 9), (11, 12), (20, 29), (40, 43)),
    )
    text = markup(station_row(link(series=(lossy,), status="offline", skew_s=-25200.0), "vi"))
    for said in ("Kim Long", "ngắt kết nối từ", "3 phút", "3,70 V", "−7 giờ", "90 %", "3 nghi ngờ", "1 sai", "10 thiếu số liệu", "60 / 40"):  # fmt: skip
        assert said in text, said
    assert "4–6, 9, 11–12, 20–29, và 1 đoạn nữa" in text
    assert "width:90.3%" in text


def test_a_sensor_that_is_dead_is_named_beside_those_that_are_heard() -> None:
    series = (WELL, SeriesToday(quantity="rainfall", flags={}, expected=144, silent=True))
    page = markup(network(view(link(series=series)), "vi"))
    assert "Mọi trạm đều có số liệu mới" not in page
    assert "mất tín hiệu: lượng mưa" in page
    assert "mất tín hiệu: " not in markup(network(view(link(series=series, silent=True)), "vi")), "all of it is silent"


def test_without_numbers_nothing_is_claimed() -> None:
    bare = SeriesToday(quantity="water_level", flags={PASS: 144}, expected=144)
    assert "không đánh số" in markup(station_row(link(series=(bare,)), "vi"))
    assert "đánh số hỏng" in markup(station_row(link(series=(bare,)), "vi", numbers_known=False))
    assert "60 / 40" not in markup(station_row(link(), "vi", numbers_known=False))


def test_more_readings_than_were_due_are_not_a_lack() -> None:
    dense = SeriesToday(quantity="water_level", flags={PASS: 300}, expected=144)
    assert (dense.absent, dense.read) == (0, 300)
    assert "100 %" in markup(station_row(link(series=(dense,)), "vi"))


def test_each_source_and_each_worker_has_its_own_account() -> None:
    text = markup(network(view(workers=(source("ews-ingest", received=11), source("replay"))), "vi"))
    assert text.count("✓ khớp") == 2
    assert text.count("✗ lệch 1") == 1
    assert text.index("native") < text.index("Tiến trình nhận") < text.index("ews-ingest") < text.index("replay")


def test_the_equation_counts_what_waits_as_received() -> None:
    text = markup(network(view(sources=(source(waiting=5),)), "en"))
    assert ">15<" in text
    assert "✓ adds up" in text


@pytest.mark.parametrize(("amiss", "hours"), [({"received": 11}, 1), ({"stored": 9}, 2)])
def test_an_account_that_does_not_add_up_says_by_how_much(amiss: dict[str, int], hours: int) -> None:
    text = markup(network(view(sources=(source(broken_hours=hours, **amiss),)), "en"))
    assert f"✗ {1 if 'received' in amiss else -2} unaccounted for in {hours} h" in text
    assert "adds up" not in text


def test_two_hours_that_are_wrong_against_each_other_are_no_balance() -> None:
    assert "✗" in markup(network(view(sources=(source(broken_hours=2),)), "en"))


def test_what_strangers_sent_is_text_and_short() -> None:
    reason = ReasonCount(
        reason="not_json", count=12345, received_at=NOW, topic="a/\x1b[2J" + "x" * 500, detail="<script>"
    )
    text = markup(network(view(reasons=(reason,)), "vi"))
    assert "12.345" in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert "x" * 130 not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "test",
    [
        "gross_range",
        "rate_of_change",
        "spike",
        "flat_line",
        "step",
        "attenuated",
        "neighbour",
        "climatology",
        "device_status",
    ],
)
def test_every_test_has_its_word(language: Language, test: str) -> None:
    finding = Finding(
        station="kim_long", quantity="water_level", observed_at=NOW, value=5.0, test=test, flag=SUSPECT, judged_at=NOW
    )
    assert "Kim Long" in markup(network(view(link(), findings=(finding,)), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_network_is_said_in_words(language: Language) -> None:
    text = markup(network(view(sources=()), language))
    assert "0/0" in text
    assert text.count('class="empty"') == 4


def test_stations_stand_folded_by_kind() -> None:
    text = markup(network(view(link(), link(station=station("r", StationKind.RAIN))), "vi"))
    assert text.count("<details") == 2
    assert "Mọi trạm đều có số liệu mới" in text
