"""What others take: stations, readings, forecasts; as they stand and as they were known, in pages and in streams."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dash_app.open_data import rows
from dash_app.open_data.sensor_things.routes import CONFORMANCE
from domain.times import floor
from storage import audit
from storage.database import Database
from storage.takings import close_hours
from tests.conftest import TemplateServer
from tests.open_house import STEP, T0, TERMS, House, forecast, furnish, furnished, issue, level

READINGS = [level(step, 1 + step / 10) for step in range(25)]
EARLY = T0 + 5 * STEP


@pytest.fixture(scope="module")
def house(database_servers: Callable[[str], TemplateServer]) -> Iterator[House]:
    with furnished(database_servers, READINGS) as house:
        yield house


def values(document: dict[str, list[dict[str, float]]]) -> list[float]:
    return [row["value"] for row in document["observations"]]


def test_pages_of_observations_hold_each_reading_once(house: House) -> None:
    found, pages = [], 0
    address = "/v1/observations?station=kim_long&limit=10"
    while address:
        document = house.get(address)
        found += document["observations"]
        address, pages = document["next"], pages + 1
    assert pages == 3
    assert [row["value"] for row in found] == [r.value for r in READINGS]
    assert found[0] == {
        "station": "kim_long",
        "quantity": "water_level",
        "observed_at": "2025-10-27T07:00:00+07:00",
        "received_at": "2025-10-27T07:00:03+07:00",
        "value": 1.0,
        "unit": "m",
        "flag": 1,
    }


def test_csv_and_parquet_say_the_same_in_pieces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_PIECE_ROWS", 7)
    asked = {"station": "kim_long", "from": (T0 + STEP).isoformat(), "to": (T0 + 24 * STEP).isoformat()}
    csv = house.ask("/v1/observations", params=asked | {"format": "csv"})
    parquet = house.ask("/v1/observations", params=asked | {"format": "parquet"})
    assert csv.headers["content-encoding"] == "gzip"
    from_csv, from_parquet = pd.read_csv(io.BytesIO(csv.content)), pd.read_parquet(io.BytesIO(parquet.content))
    for frame in (from_csv, from_parquet):
        assert list(frame["value"]) == [r.value for r in READINGS[1:24]]
        assert set(frame["unit"]) == {"m"}
        assert set(frame["flag"]) == {1}
        assert list(pd.to_datetime(frame["observed_at"], utc=True)) == [r.observed_at for r in READINGS[1:24]]
    assert from_csv["observed_at"][0] == "2025-10-27T07:10:00.000000+07:00"
    for answer in (csv, parquet):
        assert '<https://example.org/licence>; rel="license"' in answer.headers["link"]
        assert answer.headers["x-attribution"] == TERMS.attribution
        assert "4 fail" in answer.headers["x-quality-flags"]


def test_as_of_shows_what_was_known_at_that_moment(database: Database) -> None:
    furnish(database, READINGS)
    house, later = House(database), T0 + timedelta(days=1)
    furnish(house.database, [level(2, 9.0, known=later), level(3, 9.5, known=later)])
    assert values(house.get("/v1/observations", station="kim_long", limit=4)) == [1.0, 1.1, 9.0, 9.5]
    asked = {"station": "kim_long", "as_of": EARLY.isoformat()}
    assert values(house.get("/v1/observations", **asked)) == [r.value for r in READINGS[:5]]
    text = house.ask("/v1/observations", params=asked | {"format": "csv"}).text
    assert len(text.splitlines()) == 6
    before, at = later - timedelta(seconds=1), later
    assert values(house.get("/v1/observations", station="kim_long", as_of=before.isoformat()))[2] == READINGS[2].value
    assert values(house.get("/v1/observations", station="kim_long", as_of=at.isoformat()))[2] == 9.0


def test_a_forecast_that_was_superseded_is_shown_as_of_its_time(house: House) -> None:
    issue(house.database, [forecast(1, 1.0), forecast(2, 1.5)], T0)
    issue(house.database, [forecast(1, 1.0)], T0 + STEP)  # the same again
    issue(house.database, [forecast(1, 3.0, version="2")], T0 + 2 * STEP)
    now = house.get("/v1/forecasts", station="kim_long")["forecasts"]
    assert [row["q05_m"] for row in now] == [3.0, 1.5]
    first = house.get("/v1/forecasts", station="kim_long", as_of=(T0 + STEP / 2).isoformat())["forecasts"]
    assert [(row["q05_m"], row["version"]) for row in first] == [(1.0, "1"), (1.5, "1")]
    assert house.get("/v1/forecasts", station="kim_long", as_of=(T0 - STEP).isoformat())["forecasts"] == []
    page = house.get("/v1/forecasts", station="kim_long", limit=1)
    assert house.get(page["next"])["forecasts"] == now[1:]
    frame = pd.read_parquet(
        io.BytesIO(house.ask("/v1/forecasts", params={"station": "kim_long", "format": "parquet"}).content)
    )
    assert list(frame["q95_m"]) == pytest.approx([3.18, 1.68])


def test_stations_and_their_newest_readings_are_geojson(house: House) -> None:
    latest = house.get("/v1/latest")
    assert latest["licence"] == TERMS.licence
    by_id = {feature["id"]: feature for feature in latest["features"]}
    assert by_id["kim_long"]["geometry"] == {"type": "Point", "coordinates": [107.55, 16.46]}
    newest = by_id["kim_long"]["properties"]["readings"]["water_level"]
    assert (newest["value"], newest["unit"], newest["flag"]) == (READINGS[-1].value, "m", 1)
    assert by_id["phu_oc"]["properties"]["readings"] == {}
    assert house.get("/v1/stations/phu_oc")["properties"]["quantities"][0]["unit"] == "m"


def test_who_has_it_already_gets_304_and_who_takes_gzip_gets_it(house: House) -> None:
    plain = house.ask("/v1/observations?station=kim_long", headers={"Accept-Encoding": "identity"})
    packed = house.ask("/v1/observations?station=kim_long", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content  # httpx unpacks
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer in (plain, packed):
        again = house.ask("/v1/observations?station=kim_long", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/observations", 400, "station"),
        ("/v1/observations?station=kim_long&stations=phu_oc", 400, "stations"),
        ("/v1/observations?station=kim_long&station=phu_oc", 400, "station"),
        ("/v1/observations?station=kim_long&from=2025-10-27", 400, "from"),
        ("/v1/observations?station=kim_long&from=2025-10-27T00:00:00%2B07:00&to=2025-10-26T00:00:00Z", 400, "to"),
        ("/v1/observations?station=kim_long&format=xml", 400, "format"),
        ("/v1/observations?station=kim_long&limit=0", 400, "limit"),
        ("/v1/observations?station=kim_long&cursor=nonsense", 400, "cursor"),
        ("/v1/observations?station=kim_long&cursor=zzz-1", 400, "cursor"),
        ("/v1/observations?station=kim_long&cursor=water_level-1_0", 400, "cursor"),
        ("/v1/observations?station=kim_long&limit=-1", 400, "limit"),
        ("/v1/observations?station=kim_long&limit=1.0", 400, "limit"),
        ("/v1/observations?station=kim_long&limit=1_0", 400, "limit"),
        ("/v1/observations?station=kim_long&limit=99999999999999999999", 400, "limit"),
        ("/v1/observations?station=kim_long&as_of=2025-10-27T06:00:00", 400, "as_of"),
        ("/v1/observations?station=kim_long&quantity=o3", 400, "quantity"),
        ("/v1/observations?station=kim_long&as_of=%00", 400, "as_of"),
        ("/v1/forecasts?station=kim_long&cursor=1_x", 400, "cursor"),
        ("/v1/latest?fresh=1", 400, "fresh"),
        ("/v1/stations/nowhere", 404, None),
        ("/v1/observations?station=nowhere", 404, None),
        ("/v1/warnings/nowhere", 404, None),
        ("/v1/nowhere", 404, None),
    ],
)
def test_a_refusal_names_the_field(house: House, path: str, status: int, field: str | None) -> None:
    problem = house.refused(path, status)
    assert problem.get("field") == field
    assert "Traceback" not in problem["detail"]


def test_other_methods_and_too_many_requests_are_refused(house: House) -> None:
    answer = house.ask("/v1/latest", method="POST")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    busy = House(house.database, per_minute=3)
    for _ in range(3):
        assert busy.ask("/v1/stations").status_code == 200
    answer = busy.ask("/v1/stations")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_an_agency_sees_what_is_shared_and_what_it_took_is_audited_by_the_hour(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = floor(datetime.now(UTC), timedelta(hours=1))
    monkeypatch.setattr("dash_app.open_data.takings.floor", lambda _at, _step: hour)  # it may end while this asks
    agency = house.as_agency("hydromet", "kim_long")
    assert [one["id"] for one in agency.get("/v1/stations")["features"]] == ["kim_long"]
    assert [one["id"] for one in agency.get("/v1/latest")["features"]] == ["kim_long"]
    agency.refused("/v1/observations", 404, station="phu_oc")
    agency.refused("/v1/forecasts", 404, station="phu_oc")
    assert [thing["@iot.id"] for thing in agency.get("/sta/v1.1/Things")["value"]] == ["kim_long"]
    agency.refused("/sta/v1.1/Datastreams('phu_oc.water_level')/Observations", 404)
    agency.refused("/v1/stations/phu_oc", 404)
    agency.get("/v1/stations/kim_long")
    for _ in range(3):
        agency.ask("/v1/observations", params={"station": "kim_long", "format": "csv"})
    agency.takings.store(datetime.now(UTC))
    with house.database.transaction() as c:
        assert audit.entries(c, actor="hydromet") == []  # the hour is not over
        assert close_hours(c, datetime.now(UTC) + timedelta(hours=1)) == 1
        (entry,) = audit.entries(c, actor="hydromet")
        assert close_hours(c, datetime.now(UTC) + timedelta(hours=1)) == 0
    taken = {(one["what"], one["station"]): (one["requests"], one["rows"]) for one in entry.detail["taken"]}  # type: ignore[attr-defined]
    assert entry.action == "took"
    assert taken["observations", "kim_long"] == (3, 75)
    assert taken["latest", ""] == (1, 1)
    assert taken["stations", "kim_long"] == (1, 1)


def test_a_database_that_is_away_is_503_and_a_description_is_there() -> None:
    with Database("postgresql://127.0.0.1:1/none") as away:
        house = House(away)
        answer = house.ask("/v1/observations?station=kim_long&format=csv")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
        page = house.ask("/v1/docs").text
        assert "GET /api/v1/observations" in page
        assert "<script" not in page
        assert house.get("/v1/openapi.json")["info"]["license"]["name"] == TERMS.licence


EXAMPLES = re.findall(
    r"""curl [^\n]*['"]http://127\.0\.0\.1:8050/api([^\n]+)['"]$""",
    (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)


def test_every_example_of_the_paper_is_answered(house: House) -> None:
    assert len(EXAMPLES) > 12
    for example in EXAMPLES:
        answer = house.ask(example.replace("\\$", "$"))
        assert answer.status_code == 200, f"{example}: {answer.text}"
        assert '<https://example.org/licence>; rel="license"' in answer.headers["link"], example
        assert (answer.headers["x-attribution"], "4 fail" in answer.headers["x-quality-flags"]) == (
            TERMS.attribution,
            True,
        )


def test_the_paper_lists_the_requirements_of_the_root_document() -> None:
    paper = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `((?:datamodel|resource-path|request-data)/[^`]+)`", paper, flags=re.MULTILINE)
    assert [one.partition("/req/")[2] for one in CONFORMANCE] == listed
