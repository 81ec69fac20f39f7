"""What the network page shows, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.readings import QualityFlag
from domain.stations import Station
from storage.accounts import Counts
from storage.network_report import Finding, ReasonCount


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceToday:
    """What came from one source, or through one worker, since midnight in Huế, in readings.

    `waiting`: messages at the door, None when nobody said. `broken_hours`: hours that do not add up.
    """

    source: str
    counts: Counts
    waiting: int | None
    broken_hours: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesToday:
    """One series of a station. `flags`: readings of the last 24 h by flag; `expected`: how many were due in them.

    `silent`: nothing is heard of it now. `sent`, `stored`, `missing`: by the device's own numbers since midnight on the station's clock; None without numbers.
    """

    quantity: str
    flags: Mapping[QualityFlag, int]
    expected: int
    silent: bool = False
    sent: int | None = None
    stored: int | None = None
    missing: tuple[tuple[int, int], ...] = ()

    @property
    def read(self) -> int:
        """Readings of the last 24 h."""
        return sum(self.flags.values())

    @property
    def absent(self) -> int:
        """Readings of the last 24 h that were due and are not there."""
        return max(self.expected - self.read, 0)

    @property
    def lost(self) -> int:
        """Numbers that the device gave and that are not there."""
        return sum(last - first + 1 for first, last in self.missing)


@dataclass(frozen=True, kw_only=True, slots=True)
class StationLink:
    """One station as the network sees it. `now`: the time on its clock; `status`: its own word, None when it never said."""

    station: Station
    now: datetime
    read_at: datetime | None  # when its newest reading was measured; of a silent station that of what the map shows
    silent: bool
    late: bool
    status: str | None
    status_at: datetime | None
    battery_v: float | None
    skew_s: float | None
    series: tuple[SeriesToday, ...]

    @property
    def age(self) -> timedelta | None:
        """How old its newest reading is."""
        return None if self.read_at is None else self.now - self.read_at

    @property
    def dead(self) -> tuple[str, ...]:
        """Quantities that fell silent while the station goes on."""
        return () if self.silent else tuple(s.quantity for s in self.series if s.silent)

    @property
    def doubted(self) -> int:
        """Readings of the last 24 h that are suspect or failed."""
        return sum(s.flags.get(flag, 0) for s in self.series for flag in (QualityFlag.SUSPECT, QualityFlag.FAIL))

    @property
    def lost(self) -> int:
        """Numbers of today that are missing."""
        return sum(s.lost for s in self.series)

    @property
    def absent(self) -> int:
        """Readings of the last 24 h that are missing."""
        return sum(s.absent for s in self.series)


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkView:
    """The whole page. `sources`: those of sources.toml; `workers`: the processes that took their readings in.

    `numbers_known`: False when the numbering is broken too often to be compared.
    """

    read_at: datetime
    sources: tuple[SourceToday, ...]
    workers: tuple[SourceToday, ...]
    stations: tuple[StationLink, ...]
    reasons: tuple[ReasonCount, ...]
    findings: tuple[Finding, ...]
    numbers_known: bool = True
