"""Exercises of config/exercises/NAME.toml: what is played, what fails on purpose, and how simulated recipients answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.alerts import Event
from domain.configuration_file import Table, Text, read_table, refusal
from domain.errors import ConfigurationError
from domain.stations import Station

FOLDER = "exercises"
#: What simulated devices speak; they cannot speak all that an installation may read.
SOURCES = "sources.toml"
#: Stations of an exercise keep a clock of this name, a colon and the exercise's name.
CLOCK = "exercise"
#: The exercise's clock is told so often; of anything shorter nothing would be on record.
ROUND = timedelta(minutes=10)


class FaultKind(StrEnum):
    """What goes wrong at a device."""

    SPIKE = "spike"  # one reading far off
    DRIFT = "drift"  # more and more too high, or too low
    FLAT = "flat"  # repeats the value at which it froze
    BIAS = "bias"  # silent for an hour of maintenance, and too high, or too low, by the same afterwards
    SHIFT = "shift"  # set to another zero: too high, or too low, by the same from one reading to the next
    ZERO = "zero"  # nothing but zero
    NOISE = "noise"  # readings scatter
    UNIT = "unit"  # centimetres instead of metres, hundredths instead of millimetres
    CLOCK_SKEW = "clock_skew"  # its clock is wrong by so many seconds
    SILENT = "silent"  # measures and sends nothing
    DELAYED = "delayed"  # reaches nobody, and sends what it measured when it is back
    FLOODED_OUT = "flooded_out"  # drowned: its last word is the highest level of the first half of the fault
    MALFORMED = "malformed"  # messages are cut off on their way
    WRONG_STATION = "wrong_station"  # speaks under a name that nobody knows


#: Kinds that need an amount.
_SIZED = frozenset(
    {
        FaultKind.SPIKE,
        FaultKind.SHIFT,
        FaultKind.BIAS,
        FaultKind.DRIFT,
        FaultKind.NOISE,
        FaultKind.CLOCK_SKEW,
    }
)
_IN_UNITS = "write it in the quantity's unit, of a clock in seconds"


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("naive", "has no offset; write 2025-10-27T06:00:00+07:00")
    return value


Moment = Annotated[datetime, AfterValidator(_aware)]
Minutes = Annotated[float, Field(gt=0, le=100_000)]


def _round_min() -> int:
    return ROUND // timedelta(minutes=1)


class Gap(Table):
    """A span in which something is away."""

    begins: Moment
    minutes: Minutes

    @property
    def ends(self) -> datetime:
        """The first moment it is back."""
        return self.begins + timedelta(minutes=self.minutes)

    def holds(self, at: datetime) -> bool:
        """Whether it is away at `at`."""
        return self.begins <= at < self.ends


class ReceiverDown(Gap):
    """A recipient whose receiver refuses everything for a while."""

    recipient: Text


class Fault(Table):
    """One fault at one gauge. `quantity`: its main one when left out. `amount`: in the quantity's unit, of a clock seconds."""

    station: Text
    quantity: Text | None = None
    kind: Annotated[FaultKind, Field(strict=False)]
    begins: Moment
    ends: Moment
    amount: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.ends <= self.begins:
            raise refusal("ends", "must lie after begins")
        if self.kind in _SIZED and not self.amount:
            raise refusal("amount", f"a fault of kind {self.kind} needs an amount that is not zero; {_IN_UNITS}")
        if self.kind not in _SIZED and self.amount is not None:
            raise refusal("amount", f"means nothing for a fault of kind {self.kind}; take it out")
        return self


class Answers(Table):
    """How simulated recipients acknowledge: after between `least_min` and `most_min` minutes of the exercise's own time.

    `never_share`: this part of them (drawn by the seed) never answers, and the ladder goes on without them.
    """

    least_min: Annotated[float, Field(ge=0, le=1440)]
    most_min: Annotated[float, Field(ge=0, le=1440)]
    never_share: Annotated[float, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.most_min < self.least_min:
            raise refusal("most_min", "must not be less than least_min")
        return self


class Exercise(Table):
    """One exercise. `warm_up_h`: so much of the past is sent first, at once. `speed`: times as fast as the clock.

    `experience_days`: so much of an invented flood season a year before is sent too, so that forecasts have seen the
    rivers rise. `hazards`: all that there is to be warned of; None: it is not said, and no warning of water, rain, wind or
    air is called false.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title_vi: Text
    title_en: Text
    nature: Text
    seed: Annotated[int, Field(ge=0, le=2**31)]
    begins: Moment
    ends: Moment
    warm_up_h: Annotated[float, Field(ge=0, le=240)] = 48.0
    experience_days: Annotated[float, Field(ge=0, le=200)] = 0.0
    speed: Annotated[float, Field(ge=0.1, le=100_000)] = 60.0
    watched: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    hazards: Annotated[tuple[Annotated[Event, Field(strict=False)], ...], Field(strict=False)] | None = None
    answers: Answers
    broker_outage: Gap | None = None
    receiver_down: Annotated[tuple[ReceiverDown, ...], Field(strict=False)] = ()
    fault: Annotated[tuple[Fault, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.ends - self.begins < ROUND:
            raise refusal("ends", f"must lie after begins, {_round_min()} minutes at least")
        if len(set(self.watched)) < len(self.watched):
            raise refusal("watched", "names a station twice; take one out")
        return self

    @property
    def clock(self) -> str:
        """The clock of its stations."""
        return f"{CLOCK}:{self.name}"

    def between(self, begins: datetime | None, ends: datetime | None) -> Exercise:
        """The part of it from `begins` until `ends`; None: its own.

        Raises ConfigurationError for a time outside it, and for a part that is shorter than a round.
        """
        first, last = begins or self.begins, ends or self.ends
        for key, at in (("--from", first), ("--until", last)):
            if not self.begins <= at <= self.ends:
                remedy = f"must lie between {self.begins.isoformat()} and {self.ends.isoformat()}"
                raise ConfigurationError(place="command line", key=key, value=at.isoformat(), remedy=remedy)
        if last - first < ROUND:
            remedy = f"must lie after --from {first.isoformat()}, {_round_min()} minutes at least"
            raise ConfigurationError(place="command line", key="--until", value=last.isoformat(), remedy=remedy)
        outage = self.broker_outage
        kept = outage if outage is not None and first <= outage.begins < last else None
        return self.model_copy(update={"begins": first, "ends": last, "broker_outage": kept})


def exercise_names(config_dir: Path) -> list[str]:
    """The exercises there are."""
    return sorted(path.stem for path in (config_dir / FOLDER).glob("*.toml") if path.name != SOURCES)


def load_exercise(
    config_dir: Path,
    name: str,
    *,
    stations: Mapping[str, Station] | None = None,
    recipients: Collection[str] | None = None,
) -> Exercise:
    """The exercise of this name. Raises ConfigurationError, also for a station or recipient that is none of those given."""
    known = exercise_names(config_dir)
    if name not in known:
        remedy = f"no such exercise; known are {', '.join(known) or 'none'}"
        raise ConfigurationError(place=str(config_dir / FOLDER), key="name", value=name, remedy=remedy)
    path = config_dir / FOLDER / f"{name}.toml"
    exercise = read_table(path, Exercise)
    if exercise.name != name:
        raise ConfigurationError(
            place=str(path), key="name", value=exercise.name, remedy=f"must be {name}, as the file is called"
        )
    for key, value, remedy in _strangers(exercise, stations, recipients):
        raise ConfigurationError(place=str(path), key=key, value=value, remedy=remedy)
    return exercise


def _strangers(
    exercise: Exercise, stations: Mapping[str, Station] | None, recipients: Collection[str] | None
) -> Iterator[tuple[str, object, str]]:
    """Names that nobody bears, and times outside the exercise: key, value, remedy."""
    gauges = [(f"fault[{place}].station", fault.station) for place, fault in enumerate(exercise.fault)]
    gauges += [("watched", name) for name in exercise.watched]
    people = [
        (f"receiver_down[{place}].recipient", down.recipient) for place, down in enumerate(exercise.receiver_down)
    ]
    if stations is not None:
        yield from ((key, name, "is no station of stations.toml") for key, name in gauges if name not in stations)
        yield from _unmeasured(exercise, stations)
    if recipients is not None:
        yield from ((key, name, "is no recipient of recipients.toml") for key, name in people if name not in recipients)
    remedy = f"must lie between {exercise.begins.isoformat()} and {exercise.ends.isoformat()}"
    for key, at in _times(exercise):
        if not exercise.begins <= at <= exercise.ends:
            yield key, at.isoformat(), remedy


def _unmeasured(exercise: Exercise, stations: Mapping[str, Station]) -> Iterator[tuple[str, object, str]]:
    """Faults of what their station does not measure: nothing would fail."""
    for place, fault in enumerate(exercise.fault):
        measured = [series.quantity for series in stations[fault.station].series]
        if fault.quantity is not None and fault.quantity not in measured:
            remedy = f"{fault.station} does not measure it; name one of {', '.join(measured)}"
            yield f"fault[{place}].quantity", fault.quantity, remedy


def _times(exercise: Exercise) -> Iterator[tuple[str, datetime]]:
    """Every time the file names, with its key."""
    for place, fault in enumerate(exercise.fault):
        yield from ((f"fault[{place}].begins", fault.begins), (f"fault[{place}].ends", fault.ends))
    gaps: list[tuple[str, Gap]] = [(f"receiver_down[{n}]", down) for n, down in enumerate(exercise.receiver_down)]
    if exercise.broker_outage is not None:
        gaps.append(("broker_outage", exercise.broker_outage))
    for key, gap in gaps:
        yield from ((f"{key}.begins", gap.begins), (f"{key}.minutes", gap.ends))
