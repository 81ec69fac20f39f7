from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels.console import console_channel
from alerts.channels.file import file_channel
from alerts.channels.message import Message, Retry, Sent
from alerts.escalation import MOST_ATTEMPTS, next_due

NOW = datetime(2025, 10, 27, tzinfo=UTC)


def _message(**changes: object) -> Message:
    values: dict[str, object] = {
        "identifier": "hue-ews.kim_long.flood.20251027T000000Z",
        "version": 2,
        "recipient": "city_command",
        "language": "vi",
        "headline": "Mực nước sông Hương tại Kim Long 3,58 m",
        "body": "Lúc: 07:00 27/10/2025 (+07:00)\nMã: x",
    }
    return Message(**(values | changes))  # type: ignore[arg-type]


def test_the_console_prints_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert console_channel()(_message()) == Sent()
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "⚠ Mực nước sông Hương tại Kim Long 3,58 m"
    assert "→ city_command" in shown
    assert "  Mã: x\n" in shown


def test_a_console_that_is_gone_is_tried_again() -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    assert isinstance(console_channel(Gone())(_message()), Retry)


def test_the_file_holds_the_message(tmp_path: Path) -> None:
    assert file_channel(tmp_path)(_message()) == Sent()
    written = tmp_path / "city_command" / "hue-ews.kim_long.flood.20251027T000000Z.002.txt"
    assert written.read_text(encoding="utf-8") == f"{_message().headline}\n\n{_message().body}\n"


def test_a_message_sent_twice_is_one_file(tmp_path: Path) -> None:
    send = file_channel(tmp_path)
    send(_message())
    send(_message())
    send(_message(version=3))
    assert len(list((tmp_path / "city_command").iterdir())) == 2


def test_a_file_is_complete_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = file_channel(tmp_path)(_message())
    assert isinstance(outcome, Retry)
    assert "No space left" in outcome.error
    assert list((tmp_path / "city_command").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "alerts").write_text("a file stands here")
    assert isinstance(file_channel(tmp_path / "alerts")(_message()), Retry)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", ""])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "alerts"
    file_channel(folder)(_message(recipient=name, identifier=name))
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(files) == 1
    assert files[0].resolve().is_relative_to(folder.resolve())


def test_waits_double_up_to_ten_minutes_and_then_stop() -> None:
    waits = [next_due(attempts, NOW) for attempts in (1, 2, 3, 8, MOST_ATTEMPTS - 1)]
    assert [w - NOW for w in waits] == [timedelta(seconds=s) for s in (5, 10, 20, 600, 600)]
    assert next_due(MOST_ATTEMPTS, NOW) is None
    everything = sum((next_due(n, NOW) - NOW for n in range(1, MOST_ATTEMPTS)), timedelta())
    assert timedelta(hours=22) < everything < timedelta(hours=26)
