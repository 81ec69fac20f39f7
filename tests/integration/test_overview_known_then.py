"""Looking back: what the screen said at each moment of a morning is what it is said to have said, whatever came later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dash_app.feed import Feed
from dash_app.overview_source import Memory
from dash_app.reading_overview import read_overview
from dash_app.snapshot import RAIN_DAY, Overview, StationNow, StationView
from dash_app.state import Point
from dash_app.station_source import StationSource
from dash_app.station_then import read_station_then
from domain.alerts import Alert, AlertState, Phase, Reason
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from rules.configuration import load_rules
from storage.alerts import save_alert
from storage.database import Database
from storage.forecasts import store_forecasts
from storage.known import forecasts_first_made, issues_made_anew
from storage.readings import Evidence, add_evidence, store_readings
from storage.stations import series_ids, sync_network
from tests.browser import scene

RULES = load_rules(load_settings({}).config_dir / "rules.toml")
NAMES = ("kim_long", "phu_oc", "rain_bach_ma", "air_phu_bai")
START = datetime(2025, 10, 26, 12, 0, tzinfo=UTC)
STEP = timedelta(minutes=30)


def sent(database: Database, series: tuple[str, str], reading: Point, came: datetime) -> None:
    station, quantity = series
    described: dict[str, Any] = {
        "value": reading.value,
        "observed_at": reading.at,
        "received_at": came,
        "flag": QualityFlag.PASS,
    }
    row = Reading(station=station, quantity=quantity, **described)
    with database.transaction() as c:
        store_readings(c, [row], series_ids(c))


def a_morning(database: Database, clock: str, look: Callable[[datetime], None]) -> None:
    """Readings in time, late, revised and judged later; a warning that grows and ends; forecasts made twice."""
    stations = [replace(s, clock=clock) for s in scene.network(NAMES)]
    kim_long = next(s for s in stations if s.id == "kim_long")
    with database.transaction() as c:
        sync_network(c, stations)
    times = [START + k * STEP for k in range(9)]
    for k, at in enumerate(times):
        came = at + timedelta(seconds=5)
        sent(database, ("kim_long", "water_level"), Point(at=at, value=3.0 + k / 10), came)
        sent(database, ("rain_bach_ma", "rainfall"), Point(at=at, value=4.0 + k), came)
        sent(database, ("air_phu_bai", "pm2_5"), Point(at=at, value=20.0 + 5 * k), came)
        if k % 3 == 2:  # Phú Ốc sends what it has kept, oldest first
            for old in times[k - 2 : k + 1]:
                sent(database, ("phu_oc", "water_level"), Point(at=old, value=2.0 + k / 5), came)
        with database.transaction() as c:
            _decide(c, kim_long, k, came)
        look(came + timedelta(minutes=1))
        if k == 4:  # a revision that comes after the screen was looked at
            sent(database, ("kim_long", "water_level"), Point(at=at, value=2.22), came + timedelta(minutes=2))
            look(came + timedelta(minutes=3))
        if k == 6:
            _doubt(database, Point(at=at, value=3.0 + k / 10), came + timedelta(minutes=2))


def _doubt(database: Database, judged: Point, when: datetime) -> None:
    """What a later test found of one level; the database notes the real time, the morning is long past."""
    with database.transaction() as c:
        number = series_ids(c)["kim_long", "water_level"]
        found: dict[str, Any] = {"observed_at": judged.at, "value": judged.value, "flag": QualityFlag.FAIL}
        add_evidence(c, [Evidence(series_id=number, test="spike", **found)])
        c.execute("update quality_evidence set judged_at = %s", (when,))


def _decide(connection: object, station: scene.Station, k: int, came: datetime) -> None:
    """In the fifth step the warning has ended; the forecast is made again at every other step."""
    alert = scene.flood_alert(station)
    assert alert is not None
    versions = tuple(replace(v, at=START, decided_at=START + 2 * j * STEP) for j, v in enumerate(alert.versions))
    told = tuple(v for v in versions if v.decided_at <= came)
    last = told[-1]
    now = replace(alert, versions=told, level=last.level, severity=last.severity, phase=last.phase, raised_at=START)
    if k >= 7:
        now = _ended(now, came if k == 7 else START + 7 * STEP + timedelta(seconds=5))
    save_alert(connection, now)  # type: ignore[arg-type]
    issued = START + (k // 2) * STEP
    forecasts = [replace(f, version=str(k)) for f in scene.forecasts(station, issued)]
    store_forecasts(connection, forecasts, came)  # type: ignore[arg-type]


def _ended(alert: Alert, at: datetime) -> Alert:
    last = alert.versions[-1]
    end = replace(last, number=last.number + 1, reason=Reason.ENDED, level=0, at=at, decided_at=at)
    return replace(alert, state=AlertState.ENDED, ended_at=at, versions=(*alert.versions, end))


def essence(overview: Overview) -> dict[str, object]:
    """All that a page draws from a snapshot; alerts by what they then said of themselves."""
    return {
        "clocks": dict(overview.clocks),
        "stations": {now.station.id: _station(now) for now in overview.stations},
        "alerts": [(a.alert.identifier, a.alert.level, a.alert.phase, len(a.alert.versions)) for a in overview.alerts],
    }


def _station(now: StationNow) -> object:
    measures = {name: (m.value, m.observed_at, m.received_at, m.flag, m.freshness) for name, m in now.measures.items()}
    rain = {key: round(mm, 6) for key, mm in now.rain_mm.items()}
    return (now.now, measures, now.level, now.rate_m_per_h, now.recent, now.peak, rain, now.aqi, len(now.alerts))


def _seen_and_recalled(database: Database, clock: str) -> tuple[dict[datetime, Overview], dict[datetime, Overview]]:
    seen: dict[datetime, Overview] = {}
    memory = Memory()

    def look(at: datetime) -> None:
        with database.transaction() as c:
            seen[at] = read_overview(c, RULES, at, memory)
            assert essence(seen[at]) == essence(read_overview(c, RULES, at)), "memory shows what is no longer so"

    a_morning(database, clock, look)
    with database.transaction() as c:
        recalled = {at: read_overview(c, RULES, datetime.now(UTC), as_of=at) for at in seen}
    return seen, recalled


def test_each_moment_is_recalled_as_it_was_seen(database: Database) -> None:
    seen, recalled = _seen_and_recalled(database, "live")
    assert {at: essence(o) for at, o in recalled.items()} == {at: essence(o) for at, o in seen.items()}
    first, last = min(seen), max(seen)
    assert recalled[first].past
    revised = [recalled[START + 4 * STEP + timedelta(seconds=5, minutes=m)].station("kim_long") for m in (1, 3)]
    assert [now.main.value for now in revised if now is not None and now.main is not None] == [3.4, 2.22]
    spiked = recalled[START + 6 * STEP + timedelta(seconds=5, minutes=1)].station("kim_long")
    assert spiked is not None
    assert spiked.main is not None
    assert spiked.main.flag is QualityFlag.PASS  # it was judged later
    assert [a.alert.phase for a in recalled[first].alerts] == [Phase.FORECAST]
    assert recalled[last].alerts == ()
    rain = recalled[last].station("rain_bach_ma")
    assert rain is not None
    assert rain.rain_mm[RAIN_DAY] == sum(4.0 + k for k in range(1, 9))  # the reading at 19h ends the day before


def drawn(view: StationView) -> object:
    """What the chart of a station shows."""
    return view.now.now, view.since, view.traces, view.rain, view.forecast, [a.alert.level for a in view.alerts]


def test_a_station_is_drawn_as_it_was_known(database: Database) -> None:
    seen: dict[tuple[datetime, str, int], object] = {}
    source = StationSource(Feed(database, RULES), {})

    def look(at: datetime) -> None:
        with database.transaction() as c:
            overview = read_overview(c, RULES, at)
            for now in overview.stations:
                for days in (5, 30):
                    view = source.read(c, now, overview, days)
                    in_force = tuple(each for each in view.alerts if each.active)
                    seen[at, now.station.id, days] = drawn(replace(view, alerts=in_force))

    a_morning(database, "live", look)
    recalled: dict[tuple[datetime, str, int], object] = {}
    with database.transaction() as c:
        for at, name, days in seen:
            overview = read_overview(c, RULES, datetime.now(UTC), as_of=at)
            then = overview.station(name)
            assert then is not None
            recalled[at, name, days] = drawn(read_station_then(c, then, overview, (), days))
    assert recalled == seen


def test_what_was_said_before_stands_as_it_was_made_first(database: Database) -> None:
    a_morning(database, "live", lambda _: None)
    end = START + 4 * STEP

    def versions(known_at: datetime) -> list[str]:
        found = forecasts_first_made(connection, "kim_long", START, end, known_at=known_at)
        return sorted({f.version for f in found})

    with database.transaction() as connection:
        assert versions(datetime.now(UTC)) == ["0", "2", "4", "6", "8"]  # each was made again as 1, 3, 5, 7
        assert versions(START + 3 * STEP) == ["0", "2"]
        anew = issues_made_anew(connection, "kim_long", START, START + 2 * STEP)
        issued = {
            f.issued_at
            for f in forecasts_first_made(connection, "kim_long", START, START + 2 * STEP, known_at=datetime.now(UTC))
        }
        assert anew
        assert anew <= issued
        assert issues_made_anew(connection, "phu_oc", START, end) == set()


def test_what_came_later_of_a_station_is_not_told_of_then(database: Database) -> None:
    a_morning(database, "live", lambda _: None)
    fifth, seventh = (START + k * STEP + timedelta(seconds=5) for k in (4, 6))
    found = {}
    with database.transaction() as c:
        # The database notes the real time, the morning is long past.
        c.execute("update reading_revision set replaced_at = %s", (fifth + timedelta(minutes=2),))
        for at in (fifth + timedelta(minutes=1), fifth + timedelta(minutes=3), seventh + timedelta(minutes=3)):
            overview = read_overview(c, RULES, datetime.now(UTC), as_of=at)
            now = overview.station("kim_long")
            assert now is not None
            depth = read_station_then(c, now, overview, ()).depth
            assert depth is not None
            assert depth.flags is not None
            found[at] = (len(depth.revisions), len(depth.evidence), sum(depth.flags["water_level"].values()))
    assert list(found.values()) == [(0, 0, 5), (1, 0, 5), (1, 1, 7)]


def test_a_clock_that_is_not_the_walls_is_recalled_with_its_own_time(database: Database) -> None:
    seen, recalled = _seen_and_recalled(database, "simulated")
    assert {at: essence(o) for at, o in recalled.items()} == {at: essence(o) for at, o in seen.items()}


def test_before_the_first_reading_nothing_was_known_and_a_past_screen_is_read_once(database: Database) -> None:
    scene.flood(database, names=NAMES)
    feed = Feed(database, RULES)
    early = feed.overview_at(scene.NOW - timedelta(days=30))
    assert early is not None
    assert all(now.main is None for now in early.stations)
    assert early.alerts == ()
    then = scene.NOW - timedelta(hours=3)
    assert feed.overview_at(then) is feed.overview_at(then)
    shown = feed.overview_at(then)
    assert shown is not None
    assert shown.first_at == scene.NOW - scene.BACK + timedelta(seconds=8)


def test_looking_back_goes_by_the_indexes_of_when_things_came(database: Database) -> None:
    with database.transaction() as c:
        rows = c.execute("select indexdef from pg_indexes where tablename in ('reading', 'forecast')").fetchall()
    found = " ".join(text for (text,) in rows)
    assert "USING brin (received_at)" in found
    assert "(station, made_at)" in found
