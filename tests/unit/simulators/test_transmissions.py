"""What leaves the devices: on time, in one pack after an outage, or never; in pieces or at once it is the same."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain.stations import Series, StageThresholds, Station, StationKind
from simulators.devices import Counters, Sample, battery_v, delay_s, message, packed
from simulators.faults import Outage, outages
from simulators.scenario import Scenario, epoch_for_flood
from simulators.transmissions import Fleet, Transmission

FLOOD_AT = datetime(2025, 10, 27, 6, tzinfo=UTC)
FLOOD_S = round(FLOOD_AT.timestamp())
SEED = 5
LEVELS = StageThresholds(
    valid_from=FLOOD_AT.date(), datum="", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="", verified=False
)


def station(name: str, kind: StationKind, thresholds: tuple[StageThresholds, ...] = ()) -> Station:
    quantity = "rainfall" if kind is StationKind.RAIN else "water_level"
    return Station(
        id=name,
        name_vi=name,
        name_en=name,
        kind=kind,
        lat=16.3,
        lon=107.6,
        series=(Series(quantity=quantity, cadence=timedelta(minutes=10)),),
        thresholds=thresholds,
        simulated=True,
        verified=False,
        source="test",
    )


STATIONS = [
    station("kim_long", StationKind.RIVER, (LEVELS,)),
    station("phong_binh", StationKind.RIVER),
    *(station(f"rain_{letter}", StationKind.RAIN) for letter in "abc"),
]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return Fleet(STATIONS, Scenario(STATIONS, SEED, epoch_for_flood(SEED, FLOOD_AT)), SEED)


def keys(transmissions: list[Transmission]) -> Counter[tuple[str, str, float, float]]:
    return Counter((s.station, s.quantity, s.at_s, s.value) for t in transmissions for s in t.samples)


def of_kind(found: tuple[Outage, ...], *, stored: bool) -> list[Outage]:
    return [outage for outage in found if outage.stored is stored]


def test_outages_spare_the_gauges_with_alarm_levels_and_are_drawn_from_the_seed() -> None:
    found = outages(STATIONS, SEED, 0, FLOOD_S)
    assert found == outages(list(reversed(STATIONS)), SEED, 0, FLOOD_S)
    assert len(found) == 3
    assert "kim_long" not in {outage.station for outage in found}
    assert len({outage.station for outage in found}) == 3
    assert outages(STATIONS[:1], SEED, 0, FLOOD_S) == ()


def test_live_and_history_send_the_same_readings_whatever_the_portions(fleet: Fleet) -> None:
    start, end = FLOOD_S - 40 * 3600, FLOOD_S + 12 * 3600
    whole = keys(list(fleet.history(start, end)))
    rounds = Counter[tuple[str, str, float, float]]()
    for begin in range(start, end, 600):
        rounds += keys(fleet.live(begin, begin + 600))
    blocks = keys(list(fleet.history(start, FLOOD_S - 7_000))) + keys(list(fleet.history(FLOOD_S - 7_000, end)))
    assert whole == rounds == blocks
    assert max(whole.values()) == 1


def test_a_stored_outage_arrives_as_one_pack_and_nothing_is_missing(fleet: Fleet) -> None:
    (outage,) = of_kind(outages(STATIONS, SEED, 0, FLOOD_S), stored=True)
    during = fleet.live(outage.starts_s - 1, outage.ends_s - 600)
    assert outage.station not in {s.station for t in during for s in t.samples}
    after = [t for t in fleet.live(outage.ends_s - 600, outage.ends_s) if t.samples[0].station == outage.station]
    pack = max(after, key=lambda t: len(t.samples))
    assert [s.at_s for s in pack.samples] == list(range(outage.starts_s, outage.ends_s, 600))
    assert {s.at_s for t in after for s in t.samples} >= {outage.ends_s}


def test_a_dead_gauge_leaves_a_gap_for_good(fleet: Fleet) -> None:
    lost = of_kind(outages(STATIONS, SEED, 0, FLOOD_S), stored=False)
    sent = list(fleet.history(FLOOD_S - 60 * 3600, FLOOD_S + 40 * 3600))
    for outage in lost:
        times = {s.at_s for t in sent for s in t.samples if s.station == outage.station}
        assert not times & set(range(outage.starts_s, outage.ends_s))
        assert outage.starts_s - 600 in times
        assert outage.ends_s in times


def test_live_is_in_order_of_time_and_never_beyond_its_span(fleet: Fleet) -> None:
    sent = fleet.live(FLOOD_S, FLOOD_S + 3600)
    assert [t.at_s for t in sent] == sorted(t.at_s for t in sent)
    assert min(t.at_s for t in sent) > FLOOD_S
    assert max(s.at_s for t in sent for s in t.samples) <= FLOOD_S + 3600


def test_one_sample_is_an_object_and_several_an_array_after_the_contract() -> None:
    counters = Counters({"kim_long/water_level": 41})
    first = Sample(station="kim_long", quantity="water_level", at_s=1761519600.0, value=3.58)
    second = Sample(station="kim_long", quantity="water_level", at_s=1761520200.0, value=3.6)
    single = message([first], counters, battery_seed=1)
    assert single.topic == "ews/v1/kim_long/water_level"
    assert json.loads(single.payload) == {
        "observed_at": "2025-10-27T06:00:00+07:00",
        "value": 3.58,
        "unit": "m",
        "seq": 42,
        "status": "00",
        "battery_v": battery_v(1, "kim_long", 1761519600.0),
    }
    pack = message([first, second], counters, battery_seed=None)
    assert [reading["seq"] for reading in json.loads(pack.payload)] == [43, 44]
    assert "battery_v" not in json.loads(pack.payload)[0]
    assert (pack.readings, pack.newest_s) == (2, 1761520200.0)
    assert counters.last == {"kim_long/water_level": 44}


def test_packs_stay_below_the_largest_message_of_the_contract() -> None:
    samples = [
        Sample(station="s" * 64, quantity="wind_direction", at_s=1.7e9 + 60 * n, value=359.0) for n in range(500)
    ]
    parts = list(packed(samples))
    assert [sample for part in parts for sample in part] == samples
    assert max(len(message(part, Counters(), battery_seed=1).payload) for part in parts) < 256 * 1024


def test_battery_and_delay_are_plausible_and_repeatable() -> None:
    times = [FLOOD_S + 600 * n for n in range(300)]
    volts = [battery_v(1, "kim_long", at) for at in times]
    assert 3.5 < min(volts) < max(volts) < 4.2
    delays = [delay_s(1, "kim_long", at) for at in times]
    assert 3 <= min(delays) < max(delays) <= 90
    assert delays == [delay_s(1, "kim_long", at) for at in times]
    assert len(set(delays)) > 250
