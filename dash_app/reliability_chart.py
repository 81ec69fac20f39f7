"""The reliability diagram of one gauge as a picture: what came against what was said."""

from __future__ import annotations

import numpy as np

from dash_app.verification import StationScores
from forecasting.svg_chart import COLOURS, Chart

LEAD_H = 6.0


def reliability_svg(scores: StationScores) -> str:
    """The chance of reaching each alarm level within the lead, by tenths of the chance; larger dots are more forecasts."""
    figures = scores.at(LEAD_H)
    chart = Chart(x=(0.0, 1.0), y=(0.0, 1.0), x_label="P", y_label="f", title=f"{scores.station.name_vi}, {LEAD_H:g} h")
    chart.line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), COLOURS[4], "P = f", dashed=True)
    for level in () if figures is None else figures.levels:
        bins = np.array(level.bins, dtype=np.float64).reshape(-1, 3)
        colour = COLOURS[level.number - 1]
        chart.line(bins[:, 0], bins[:, 1], colour, f"BĐ{level.number} ({level.asked})")
        chart.dots(bins[:, 0], bins[:, 1], colour, np.clip(1.5 * np.log10(bins[:, 2] + 1) + 1.5, 2, 8))
    return chart.svg(standalone=True)
