"""The tables of an exercise's report: Vietnamese first, English beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape

import numpy as np

from cli.exercise_clock import WallClock
from cli.exercise_evidence import Evidence
from cli.exercise_findings import Compared, Crossing, Told, by_event, known_counts, known_levels
from domain.alerts import Alert, AlertState, AlertVersion, Event
from domain.times import local
from domain.words import catalogue, say

#: Of these events every alert is listed; of the others there are many, and the counts say enough.
_LISTED = frozenset(Event) - {Event.HEAVY_RAIN, Event.RAPID_RISE}
_SILENCES = frozenset({Event.NO_SIGNAL})
_EVERY = timedelta(hours=6)


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
    ours = "–" if pair.ours_m is None else f"{metres(pair.ours_m)} ({metres(pair.low_m)}–{metres(pair.high_m)})"
    better = pair.our_error_m is not None and abs(pair.our_error_m) <= abs(pair.official_error_m)
    mine = metres(pair.our_error_m, "+")
    return [
        when(given.issued_at), place(found, given.station), when(given.valid_at), told, came,
        metres(pair.official_error_m, "+"), ours, f"<b>{mine}</b>" if better else mine,
    ]  # fmt: skip


def crossings(found: Evidence, rows: Sequence[Crossing]) -> str:
    """From each crossing to the decision, the messages and the confirmations."""
    head = (
        ("Vượt lúc", "crossed"), ("Trạm", "station"), ("Mức", "level"), ("Trị số", "value"), ("Quyết định sau, s", "decided, s"),
        ("Người nhận", "recipients"), ("Gửi sau, s: nửa / chậm nhất", "sent, s: half / last"), ("Đã xác nhận", "confirmed"),
        ("Người trả lời, phút: nửa / chậm nhất", "answered, min: half / last"),
    )  # fmt: skip
    return table(head, [_crossing(found, row) for row in rows], "numbers")


def _crossing(found: Evidence, row: Crossing) -> list[str]:
    sent = [each.sent_s for each in row.told if each.sent_s is not None]
    minutes = [each.confirmed_min for each in row.told if each.confirmed_min is not None]
    return [
        when(row.at), place(found, row.station), level_name(row.event, row.level), metres(row.value),
        number(row.decided_s, 1), str(len(row.told)) if row.told else both("cùng tin sau", "with the next"), _half(sent, 1),
        f"{len(minutes)}" if row.told else "–", _half(minutes, 0),
    ]  # fmt: skip


def level_name(event: Event, level: int) -> str:
    """BĐ2, kỷ lục; cấp 8 of wind; mức 3 of all else."""
    if event is Event.FLOOD:
        return f"BĐ{level}" if level < 4 else "kỷ lục"
    return f"cấp {level}" if event is Event.STRONG_WIND else f"mức {level}"


def _half(values: Sequence[float], decimals: int) -> str:
    if not values:
        return "–"
    return f"{number(float(np.median(values)), decimals)} / {number(max(values), decimals)}"


def recipients(found: Evidence, rows: Sequence[Crossing], names: dict[str, str]) -> str:
    """Every recipient and every crossing: seconds until told, minutes until confirmed."""
    told = [row for row in rows if row.told]
    head = [
        ("Người nhận", "recipient"),
        *((f"{found.stations[r.station].name_vi} {level_name(r.event, r.level)}", when(r.at)) for r in told),
    ]
    by_name = [{each.recipient: each for each in row.told} for row in told]
    everybody = dict.fromkeys(each.recipient for row in told for each in row.told)
    refused = {answer.recipient for answer in found.answers if answer.refused}
    cells = [
        [_named(names.get(name, name), name in refused), *(_answer(each.get(name)) for each in by_name)]
        for name in everybody
    ]
    return table(head, cells, "numbers people")


def _named(name: str, refused: bool) -> str:
    down = f" <small>({both('máy nhận hỏng một lúc', 'receiver down for a while')})</small>" if refused else ""
    return escape(name) + down


def _answer(told: Told | None) -> str:
    """Told after so many seconds; confirmed after so many minutes."""
    if told is None:
        return ""
    return (
        f"{number(told.sent_s, 1)} s<br><b>{number(told.confirmed_min)}</b>{'' if told.confirmed_min is None else '′'}"
    )


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
        escape(say(f"alert.event.{alert.event}", "vi")),
        f'<span class="level l{min(version.level, 4)}">{version.level}</span>',
        metres(version.value),
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
        by = "; ".join(map(_test, verdict.by)) if verdict.found else f"<b>{both('không phát hiện', 'not found')}</b>"
        after = number(None if verdict.delay is None else verdict.delay.total_seconds() / 60)
        rows.append(
            [
                place(found, fault.station),
                both(say(f"fault.{fault.kind}", "vi"), say(f"fault.{fault.kind}", "en")),
                when(fault.first),
                when(fault.last),
                str(fault.readings),
                by,
                after,
            ]
        )
    return table(head, rows)


def _test(name: str) -> str:
    """What found a fault: a quality test, an alarm, an estimate, a refusal."""
    key = next(key for key in (f"ui.test.{name}", f"found_by.{name}") if key in catalogue("vi"))
    return both(say(key, "vi"), say(key, "en"))


def account(found: Evidence) -> str:
    """Where every reading is."""
    run, counts = found.run, found.counts
    lost = sum(series.lost for series in found.truth.series)
    stored = sum(found.stored.values())
    missing = sum(found.scores.missing.values())
    rows = [
        (both("thiết bị đo", "measured by devices"), run.measured),
        (both("mất trên đường đi, hoặc vì bộ nhớ đầy", "lost on the way, or by a full memory"), lost),
        (both("mùa lũ trước, để học (giả định)", "an earlier season, to learn from (invented)"), run.experience),
        (both("đã gửi", "sent"), run.warm_up + run.played),
        (both("trong đó gửi bù sau khi mất máy chủ MQTT", "of these kept through the broker's outage"), run.buffered),
        (both("gửi lặp lại", "sent again"), run.again + run.repeated),
        (both("đã tiếp nhận", "received"), counts.received),
        (both("đã lưu (số đo khác nhau)", "stored (different readings)"), stored),
        (both("trùng lặp", "duplicates"), counts.duplicates),
        (both("sửa đổi", "revisions"), counts.revisions),
        (both("từ chối", "rejected"), counts.rejected),
        (both("thiếu", "missing"), missing),
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
