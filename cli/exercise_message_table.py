"""The part of an exercise's report that says what each recipient had to read."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from cli.exercise_evidence import Evidence
from cli.exercise_messages import SUBJECTS, heard
from cli.exercise_tables import both, table

_HEAD = (
    ("Người nhận", "recipient"), ("Tin nhận được", "messages"), ("Nhiều nhất một ngày", "most in a day"),
    ("Nhiều nhất một giờ", "most in an hour"), ("Về nước", "about water"), ("Về mưa", "rain"), ("Về thiết bị", "devices"),
    ("Khác", "other"), ("Thay đổi được báo", "changes told by them"),
)  # fmt: skip
_VI = (
    "Một tin gộp các cảnh báo của một lưu vực đến gần như cùng lúc; kể theo cảnh báo nặng nhất. Khi chạy nhanh, một giây của máy là nhiều phút diễn tập, nên gộp được nhiều hơn;"
    " ở tốc độ thật, số tin nằm giữa cột “tin nhận được” và cột “thay đổi được báo”. Giờ và ngày là của diễn tập."
)
_EN = (
    "A message holds the alerts of a basin that come at almost the same time, and is counted by the gravest. In a fast run a second of the machine is minutes of the exercise, so more of them meet;"
    " at life's speed the number lies between messages and changes told. Hours and days are the exercise's."
)


def messages(found: Evidence, names: Mapping[str, str]) -> str:
    """The table, and what it counts; `names`: of the recipients."""
    rows = [
        [
            escape(names.get(row.recipient, row.recipient)), f"<b>{row.messages}</b>", str(row.day), str(row.hour),
            *(str(row.about.get(subject, 0)) for subject in (*SUBJECTS, "other")), str(row.changes),
        ]
        for row in heard(found)
    ]  # fmt: skip
    return f'{table(_HEAD, rows, "numbers")}<p class="note">{both(_VI, _EN)}</p>'
