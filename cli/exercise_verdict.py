"""A played exercise in one line, and whether anything in it was wrong that nobody had injected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cli.exercise_evidence import Evidence
from cli.false_warnings import false_warnings, unread_levels
from domain.times import local
from simulators.field.scoring import SHARE_FOUND


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a run is judged by. Counts of readings, faults and alerts; `false`: false alerts by event.

    `unread_levels`: told by forecast within true alerts, and withdrawn before they were read. They leave a run clean: a
    forecast that is rightly told as likely fails now and then, and the alert itself was no mistake. `faults`: those that
    can be judged; `settled`: whether all was judged, delivered and answered in the end, None when it is not on record.
    """

    finished: bool
    settled: bool | None
    ends: datetime

    sent: int
    stored: int
    missing: int
    alerts: int
    false: Mapping[str, int]
    unread_levels: int
    unsent: int  # stored, and in no count of what was sent
    failed_good: int
    suspect_good: int
    faults: int
    found: int
    too_short: int  # faults that the run had no time to find
    minutes: float  # of the wall clock

    @property
    def clean(self) -> bool:
        """Whether all of it was played and judged, and nothing was wrong."""
        return not self._complaints

    @property
    def complaint(self) -> str:
        """What was wrong."""
        return ", ".join(self._complaints) or "nothing wrong"

    @property
    def _complaints(self) -> list[str]:
        enough = not self.faults or self.found / self.faults >= SHARE_FOUND
        counts = {
            "readings missing": self.missing,
            "readings stored and never sent": self.unsent,
            "good readings failed": self.failed_good,
            "good readings held suspect": self.suspect_good,
            "faults not found": 0 if enough else self.faults - self.found,
        }
        named = [*self._cut_short, *(f"{count} false {event}" for event, count in self.false.items())]
        return [*named, *(f"{count} {what}" for what, count in counts.items() if count)]

    @property
    def _cut_short(self) -> list[str]:
        if not self.finished:
            return [f"stopped at {local(self.ends):%d/%m/%Y %H:%M}, not the whole exercise"]
        return ["not everything was judged, delivered and answered"] * (self.settled is False)

    def __str__(self) -> str:
        return (
            f"{self.sent} readings sent, {self.stored} stored, {self.missing} missing; {self.alerts} alerts, "
            f"{sum(self.false.values())} of them false; {self.unread_levels} levels told by forecast and not read before "
            f"they were withdrawn; {self.found} of {self.faults} faults found"
            f"{f' ({self.too_short} more too short to be judged)' if self.too_short else ''}; "
            f"{self.minutes:.1f} min; {self.complaint}"
        )


def verdict_of(found: Evidence) -> Verdict:
    """Of one run."""
    run, scores = found.run, found.scores
    return Verdict(
        finished=run.finished,
        settled=run.settled,
        ends=run.ends,
        sent=sum(series.sent for series in found.truth.series),
        stored=sum(found.stored.values()),
        missing=sum(scores.missing.values()),
        alerts=len(found.alerts),
        false=Counter(row.alert.event.value for row in false_warnings(found)),
        unread_levels=len(unread_levels(found)),
        unsent=sum(scores.unsent.values()),
        failed_good=scores.failed_good,
        suspect_good=scores.suspect_good,
        faults=len(scores.judged),
        found=scores.found,
        too_short=len(scores.verdicts) - len(scores.judged),
        minutes=0.0 if run.ended_at is None else (run.ended_at - run.started_at).total_seconds() / 60,
    )
