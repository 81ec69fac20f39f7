"""Files from a watched folder and CSV files: the same checks, accounts and rejections as messages; read again, no harm."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import ConfigurationError, EwsError
from domain.readings import QualityFlag
from domain.times import HUE_TIME
from ingest.csv_import import import_csv
from ingest.files import FileInbox, FileOutcome
from ingest.replay_rejected import replay_rejected
from ingest.routing import Sources
from ingest.sources import load_sources
from storage.accounts import Counts, accounts
from storage.rejections import list_rejected
from storage.stations import sync_network
from tests.integration.workbench import Book, station

SOURCES = """
[[source]]
name = "ftp"
format = "tt10"
files = "HUE_{device}_*.txt"
[[source.device]]
id = "KL"
station = "kim_long"
[[source.device]]
id = "BM"
station = "bach_ma"
[[source.field]]
name = "MucNuoc"
quantity = "water_level"
[[source.field]]
name = "Mua"
quantity = "rainfall"
"""


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return load_sources(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def _sweep(book: Book, folder: Path, sources: Sources) -> list[FileOutcome]:
    return FileInbox(folder, book.database, sources, adopt=False).sweep(settled_after_s=0)


def _line(minute: int, value: object, *, name: str = "MucNuoc", status: str = "00", unit: str = "cm") -> str:
    return f"{name}\t{value}\t{unit}\t202510270{6:d}{minute:02d}00\t{status}\r\n"


def test_a_file_is_read_put_away_and_its_bad_lines_are_kept(book: Book, folder: Path, sources: Sources) -> None:
    lines = [
        _line(0, 358),
        _line(5, 360, status="01"),
        _line(10, "x"),
        _line(15, 361, status="02"),
        _line(20, 2, name="pH"),
    ]
    (folder / "HUE_KL_20251027060000.txt").write_text("".join(lines), encoding="utf-8")
    (outcome,) = _sweep(book, folder, sources)
    assert outcome.reason is None
    assert outcome.counts == Counts(received=5, stored=3, duplicates=0, revisions=0, rejected=2)
    assert book.rows(b"select observed_at, value, flag, status from reading order by observed_at") == [
        (datetime(2025, 10, 26, 23, 0, tzinfo=UTC), 3.58, QualityFlag.PASS, "00"),
        (datetime(2025, 10, 26, 23, 5, tzinfo=UTC), 3.6, QualityFlag.FAIL, "01"),
        (datetime(2025, 10, 26, 23, 15, tzinfo=UTC), 3.61, QualityFlag.FAIL, "02"),
    ]
    assert [path.name for path in (folder / "done").iterdir()] == ["HUE_KL_20251027060000.txt"]
    with book.database.transaction() as connection:
        kept = list_rejected(connection)
        assert {one.source for one in accounts(connection)} == {"files"}
    assert [(one.reason, one.payload) for one in kept] == [
        ("not_a_number", _line(10, "x").strip().encode()),
        ("no_reading", _line(20, 2, name="pH").strip().encode()),
    ]
    assert {one.topic for one in kept} == {"$file/ftp/HUE_KL_20251027060000.txt"}


def test_the_same_file_again_changes_nothing(book: Book, folder: Path, sources: Sources) -> None:
    for _ in range(2):
        (folder / "HUE_KL_1.txt").write_text(_line(0, 358), encoding="utf-8")
        (outcome,) = _sweep(book, folder, sources)
    assert outcome.counts == Counts(received=1, stored=0, duplicates=1, revisions=0, rejected=0)
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["HUE_KL_1.1.txt", "HUE_KL_1.txt"]


def test_what_cannot_be_read_lies_apart_with_its_reason(book: Book, folder: Path, sources: Sources) -> None:
    (folder / "notes.txt").write_text("hello", encoding="utf-8")
    (folder / "HUE_XX_1.txt").write_text(_line(0, 1), encoding="utf-8")
    (folder / "HUE_KL_2.txt").write_bytes(b"")
    assert all(outcome.reason for outcome in _sweep(book, folder, sources))
    failed = {path.name: path for path in (folder / "failed").iterdir()}
    assert len(failed) == 6
    assert "no source" in failed["notes.txt.reason"].read_text(encoding="utf-8")
    with book.database.transaction() as connection:
        assert sorted(one.reason for one in list_rejected(connection)) == ["empty", "unknown_device"]


def test_files_that_are_still_written_and_hidden_ones_wait(book: Book, folder: Path, sources: Sources) -> None:
    for name in (".HUE_KL_1.txt", "HUE_KL_1.txt.part"):
        (folder / name).write_text(_line(0, 1), encoding="utf-8")
    assert _sweep(book, folder, sources) == []
    (folder / "HUE_KL_1.txt").write_text(_line(0, 1), encoding="utf-8")
    assert FileInbox(folder, book.database, sources, adopt=False).sweep(settled_after_s=60) == []


def test_a_line_nobody_thought_of_costs_no_other_and_the_next_file_is_read(
    book: Book, folder: Path, sources: Sources
) -> None:
    lines = _line(0, 358, unit="Ym^9*Ym^9/m^9/m^8") + _line(5, 360)
    (folder / os.fsdecode(b"HUE_KL_\xff.txt")).write_text(lines, encoding="utf-8")
    (folder / "HUE_KL_2.txt").write_text(_line(10, 361), encoding="utf-8")
    outcomes = _sweep(book, folder, sources)
    assert sorted((one.counts.stored, one.counts.rejected) for one in outcomes) == [(1, 0), (1, 1)]
    assert book.rows(b"select value from reading order by value") == [(3.6,), (3.61,)]


def test_a_long_file_comes_in_pieces(book: Book, folder: Path, sources: Sources) -> None:
    lines = [
        f"MucNuoc\t{n % 500}\tcm\t2025102{n // 3600 % 8}{n // 60 % 24:02d}{n % 60:02d}00\t00\n" for n in range(9000)
    ]
    (folder / "HUE_KL_1.txt").write_text("".join(lines), encoding="utf-8")
    (outcome,) = _sweep(book, folder, sources)
    assert outcome.counts.received == 9000
    assert outcome.counts.balanced
    assert outcome.counts.rejected == 0


def test_lines_of_unknown_stations_are_replayed(book: Book, folder: Path, sources: Sources) -> None:
    (folder / "HUE_BM_1.txt").write_text(_line(0, 104.6, name="Mua", unit="mm"), encoding="utf-8")
    (outcome,) = _sweep(book, folder, sources)
    assert outcome.counts.rejected == 1
    with book.database.transaction() as connection:
        sync_network(connection, [station("bach_ma")])
    counts = replay_rejected(book.database, datetime.now(UTC), sources=sources)
    assert (counts.replayed, counts.stored) == (1, 1)
    assert book.rows(b"select value from reading") == [(104.6,)]


def test_a_folder_that_is_gone_is_said(book: Book, tmp_path: Path, sources: Sources) -> None:
    with pytest.raises(EwsError, match="must be a folder"):
        _sweep(book, tmp_path / "nowhere", sources)


CSV = """station,quantity,observed_at,value,unit,seq,status,battery_v
kim_long,water_level,2025-10-27T06:00:00+07:00,3.58,m,1,00,3.7
kim_long,water_level,2025-10-27T06:10:00+07:00,360,cm,2,1,
phu_oc,rainfall,1761519600,2.5,,,,
nowhere,rainfall,1761519600,2.5,,,,
kim_long,depth,1761519600,2.5,,,,
kim_long,water_level,2025-10-27T06:20:00,3.6,,,,
kim_long,water_level,2025-10-27T06:30:00+07:00,high,,,,
,,,,,,,
kim_long,water_level,,3.6,,,,
"""


def _csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "readings.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_rows_of_a_csv_file(book: Book, tmp_path: Path) -> None:
    read: list[int] = []
    path = _csv(tmp_path, CSV)
    counts = import_csv(path, book.database, adopt=False, progress=read.append)
    assert counts == Counts(received=8, stored=3, duplicates=0, revisions=0, rejected=5)
    assert read == [path.stat().st_size]
    assert book.rows(b"select value, seq, status, battery_v from reading order by observed_at, value") == [
        (2.5, None, None, None),
        (3.58, 1, "00", pytest.approx(3.7)),
        (3.6, 2, "01", None),
    ]
    with book.database.transaction() as connection:
        assert sorted(one.reason for one in list_rejected(connection)) == [
            "missing_field",
            "naive_time",
            "not_a_number",
            "unknown_quantity",
            "unknown_station",
        ]
    assert import_csv(path, book.database, adopt=False).duplicates == 3


def test_columns_may_be_said_beside_the_file(book: Book, tmp_path: Path) -> None:
    path = _csv(tmp_path, "Observed_at;Value\n2025-10-27 06:00;358\n")
    fixed = {"station": "kim_long", "quantity": "water_level", "unit": "cm"}
    assert import_csv(path, book.database, adopt=False, fixed=fixed, offset=HUE_TIME).stored == 1
    assert book.rows(b"select observed_at, value from reading") == [(datetime(2025, 10, 26, 23, tzinfo=UTC), 3.58)]


def test_a_row_with_a_cell_too_many_is_refused_with_its_place(book: Book, tmp_path: Path) -> None:
    rows = [
        "station,quantity,observed_at,value",
        "kim_long,water_level,2025-10-27T06:00:00+07:00,3,55",
        'kim_long,water_level,2025-10-27T06:10:00+07:00,"3,56"',
        "kim_long,water_level,2025-10-27T06:20:00+07:00,3.57,,",
    ]
    counts = import_csv(_csv(tmp_path, "\n".join(rows)), book.database, adopt=False)
    assert counts == Counts(received=3, stored=1, duplicates=0, revisions=0, rejected=2)
    assert book.rows(b"select value from reading") == [(3.57,)]
    with book.database.transaction() as connection:
        (refused,) = list_rejected(connection, reason="wrong_shape")
    assert refused.detail.startswith("readings.csv, line 2: 5 cells below 4 columns; write 3.55")
    assert refused.payload == rows[1].encode()
    trailing = [f"{rows[0]},", rows[1], rows[3]]
    assert import_csv(_csv(tmp_path, "\n".join(trailing)), book.database, adopt=False).rejected == 1
    assert replay_rejected(book.database, datetime.now(UTC), sources=Sources()).replayed == 0


def test_a_file_that_stops_being_a_table_is_refused_with_its_line(book: Book, tmp_path: Path) -> None:
    text = f"station,quantity,observed_at,value\nkim_long,water_level,1761519600,3.5\n{'9' * 200_000},,,\n"
    with pytest.raises(ConfigurationError, match=r"line 3.*import again"):
        import_csv(_csv(tmp_path, text), book.database, adopt=False)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "station,quantity,value\n"])
def test_files_that_are_no_table_of_readings(book: Book, tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"observed_at|station"):
        import_csv(_csv(tmp_path, text), book.database, adopt=False)
    with pytest.raises(ConfigurationError, match="readable"):
        import_csv(tmp_path / "gone.csv", book.database, adopt=False)
