"""Fit the rain of a reported flood: writes rain.csv of an exercise, whose every amount is SYNTHETIC but what was reported.

    python benchmarks/fit_rain.py config/exercises/hue-2025

Three rivers, one amount a pulse each: bounded least squares bring the basin model (simulators/) near the reported levels and
inflows; the places where rain was reported then take the reported totals exactly, as near to the fit as they can.
It goes on from the rain.csv that is there, or from the first guess below; from far away it may stop in a valley, so that it is
run until nothing changes. Takes about five minutes; the exercise itself only reads what is written here.
"""

from __future__ import annotations

import csv
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, lsq_linear
from scipy.special import ndtr

from domain.reported import ReportedEvent, load_reported
from simulators.basin import STEP_H, BasinRun, simulate_basin, tide_m
from simulators.catchments import DAMS, NODES
from simulators.flood_2025 import SPIN_UP, release_orders
from simulators.gauged_rain import GaugedRain, load_gauged_rain, load_places

Floats = NDArray[np.float64]
RIVERS = ("huong", "west", "bo")
#: Centre at Huế, spread h, first guess mm on the Hương, the Hữu Trạch and the Bồ: the days of rain that the bulletins tell of.
PULSES = (
    ("2025-10-21T12:00", 10, 11, 15, 24),
    ("2025-10-22T18:00", 8, 14, 19, 30),
    ("2025-10-24T00:00", 8, 11, 15, 24),
    ("2025-10-25T04:00", 6, 11, 15, 24),
    ("2025-10-25T19:00", 4, 38, 52, 72),
    ("2025-10-26T06:00", 4, 44, 60, 72),
    ("2025-10-26T14:00", 3, 38, 52, 60),
    ("2025-10-26T22:00", 2.5, 50, 74, 72),
    ("2025-10-27T00:30", 0.3, 4, 5, 12),
    ("2025-10-27T04:00", 2.5, 58, 88, 87),
    ("2025-10-27T10:00", 3, 36, 54, 72),
    ("2025-10-27T16:00", 3, 27, 40, 44),
    ("2025-10-28T03:00", 3, 65, 49, 120),
    ("2025-10-28T12:00", 4, 32, 24, 60),
    ("2025-10-29T02:00", 3, 52, 39, 90),
    ("2025-10-29T08:00", 3, 78, 58, 150),
    ("2025-10-29T14:00", 3, 65, 49, 120),
    ("2025-10-30T12:00", 5, 13, 10, 30),
    ("2025-10-31T12:00", 6, 13, 10, 30),
    ("2025-11-02T12:00", 4, 26, 20, 45),
    ("2025-11-02T20:00", 3, 78, 58, 120),
    ("2025-11-03T03:00", 3, 91, 68, 150),
    ("2025-11-03T10:00", 3, 65, 49, 120),
    ("2025-11-03T19:00", 4, 39, 29, 60),
    ("2025-11-04T08:00", 5, 13, 10, 30),
)
#: Inflow totals were told for the morning; the model's mean over these hours at Huế is compared.
MORNING = ("2025-10-27T07:00+07:00", "2025-10-27T11:00+07:00")
#: What no report says and the fit must not leave to chance: station, time, level m, how sure m. The sirens of 26/10 18h mean
#: a level above BĐ2; after 3/11 12h only a forecast of about 4.6 m for the next morning is known.
GUESSES = (
    ("kim_long", "2025-10-25T06:00", 0.6, 0.3),
    ("kim_long", "2025-10-26T13:00", 1.5, 0.3),
    ("kim_long", "2025-10-26T18:00", 2.2, 0.2),
    ("kim_long", "2025-11-04T06:00", 4.4, 0.3),
    ("phu_oc", "2025-10-25T06:00", 0.9, 0.4),
    ("phu_oc", "2025-10-26T18:00", 3.0, 0.4),
    ("phu_oc", "2025-11-04T06:00", 4.9, 0.3),
)
LEVEL_M, INFLOW_SHARE = 0.1, 0.05
#: Places without a report, which show what fell on each river.
UNREPORTED = {"huong": "truoi", "west": "huu_trach", "bo": "bo"}
#: Bounds of the logarithm of an amount over its first guess, and the step by which the fit looks around: dams that hold back
#: bend the levels, and a smaller step sees the bend alone.
LEAST, MOST, STEP = -5.0, 2.0, 0.02
#: Steps are relative to what is fitted, so it is fitted this far from zero.
AWAY = 10.0


def local(text: str) -> datetime:
    """A time at Huế."""
    return datetime.fromisoformat(text if "+" in text else f"{text}+07:00")


class Fit:
    """One exercise's reports beside the model; `x` holds the logarithms of the amounts over their first guess."""

    def __init__(self, folder: Path) -> None:
        self.flood = load_reported(folder)
        self.begins_at = local("2025-10-25T00:00") - SPIN_UP
        self.places = load_places(folder.parent)
        self.centre_h = np.array([self.hour(local(p[0])) for p in PULSES])
        self.spread_h = np.array([float(p[1]) for p in PULSES])
        self.guess = np.array([p[2:] for p in PULSES], dtype=float)
        self.hours = np.arange(0.0, (SPIN_UP + timedelta(days=12)).total_seconds() / 3600 + STEP_H / 2, STEP_H)
        self.tide = tide_m(self.hours + self.begins_at.timestamp() / 3600)
        self.orders = release_orders(folder, self.begins_at)

    def hour(self, at: datetime) -> float:
        """Hours since the run begins."""
        return (at - self.begins_at).total_seconds() / 3600

    def start(self, file: Path) -> Floats:
        """Where the fit goes on: the rain of an earlier one, or the first guess."""
        if not file.exists():
            return np.zeros(self.guess.size)
        earlier = load_gauged_rain(self.places, file, self.begins_at).amount_mm
        at = [self.places.names.index(UNREPORTED[river]) for river in RIVERS]
        mm = np.maximum(earlier[at] / self.places.shares[at][:, None], 0.01).T
        return np.clip(np.log(mm / self.guess).ravel(), LEAST + 0.01, MOST - 0.01)

    def amounts(self, x: Floats) -> Floats:
        """Millimetres by place and pulse."""
        mm = self.guess * np.exp(x.reshape(self.guess.shape))
        found = []
        for name, river, share in zip(self.places.names, self.places.rivers, self.places.shares, strict=True):
            found.append(self.with_reports(name, mm[:, RIVERS.index(river)] * share))
        return np.array(found)

    def with_reports(self, name: str, prior_mm: Floats) -> Floats:
        """The amounts of one place, brought to the totals that were reported there."""
        windows = [(window, event.value) for event in self.flood.events if (window := rain_window(event, name))]
        if not windows:
            return prior_mm
        share = np.array([self.fallen(end) - self.fallen(begin) for (begin, end), _ in windows])
        told = np.array([value for _, value in windows])
        loose = 0.35 * prior_mm + 4
        matrix = np.vstack([share / 0.3, np.diag(1 / loose)])
        return lsq_linear(matrix, np.concatenate([told / 0.3, prior_mm / loose]), (0, np.inf)).x

    def fallen(self, at: datetime) -> Floats:
        """Which share of every pulse has fallen."""
        return ndtr((self.hour(at) - self.centre_h) / self.spread_h)

    def run(self, amount_mm: Floats) -> BasinRun:
        """What the basin does with this rain."""
        rain = GaugedRain(
            lat=self.places.lat,
            lon=self.places.lon,
            centre_h=self.centre_h,
            spread_h=self.spread_h,
            amount_mm=amount_mm,
        )
        return simulate_basin(rain.areal_mm(self.hours), self.hours, self.tide, self.orders)

    def misses(self, x: Floats) -> Floats:
        """How far the model is from every report, in units of how sure it is, and from the first guess."""
        run = self.run(self.amounts(x))
        told = [(r.station, r.observed_at, r.level_m, LEVEL_M) for r in self.flood.levels if not r.contradicted]
        told += [(station, local(at), level, sure) for station, at, level, sure in GUESSES]
        names = [node.name for node in NODES]
        levels = [
            (np.interp(self.hour(at), self.hours, run.node_stage_m[:, names.index(s)]) - m) / sure
            for s, at, m, sure in told
        ]
        morning = slice(*(int(self.hour(local(at)) / STEP_H) for at in MORNING))
        inflow = {dam.name: run.dam_inflow_m3s[morning, n].mean() for n, dam in enumerate(DAMS)}
        flows = [
            np.log(inflow[e.place] / e.value) / INFLOW_SHARE
            for e in self.flood.events
            if e.what.startswith("inflow") and e.value
        ]
        return np.array([*levels, *flows, *(x / 0.8)])


def rain_window(event: ReportedEvent, name: str) -> tuple[datetime, datetime] | None:
    """The span that a rain total at a place is told for; its beginning stands in the words of the event."""
    if event.place != name or not event.what.startswith("rain") or event.value is None:
        return None
    spans = {
        "rain in the hour to this time": timedelta(hours=1),
        "rain from 26/10 19h": timedelta(hours=12),
        "rain in 24 h": timedelta(hours=24),
        "rain from 25/10 13h": timedelta(hours=46),
        "rain 25-29/10": event.at - local("2025-10-25T00:00"),
    }
    return event.at - spans[event.what], event.at


def main() -> None:
    """Fit, then write rain.csv."""
    folder = Path(sys.argv[1])
    fit = Fit(folder)
    found = least_squares(
        lambda y: fit.misses(y - AWAY),
        fit.start(folder / "rain.csv") + AWAY,
        bounds=(LEAST + AWAY, MOST + AWAY),
        diff_step=np.full(fit.guess.size, STEP / AWAY),
        max_nfev=int(sys.argv[2]) if len(sys.argv) > 2 else 20,
        verbose=2,
    )
    amounts = fit.amounts(found.x - AWAY)
    with (folder / "rain.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["centre", "spread_h", *fit.places.names])
        for n, pulse in enumerate(PULSES):
            table.writerow([local(pulse[0]).isoformat(), pulse[1], *(f"{mm:.1f}" for mm in amounts[:, n])])


if __name__ == "__main__":
    main()
