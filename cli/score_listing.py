"""Scores of issued forecasts as a table."""

from __future__ import annotations

from cli.tables import measured, table
from dash_app.verification import StationScores, Verification
from forecasting.verification_figures import LeadFigures

_HEADINGS = (
    "station",
    "lead",
    "n",
    "bias_m",
    "mae_m",
    "rmse_m",
    "pi",
    "crps_m",
    "cover80",
    "peak h",
    "complete",
    "on time",
    "hit/miss/false",
    "releases",
    "unread",
    "watch",
)


def scores_table(found: Verification) -> str:
    """One line a gauge and lead, then the lead time won before each rise over an alarm level."""
    rows = [_row(scores, figures) for scores in found.stations for figures in scores.leads]
    rises = [
        (
            scores.station.id,
            f"{rise.at:%Y-%m-%d %H:%M}Z",
            f"BĐ{rise.level}",
            measured(rise.figures["won_h"], 1) or "none",
        )
        for scores in found.stations
        for rise in scores.rises
    ]
    text = f"forecasts valid {found.first} to {found.last}\n{table(_HEADINGS, rows)}"
    return f"{text}\n\n{table(('station', 'reached', 'level', 'lead time won, h'), rises)}" if rises else text


def _row(scores: StationScores, figures: LeadFigures) -> tuple[object, ...]:
    peak, watch = scores.peaks.get(figures.lead_h), scores.watches.get(figures.lead_h)
    crossings = " ".join(f"{level.hit}/{level.miss}/{level.false}" for level in figures.levels)
    return (
        scores.station.id,
        f"{figures.lead_h:g}h",
        figures.n,
        measured(figures.bias_m),
        measured(figures.mae_m),
        measured(figures.rmse_m),
        measured(figures.pi),
        measured(figures.crps_m, 3),
        measured(figures.cover80),
        "" if peak is None else measured(peak.time_error_h, 1),
        measured(figures.completeness),
        measured(figures.timeliness),
        crossings,
        figures.excluded,
        figures.unread,
        "" if watch is None else watch.state,
    )
