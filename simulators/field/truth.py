"""The truth about a fleet's run: what was injected, and what was really sent; kept as JSON lines.

One line for the run, one for each fault that touched anything, one for each series, one for each source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from domain.errors import ConfigurationError
from domain.exercise import FaultKind


class InjectedFault(msgspec.Struct, frozen=True, kw_only=True, tag="fault", tag_field="is"):
    """One fault as it happened. `first`, `last`: of the readings it touched, by the device's clock, both included.

    `readings`: how many it touched, or kept from being made; `sent`: how many of these left readable (None: the file is
    older than that count); `messages`: how many left garbled or under a wrong name, and the `topics` on which they did.
    """

    id: str
    station: str
    quantity: str | None
    kind: FaultKind
    first: datetime
    last: datetime
    readings: int
    sent: int | None = None
    size: float = 0.0
    messages: int = 0
    topics: tuple[str, ...] = ()


class SentSeries(msgspec.Struct, frozen=True, kw_only=True, tag="series", tag_field="is"):
    """One series. measured = sent + lost + unreadable, and what a device still had when a run was left; `sent` counts each reading once, however often it left."""

    station: str
    quantity: str
    measured: int
    sent: int
    lost: int  # by the network, a full buffer, or a connection that was away
    unreadable: int  # left garbled or under a wrong name


class SentSource(msgspec.Struct, frozen=True, kw_only=True, tag="source", tag_field="is"):
    """One source: messages that left, repetitions included, and the readings in them."""

    source: str
    messages: int
    readings: int
    repeated: int  # messages that left again
    unreadable: int  # messages that nobody can read


class RunFacts(msgspec.Struct, frozen=True, kw_only=True, tag="run", tag_field="is"):
    """What was played, and until when. `finished`: False when it was stopped before its end."""

    seed: int
    starts: datetime
    ends: datetime
    devices: int
    finished: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """Everything that is true about one run."""

    run: RunFacts
    faults: tuple[InjectedFault, ...] = ()
    series: tuple[SentSeries, ...] = ()
    sources: tuple[SentSource, ...] = field(default=())

    @property
    def sent(self) -> Mapping[tuple[str, str], SentSeries]:
        """By station and quantity."""
        return {(one.station, one.quantity): one for one in self.series}


_Line = RunFacts | InjectedFault | SentSeries | SentSource


def write_truth(path: Path, truth: Truth) -> None:
    """Write the file in one step."""
    lines: list[_Line] = [truth.run, *truth.faults, *truth.series, *truth.sources]
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    half.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    half.replace(path)


def load_truth(path: Path) -> Truth:
    """Read a file that `write_truth` wrote. Raises ConfigurationError with the line that cannot be read."""
    lines = list(_lines(path))
    run = next((line for line in lines if isinstance(line, RunFacts)), None)
    if run is None:
        raise ConfigurationError(
            place=str(path), key="run", value=None, remedy="has no line about the run; play it again"
        )
    return Truth(
        run=run,
        faults=tuple(line for line in lines if isinstance(line, InjectedFault)),
        series=tuple(line for line in lines if isinstance(line, SentSeries)),
        sources=tuple(line for line in lines if isinstance(line, SentSource)),
    )


def _lines(path: Path) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Line)
    try:
        content = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigurationError(
            place=str(path), key="file", value=error.strerror, remedy="must be a truth file that a fleet has written"
        ) from error
    for number, line in enumerate(content, 1):
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError as error:
            raise ConfigurationError(
                place=str(path),
                key=f"line {number}",
                value=line[:60].decode(errors="replace"),
                remedy=f"{error}; play it again",
            ) from error
