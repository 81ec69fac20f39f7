"""The tables of an exercise's report that say who was told of each crossing, and who confirmed it, after how long."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from cli.exercise_crossings import Crossing, Told
from cli.exercise_evidence import Evidence
from cli.exercise_tables import both, level_name, measured, number, place, table, when


def crossings(found: Evidence, rows: Sequence[Crossing]) -> str:
    """From each crossing to the decision, the messages and the confirmations."""
    head = (
        ("Vượt lúc", "crossed"), ("Trạm", "station"), ("Mức", "level"), ("Trị số", "value"), ("Quyết định sau, s", "decided, s"),
        ("Người nhận", "recipients"), ("Gửi sau, s: nửa / chậm nhất", "sent, s: half / last"), ("Đã xác nhận", "confirmed"),
        ("Định trả lời sau, phút: nửa / chậm nhất", "meant to answer, min: half / last"),
        ("Xác nhận lưu sau khi gửi, s: nửa / chậm nhất", "stored after the message, s: half / last"),
    )  # fmt: skip
    return table(head, [_crossing(found, row) for row in rows], "numbers")


def _crossing(found: Evidence, row: Crossing) -> list[str]:
    sent = [each.sent_s for each in row.told if each.sent_s is not None]
    stored = [each.confirmed_s for each in row.told if each.confirmed_s is not None]
    minutes = [each.confirmed_min for each in row.told if each.confirmed_min is not None]
    return [
        when(row.at), place(found, row.station), level_name(row.event, row.level), measured(row.event, row.value),
        number(row.decided_s, 1), str(len(row.told)) if row.told else both("cùng tin sau", "with the next"), _half(sent, 1),
        f"{len(stored)}" if row.told else "–", _half(minutes, 0), _half(stored, 1),
    ]  # fmt: skip


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
    """Told after so many seconds; meant to answer after so many minutes; stored so many seconds after the message."""
    if told is None:
        return ""
    minutes = "" if told.confirmed_min is None else f"{number(told.confirmed_min)}′"
    stored = number(told.confirmed_s, 1) + ("" if told.confirmed_s is None else " s")
    return f"{number(told.sent_s, 1)} s<br>{minutes} <b>{stored}</b>"
