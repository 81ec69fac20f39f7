"""The audit's end is noted outside the database by itself, and what is cut off after that is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.audit_chain import judge
from domain.errors import ConfigurationError
from domain.settings import Settings
from scheduler.checkpointing import checkpoint
from scheduler.house import House
from scheduler.service import build_house
from scheduler.watching import Watcher
from storage import audit
from storage.audit_checkpoints import FILE_NAME, note_checkpoint, read_checkpoints
from storage.database import Database
from tests.integration.receiver import Receiver
from tests.integration.test_audit_chain import fill, tamper

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2025, 10, 27, 6, tzinfo=UTC)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    made = build_house(Settings(data_dir=tmp_path, config_dir=CONFIG), database, threading.Event())
    yield made
    made.office.close()


def test_a_checkpoint_is_made_when_the_audit_has_grown_and_only_then(
    database: Database, house: House, tmp_path: Path
) -> None:
    assert checkpoint(house, None, NOW) == 0, "an empty audit has no end"
    fill(database, 5)
    assert [checkpoint(house, None, NOW), checkpoint(house, None, NOW)] == [1, 0]
    fill(database, 2)
    assert checkpoint(house, None, NOW) == 1
    noted = read_checkpoints(tmp_path / FILE_NAME)
    assert sorted(noted) == [5, 7]
    with database.transaction() as connection:
        assert judge(audit.links(connection), noted).broken is None


@pytest.mark.parametrize(
    ("done", "added", "found"),
    [
        ("delete from audit where number > 3", 0, "row 5 is missing"),
        ("truncate audit", 0, "row 5 is missing"),
        ("delete from audit where number > 3", 4, "row 5 is another one than a checkpoint saw"),
        ("update audit set actor = 'x' where number = 6", 0, "row 6 was changed"),
    ],
    ids=["cut off", "emptied", "cut off and written over", "changed"],
)
def test_what_was_cut_off_is_seen_by_itself_and_told(  # noqa: PLR0917 - the cases' parts and what they need
    database: Database, database_url: str, house: House, done: str, added: int, found: str
) -> None:
    fill(database, 5)
    checkpoint(house, None, NOW)
    fill(database, 1)
    tamper(database_url, done)
    fill(database, added)
    assert checkpoint(house, None, NOW) == 0
    assert (house.audit_end.broken or "").startswith(found)
    assert house.audit_end.path is not None
    assert sorted(read_checkpoints(house.audit_end.path)) == [5], "a broken chain is no checkpoint"
    watcher = Watcher(house, house.outlets, deadman_url=None, deadman_every_s=60.0)
    watcher.look(NOW)
    assert [change.subject for change in watcher.look(NOW + timedelta(seconds=5))] == ["audit"]


def test_a_file_of_checkpoints_that_was_taken_away_is_told_and_not_begun_anew(
    database: Database, database_url: str, house: House, tmp_path: Path
) -> None:
    fill(database, 5)
    checkpoint(house, None, NOW)
    (tmp_path / FILE_NAME).unlink()
    tamper(database_url, "delete from audit where number > 3")
    assert checkpoint(house, None, NOW) == 0
    assert "is gone" in (house.audit_end.broken or "")
    assert not (tmp_path / FILE_NAME).exists()
    with database.transaction() as connection:
        note_checkpoint(tmp_path / FILE_NAME, judge(audit.links(connection), {}), NOW)
    fill(database, 1)
    assert checkpoint(house, None, NOW) == 1, "a person has begun another"
    assert house.audit_end.broken is None


def test_the_newest_checkpoint_goes_outside_with_the_sign_of_life(database: Database, house: House) -> None:
    fill(database, 3)
    checkpoint(house, None, NOW)
    with Receiver() as outside:
        Watcher(house, house.outlets, deadman_url=outside.url("ok/alive"), deadman_every_s=0.0).look(NOW)
        (call,) = outside.seen
    assert call.body.decode() == house.audit_end.noted
    assert '"number": 3' in house.audit_end.noted


def test_a_file_of_checkpoints_that_contradicts_itself_fails_the_job(
    database: Database, house: House, tmp_path: Path
) -> None:
    fill(database, 3)
    checkpoint(house, None, NOW)
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write('{"number": 3, "hash": "%s"}\n' % ("0" * 64))
    with pytest.raises(ConfigurationError, match="contradicts an earlier line"):
        checkpoint(house, None, NOW)
