"""The head of an exercise's report: what was played, what is invented in it, and the few numbers by which it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from cli import exercise_tables as tables
from cli.exercise_answers import answer_times
from cli.exercise_crossings import Crossing
from cli.exercise_evidence import Evidence
from cli.exercise_findings import Compared, scored
from cli.exercise_nature import BORROWED
from cli.exercise_tables import both
from cli.false_warnings import false_warnings, unread_levels
from domain.times import local


def head(found: Evidence) -> str:
    """Title, span and pace, and whatever a reader must know before the first number."""
    run, exercise = found.run, found.exercise
    minutes = 0.0 if run.ended_at is None else (run.ended_at - run.started_at).total_seconds() / 60
    span = f"{local(run.begins):%d/%m/%Y %H:%M} – {local(run.ends):%d/%m/%Y %H:%M}"
    speed = f"{run.speed:g}×"
    warnings = "".join(f'<p class="warn">{both(vi, en)}</p>' for vi, en in (*_cut_short(found), _invented(found)))
    return (
        f'<p class="drill"><b>DIỄN TẬP</b> EXERCISE</p><h1>{escape(exercise.title_vi)} <span class="en" lang="en">{escape(exercise.title_en)}</span></h1>'
        f"<p>{span} · {both(f'tốc độ {speed}, chạy {minutes:.0f} phút', f'speed {speed}, {minutes:.0f} minutes')}</p>{warnings}"
    )


def _cut_short(found: Evidence) -> list[tuple[str, str]]:
    run, said = found.run, []
    if not run.finished:
        said.append(
            (
                "Dừng trước khi kết thúc. Những gì gửi sau lúc đó không được đánh giá.",
                "Stopped before its end. What was sent after that is not judged.",
            )
        )
    elif run.settled is False:
        said.append(
            (
                "Chưa đánh giá, gửi và xác nhận hết khi kết thúc: các con số có thể còn thiếu.",
                "Not everything was judged, delivered and answered in the end: numbers may be short of it.",
            )
        )
    if found.unreadable:
        said.append(
            (
                f"{found.unreadable} dòng ghi chép của diễn tập bị cắt dở, không đọc được.",
                f"{found.unreadable} lines of the run's own records were cut off and cannot be read.",
            )
        )
    return said


def _invented(found: Evidence) -> tuple[str, str]:
    """What is real in the readings, and what is not."""
    borrowed = BORROWED.get(found.exercise.nature)
    if borrowed is None:
        vi, en = (
            "Giữa các trị số đã công bố, mọi số liệu là MÔ PHỎNG.",
            "Between the published readings everything is SYNTHETIC.",
        )
    else:
        vi = f"Số đo thật của {borrowed[0]} được đặt dưới tên trạm của Huế; những giờ và trạm không có số đo thật, mọi số liệu là MÔ PHỎNG."
        en = f"Real readings of {borrowed[1]} stand under the names of stations in Huế; where there are none everything is SYNTHETIC."
    return f"{vi} Lỗi thiết bị, sự cố và người nhận là giả định.", f"{en} Faults, outages and recipients are invented."


def short(found: Evidence, rows: Sequence[Crossing], pairs: Sequence[Compared]) -> str:
    """The few numbers by which a run is judged."""
    scores, answers = found.scores, answer_times(found)
    cards = [
        ("cảnh báo phát ra", "alerts raised", str(len(found.alerts))),
        ("cảnh báo sai", "false alerts", str(len(false_warnings(found)))),
        ("mức dự báo rút lại khi chưa đo được", "levels forecast, withdrawn unread", str(len(unread_levels(found)))),
        ("lần vượt mức báo động", "alarm levels crossed", str(len(rows))),
        ("lỗi phát hiện được", "faults found", f"{scores.found}/{len(scores.judged)}"),
        ("số đo thiếu", "readings missing", str(sum(scores.missing.values()))),
        (
            "xác nhận: đã lưu / dự kiến",
            "confirmations: stored / planned",
            f"{len(answers.stored)} / {len(answers.planned)}",
        ),
        (
            "phút định trả lời: một nửa",
            "min they meant to take: half",
            tables.number(float(np.median(answers.stored)) if len(answers.stored) else None),
        ),
        *_errors(scored(pairs)),
    ]
    boxes = "".join(f"<div><b>{value}</b>{both(vi, en)}</div>" for vi, en, value in cards)
    return f'<div class="cards">{boxes}</div>'


def _errors(pairs: Sequence[Compared]) -> list[tuple[str, str, str]]:
    """The mean errors, when there is anything to compare."""
    if not pairs:
        return []
    theirs = float(np.mean([abs(p.official_error_m) for p in pairs]))
    ours = float(np.mean([abs(p.our_error_m) for p in pairs if p.our_error_m is not None]))
    return [
        (
            "sai số dự báo, m: hệ thống / chính thức",
            "forecast error, m: ours / official",
            f"{tables.metres(ours)} / {tables.metres(theirs)}",
        )
    ]
