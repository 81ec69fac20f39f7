"""What the web process keeps of what it has read: while the database is away, and of stations and moments nobody asks for."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dash_app import alert_source, feed, pages
from dash_app.desk_snapshot import AlertView, DeskView
from dash_app.feed import FEWEST_MOMENTS, KEPT_MOMENTS, KEPT_STATIONS, Feed
from dash_app.pages import Pages
from dash_app.snapshot import Overview, StationNow, StationView
from dash_app.station_source import StationSource
from tests.unit.dash_app import scenes
from tests.unit.dash_app.scenes import NOW
from tests.unit.dash_app.test_desk import BOOK, alert_view

STATION, ALERT = "/tram/kim_long", "/canh-bao/hue.kim_long.flood.1"
WAITING, NOT_FOUND = "Chưa đọc được số liệu", "Không tìm thấy trang"


@dataclass
class Known:
    """A feed that knows an overview, over a database that answers or does not."""

    shown: Overview
    answers: bool = True
    rules: Any = None

    def overview_at(self, moment: datetime | None) -> Overview:
        """The same for every moment."""
        del moment
        return self.shown

    def read(self, reading: Callable[[Any], Any]) -> Any:
        """None while the database is away."""
        return reading(None) if self.answers else None

    def next(self) -> None:
        """The overview is read once more."""
        self.shown = replace(self.shown, read_at=self.shown.read_at + timedelta(seconds=8))


class Gauges(StationSource):
    """Views made by hand; `asked` says of which stations."""

    def __init__(self, known: Known) -> None:
        super().__init__(known, {})  # type: ignore[arg-type]
        self.asked: list[str] = []

    def read(self, connection: Any, now: StationNow, overview: Overview, days: int) -> StationView:
        """Instead of the database's."""
        del connection, overview, days
        self.asked.append(now.station.id)
        return scenes.view(now)


@pytest.fixture
def known() -> Known:
    return Known(scenes.overview(scenes.standing()))


@pytest.fixture
def shown(known: Known, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """What the page at an address says; there is one alert and a desk without any."""

    def read_alert(_connection: Any, name: str, *_: Any) -> AlertView | None:
        return alert_view() if ALERT.endswith(name) else None

    def read_desk(_connection: Any, overview: Overview, *_: Any) -> DeskView:
        return DeskView(read_at=overview.read_at, cards=(), silences=(), book=BOOK)

    monkeypatch.setattr(alert_source, "read_alert", read_alert)
    monkeypatch.setattr(pages, "read_desk", read_desk)
    over: dict[str, Any] = {"verified": None, "book": BOOK, "sheets": None, "gauges": Gauges(known)}
    found = Pages(known, **over)  # type: ignore[arg-type]

    def screen(path: str) -> str:
        drawn = asyncio.run(found.screen(1, path, "vi", None, None))
        return f"{drawn['place']} {drawn['html']}"

    return screen


@pytest.mark.parametrize("path", [STATION, ALERT, "/canh-bao"])
def test_what_cannot_be_read_is_waited_for_and_not_said_to_be_missing(
    path: str, known: Known, shown: Callable[[str], str]
) -> None:
    known.answers = False
    assert WAITING in shown(path)
    known.answers = True
    assert WAITING not in shown(path), "nothing was kept of the reading that failed"


@pytest.mark.parametrize("path", ["/tram/nowhere", "/canh-bao/hue.kim_long.flood.2"])
def test_what_there_is_not_is_said_to_be_missing(path: str, shown: Callable[[str], str]) -> None:
    assert NOT_FOUND in shown(path)


@pytest.mark.parametrize(("path", "place"), [(STATION, "station"), (ALERT, "alert"), ("/canh-bao", "warnings")])
def test_what_was_shown_stays_while_the_database_is_away(
    path: str, place: str, known: Known, shown: Callable[[str], str]
) -> None:
    assert shown(path).startswith(f"{place} ")
    known.answers = False
    known.next()
    assert shown(path).startswith(f"{place} ")


def test_an_alert_that_has_changed_is_read_anew_and_shown_as_before_when_it_cannot_be(
    known: Known, shown: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del shown
    source = alert_source.AlertSource(known, BOOK)  # type: ignore[arg-type]
    name = ALERT.rpartition("/")[2]
    first = asyncio.run(source.view(known.shown, name))
    monkeypatch.setattr(known, "answers", False)
    assert asyncio.run(source.view(known.shown, name)) is first
    source.changed(name)
    kept = asyncio.run(source.view(known.shown, name))
    assert first is not None
    assert kept is not None
    assert kept.view is first.view
    monkeypatch.setattr(known, "answers", True)
    assert asyncio.run(source.view(known.shown, name)) not in (None, first._replace(read_at=None))


def test_a_station_nobody_looks_at_any_more_keeps_nothing() -> None:
    names = [f"gauge_{k}" for k in range(60)]
    known = Known(scenes.overview(*(scenes.standing(place=scenes.station(name)) for name in names)))
    gauges, held = Gauges(known), sys.getrefcount(known.shown)

    def look(*of: str) -> None:
        async def each() -> None:
            for name in of:
                assert await gauges.view(known.shown, name) is not None

        asyncio.run(each())

    look(*names)
    gc.collect()  # what ran the views has let go of it
    still = sys.getrefcount(known.shown)
    assert still == held, "an overview of thousands of stations is kept by a view"
    look(names[-1])
    assert len(gauges.asked) == 60
    look(names[0])
    assert gauges.asked[60:] == [names[0]]


class Answering:
    """A database that answers; nothing is asked of it."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield None


@pytest.mark.parametrize(
    ("stations", "kept"), [(1, KEPT_MOMENTS), (2_000, KEPT_STATIONS // 2_000), (9_000, FEWEST_MOMENTS)]
)
def test_fewer_moments_are_kept_of_a_larger_network(stations: int, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    then = scenes.overview(*[scenes.standing()] * stations)
    asked: list[datetime] = []

    def read_overview(*_: Any, as_of: datetime) -> Overview:
        asked.append(as_of)
        return then

    monkeypatch.setattr(feed, "read_overview", read_overview)
    found = Feed(Answering(), None)  # type: ignore[arg-type]
    moments = [NOW + timedelta(minutes=10 * k) for k in range(kept + 1)]
    for moment in (*moments, *moments[1:], moments[0]):
        assert found.overview_at(moment) is then
    assert asked == [*moments, moments[0]]
