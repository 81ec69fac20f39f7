"""SensorThings over the stored readings: paths, options, filters that become parameters, links that lead somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dash_app.open_data.sensor_things import effort
from dash_app.open_data.sensor_things.routes import CONFORMANCE
from tests.conftest import TemplateServer
from tests.open_house import STEP, T0, House, furnished, level

PLACE = "/sta/v1.1"
STREAM = f"{PLACE}/Datastreams('kim_long.water_level')"


@pytest.fixture(scope="module")
def house(database_servers: Callable[[str], TemplateServer]) -> Iterator[House]:
    readings = [level(step, 1 + step / 10) for step in range(12)] + [level(0, 7.5, station="phu_oc")]
    with furnished(database_servers, readings) as house:
        yield house


def results(document: dict[str, list[dict[str, float]]]) -> list[float]:
    return [one["result"] for one in document["value"]]


def test_the_root_names_the_sets_and_what_is_met(house: House) -> None:
    root = house.get(PLACE)
    for one in root["value"]:
        assert house.get(one["url"])["value"], one["name"]
    assert root["serverSettings"]["conformance"] == list(CONFORMANCE)


def test_every_link_of_every_entity_leads_somewhere(house: House) -> None:
    for name in ("Things", "Locations", "Datastreams", "Sensors", "ObservedProperties", "Observations"):
        entity = house.get(f"{PLACE}/{name}", **{"$top": 1})["value"][0]
        assert house.get(entity["@iot.selfLink"]) == entity
        ways = [key for key in entity if key.endswith("@iot.navigationLink")]
        assert ways
        for way in ways:
            house.get(entity[way])


def test_observations_are_paged_to_the_end(house: House) -> None:
    found, address = [], f"{STREAM}/Observations?$top=5&$count=true"
    while address:
        page = house.get(address)
        assert page["@iot.count"] == 12
        found += results(page)
        address = page.get("@iot.nextLink")
    assert found == pytest.approx([1 + step / 10 for step in range(12)])


@pytest.mark.parametrize(
    ("condition", "steps"),
    [
        ("result gt 1.8", [9, 10, 11]),
        ("1.8 lt result", [9, 10, 11]),
        ("result ge 1.8 and result lt 2", [8, 9]),
        ("not (result gt 1.1) or result eq 2.1", [0, 1, 11]),
        (f"phenomenonTime gt {(T0 + 9 * STEP).isoformat()}", [10, 11]),
        ("phenomenonTime lt 2025-10-27T07:20:00+07:00", [0, 1]),
        ("parameters/received_at le 2025-10-27T00:00:03Z", [0]),
        ("resultQuality/flag ne 1", []),
        ("result eq null", []),
        ("Datastream/id eq 'kim_long.water_level' and result lt 1.1", [0]),
        ("Datastream/ObservedProperty/name eq 'rainfall'", []),
    ],
)
def test_a_filter_chooses_observations(house: House, condition: str, steps: list[int]) -> None:
    found = results(house.get(f"{STREAM}/Observations", **{"$filter": condition}))
    assert found == pytest.approx([1 + step / 10 for step in steps])


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("name eq 'Kim Long gauge'", ["kim_long", "phu_oc"]),
        ("id eq 'phu_oc'", ["phu_oc"]),
        ("properties/river ne 'Hương'", []),
        ("properties/basin eq null and properties/simulated eq false", ["kim_long", "phu_oc"]),
        ("name eq 'it''s'; drop table reading'", None),
        ("name eq 'it''s; drop table reading'", []),
    ],
)
def test_a_filter_chooses_things(house: House, condition: str, ids: list[str] | None) -> None:
    if ids is None:
        house.refused(f"{PLACE}/Things", 400, **{"$filter": condition})
        return
    found = house.get(f"{PLACE}/Things", **{"$filter": condition})
    assert [one["@iot.id"] for one in found["value"]] == ids


def test_order_skip_select_and_expand(house: House) -> None:
    found = house.get(f"{PLACE}/Observations", **{"$orderby": "result desc", "$top": 2, "$select": "result"})
    assert found["value"] == [{"result": 7.5}, {"result": pytest.approx(2.1)}]
    options = "Datastreams($filter=ObservedProperty/name eq 'water_level';$expand=Observations($top=1;$orderby=phenomenonTime desc;$count=true)),Locations"
    thing = house.get(f"{PLACE}/Things('kim_long')", **{"$expand": options, "$select": "name"})
    (stream,) = thing["Datastreams"]
    assert stream["Observations@iot.count"] == 12
    assert stream["Observations"][0]["result"] == pytest.approx(2.1)
    assert results(house.get(stream["Observations@iot.nextLink"])) == [pytest.approx(2.0)]
    assert thing["Locations"][0]["location"]["type"] == "Point"
    assert thing["name"] == "Kim Long gauge"
    assert house.get(f"{STREAM}", **{"$expand": "Thing/Locations"})["Thing"]["Locations"][0]["@iot.id"] == "kim_long"


def test_properties_values_and_references(house: House) -> None:
    assert house.get(f"{PLACE}/Things('kim_long')/name") == {"name": "Kim Long gauge"}
    answer = house.ask(f"{STREAM}/Thing/name/$value")
    assert (answer.text, answer.headers["content-type"]) == ("Kim Long gauge", "text/plain; charset=utf-8")
    assert [list(one) for one in house.get(f"{PLACE}/Things/$ref")["value"]] == [["@iot.selfLink"]] * 2
    observation = house.get(f"{STREAM}/Observations", **{"$top": 1})["value"][0]
    assert house.get(f"{STREAM}/Observations('{observation['@iot.id']}')") == observation


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        (f"{PLACE}/Nothings", 404, None),
        (f"{PLACE}/Things('nowhere')", 404, None),
        (f"{PLACE}/Things('kim_long')/Sensors", 404, None),
        (f"{PLACE}/Observations('kim_long.water_level.99999999999999999999')", 404, None),
        (f"{PLACE}/Things?$top=-1", 400, "$top"),
        (f"{PLACE}/Things/$ref?$select=id", 400, "$select"),
        (f"{PLACE}/Things/$ref?$expand=Datastreams", 400, "$expand"),
        (f"{PLACE}/Datastreams?$expand=Thing($top=1)", 400, "$expand"),
        (f"{PLACE}/Things('kim_long')?$filter=name eq 'x'", 400, "$filter"),
        (f"{PLACE}/Things('kim_long')/name?$count=true", 400, "$count"),
        (f"{PLACE}/Things('kim_long')/name/$value?$top=1", 400, "$top"),
        (f"{PLACE}/Things?$skip=x", 400, "$skip"),
        (f"{PLACE}/Things?$format=json", 400, "$format"),
        (f"{PLACE}/Things?$count=yes,no", 400, "$count"),
        (f"{PLACE}/Things?$select=nothing", 400, "$select"),
        (f"{PLACE}/Things?$orderby=nothing", 400, "$orderby"),
        (f"{PLACE}/Things?$expand=Sensors", 400, "$expand"),
        (f"{PLACE}/Things?$expand=Datastreams($nothing=1)", 400, "$nothing"),
        (f"{PLACE}/Things?$filter=name gt", 400, "$filter"),
        (f"{PLACE}/Things?$filter=name gt 3", 400, "$filter"),
        (f"{PLACE}/Things?$filter=startswith(name,'K')", 400, "$filter"),
        (f"{PLACE}/Things?$filter=" + "not " * 60 + "name eq 'x'", 400, "$filter"),
        (f"{PLACE}/Observations?$filter=result gt 'x'", 400, "$filter"),
        (f"{PLACE}/Observations?$filter=value gt 3", 400, "$filter"),
        (f"{PLACE}/Observations?$orderby=Datastream", 400, "$orderby"),
        (
            f"{PLACE}/Things?$top=1000&$expand=Datastreams($expand=Thing($expand=Datastreams($expand=Thing($expand=Datastreams))))",
            400,
            "$expand",
        ),
    ],
)
def test_what_cannot_be_answered_is_named(house: House, path: str, status: int, field: str | None) -> None:
    assert house.refused(path, status).get("field") == field


NESTED = "Thing/name ne 'x' and Thing/name ne 'y'"
STREAMS = "Datastream/id ne 'x' and Datastream/Thing/name ne 'x'"


@pytest.mark.parametrize(
    ("limit", "path", "field"),
    [
        (("_MOST_ENTITIES", 5), "Things?$expand=Datastreams($expand=ObservedProperty)", "$expand"),
        (("_MOST_LOOKS", 7), f"Datastreams?$filter={NESTED}", "$filter"),
        (("_MOST_LOOKS", 7), f"Things?$expand=Datastreams($top=0;$count=true;$filter={NESTED})", "$filter"),
        (("_MOST_LOOKS", 7), f"Observations?$filter={STREAMS}", "$filter"),
        (("_MOST_LOOKS", 3), "Datastreams?$orderby=name,description", "$filter"),
        (("_LONGEST_S", -1), "Datastreams?$expand=Observations($top=1)", "$expand"),
    ],
)
def test_what_costs_too_much_is_refused_however_it_is_nested(
    house: House, monkeypatch: pytest.MonkeyPatch, limit: tuple[str, int], path: str, field: str
) -> None:
    assert house.ask(f"{PLACE}/{path}").status_code == 200
    monkeypatch.setattr(effort, *limit)
    assert house.refused(f"{PLACE}/{path}", 422)["field"] == field
