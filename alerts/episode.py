"""Findings of one event at one station put on one line of event time, and cut into episodes.

The level at an instant is the greater of what readings show and what forecasts say. An episode begins where it rises above
zero and ends where it falls back to it; every change between is one `Change`, with the reason for it. A finding of the phase
RISING_AGAIN has no level: it marks the second rise of a running episode. The changes of a longer record begin with those of a shorter one, so a line built step by step and one built at once are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from domain.alerts import Event, Finding, Phase, Reason, Step

#: What readings or forecasts no longer show; where the hours of their rule are over nobody has looked.
_LESS = (Reason.ENDED, Reason.DOWNGRADED, Reason.HELD_BY_FORECAST, Reason.FORECAST_WITHDRAWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A change reduced to what it says: from `at` on the level is `level`, known by `phase`; `observed` of it by readings."""

    at: datetime
    level: int
    phase: Phase
    observed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A mark with its reason and the numbers behind it."""

    mark: Mark
    reason: Reason
    value: float | None = None
    threshold: float | None = None
    detail: dict[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """Consecutive changes: the first above zero, the last at zero when the episode is over."""

    changes: tuple[Change, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is remembered of the changes."""
        return tuple(change.mark for change in self.changes)

    @property
    def begins_at(self) -> datetime:
        """Event time of the first change."""
        return self.changes[0].mark.at

    @property
    def ended_at(self) -> datetime | None:
        """Event time of the last change when it ended the episode."""
        last = self.changes[-1].mark
        return last.at if last.level == 0 else None


def episodes(event: Event, findings: Sequence[Finding], running: Sequence[Mark] = ()) -> list[Episode]:
    """Cut the line of `findings` (all of one event and station) into episodes, oldest first.

    `running`: the marks of an episode that was under way before the findings begin; it is carried on as the first one.
    """
    line = _Line(event=event, findings=findings, running=running)
    for at, forecast, moved in _moves(findings):
        line.move(at, moved, by_forecast=forecast)
    return line.episodes()


def _moves(findings: Sequence[Finding]) -> Iterator[tuple[datetime, bool, dict[int, Step]]]:
    """Steps of all findings by instant; at one instant readings speak before forecasts, which were made from them."""
    steps = [
        (step.at, finding.phase is Phase.FORECAST, number, step)
        for number, finding in enumerate(findings)
        for step in finding.steps
    ]
    steps.sort(key=lambda each: each[:3])
    for (at, forecast), group in groupby(steps, key=lambda each: each[:2]):
        yield at, forecast, {number: step for _, _, number, step in group}


class _Line:
    """The state of the line while it is walked."""

    def __init__(self, *, event: Event, findings: Sequence[Finding], running: Sequence[Mark]) -> None:
        self._event = event
        self._findings = findings
        self._of_readings = [n for n, f in enumerate(findings) if f.phase is Phase.OBSERVED]
        self._of_forecasts = [n for n, f in enumerate(findings) if f.phase is Phase.FORECAST]
        self._of_turns = {n for n, f in enumerate(findings) if f.phase is Phase.RISING_AGAIN}
        self._current: dict[int, Step] = {}  # the step each finding stands on
        self._carried = running[-1] if running else None
        self._cut: list[list[Change]] = []
        if running:
            # Their reasons are stored already and never looked at again.
            self._cut.append([Change(mark=mark, reason=Reason.RAISED) for mark in running])
        self._told = running[-1].observed if running else 0  # highest level observed since the last change of level

    def episodes(self) -> list[Episode]:
        return [Episode(changes=tuple(changes)) for changes in self._cut]

    def move(self, at: datetime, moved: dict[int, Step], *, by_forecast: bool) -> None:
        """Take the steps of one instant, and add a change if they make one."""
        turns = {n: step for n, step in moved.items() if n in self._of_turns}
        if turns:
            moved = {n: step for n, step in moved.items() if n not in turns}
        self._current |= moved
        observed, forecast = self._level(by_forecast=False), self._level(by_forecast=True)
        level = max(observed, forecast)
        decided = self._decide(level, observed)
        if decided is not None:
            reason, phase = decided
            if reason in _LESS and any("schedule" in step.detail for step in moved.values()):
                reason = Reason.OFF_SCHEDULE
            mark = Mark(at=at, level=level, phase=phase, observed=observed)
            if self._last is None or self._last.level == 0:
                self._cut.append([])
            self._cut[-1].append(self._change(mark, reason, moved or turns, by_forecast=by_forecast))
            self._told = observed
        elif turns and level > 0:
            self._turn(at, level, observed, turns)

    def _turn(self, at: datetime, level: int, observed: int, turns: dict[int, Step]) -> None:
        """The water rises again, or has passed the peak of that rise, and no level has changed yet."""
        number = max(turns, key=lambda n: turns[n].level)
        step, before = turns[number], self._last
        if step.level:
            reason, phase = Reason.RISING_AGAIN, Phase.RISING_AGAIN
        elif before is not None and before.phase is Phase.RISING_AGAIN:
            reason, phase = Reason.PEAK_PASSED, Phase.RECEDING if observed >= level else Phase.FORECAST
        else:
            return
        detail = {**step.detail, "rule": self._findings[number].rule}
        if observed != level:
            detail["observed_level"] = observed
        mark = Mark(at=at, level=level, phase=phase, observed=observed)
        self._cut[-1].append(Change(mark=mark, reason=reason, value=step.value, detail=detail))

    @property
    def _last(self) -> Mark | None:
        return self._cut[-1][-1].mark if self._cut else None

    def _level(self, *, by_forecast: bool) -> int:
        """The highest level of the findings of one sort; one that has not spoken yet leaves what was carried on."""
        kin = self._of_forecasts if by_forecast else self._of_readings
        spoken = [self._current[n].level for n in kin if n in self._current]
        if self._carried is not None and len(spoken) < len(kin):
            carried = self._carried.level if self._carried.level > self._carried.observed else 0
            spoken.append(carried if by_forecast else self._carried.observed)
        return max(spoken, default=0)

    def _decide(self, level: int, observed: int) -> tuple[Reason, Phase] | None:
        """Why the line changes and how we know, or None when there is nothing to tell."""
        seen = observed >= level
        before = self._last
        if before is None or before.level == 0:
            if level == 0:
                return None
            return (Reason.RAISED, Phase.OBSERVED) if seen else (Reason.RAISED_BY_FORECAST, Phase.FORECAST)
        if level == before.level:
            # Water that passes BĐ1 on its way to a forecast BĐ3 is told too; a level once told is not told again.
            if observed > self._told:
                return Reason.CONFIRMED, Phase.OBSERVED if seen else Phase.FORECAST
            # What readings no longer show, and only the forecast still does, must not read as observed.
            held = not seen and before.observed >= level
            return (Reason.HELD_BY_FORECAST, Phase.FORECAST) if held else None
        if level > before.level:
            return (Reason.UPGRADED, Phase.OBSERVED) if seen else (Reason.UPGRADED_BY_FORECAST, Phase.FORECAST)
        return self._lowered(level, observed, before)

    def _lowered(self, level: int, observed: int, before: Mark) -> tuple[Reason, Phase]:
        highest = max((change.mark.observed for change in self._cut[-1]), default=0)
        falling = Phase.RECEDING if self._event is Event.FLOOD and highest > observed else Phase.OBSERVED
        if level == 0:
            return (Reason.ENDED, falling) if highest > 0 else (Reason.FORECAST_WITHDRAWN, Phase.FORECAST)
        if level > observed:
            return Reason.DOWNGRADED, Phase.FORECAST
        return (Reason.DOWNGRADED if highest >= before.level else Reason.FORECAST_WITHDRAWN), falling

    def _change(self, mark: Mark, reason: Reason, moved: dict[int, Step], *, by_forecast: bool) -> Change:
        """The change with the numbers of the finding it rests on.

        Only a step of this very instant lends its value: an older reading is not what the water is now.
        """
        number = self._resting_on(mark, reason, by_forecast=by_forecast)
        step = self._current.get(number) if number is not None else None
        fresh = step is not None and number in moved
        acting = step if fresh else moved[min(moved)]
        detail = dict(acting.detail if acting is not None else {})
        detail["rule"] = self._findings[number if fresh and number is not None else min(moved)].rule
        if mark.observed != mark.level:
            detail["observed_level"] = mark.observed
        return Change(
            mark=mark,
            reason=reason,
            value=step.value if fresh and step is not None else None,
            threshold=step.threshold if step is not None else None,
            detail=detail,
        )

    def _resting_on(self, mark: Mark, reason: Reason, *, by_forecast: bool) -> int | None:
        """The finding that shows the level of the change: which sort it is of, and the first of that sort at that level."""
        forecast, level = mark.phase is Phase.FORECAST, mark.level
        if reason in {Reason.CONFIRMED, Reason.HELD_BY_FORECAST}:
            forecast, level = False, mark.observed
        elif level == 0:
            forecast = by_forecast
        for number, step in self._current.items():
            if (self._findings[number].phase is Phase.FORECAST) == forecast and step.level == level:
                return number
        return None
