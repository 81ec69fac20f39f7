"""The scores of forecasts as CSV, one row a gauge and lead, and as JSON with everything."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict

import msgspec

from dash_app.verification import PeakFigures, StationScores, Verification
from forecasting.verification_figures import LeadFigures, LevelFigures

#: Columns of one lead, as in LeadFigures.
_LEAD = ("lead_h", "n", "bias_m", "mae_m", "rmse_m", "pi", "crps_m", "cover80", "completeness", "timeliness")
_NOT_SCORED = ("excluded", "unread")
_PEAK = ("floods", "height_error_m", "time_error_h")
_LEVEL = ("hit", "miss", "false", "asked", "events", "brier", "slope")
COLUMNS = (
    "station",
    "first_day",
    "last_day",
    *_LEAD,
    *_NOT_SCORED,
    *(f"peak_{name}" for name in _PEAK),
    "watch",
    *(f"bd{number}_{name}" for number in (1, 2, 3) for name in _LEVEL),
)


def verification_csv(found: Verification) -> str:
    """Numbers with a decimal point and UTF-8; empty where nothing was scored."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for scores in found.stations:
        writer.writerows(_row(found, scores, figures) for figures in scores.leads)
    return text.getvalue()


def _row(found: Verification, scores: StationScores, figures: LeadFigures) -> list[object]:
    peak = scores.peaks.get(figures.lead_h)
    watch = scores.watches.get(figures.lead_h)
    levels = {level.number: level for level in figures.levels}
    row: list[object] = [scores.station.id, found.first.isoformat(), found.last.isoformat()]
    row += [_cell(getattr(figures, name)) for name in (*_LEAD, *_NOT_SCORED)]
    row += _cells(peak, _PEAK)
    row.append("" if watch is None else watch.state)
    for number in (1, 2, 3):
        row += _cells(levels.get(number), _LEVEL)
    return row


def _cells(figures: PeakFigures | LevelFigures | None, names: tuple[str, ...]) -> list[object]:
    return ["" if figures is None else _cell(getattr(figures, name)) for name in names]


def _cell(value: object) -> object:
    if value is None:
        return ""
    return round(value, 5) if isinstance(value, float) else value


def verification_json(found: Verification) -> str:
    """Every figure, the bins of the reliability diagrams, rises with the lead time won, and models compared."""
    stations = [
        {
            "station": scores.station.id,
            "leads": [asdict(figures) for figures in scores.leads],
            "peaks": [{"lead_h": lead} | asdict(peak) for lead, peak in sorted(scores.peaks.items())],
            "rises": [{"at": rise.at, "level": rise.level} | rise.figures for rise in scores.rises],
            "watch": [asdict(watch) for watch in scores.watches.values()],
        }
        for scores in found.stations
    ]
    whole = {"first_day": found.first, "last_day": found.last, "stations": stations}
    encoded = msgspec.json.encode(whole | {"models_compared": [asdict(each) for each in found.comparisons]})
    return msgspec.json.format(encoded, indent=1).decode()
