"""A fleet's content is decided by its seed, its faults do what their names say, and its truth adds up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from domain.errors import ConfigurationError, UnreadableMessageError
from domain.exercise import FaultKind
from ingest.formats.native import Refusal, decode
from simulators.field.faults import Fault, draw_faults
from simulators.field.fleet import FieldFleet
from simulators.field.network import LinkDown, Network
from simulators.field.reading import Departure
from simulators.field.traits import Traits
from simulators.field.truth import RunFacts, load_truth, write_truth
from tests.unit.simulators.field.given_fleet import DAY, HOUR, START, network_of, plan, played


def fault(kind: FaultKind, station: str, *, size: float = 0.0, quantity: str | None = None, hours: float = 4) -> Fault:
    starts = START + 10 * HOUR
    return Fault(
        id=kind, station=station, kind=kind, starts=starts, ends=starts + hours * HOUR, quantity=quantity, size=size
    )


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    rough = Network(loss=0.1, duplicates=0.1, disorder=0.1)
    faults = draw_faults(network_of(8), START, START + DAY, 3, kinds=[FaultKind.SPIKE, FaultKind.MALFORMED])
    assert len(faults) == 2
    once = played(plan(network=rough, faults=faults))
    assert played(plan(network=rough, faults=faults)) == once
    assert played(plan(network=rough, faults=faults, seed=4))[0] != once[0]
    leaving = [departure.at_s for departure in once[0]]
    assert leaving == sorted(leaving)


def test_bad_weather_on_the_way_is_all_accounted_for(tmp_path: Path) -> None:
    """Loss, repetition, disorder, an outage of all with a storm of reconnections, a small memory, an empty battery."""
    down = LinkDown(starts_s=(START + 5 * HOUR).timestamp(), ends_s=(START + 9 * HOUR).timestamp(), storm_s=20.0)
    traits = [Traits(station=f"s{n}", buffer=10 if n == 1 else 500) for n in range(8)]
    traits[3] = Traits(station="s3", cell_days=0.5, cell_began_s=START.timestamp(), changed_after_s=7200.0)
    rough = Network(loss=0.2, duplicates=0.2, disorder=0.1, down=(down,))
    found, truth = played(plan(network=rough, traits=traits))
    assert all(s.measured == s.sent + s.lost + s.unreadable for s in truth.series)
    assert truth.sent["s0", "water_level"].lost == 0
    assert truth.sent["s1", "rainfall"].lost == 24 - 10
    assert sum(departure.again for departure in found) > 100
    away = [d for d in found if down.starts_s + 400 < d.at_s < down.ends_s]
    assert away == []
    storm = [d for d in found if down.ends_s <= d.at_s <= down.ends_s + 20.0]
    assert {d.station for d in storm} == {f"s{n}" for n in range(8)}
    assert [f.kind for f in truth.faults] == [FaultKind.SILENT]
    assert (truth.faults[0].station, truth.faults[0].readings) == ("s3", 2 * 12)
    volts = [r.battery_v for d in found if d.station == "s3" for r in d.written.readings]
    assert min(volts) < 3.2
    assert max(volts) > 4.0
    write_truth(tmp_path / "truth.jsonl", truth)
    assert load_truth(tmp_path / "truth.jsonl") == truth
    (tmp_path / "truth.jsonl").write_text('{"is":"fault"}\n')
    with pytest.raises(ConfigurationError, match=r"line 1.*play it again"):
        load_truth(tmp_path / "truth.jsonl")


def test_each_fault_does_what_its_name_says() -> None:
    traits = [Traits(station=f"s{n}") for n in range(12)]
    faults = [
        fault(FaultKind.SPIKE, "s0", size=2.0, quantity="water_level"),
        fault(FaultKind.DRIFT, "s4", size=1.0, quantity="water_level"),
        fault(FaultKind.FLOODED_OUT, "s8", hours=12),
        fault(FaultKind.UNIT, "s1", size=100.0, quantity="rainfall"),
        fault(FaultKind.BIAS, "s5", size=1.0, quantity="rainfall"),
        fault(FaultKind.CLOCK_SKEW, "s2", size=-3000.0),
        fault(FaultKind.MALFORMED, "s6"),
        fault(FaultKind.WRONG_STATION, "s10"),
        fault(FaultKind.FLAT, "s3", quantity="pm10"),
        fault(FaultKind.ZERO, "s7", quantity="pm10"),
    ]
    clean, _ = played(plan(12, traits=traits))
    found, truth = played(plan(12, traits=traits, faults=faults))
    good = {(d.station, r.quantity, r.at_s): r.value for d in clean for r in d.written.readings}
    off: dict[str, list[float]] = {}
    for departure in found:
        for r in departure.written.readings:
            key = (departure.station, r.quantity, r.at_s)
            if good.get(key) != r.value and departure.unreadable is None and key in good:
                off.setdefault(departure.station, []).append(round(r.value - good[key], 2))
    by_kind = {f.kind: f for f in truth.faults}
    assert set(by_kind) == {f.kind for f in faults}
    assert off["s0"] == [2.0]
    assert off["s4"] == sorted(off["s4"])
    assert off["s4"][-1] == pytest.approx(1.0, abs=0.06)
    assert set(off["s5"]) == {1.0}
    assert len(off["s5"]) == 24 - 6
    assert by_kind[FaultKind.BIAS].readings == 24
    levels = [(r.at_s, r.value) for d in found if d.station == "s8" for r in d.written.readings]
    last = max(at_s for at_s, _ in levels if at_s < (START + 22 * HOUR).timestamp())
    window = [v for at_s, v in levels if (START + 10 * HOUR).timestamp() <= at_s <= last]
    assert window[-1] == max(window)
    assert by_kind[FaultKind.FLOODED_OUT].readings >= 36
    late = {r.at_s % 600 for d in found if d.station == "s2" for r in d.written.readings}
    assert len(late) == 1  # 3000 s are whole marks: revisions
    s2 = truth.sent["s2", "wind_speed"]
    assert s2.measured == s2.sent == 145 - 5 - 0  # five came twice
    flat = [r.value for d in found if d.station == "s3" for r in d.written.readings if r.faults]
    assert len(set(flat)) == 1
    zero = [r.value for d in found if d.station == "s7" for r in d.written.readings if r.faults]
    assert set(zero) == {0.0}
    garbled = [d for d in found if d.unreadable is not None]
    assert by_kind[FaultKind.MALFORMED].messages + by_kind[FaultKind.WRONG_STATION].messages == len(garbled) > 40
    for departure in garbled:
        if departure.station == "s6":
            assert _all_refused(departure)
        else:
            assert departure.written.topic.split("/")[2] == "s10_x"


def test_kinds_that_a_file_or_a_draw_can_name_do_what_they_say_too() -> None:
    """Another zero, scatter, silence and a link that is down; the truth knows what each touched."""
    traits = [Traits(station=f"s{n}") for n in range(8)]
    faults = [
        fault(FaultKind.SHIFT, "s0", size=-0.7, quantity="water_level"),
        fault(FaultKind.NOISE, "s4", size=0.5, quantity="water_level"),
        fault(FaultKind.SILENT, "s1"),
        fault(FaultKind.DELAYED, "s5"),
    ]
    clean, _ = played(plan(traits=traits))
    found, truth = played(plan(traits=traits, faults=faults))
    good, bad = (
        {(d.station, r.at_s): (r.value, d.at_s) for d in of for r in d.written.readings if r.quantity != "pressure"}
        for of in (clean, found)
    )
    starts_s, ends_s = ((START + hours * HOUR).timestamp() for hours in (10, 14))
    off = {
        station: [round(bad[key][0] - good[key][0], 2) for key in sorted(bad) if key[0] == station]
        for station in ("s0", "s4", "s5")
    }
    inside = [
        number for number, key in enumerate(sorted(k for k in bad if k[0] == "s0")) if starts_s <= key[1] < ends_s
    ]
    assert [round(off["s0"][n], 2) for n in inside] == [-0.7] * 24
    assert sum(value != 0 for value in off["s0"]) == 24, "and nothing before or after"
    noise = np.array([off["s4"][n] for n in inside])
    assert 0.3 < noise.std() < 0.7
    assert len(set(noise)) > 12
    assert sum(value != 0 for value in off["s4"]) <= 24
    quiet = {at_s for station, at_s in good if station == "s1"} - {at_s for station, at_s in bad if station == "s1"}
    assert (len(quiet), min(quiet) >= starts_s, max(quiet) < ends_s) == (24, True, True)
    assert set(off["s5"]) == {0.0}, "what was kept is what was measured"
    late = [bad["s5", at_s][1] for station, at_s in bad if station == "s5" and starts_s <= at_s < ends_s]
    assert len(late) == 24
    assert min(late) >= ends_s, "and it comes when the link is back"
    touched = {one.kind: one.readings for one in truth.faults}
    assert touched == dict.fromkeys((FaultKind.SHIFT, FaultKind.NOISE, FaultKind.SILENT, FaultKind.DELAYED), 24)
    assert truth.sent["s1", "rainfall"].measured == len([k for k in bad if k[0] == "s1"])


def _all_refused(departure: Departure) -> bool:
    quantity = departure.written.topic.split("/")[3] if departure.written.topic.count("/") > 2 else None
    try:
        outcomes = decode(departure.written.payload, quantity, START + 2 * DAY)
    except UnreadableMessageError:
        return True
    return all(isinstance(one, Refusal) for one in outcomes)


def test_the_truth_of_a_run_that_is_left_knows_nothing_of_what_was_still_to_come() -> None:
    """Devices are asked a block ahead, and through an outage many: what they would have done was counted as done."""
    down = LinkDown(starts_s=(START + 9 * HOUR).timestamp(), ends_s=(START + 12 * HOUR).timestamp())
    faults = [
        fault(FaultKind.SILENT, "s1"),
        fault(FaultKind.MALFORMED, "s4", hours=1),
        fault(FaultKind.UNIT, "s0", size=100.0, quantity="water_level"),
    ]
    fleet = FieldFleet(
        plan(traits=[Traits(station=f"s{n}") for n in range(8)], faults=faults, network=Network(down=(down,)))
    )
    left_at = START + 9.5 * HOUR
    for departure in fleet.departures():
        if departure.at_s > left_at.timestamp():
            break
        fleet.ledger.left(departure)
    facts = RunFacts(seed=3, starts=START, ends=left_at, devices=8, finished=False)
    truth = fleet.ledger.truth(facts)
    assert truth.faults == (), "all begin at the tenth hour"
    level = truth.sent["s0", "water_level"]
    assert (level.measured, level.sent, level.lost) == (9 * 6 + 3 + 1, 9 * 6, 0)
    assert all(s.measured <= 9 * 6 + 4 for s in truth.series)
    later = fleet.ledger.truth(replace(facts, ends=left_at + 0.75 * HOUR))
    assert {(f.kind, f.readings, f.sent) for f in later.faults} == {
        (FaultKind.SILENT, 2, 0), (FaultKind.MALFORMED, 2, 0), (FaultKind.UNIT, 2, 0)
    }  # fmt: skip
