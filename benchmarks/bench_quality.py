"""Precision and recall of the quality tests, on a seeded storm with injected faults and on labelled records.

    python benchmarks/bench_quality.py [FOLDER] [--seed N]

FOLDER holds labelled records as docs/quality.md names them (sensor_faults/, gauges/); without it only the storm is measured.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from quality_scores import Gauge, Score, injected_scores, score, storm_gauges

from domain.limit_tables import load_defaults
from domain.network import load_network
from domain.stations import Series, Station
from simulators.sensor_faults import SensorFault

CONFIG = Path(__file__).resolve().parents[1] / "config"
EPOCH_S = 1_760_000_400


def main() -> None:
    """Print one line for each source and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=4, help="faults of each kind a gauge")
    options = parser.parse_args()
    print(
        "source | kind | faults found | precision | recall | median delay h | suspect / 10,000 good | failed / 10,000 good"
    )
    print("---|---|---|---|---|---|---|---")
    storm(options.seed, options.times)
    if options.folder is not None:
        labelled(options.folder)
        records(options.folder, options.seed, options.times)


def line(source: str, kind: str, s: Score) -> None:
    """One line of the table."""
    faults = f"{s.found}/{s.faults}" if s.faults else "–"
    delay = f"{np.median(s.delays_h):.1f}" if s.delays_h else "–"
    print(f"{source} | {kind} | {faults} | {s.precision:.3f} | {s.recall:.3f} | {delay} | {s.suspect_good_per_10000:.2f} | {s.failed_good_per_10000:.2f}")  # fmt: skip


def storm(seed: int, times: int) -> None:
    """Every river gauge over one storm of the simulator."""
    chance = np.random.default_rng(seed)
    clean, sums = None, dict[SensorFault, Score]()
    for gauge in storm_gauges(load_network(CONFIG).stations, seed, EPOCH_S):
        good = score(gauge.flags(), np.zeros(len(gauge.values), dtype=bool))
        clean = good if clean is None else clean + good
        for kind, one in injected_scores(gauge, chance, times).items():
            sums[kind] = sums[kind] + one if kind in sums else one
    if clean is not None:
        line("storm", "no fault", clean)
    tell("storm", sums)


def tell(source: str, sums: dict[SensorFault, Score]) -> None:
    """One line a kind, and one for all of them."""
    total = None
    for kind, one in sums.items():
        line(source, kind.value, one)
        total = one if total is None else total + one
    if total is not None:
        line(source, "all kinds", total)


def unknown(
    cadence: timedelta, limits_of: str = "water_level", quantity: str = "water_level"
) -> tuple[Station, Series]:
    """A gauge of which nothing is known but its quantity: the limits of quality.toml, or those of one of our sets."""
    network = load_network(CONFIG)
    if limits_of == "lowland":
        known = network.stations["kim_long"].series_of("water_level")
        assert known is not None
        limits = replace(known.limits, suspect_low=None, suspect_high=None, fail_low=None, fail_high=None)
    else:
        limits = load_defaults(CONFIG)[quantity].limits()
    series = Series(quantity=quantity, cadence=cadence, limits=limits)
    return replace(network.stations["kim_long"], id="gauge", series=(series,), upstream=()), series


def seconds(times: pd.Series) -> np.ndarray:
    """Seconds since 1970; times without an offset are taken for UTC."""
    return times.to_numpy(dtype="M8[s]").astype(np.int64)


def labelled(folder: Path) -> None:
    """Records with labels of people who knew the gauge."""
    faults = folder / "sensor_faults"
    for name, minutes in (("MainStreet2019", 15), ("FranklinBasin2014", 15)):
        table = pd.read_csv(faults / "logan_river" / f"{name}.csv", parse_dates=["datetime"])
        logan(name, table, timedelta(minutes=minutes))
    table = pd.read_csv(faults / "sandy_creek" / "sandy.csv")
    at_s = seconds(pd.to_datetime(table["Timestamp"], format="%d/%m/%Y %H:%M"))
    station, series = unknown(timedelta(minutes=90))
    mine = (
        pd.DataFrame({"at": at_s, "v": table["Level"], "bad": table["label_Level"] == 1})
        .drop_duplicates("at")
        .sort_values("at")
    )
    labels("Sandy Creek level", mine, station, series)
    for name in ("spikeTelem", "nonSpikeTelem"):
        rows = json.loads((faults / "defra_spike" / f"{name}.json").read_text())
        mine = pd.DataFrame(
            {"at": seconds(pd.to_datetime([r["ts"] for r in rows]).to_series()), "v": [float(r["_"]) for r in rows]}
        )
        mine["bad"] = mine["v"] > 100
        station, series = unknown(timedelta(minutes=15))
        labels(f"DEFRA {name}", mine.sort_values("at"), station, series)
    table = pd.read_csv(faults / "uk_ea_flags" / "chesterton_rain_15min_2012-2014.csv", parse_dates=["time_gmt"])
    table = table[table["quality"].isin(["Good", "Suspect"])]
    station, series = unknown(timedelta(minutes=15), quantity="rainfall", limits_of="rainfall")
    mine = pd.DataFrame({"at": seconds(table["time_gmt"]), "v": table["rain_mm"], "bad": table["quality"] == "Suspect"})
    labels("EA Chesterton rain", mine, station, series)


def logan(name: str, table: pd.DataFrame, cadence: timedelta) -> None:
    """Stage in cm. What is wrong: a code of the technician, or a correction that is no constant offset."""
    offset = (table["stage_cor"] - table["stage"]).rolling(97, center=True, min_periods=1).median()
    moved = (table["stage_cor"] - table["stage"] - offset).abs() > 2.0
    wrong = {
        "sentinel": table["stage"] < -100,
        "spike or jump": moved & (table["stage"] > -100),
        "coded, moved by < 2 cm": table["stage_qual"].notna() & ~moved & (table["stage"] > -100),
    }
    bad = np.logical_or.reduce(list(wrong.values()))
    station, series = unknown(cadence)
    mine = pd.DataFrame({"at": seconds(table["datetime"]), "v": table["stage"] / 100, "bad": bad})
    for kind, where in wrong.items():
        mine[kind] = where
    labels(f"Logan {name} stage", mine, station, series, list(wrong))


def labels(source: str, mine: pd.DataFrame, station: Station, series: Series, kinds: list[str] | None = None) -> None:
    """Score one labelled series: columns at (seconds), v, bad, and one for each of `kinds`."""
    mine = mine[mine["v"].notna()]
    at_s = mine["at"].to_numpy()
    flags = Gauge(station=station, series=series, at_s=at_s, values=mine["v"].to_numpy(dtype=float)).flags()
    bad = mine["bad"].to_numpy(dtype=bool)
    line(source, "all labels", score(flags, bad))
    for kind in kinds or ():
        chosen = mine[kind].to_numpy(dtype=bool)
        kept = chosen | ~bad
        line(source, kind, score(flags[kept], chosen[kept]))


def records(folder: Path, seed: int, times: int) -> None:
    """Real gauges, taken for good: what is flagged of them, and faults put into them."""
    chance = np.random.default_rng(seed)
    nakdong = pd.read_csv(folder / "gauges/nakdong_korea/hourly.csv", parse_dates=["time_kst"])
    wangsuk = pd.read_csv(folder / "gauges/wangsuk_korea/hourly.csv", parse_dates=["time_kst"])
    nhatle = pd.read_csv(folder / "gauges/nhatle_vietnam/nhatle_stage_observed.csv", parse_dates=["time_ict"])
    for source, table in (("Nakdong", nakdong), ("Wangsuk", wangsuk)):
        for column in (c for c in table if c.startswith("h_")):
            record(f"{source} {column}", seconds(table["time_kst"]), table[column].to_numpy(dtype=float), chance, times)
    for name, rows in nhatle.groupby("station"):
        table = rows.drop_duplicates("time_ict").sort_values("time_ict")
        record(f"Nhật Lệ {name}", seconds(table["time_ict"]), table["stage_m"].to_numpy(dtype=float), chance, 0)


def record(source: str, at_s: np.ndarray, values: np.ndarray, chance: np.random.Generator, times: int) -> None:
    """Score one good series, and faults put into two months of it."""
    station, series = unknown(timedelta(hours=1))
    there = ~np.isnan(values)
    at_s, values = at_s[there], values[there]
    gauge = Gauge(station=station, series=series, at_s=at_s, values=values)
    line(source, "no fault", score(gauge.flags(), np.zeros(len(values), dtype=bool)))
    if times:
        stretch = slice(len(values) // 2, len(values) // 2 + 60 * 24)
        tell(source, injected_scores(replace(gauge, at_s=at_s[stretch], values=values[stretch]), chance, times))


if __name__ == "__main__":
    main()
