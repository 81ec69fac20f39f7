"""A power cut in the middle of a line costs that line and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.audit_chain import Verdict
from domain.errors import ConfigurationError
from storage.audit_checkpoints import FILE_NAME, note_checkpoint, read_checkpoints

NOW = datetime(2025, 10, 27, 6, tzinfo=UTC)
HEADS = {number: bytes([number]) * 32 for number in (1, 2, 3)}


def note(path: Path, *numbers: int) -> None:
    for number in numbers:
        note_checkpoint(path, Verdict(rows=number, head=HEADS[number]), NOW)


@pytest.mark.parametrize(
    "tail", [b'{"number": 2, "ha', b"\0" * 700, b'{"number": 2, "ha' + b"\0" * 700, b'{"number": 2, "at": "\xc3']
)
def test_a_line_that_was_cut_off_is_left_out_and_written_over(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / FILE_NAME
    note(path, 1)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    with capture_logs() as logs:
        assert read_checkpoints(path) == {1: HEADS[1]}
    assert [entry["event"] for entry in logs] == (["checkpoint_cut_off"] if tail.strip(b"\0") else [])
    note(path, 3)
    assert path.read_bytes().startswith(whole)
    assert read_checkpoints(path) == {1: HEADS[1], 3: HEADS[3]}
    assert path.read_bytes().count(b"\n") == 2


@given(st.data())
def test_wherever_it_was_cut_the_lines_before_stand(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / FILE_NAME
    note(path, 1, 2)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))] + b"\0" * data.draw(st.integers(0, 5)))
    before = read_checkpoints(path)
    note(path, 3)
    assert read_checkpoints(path) == before | {3: HEADS[3]}


def test_a_last_line_without_its_end_that_is_a_checkpoint_counts(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    note(path, 1, 2)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert read_checkpoints(path) == {1: HEADS[1], 2: HEADS[2]}
    note(path, 3)
    assert read_checkpoints(path) == HEADS


@pytest.mark.parametrize("middle", [b'{"number": 2, "ha\n', b"\0\0\n", b"\n"])
def test_a_bad_line_in_the_middle_is_refused(tmp_path: Path, middle: bytes) -> None:
    path = tmp_path / FILE_NAME
    note(path, 1)
    path.write_bytes(middle + path.read_bytes())
    with pytest.raises(ConfigurationError, match="line 1"):
        read_checkpoints(path)
