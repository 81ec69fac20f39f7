"""Agreement of the stage rule with the status of official bulletins: `python benchmarks/status_agreement.py TABLE.csv`.

The table has columns time_slst (UTC+05:30), station_norm, water_level, alert_level, minor_flood_level, major_flood_level (m;
0: none) and status (Normal, Alert, Minor Flood, Major Flood). Compared at each row: the status, the plain comparison of level
and thresholds of the same row (the source's own consistency), and the level that the stage rule holds then, once without
hysteresis and once as shipped.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from datetime import date, timedelta, timezone
from pathlib import Path

import pandas as pd

from domain.stations import Series, StageThresholds, Station, StationKind
from rules.configuration import load_rules
from rules.stage import stage_finding
from rules.tables import StageRule

_LEVELS = ["alert_level", "minor_flood_level", "major_flood_level"]
_STATUS = {"Normal": 0, "Alert": 1, "Minor Flood": 2, "Major Flood": 3}


def _read(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, parse_dates=["time_slst"])
    table["at"] = table["time_slst"].dt.tz_localize(timezone(timedelta(hours=5, minutes=30))).dt.tz_convert("UTC")
    table["said"] = table["status"].map(_STATUS)
    table = table.dropna(subset=["water_level", "said", "at"])
    return table.drop_duplicates(["station_norm", "at"], keep="last").sort_values(["station_norm", "at"])


def _ascending(levels: list[float | None]) -> bool:
    known = [level for level in levels if level is not None]
    return known == sorted(set(known))


def _station(name: str, rows: pd.DataFrame) -> Station | None:
    """The gauge with its thresholds, dated by the local day on which the bulletins change them."""
    dated: dict[date, StageThresholds] = {}
    for day, _, *levels in rows[["day", "at", *_LEVELS]].itertuples(index=False):
        known = [None if pd.isna(level) or level <= 0 else float(level) for level in levels]
        if not _ascending(known):
            continue
        dated[day] = StageThresholds(
            valid_from=day, datum="", bd1_m=known[0], bd2_m=known[1], bd3_m=known[2], source="bulletin", verified=True
        )
    if not dated:
        return None
    return Station(
        id="gauge",
        name_vi=name,
        name_en=name,
        kind=StationKind.RIVER,
        lat=0,
        lon=0,
        series=(Series(quantity="water_level", cadence=timedelta(hours=3)),),
        thresholds=tuple(dated.values()),
        simulated=False,
        verified=False,
        source="bulletin",
    )


def _held(station: Station, rows: pd.DataFrame, rule: StageRule) -> list[int]:
    """The level that the rule holds at each row."""
    frame = pd.DataFrame(
        {"observed_at": rows["at"], "value": rows["water_level"], "flag": 1, "received_at": rows["at"]}
    )
    steps = stage_finding(station, frame, rule, rows["at"].min().to_pydatetime()).steps
    times = [step.at for step in steps]
    return [steps[bisect_right(times, at.to_pydatetime()) - 1].level for at in rows["at"]]


def main() -> None:
    """Print the shares of rows that agree with the status."""
    table = _read(Path(sys.argv[1]))
    table["day"] = table["at"].dt.tz_convert("Asia/Ho_Chi_Minh").dt.date
    shipped = load_rules(Path(__file__).resolve().parent.parent / "config" / "rules.toml")
    stage = next(rule for rule in shipped.rules if isinstance(rule, StageRule))
    plain = stage.model_copy(update={"hysteresis_m": 0.0, "clear_after_min": 0.0, "levels": ("bd1", "bd2", "bd3")})
    compared = sum(((table[name] > 0) & (table["water_level"] >= table[name])).astype(int) for name in _LEVELS)
    right = {"without hysteresis": 0, "as shipped": 0}
    rows_in_all = 0
    for name, rows in table.groupby("station_norm"):
        station = _station(str(name), rows)
        if station is None:
            continue
        rows_in_all += len(rows)
        right["without hysteresis"] += sum(
            a == b for a, b in zip(_held(station, rows, plain), rows["said"], strict=True)
        )
        right["as shipped"] += sum(a == b for a, b in zip(_held(station, rows, stage), rows["said"], strict=True))
    print(
        f"{rows_in_all} rows of {table['station_norm'].nunique()} gauges, {(table['said'] > 0).mean():.1%} above Normal"
    )
    print(f"the source's own consistency (level against its thresholds): {(compared == table['said']).mean():.2%}")
    for what, count in right.items():
        print(f"stage rule {what}: {count / rows_in_all:.2%}")


if __name__ == "__main__":
    main()
