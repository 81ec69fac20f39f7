"""The tables of an exercise's report: Vietnamese first, English beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape

from cli.exercise_clock import WallClock
from cli.exercise_evidence import Evidence
from cli.exercise_findings import Compared, by_event, known_counts, known_levels
from domain.alerts import Alert, AlertState, AlertVersion, Event
from domain.quantities import QUANTITIES
from domain.times import local
from domain.words import catalogue, say
from simulators.field.scoring import FaultVerdict

#: Of these events every alert is listed; of the others there are many, and the counts say enough.
_LISTED = frozenset(Event) - {Event.HEAVY_RAIN, Event.RAPID_RISE}
_SILENCES = frozenset({Event.NO_SIGNAL})
_EVERY = timedelta(hours=6)
_INDEX = "VN_AQI"
#: Of what an alert is judged by; of the others its detail names the quantity.
_UNITS = {
    Event.FLOOD: "m", Event.RAPID_RISE: "m/h", Event.HEAVY_RAIN: "mm", Event.STRONG_WIND: "m/s", Event.PRESSURE_FALL: "hPa",
    Event.AIR_QUALITY: _INDEX, Event.AIR_QUALITY_DAY: _INDEX,
}  # fmt: skip


def both(vi: str, en: str) -> str:
    """A text in both languages."""
    return f'<span lang="vi">{escape(vi)}</span> <span class="en" lang="en">{escape(en)}</span>'


def table(head: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], name: str = "") -> str:
    """Cells are HTML; the first column names the row."""
    rows = list(rows)
    if not rows:
        return f"<p>{both('Không có.', 'None.')}</p>"
    heads = "".join(f'<th scope="col">{both(vi, en)}</th>' for vi, en in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    return (
        f'<div class="scroll"><table class="{name}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def when(at: datetime) -> str:
    """27/10 06:00 in Huế."""
    return f"{local(at):%d/%m %H:%M}"


def metres(value: float | None, sign: str = "") -> str:
    """3,58; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:{sign}.2f}".replace(".", ",").replace("-", "−")


def number(value: float | None, decimals: int = 0) -> str:
    """A number; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:.{decimals}f}".replace(".", ",")


def place(found: Evidence, station: str) -> str:
    """The name of a station."""
    return escape(found.stations[station].name_vi)


def official(found: Evidence, pairs: Sequence[Compared]) -> str:
    """Each official forecast beside ours, with both errors."""
    head = (
        ("Phát lúc", "issued"), ("Trạm", "gauge"), ("Cho lúc", "valid"), ("Chính thức, m", "official"),
        ("Thực tế, m", "came"), ("Sai số chính thức", "official error"), ("Của hệ thống, m (10–90 %)", "ours"),
        ("Sai số hệ thống", "our error"),
    )  # fmt: skip
    return table(head, [_pair(found, pair) for pair in pairs], "numbers")


def _pair(found: Evidence, pair: Compared) -> list[str]:
    given = pair.official
    same = given.low_m == given.high_m
    told = metres(given.low_m) if same else f"{metres(given.low_m)}–{metres(given.high_m)}"
    came = metres(pair.observed_m) + (' <abbr title="mô phỏng · SYNTHETIC">*</abbr>' if pair.simulated else "")
    late = ' <abbr title="tính lại sau đó · made anew later">†</abbr>' if pair.hindsight else ""
    ours = "–" if pair.ours_m is None else f"{metres(pair.ours_m)} ({metres(pair.low_m)}–{metres(pair.high_m)}){late}"
    better = pair.our_error_m is not None and abs(pair.our_error_m) <= abs(pair.official_error_m)
    mine = metres(pair.our_error_m, "+")
    return [
        when(given.issued_at), place(found, given.station), when(given.valid_at), told, came,
        metres(pair.official_error_m, "+"), ours, f"<b>{mine}</b>" if better else mine,
    ]  # fmt: skip


def level_name(event: Event, level: int) -> str:
    """BĐ2, kỷ lục; cấp 8 of wind; mức 3 of all else."""
    if event is Event.FLOOD:
        return f"BĐ{level}" if level < 4 else "kỷ lục"
    return f"cấp {level}" if event is Event.STRONG_WIND else f"mức {level}"


def measured(event: Event, value: float | None, quantity: object = None) -> str:
    """What an alert was judged by, with its unit; `quantity`: of those that may be about any. A dash where there is none."""
    unit = _UNITS.get(event)
    if unit is None and quantity in QUANTITIES:
        unit = say(f"unit.{QUANTITIES[str(quantity)].unit}", "vi")
    if unit is None or value is None or math.isnan(value):
        return metres(value)
    return f"{unit} {number(value)}" if unit == _INDEX else f"{metres(value)} {unit}"


def events(found: Evidence) -> str:
    """How many of each event were raised, changed, ended."""
    head = (
        ("Loại", "event"), ("Phát", "raised"), ("Cập nhật", "updated"), ("Kết thúc", "ended"), ("Còn hiệu lực", "in force"),
    )  # fmt: skip
    rows = []
    for event, alerts in by_event(found.alerts).items():
        ended = sum(alert.state is AlertState.ENDED for alert in alerts)
        updates = sum(len(alert.versions) - 1 for alert in alerts) - ended
        name = both(say(f"alert.event.{event}", "vi"), say(f"alert.event.{event}", "en"))
        rows.append([name, str(len(alerts)), str(max(updates, 0)), str(ended), str(len(alerts) - ended)])
    return table(head, rows, "numbers")


def history(found: Evidence) -> str:
    """Every change of the alerts that people act by, each with its reason."""
    head = (
        ("Lúc", "at"),
        ("Trạm", "gauge"),
        ("Cảnh báo", "warning"),
        ("Mức", "level"),
        ("Trị số", "value"),
        ("Vì sao", "why"),
    )
    rows = [
        (version.at, alert.identifier, version.number, _change(found, alert, version))
        for alert in found.alerts
        if alert.event in _LISTED
        for version in alert.versions
    ]
    return table(head, [cells for *_, cells in sorted(rows, key=lambda row: row[:3])], "history")


def _change(found: Evidence, alert: Alert, version: AlertVersion) -> list[str]:
    reason = f"alert.reason.{version.reason}"
    return [
        when(version.at),
        place(found, alert.station),
        both(say(f"alert.event.{alert.event}", "vi"), say(f"alert.event.{alert.event}", "en")),
        f'<span class="level l{min(version.level, 4)}">{version.level}</span>',
        measured(alert.event, version.value, version.detail.get("quantity")),
        both(say(reason, "vi"), say(reason, "en")),
    ]


def faults(found: Evidence) -> str:
    """Each fault with what found it."""
    head = (
        ("Trạm", "gauge"),
        ("Lỗi", "fault"),
        ("Từ", "from"),
        ("Đến", "to"),
        ("Số đo", "readings"),
        ("Phát hiện bởi", "found by"),
        ("Sau, phút", "after, min"),
    )
    rows = []
    for verdict in found.scores.verdicts:
        fault = verdict.fault
        after = number(None if verdict.delay is None else verdict.delay.total_seconds() / 60)
        rows.append(
            [
                place(found, fault.station),
                both(say(f"fault.{fault.kind}", "vi"), say(f"fault.{fault.kind}", "en")),
                when(fault.first),
                when(fault.last),
                str(fault.readings),
                _found_by(verdict),
                after,
            ]
        )
    return table(head, rows)


def _found_by(verdict: FaultVerdict) -> str:
    """What found a fault, when the run had time to find it; one that ended too soon is counted neither way."""
    by = "; ".join(map(_test, verdict.by))
    if verdict.too_short:
        short = both("quá ngắn để đánh giá", "too short to be judged")
        return f"{by} ({short})" if by else short
    return by or f"<b>{both('không phát hiện', 'not found')}</b>"


def _test(name: str) -> str:
    """What found a fault: a quality test, an alarm, an estimate, a refusal."""
    key = next(key for key in (f"ui.test.{name}", f"found_by.{name}") if key in catalogue("vi"))
    return both(say(key, "vi"), say(key, "en"))


def account(found: Evidence) -> str:
    """Where every reading is."""
    run, counts, truth = found.run, found.counts, found.truth
    sent = sum(series.sent for series in truth.series)  # each once: of two of one time by a clock that jumped, one
    lost = sum(series.lost for series in truth.series)
    garbled = sum(series.unreadable for series in truth.series)
    rows = [
        (both("thiết bị đo", "measured by devices"), run.measured),
        (both("mất trên đường đi, hoặc vì bộ nhớ đầy", "lost on the way, or by a full memory"), lost),
        (both("gửi đi nhưng hỏng, hoặc sai tên trạm", "sent garbled, or under a wrong name"), garbled),
        (both("đo rồi, chưa gửi khi dừng", "measured, and not sent any more"), max(run.measured - lost - garbled - sent, 0)),
        (both("mùa lũ trước, để học (giả định)", "an earlier season, to learn from (invented)"), run.experience),
        (both("đã gửi", "sent"), sent),
        (both("trong đó gửi bù sau khi mất máy chủ MQTT", "of these kept through the broker's outage"), run.buffered),
        (both("gửi lặp lại", "sent again"), run.again + run.repeated),
        (both("đã tiếp nhận", "received"), counts.received),
        (both("đã lưu (số đo khác nhau)", "stored (different readings)"), sum(found.stored.values())),
        (both("trùng lặp", "duplicates"), counts.duplicates),
        (both("sửa đổi", "revisions"), counts.revisions),
        (both("từ chối", "rejected"), counts.rejected),
        (both("thiếu", "missing"), sum(found.scores.missing.values())),
        (both("đã lưu mà không được gửi", "stored and never sent"), sum(found.scores.unsent.values())),
    ]  # fmt: skip
    return table(
        (("Số đo", "readings"), ("Số lượng", "count")),
        [(name, f"{count:,}".replace(",", " ")) for name, count in rows],
        "numbers narrow",
    )


def officer(found: Evidence, clock: WallClock) -> str:
    """Every six hours what stood on the screen, with the address that shows it again."""
    times, at = [], found.run.begins + _EVERY
    while at <= found.run.ends:
        times.append(at)
        at += _EVERY
    watched = {name: known_levels(found, name, times, clock) for name in found.levels}
    standing, silent = known_counts(found, times, clock), known_counts(found, times, clock, _SILENCES)
    head = [("Giờ diễn tập", "exercise time"), *((f"BĐ {found.stations[name].name_vi}", "") for name in watched)]
    head += [("Cảnh báo", "warnings"), ("Mất tín hiệu", "silent"), ("Xem lại", "look back")]
    rows = []
    for number_, moment in enumerate(times):
        levels = [
            f'<span class="level l{min(level[number_], 4)}">{level[number_]}</span>' for level in watched.values()
        ]
        rows.append(
            [
                when(moment),
                *levels,
                str(standing[number_]),
                str(silent[number_]),
                f"<code>{escape(clock.screen(moment))}</code>",
            ]
        )
    return table(head, rows, "numbers")
