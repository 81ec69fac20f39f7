"""A folder into which loggers put files (Thông tư 10/2021 over FTP): each is read once, like messages, and put away.

A file is read when it has not changed for a while, stored in transactions, and then moved to `done/`, or to `failed/`
with its reason beside it when nothing in it could be read. Killed in between, it is read again, and its readings are
duplicates. Lines that cannot be read are kept and listed with the rejected messages.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import structlog

from domain.errors import DatabaseRefusedError, DatabaseUnavailableError, EwsError, SchemaOutdatedError
from ingest.batch import BatchStore
from ingest.intake import Envelope
from ingest.network import load_network
from ingest.routing import Sources, file_topic
from ingest.series_memory import SeriesMemory
from ingest.source import Source
from storage.accounts import Counts
from storage.database import Database

SOURCE = "files"
DONE, FAILED = "done", "failed"
#: A file that has not changed for so long is complete: an FTP server writes it in pieces.
SETTLED_AFTER_S = 5.0
_BETWEEN_SWEEPS_S = 2.0
#: So much of a file is one transaction.
_CHUNK = 128 * 1024
_LARGEST_FILE = 64 * 1024 * 1024
#: Names of uploads that have not ended.
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")
_NOTHING = Counts(received=0, stored=0, duplicates=0, revisions=0, rejected=0)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file. `reason` None: it was read, and lies in `done/`."""

    name: str
    counts: Counts
    reason: str | None = None


class FileInbox:
    """Reads what lies in a folder."""

    def __init__(self, folder: Path, database: Database, sources: Sources, *, adopt: bool) -> None:
        self._folder, self._database, self._sources = folder, database, sources
        self._batches = BatchStore(database, SOURCE, adopt, SeriesMemory(), sources)

    def watch(self, stop: Event) -> None:
        """Sweep until `stop` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                self.sweep()
            except (DatabaseUnavailableError, SchemaOutdatedError) as error:
                _log.warning("database_away", error=str(error))
            stop.wait(_BETWEEN_SWEEPS_S)

    def sweep(self, *, settled_after_s: float = SETTLED_AFTER_S) -> list[FileOutcome]:
        """Read every complete file, the oldest first.

        Raises DatabaseUnavailableError, SchemaOutdatedError: the file at hand stays for the next time. Raises EwsError when the
        folder cannot be read or written.
        """
        try:
            return [self._put_away(path) for path in self._complete(settled_after_s)]
        except OSError as error:
            raise EwsError(
                f"{self._folder}: {error.strerror}; it must be a folder that can be read and written"
            ) from error

    def _complete(self, settled_after_s: float) -> list[Path]:
        settled = time.time() - settled_after_s
        found = [
            (path.stat().st_mtime, path)
            for path in self._folder.iterdir()
            if path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in _UNFINISHED
        ]
        return [path for changed, path in sorted(found) if changed <= settled]

    def _put_away(self, path: Path) -> FileOutcome:
        outcome = self._read(path)
        place = self._folder / (DONE if outcome.reason is None else FAILED)
        place.mkdir(exist_ok=True)
        target = _free(place / path.name)
        if outcome.reason is not None:
            target.with_name(f"{target.name}.reason").write_text(f"{outcome.reason}\n", encoding="utf-8")
        path.replace(target)
        _log.info("file_read", file=path.name, reason=outcome.reason, stored=outcome.counts.stored)
        return outcome

    def _read(self, path: Path) -> FileOutcome:
        source = self._sources.of_file(path.name)
        if source is None:
            return FileOutcome(path.name, _NOTHING, "no source in sources.toml has files of this name")
        if path.stat().st_size > _LARGEST_FILE:
            return FileOutcome(path.name, _NOTHING, f"larger than {_LARGEST_FILE} bytes")
        try:
            counts = self._store(source, path)
        except DatabaseRefusedError as error:
            return FileOutcome(path.name, _NOTHING, str(error))
        if counts.received == counts.rejected:
            return FileOutcome(
                path.name, counts, f"none of {counts.rejected} lines could be read: see `ews rejected list`"
            )
        return FileOutcome(path.name, counts)

    def _store(self, source: Source, path: Path) -> Counts:
        with self._database.transaction() as connection:
            network = load_network(connection)
        total = _NOTHING
        for chunk in _chunks(path.read_bytes()):
            now = datetime.now(UTC)
            stored = self._batches.store([Envelope(file_topic(source, path.name), chunk, now)], network, now)
            network, total = stored.network, total + stored.counts
        return total


def _chunks(content: bytes) -> Iterator[bytes]:
    """Whole lines, in pieces of a bearable size; an empty file is one empty piece, which says so when it is read."""
    piece: list[bytes] = []
    size = 0
    for line in content.splitlines(keepends=True):
        if piece and size + len(line) > _CHUNK:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    yield b"".join(piece)


def _free(path: Path) -> Path:
    """`path`, or the first free name after it: the same file may come twice."""
    names = (path.with_name(f"{path.stem}.{number}{path.suffix}") for number in range(1, 1_000_000))
    return path if not path.exists() else next(name for name in names if not name.exists())
