"""The report of a played exercise as one HTML file that opens anywhere: what happened, what people heard, what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from pathlib import Path

import numpy as np

from alerts.recipients import load_recipients
from cli import exercise_charts as charts
from cli import exercise_people_table as people
from cli import exercise_tables as tables
from cli import exercise_turns as turns
from cli.exercise_answers import answer_times
from cli.exercise_clock import WallClock
from cli.exercise_crossings import Crossing, crossings
from cli.exercise_evidence import Evidence
from cli.exercise_false_table import false_part
from cli.exercise_findings import ENDS, Compared, compared, known_counts, known_levels, read_level, scored, turned
from cli.exercise_message_table import messages
from cli.exercise_summary import head, short
from cli.exercise_tables import both
from cli.exercise_weather import weather
from domain.alerts import Event, Reason
from simulators.field.scoring import FAILED_PER_10000, SHARE_FOUND

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
        head(found),
        short(found, rows, pairs),
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


def _gauge(found: Evidence, station: str, pairs: Sequence[Compared]) -> str:
    mine = [pair for pair in pairs if pair.official.station == station]
    marks = [(v.at, _flag(v.reason, read_level(v))) for v in turned(found, station, Event.FLOOD)]
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
    if reason in ENDS:
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
        "Dự báo chính thức và của hệ thống",
        "official forecasts and ours",
        tables.official(found, pairs),
        note,
        _left_out(pairs),
    )


def _left_out(pairs: Sequence[Compared]) -> str:
    """What the mean errors leave out, and which of ours knew more than they could have."""
    unknown = sum(pair.our_error_m is not None for pair in pairs) - len(scored(pairs))
    late = sum(pair.hindsight for pair in pairs)
    notes = []
    if unknown:
        notes.append(
            _note(
                f"Không tính vào sai số trung bình: {unknown} cặp, vì không có số đo tốt quanh giờ đó.",
                f"Left out of the mean errors: {unknown} pairs, for there is no good reading around that time.",
            )
        )
    if late:
        notes.append(
            _note(
                f"Dấu †: {late} dự báo của hệ thống được tính lại về sau, khi đã có số liệu đến muộn; không phải điều đã biết lúc đó.",
                f"†: {late} forecasts of ours were made anew later with readings that came late; this is not what was known then.",
            )
        )
    return "".join(notes)


def _people(found: Evidence, rows: Sequence[Crossing], names: dict[str, str]) -> str:
    times, answers = answer_times(found), found.exercise.answers
    minutes = times.stored
    refused = sum(answer.refused for answer in found.answers)
    silent = {
        answer.recipient for answer in found.answers if answer.after_min is None and answer.asked and not answer.refused
    }
    note = _note(
        f"Giây là giây thật của máy, từ khi số đo vượt mức được tiếp nhận; phút là phút của diễn tập. Người nhận mô phỏng trả lời sau {answers.least_min:g}–{answers.most_min:g} phút; {len(silent)} người nhận không bao giờ trả lời. Trong {len(times.planned)} lần trả lời dự kiến, {len(minutes)} xác nhận đã được lưu. Máy nhận hỏng đã từ chối {refused} lần gửi; tin được gửi lại. Nhiều thay đổi được quyết định cùng lúc thì chỉ báo cái sau cùng.",
        f"Seconds are real ones, from the arrival of the reading; minutes are the exercise's. Recipients answer after {answers.least_min:g}–{answers.most_min:g} minutes by rule; {len(silent)} never do. Of {len(times.planned)} answers planned, {len(minutes)} confirmations were stored. Receivers that were down refused {refused} attempts, which were repeated. Of several changes decided at once the last is told.",
    )
    detail = ""
    if any(row.told for row in rows):
        title = both(
            "Từng người nhận: nhận sau bao nhiêu giây; định trả lời sau bao nhiêu phút diễn tập; xác nhận được lưu sau bao nhiêu giây kể từ khi gửi (–: không trả lời)",
            "each recipient: told after seconds; meant to answer after minutes of the exercise; confirmation stored seconds after the message (–: never)",
        )
        detail = f"<details open><summary>{title}</summary>{people.recipients(found, rows, names)}</details>"
    picture = charts.distribution(minutes, answers.most_min) if len(minutes) else ""
    return _part(
        "Từ vượt mức đến xác nhận",
        "from crossing to confirmation",
        people.crossings(found, rows),
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
    share, failed = tables.number(100 * scores.share_found, 1), tables.number(scores.failed_good_per_10000, 2)
    note = _note(
        f"Phát hiện được {scores.found} trong {len(scores.judged)} lỗi, {share} % (mục tiêu: ít nhất {100 * SHARE_FOUND:g} %). "
        f"Số đo tốt bị loại nhầm: {scores.failed_good} trong {scores.good}, {failed} trên 10 000 (mục tiêu: nhiều nhất {FAILED_PER_10000:g}); "
        f"bị nghi ngờ nhầm: {scores.suspect_good}.",
        f"Faults found: {scores.found} of {len(scores.judged)}, {share} % (aim: at least {100 * SHARE_FOUND:g} %). "
        f"Good readings failed: {scores.failed_good} of {scores.good}, {failed} of 10,000 (aim: at most {FAILED_PER_10000:g}); "
        f"held suspect: {scores.suspect_good}.",
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
