"""The part of an exercise's report that says which warnings were false, and which levels were forecast and did not come."""

from __future__ import annotations

from collections.abc import Sequence

from cli.exercise_evidence import Evidence
from cli.exercise_tables import both, level_name, place, table, when
from cli.false_warnings import FalseWarning, UnreadLevel, Why, false_warnings, unread_levels
from domain.alerts import Event
from domain.words import say

_WHY_FALSE = {
    Why.NO_SUCH_HAZARD: ("diễn tập không có hiện tượng này", "there is no such hazard in the exercise"),
    Why.NOTHING_FAILED: ("thiết bị không có lỗi", "nothing had failed"),
    Why.DID_NOT_COME: ("chỉ dự báo, không xảy ra", "forecast, and did not come"),
}
_VI = (
    "Sai là cảnh báo về hiện tượng mà diễn tập không có, về thiết bị không gài lỗi, hoặc chỉ dự báo rồi không xảy ra."
    " Mức dự báo trong một cảnh báo đúng mà rút lại trước khi đo được thì kể riêng, không tính là cảnh báo sai."
)
_EN = (
    "False is a warning of a hazard that the exercise does not have, about a device that nothing was done to, or of a forecast alone that did not come."
    " A level that was forecast within a true warning and withdrawn before it was read is counted apart, and makes no warning false."
)


def false_part(found: Evidence) -> str:
    """Both tables, and what they count."""
    false, unread = false_warnings(found), unread_levels(found)
    none = f"<p>{both('Không có cảnh báo sai nào.', 'None.')}</p>"
    title = both(
        f"Mức báo theo dự báo, rút lại trước khi đo được: {len(unread)}",
        f"levels told by forecast and not read before they were withdrawn: {len(unread)}",
    )
    listed = _unread_levels(found, unread) if unread else ""
    return f'{_false_warnings(found, false) if false else none}<h3>{title}</h3>{listed}<p class="note">{both(_VI, _EN)}</p>'


def _name(event: Event) -> str:
    return both(say(f"alert.event.{event}", "vi"), say(f"alert.event.{event}", "en"))


def _false_warnings(found: Evidence, rows: Sequence[FalseWarning]) -> str:
    """Each false warning, and why it was one."""
    head = (("Lúc", "at"), ("Trạm", "station"), ("Cảnh báo", "warning"), ("Kết thúc", "ended"), ("Vì sao sai", "why"))
    cells = [
        [
            when(row.alert.raised_at), place(found, row.alert.station), _name(row.alert.event),
            "–" if row.alert.ended_at is None else when(row.alert.ended_at), both(*_WHY_FALSE[row.why]),
        ]
        for row in rows
    ]  # fmt: skip
    return table(head, cells)


def _unread_levels(found: Evidence, rows: Sequence[UnreadLevel]) -> str:
    """Each level, when it was told and when it was withdrawn."""
    head = (
        ("Báo lúc", "told"),
        ("Trạm", "station"),
        ("Cảnh báo", "warning"),
        ("Mức", "level"),
        ("Rút lúc", "withdrawn"),
    )
    cells = [
        [
            when(row.told.at), place(found, row.alert.station), _name(row.alert.event),
            level_name(row.alert.event, row.told.level), when(row.withdrawn.at),
        ]
        for row in rows
    ]  # fmt: skip
    return table(head, cells)
