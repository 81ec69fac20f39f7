"""The report of a played exercise as one HTML file that opens anywhere: what happened, what people heard, what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from pathlib import Path

import numpy as np

from alerts.recipients import load_recipients
from cli import exercise_charts as charts
from cli import exercise_tables as tables
from cli import exercise_turns as turns
from cli.exercise_answers import answer_times
from cli.exercise_clock import WallClock
from cli.exercise_evidence import Evidence
from cli.exercise_false_table import false_part
from cli.exercise_findings import (
    Compared,
    Crossing,
    compared,
    crossings,
    known_counts,
    known_levels,
    read_level,
    versions_at,
)
from cli.exercise_message_table import messages
from cli.exercise_tables import both
from cli.exercise_weather import FLAGGED, weather
from cli.false_warnings import false_warnings, unread_levels
from domain.alerts import Event, Reason
from domain.times import local

_STYLE_FILE = Path(__file__).with_name("exercise_report.css")
_CELL = timedelta(minutes=10)


_HAZARD_ROWS = {
    "gió, khí áp · wind": frozenset({Event.STRONG_WIND, Event.PRESSURE_FALL}),
    "không khí · air": frozenset({Event.AIR_QUALITY, Event.AIR_QUALITY_DAY, Event.AIR_STANDARD}),
}


def html_report(found: Evidence, names: dict[str, str]) -> str:
    """The page; `names`: of the recipients. No script, no address of another server."""
    title = f"{found.exercise.title_vi} · {found.exercise.title_en}"
    clock, pairs, rows = WallClock(found.moments), compared(found), crossings(found)
    body = [
        _head(found),
        _short(found, rows, pairs),
        *(_gauge(found, name, pairs) for name in found.levels),
        *(_station(found, name) for name in found.weather),
        _forecasts(found, pairs),
        _people(found, rows, names),
        _part("Tin đến từng người nhận", "messages to each recipient", messages(found, names)),
        _alerts(found),
        _part("Cảnh báo sai", "false warnings", false_part(found)),
        _faults(found),
        _readings(found),
        _officer(found, clock),
    ]
    style = _STYLE_FILE.read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{''.join(body)}</body></html>"
    )


def recipient_names(config_dir: Path) -> dict[str, str]:
    """Who the recipients are, by id. Raises ConfigurationError."""
    return {each.id: each.name_vi for each in load_recipients(config_dir / "recipients.toml")}


def _part(vi: str, en: str, *content: str) -> str:
    return f"<section><h2>{both(vi, en)}</h2>{''.join(content)}</section>"


def _note(vi: str, en: str) -> str:
    return f'<p class="note">{both(vi, en)}</p>'


def _head(found: Evidence) -> str:
    run, exercise = found.run, found.exercise
    minutes = 0.0 if run.ended_at is None else (run.ended_at - run.started_at).total_seconds() / 60
    span = f"{local(run.begins):%d/%m/%Y %H:%M} – {local(run.ends):%d/%m/%Y %H:%M}"
    speed = f"{run.speed:g}×"
    part = "" if run.finished else f'<p class="warn">{both("Dừng trước khi kết thúc.", "Stopped before its end.")}</p>'
    return (
        f'<p class="drill"><b>DIỄN TẬP</b> EXERCISE</p><h1>{escape(exercise.title_vi)} <span class="en" lang="en">{escape(exercise.title_en)}</span></h1>'
        f"<p>{span} · {both(f'tốc độ {speed}, chạy {minutes:.0f} phút', f'speed {speed}, {minutes:.0f} minutes')}</p>{part}"
        f'<p class="warn">{both("Giữa các trị số đã công bố, mọi số liệu là MÔ PHỎNG. Lỗi thiết bị, sự cố và người nhận là giả định.", "Between the published readings everything is SYNTHETIC. Faults, outages and recipients are invented.")}</p>'
    )


def _short(found: Evidence, rows: Sequence[Crossing], pairs: Sequence[Compared]) -> str:
    """The few numbers by which a run is judged."""
    scores, answers = found.scores, answer_times(found)
    with_ours = [p for p in pairs if p.our_error_m is not None]
    cards = [
        ("cảnh báo phát ra", "alerts raised", str(len(found.alerts))),
        ("cảnh báo sai", "false alerts", str(len(false_warnings(found)))),
        ("mức dự báo rút lại khi chưa đo được", "levels forecast, withdrawn unread", str(len(unread_levels(found)))),
        ("lần vượt mức báo động", "alarm levels crossed", str(len(rows))),
        ("lỗi phát hiện được", "faults found", f"{sum(v.found for v in scores.verdicts)}/{len(scores.verdicts)}"),
        ("số đo thiếu", "readings missing", str(sum(scores.missing.values()))),
        (
            "xác nhận: đã lưu / dự kiến",
            "confirmations: stored / planned",
            f"{len(answers.stored)} / {len(answers.planned)}",
        ),
        (
            "phút đến khi một nửa xác nhận",
            "min to half of them",
            tables.number(float(np.median(answers.stored)) if len(answers.stored) else None),
        ),
    ]
    if with_ours:
        theirs = float(np.mean([abs(p.official_error_m) for p in with_ours]))
        ours = float(np.mean([abs(p.our_error_m or 0.0) for p in with_ours]))
        cards.append(
            (
                "sai số dự báo, m: hệ thống / chính thức",
                "forecast error, m: ours / official",
                f"{tables.metres(ours)} / {tables.metres(theirs)}",
            )
        )
    boxes = "".join(f"<div><b>{value}</b>{both(vi, en)}</div>" for vi, en, value in cards)
    return f'<div class="cards">{boxes}</div>'


def _gauge(found: Evidence, station: str, pairs: Sequence[Compared]) -> str:
    mine = [pair for pair in pairs if pair.official.station == station]
    versions = versions_at(found, station, Event.FLOOD)
    marks = [(v.at, _flag(v.reason, read_level(v))) for v in versions if v.reason in FLAGGED]
    legend = [("━ mực nước đã lưu (mô phỏng)", "━ level as stored (SYNTHETIC)")]
    if found.reported is not None:
        legend += [
            ("● trị số đã công bố", "● published"), ("○ hai nguồn mâu thuẫn", "○ sources disagree"),
            ("◆ dự báo chính thức", "◆ official forecast"), ("■ dự báo của hệ thống (10–90 %)", "■ ours"),
        ]  # fmt: skip
    if found.exercise.broker_outage is not None:
        legend.append(("▮ máy chủ MQTT ngừng", "▮ broker away"))
    name = found.stations[station]
    picture = charts.hydrograph(found, station, mine, marks)
    return _part(
        f"Mực nước {name.name_vi}",
        f"water level at {name.name_en}",
        picture,
        f'<p class="legend">{both(*(" · ".join(words) for words in zip(*legend, strict=True)))}</p>',
        turns.listed(found, station),
    )


def _station(found: Evidence, station: str) -> str:
    known = found.stations[station]
    return _part(known.name_vi, known.name_en, weather(found, station))


def _flag(reason: Reason, level: int) -> str:
    if reason is Reason.ENDED:
        return "hết"
    return "lên lại" if reason is Reason.RISING_AGAIN else f"BĐ{level}" if level < 4 else "kỷ lục"


def _forecasts(found: Evidence, pairs: Sequence[Compared]) -> str:
    if not pairs:
        return ""
    note = _note(
        "Sai số là giữa khoảng dự báo trừ thực tế; của hệ thống là trung vị của bản phát gần nhất trước đó, không quá 2 giờ. Dấu *: không có trị số công bố, so với mực nước mô phỏng. Dấu –: quá thời hạn dự báo 24 giờ, hoặc chưa có bản nào. In đậm: không kém dự báo chính thức. Hệ thống dự báo bằng số liệu mô phỏng, nên so sánh chỉ để tham khảo.",
        "Error: middle of the range minus what came; ours is the median of the newest issue within 2 h before. *: no published reading, compared with the synthetic level. –: beyond our 24 h, or none issued. Bold: not worse than the official one. Ours saw synthetic rain and levels, so this is an indication only.",
    )
    return _part(
        "Dự báo chính thức và của hệ thống", "official forecasts and ours", tables.official(found, pairs), note
    )


def _people(found: Evidence, rows: Sequence[Crossing], names: dict[str, str]) -> str:
    times, answers = answer_times(found), found.exercise.answers
    minutes = times.stored
    refused = sum(answer.refused for answer in found.answers)
    silent = {answer.recipient for answer in found.answers if answer.after_min is None and not answer.refused}
    note = _note(
        f"Giây là giây thật của máy, từ khi số đo vượt mức được tiếp nhận; phút là phút của diễn tập. Người nhận mô phỏng trả lời sau {answers.least_min:g}–{answers.most_min:g} phút; {len(silent)} người nhận không bao giờ trả lời. Trong {len(times.planned)} lần trả lời dự kiến, {len(minutes)} xác nhận đã được lưu. Máy nhận hỏng đã từ chối {refused} lần gửi; tin được gửi lại. Nhiều thay đổi được quyết định cùng lúc thì chỉ báo cái sau cùng.",
        f"Seconds are real ones, from the arrival of the reading; minutes are the exercise's. Recipients answer after {answers.least_min:g}–{answers.most_min:g} minutes by rule; {len(silent)} never do. Of {len(times.planned)} answers planned, {len(minutes)} confirmations were stored. Receivers that were down refused {refused} attempts, which were repeated. Of several changes decided at once the last is told.",
    )
    detail = ""
    if any(row.told for row in rows):
        title = both(
            "Từng người nhận: nhận sau bao nhiêu giây; xác nhận sau bao nhiêu phút (–: không trả lời)",
            "each recipient: told after seconds; confirmed after minutes (–: never)",
        )
        detail = f"<details open><summary>{title}</summary>{tables.recipients(found, rows, names)}</details>"
    picture = charts.distribution(minutes, answers.most_min) if len(minutes) else ""
    return _part(
        "Từ vượt mức đến xác nhận",
        "from crossing to confirmation",
        tables.crossings(found, rows),
        note,
        picture,
        detail,
    )


def _alerts(found: Evidence) -> str:
    title = both("Từng thay đổi, có lý do", "every change with its reason")
    history = f"<details open><summary>{title}</summary>{tables.history(found)}</details>"
    return _part("Cảnh báo", "alerts", tables.events(found), history)


def _faults(found: Evidence) -> str:
    scores = found.scores
    note = _note(
        f"Số đo tốt bị loại nhầm: {scores.failed_good} trong {scores.good}; bị nghi ngờ nhầm: {scores.suspect_good}.",
        f"Good readings failed: {scores.failed_good} of {scores.good}; held suspect: {scores.suspect_good}.",
    )
    return _part("Lỗi đã gài và lỗi phát hiện được", "faults injected and found", tables.faults(found), note)


def _readings(found: Evidence) -> str:
    return _part("Số đo: gửi, lưu, thiếu", "readings: sent, stored, missing", tables.account(found))


def _officer(found: Evidence, clock: WallClock) -> str:
    count = int((found.run.ends - found.run.begins) / _CELL) + 1
    times = [found.run.begins + number * _CELL for number in range(count)]
    rows = [(found.stations[name].name_vi, known_levels(found, name, times, clock), "s") for name in found.levels]
    rows.append(("cảnh báo mưa · rain", _few(known_counts(found, times, clock, frozenset({Event.HEAVY_RAIN}))), "n"))
    rows += [
        (name, _few(known_counts(found, times, clock, events)), "n")
        for name, events in _HAZARD_ROWS.items()
        if events & {alert.event for alert in found.alerts}
    ]
    rows.append(("mất tín hiệu · silent", known_counts(found, times, clock, frozenset({Event.NO_SIGNAL})), "n"))
    note = _note(
        "Mỗi ô là mười phút, theo những gì hệ thống đã biết lúc đó. Màn hình của bất kỳ phút nào: ews exercise look DIR --at 2025-10-27T14:05, rồi mở địa chỉ được in ra; sáu giờ một lần thì địa chỉ ở cột cuối.",
        "Ten minutes a cell, as known then. The screen of any minute: ews exercise look DIR --at 2025-10-27T14:05 prints its address; every six hours it stands in the last column.",
    )
    title = both("Sáu giờ một lần", "every six hours")
    detail = f"<details open><summary>{title}</summary>{tables.officer(found, clock)}</details>"
    return _part("Cán bộ trực đã thấy gì", "what an officer saw", charts.strip(rows, times), note, detail)


def _few(counts: Sequence[int]) -> list[int]:
    """0, and 1 to 4 for up to 5, 10, 20 and more."""
    return [int(np.searchsorted([1, 6, 11, 21], count, side="right")) for count in counts]
