"""A backtest as one HTML file that opens anywhere: tables, charts as SVG, and what was wrong with the data, in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from forecasting import backtest_plots as plots
from forecasting.backtest import at_valid_times, events
from forecasting.flood_events import FloodEvent, peak_error
from forecasting.hindcast import OPERATIONAL, Backtested, LeadRun

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:1060px;margin:24px auto;padding:0 16px;color:#1f2428;background:#fff}
h1{font-size:24px}h2{font-size:19px;margin-top:32px}p.vi,span.vi{color:#4a545d}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:3px 8px;text-align:right;border-bottom:1px solid #dfe3e7}
th{font-weight:600}td.l,th.l{text-align:left}tr.ews td{font-weight:600;background:#eef5fb}
.scroll{overflow-x:auto}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:16px}
svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:#1f2428}svg .rule{stroke:#e3e7ea}figure{margin:8px 0}
@media(prefers-color-scheme:dark){body{background:#14181c;color:#e6eaee}p.vi,span.vi{color:#a7b1ba}th,td{border-color:#323a41}
tr.ews td{background:#1d2c3a}figure{background:#fff;border-radius:6px}}
"""
#: column of the score table → its key, decimals.
_COLUMNS = (
    ("n", "n", 0),
    ("RMSE, m", "rmse_m", 3),
    ("MAE, m", "mae_m", 3),
    ("bias, m", "bias_m", 3),
    ("PI", "pi", 2),
    ("PI ≥ 1", "pi_high", 2),
    ("NSE", "nse", 3),
    ("KGE", "kge", 3),
    ("top 1 %, m", "bias_top", 2),
    ("CRPS, m", "crps_m", 4),
    ("cover80", "cover80", 2),
)


def html_report(tested: Backtested, result: Mapping[str, Any]) -> str:
    """The page, complete in itself: no script, no address of another server."""
    name = escape(tested.recording.name)
    body = [f"<h1>{name}</h1>", _intro(tested), _data(result), *([_scores(result)] if result["leads"] else [])]
    if result["leads"]:
        body += [_floods(tested, result), _chances(tested, result), _widths(result)]
    else:
        body.append("<p><strong>No lead could be scored.</strong></p>")
    body += [f"<p>{escape(str(note))}</p>" for note in result["notes"]]
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}: backtest</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def _heading(english: str, vietnamese: str) -> str:
    return f'<h2>{english} <span class="vi" lang="vi">· {vietnamese}</span></h2>'


def _intro(tested: Backtested) -> str:
    recording = tested.recording
    local = recording.test_from.astimezone(recording.utc_offset) if recording.test_from else None
    how = f"calibrated on what lies before {local:%Y-%m-%d} and forecast from then on"
    if tested.gauge.around:
        how = "calibrated on all but its largest flood, with ten days on either side, and forecast there"
    text = (
        f"Level at {escape(recording.target)}, {how} as if live: nothing after the issue time is used. Model {escape(tested.version)}, "
        f"calibrated in {tested.calibration_s:.0f} s. Rain is known up to the issue time only."
    )
    vi = "Mô hình được hiệu chỉnh bằng số liệu trước ngày trên, sau đó dự báo như thời gian thực; không dùng số liệu sau thời điểm phát dự báo."
    return f'<p>{text}</p><p class="vi" lang="vi">{vi}</p>'


def _data(result: Mapping[str, Any]) -> str:
    heading = _heading("Data", "Số liệu")
    if not result["data"]:
        return f"{heading}<p>No defect was found in the record.</p>"
    rows = [[f["series"], f["what"].replace("_", " "), f["count"], f["where"], f["done"]] for f in result["data"]]
    return heading + _table(("series", "what", "how many", "where", "what was done"), rows, left=(0, 1, 3, 4))


def _scores(result: Mapping[str, Any]) -> str:
    rows: list[list[object]] = []
    for lead, models in result["leads"].items():
        for name, score in models.items():
            crossed = " ".join(_counts(value) for key, value in score.items() if key.startswith("crossing"))
            numbers = [_figure(score[key], decimals) for _, key, decimals in _COLUMNS]
            rows.append([f"{lead} h", name, *numbers, crossed])
    head = ("lead", "model", *(column for column, _, _ in _COLUMNS), "crossings hit/miss/false")
    charts = [plots.by_lead(result["leads"], key, label) for key, label in (("pi", "PI"), ("crps_m", "CRPS, m"))]
    return (
        _heading("Scores", "Điểm đánh giá")
        + _table(head, rows, left=(0, 1), strong=OPERATIONAL)
        + _figures(charts)
        + "<p>PI = 1 - MSE / MSE of persistence; PI ≥ 1: where the first alarm level was reached; top 1 %: mean error over the "
        "highest levels, negative when floods are under-predicted; cover80: share inside the 10-90 % band, 0.80 is right.</p>"
    )


def _counts(crossing: Mapping[str, int]) -> str:
    return f"{crossing['hit']}/{crossing['miss']}/{crossing['false']}"


def _floods(tested: Backtested, result: Mapping[str, Any]) -> str:
    found = events(tested)
    heading = _heading("Floods", "Các trận lũ")
    if not found:
        return f"{heading}<p>No flood of the test part reached the first alarm level.</p>"
    rows = []
    for lead, models in result["leads"].items():
        flood = models[OPERATIONAL]["floods"]
        keys = ("peak_error_m", "peak_error_abs_m", "peak_time_error_abs_h")
        keys += ("crossing_time_error_h", "crossing_time_error_abs_h")  # type: ignore[assignment]
        rows.append([f"{lead} h", flood["n"], *(_figure(flood[key], 2) for key in keys)])
    head = ("lead", "floods", "peak, m", "|peak|, m", "|peak time|, h", "crossing, h", "|crossing|, h")
    return heading + _table(head, rows, left=(0,)) + _best_and_worst(tested, found)


def chart_files(tested: Backtested, result: Mapping[str, Any]) -> dict[str, str]:
    """Pictures as SVG files of their own, by name: the floods forecast best and worst, and the reliability of the first level."""
    if not result["leads"] or not tested.recording.thresholds:
        return {}
    runs = plots.drawn_runs(tested)
    run = runs[len(runs) // 2]
    chosen = _chosen(tested, events(tested))
    drawn = {key: plots.hydrograph(tested, event, run, standalone=True) for key, event in chosen.items()}
    return drawn | {"reliability": plots.reliability_diagram(result["leads"], 1, standalone=True)}


def _chosen(tested: Backtested, found: Sequence[FloodEvent]) -> dict[str, FloodEvent]:
    """The floods forecast best and worst; one alone is the best."""
    runs = plots.drawn_runs(tested)
    ranked = sorted(found, key=lambda event: _miss(tested, event, runs))
    return dict(zip(("best", "worst"), ranked[:1] + ranked[1:][-1:], strict=False))


def _best_and_worst(tested: Backtested, found: Sequence[FloodEvent]) -> str:
    runs = plots.drawn_runs(tested)
    chosen = _chosen(tested, found)
    words = {"best": ("The flood that was forecast best", "dự báo tốt nhất"), "worst": ("worst", "dự báo kém nhất")}
    out = ""
    for key, event in chosen.items():
        at = event.peak_at.astimezone(tested.recording.utc_offset)
        english, vietnamese = words[key]
        out += f"<h3>{english.capitalize()}: {event.peak_m:.2f} m, {at:%Y-%m-%d %H:%M} <span class='vi' lang='vi'>· {vietnamese}</span></h3>"
        out += _figures([plots.hydrograph(tested, event, run) for run in runs])
    return out


def _miss(tested: Backtested, event: FloodEvent, runs: Sequence[LeadRun]) -> float:
    """How far the peak was missed, mean of the drawn leads; a flood without forecasts comes in the middle."""
    grid = tested.gauge.grid
    errors = [peak_error(event, grid, at_valid_times(grid, run, run.models[OPERATIONAL][0])) for run in runs]
    known = [abs(error.height_m) for error in errors if error is not None]
    return float(np.mean(known)) if known else 0.5


def _chances(tested: Backtested, result: Mapping[str, Any]) -> str:
    rows = []
    for lead, models in result["leads"].items():
        for number, level_m in enumerate(tested.recording.thresholds, start=1):
            found = models[OPERATIONAL][f"within_{number}"]
            rows.append([
                f"{lead} h", f"{level_m:g} m", found["n"], found["events"],
                _figure(found["brier"], 4), _figure(found["brier_skill"], 2), _figure(found["slope"], 2),
            ])  # fmt: skip
    if not rows:
        return ""
    head = ("within", "level", "n", "events", "Brier", "Brier skill", "slope")
    charts = [plots.reliability_diagram(result["leads"], k + 1) for k in range(len(tested.recording.thresholds))]
    text = (
        "<p>The chance of reaching the level within the lead, asked while the water stands below it: the largest chance of "
        "the leads up to it. A slope below 1 is too sure, above 1 too timid. The charts are of levels 1, 2, 3 in turn.</p>"
    )
    return _heading("Chances", "Xác suất vượt báo động") + text + _table(head, rows, left=(0, 1)) + _figures(charts)


def _widths(result: Mapping[str, Any]) -> str:
    text = "<p>Where a band is drawn wide, the error should be large; on the line both agree.</p>"
    return (
        _heading("Spread and skill", "Độ rộng và sai số") + text + _figures([plots.spread_and_skill(result["leads"])])
    )


def _figures(charts: Sequence[str]) -> str:
    return f'<div class="pair">{"".join(f"<figure>{chart}</figure>" for chart in charts)}</div>'


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], *, left: Sequence[int], strong: str = "") -> str:
    def cells(tag: str, row: Sequence[object]) -> str:
        return "".join(
            f"<{tag}{' class=l' if k in left else ''}>{escape(str(cell))}</{tag}>" for k, cell in enumerate(row)
        )

    body = "".join(f"<tr{' class=ews' if strong and strong in row else ''}>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells("th", head)}</tr></thead><tbody>{body}</tbody></table></div>'


def _figure(value: object, decimals: int) -> str:
    return f"{value:.{decimals}f}" if isinstance(value, int | float) else "–"
