"""Where the audit's chain ends is noted outside the database: what is cut off after that shows."""

from __future__ import annotations

from datetime import datetime

import structlog

from domain.audit_chain import Verdict, judge
from scheduler.house import AuditEnd, House
from storage import audit
from storage.audit_checkpoints import note_checkpoint, read_checkpoints

_log = structlog.get_logger(__name__)


def checkpoint(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Follow the chain from the newest checkpoint on and note where it ends now; 1 when it has grown.

    Only what is new is read, so a long audit costs no more than a short one; `ews audit verify` reads all of it. A chain that does
    not go on from the checkpoint is nothing to note: the watcher tells of it until it is whole again.
    """
    del names
    end = house.audit_end
    if end.path is None:
        return 0
    if end.path.exists():
        end.seen = True
    elif end.seen:
        end.broken = f"{end.path.name} is gone, and with it what shows that rows were cut off; `ews audit checkpoint` begins another"
        _log.error("audit_checkpoints_gone", checkpoints=str(end.path))
        return 0
    noted = read_checkpoints(end.path) if end.seen else {}
    number = max(noted, default=0)
    verdict = _followed(house, number, noted)
    end.broken = verdict.broken
    if verdict.broken is not None:
        _log.error("audit_broken", found=verdict.broken, checkpoints=str(end.path))
        return 0
    return _note(end, verdict, now) if verdict.rows > number else 0


def _followed(house: House, number: int, noted: dict[int, bytes]) -> Verdict:
    first = max(number, 1)
    with house.database.transaction() as connection:
        return judge(audit.links(connection, first), {number: noted[number]} if number else {}, first=first)


def _note(end: AuditEnd, verdict: Verdict, now: datetime) -> int:
    assert end.path is not None
    end.noted, end.seen = note_checkpoint(end.path, verdict, now), True
    _log.info("audit_checkpoint", number=verdict.rows, hash=verdict.head.hex())
    return 1
