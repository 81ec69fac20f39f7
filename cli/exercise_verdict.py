"""A played exercise in one line, and whether anything in it was wrong that nobody had injected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cli.exercise_evidence import Evidence
from cli.false_warnings import false_warnings, unread_levels


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a run is judged by. Counts of readings, faults and alerts; `false`: false alerts by event.

    `unread_levels`: told by forecast within true alerts, and withdrawn before they were read. They leave a run clean: a
    forecast that is rightly told as likely fails now and then, and the alert itself was no mistake.
    """

    sent: int
    stored: int
    missing: int
    alerts: int
    false: Mapping[str, int]
    unread_levels: int
    failed_good: int
    suspect_good: int
    faults: int
    found: int
    minutes: float  # of the wall clock

    @property
    def clean(self) -> bool:
        """Whether no warning was false, no reading is missing and no good one was failed or doubted."""
        return not (self.false or self.missing or self.failed_good or self.suspect_good)

    @property
    def complaint(self) -> str:
        """What was wrong."""
        named = [f"{count} false {event}" for event, count in self.false.items()]
        counts = {
            "readings missing": self.missing,
            "good readings failed": self.failed_good,
            "good readings held suspect": self.suspect_good,
        }
        return ", ".join([*named, *(f"{count} {what}" for what, count in counts.items() if count)]) or "nothing wrong"

    def __str__(self) -> str:
        return (
            f"{self.sent} readings sent, {self.stored} stored, {self.missing} missing; {self.alerts} alerts, "
            f"{sum(self.false.values())} of them false; {self.unread_levels} levels told by forecast and not read before "
            f"they were withdrawn; {self.found} of {self.faults} faults found; "
            f"{self.minutes:.1f} min; {self.complaint}"
        )


def verdict_of(found: Evidence) -> Verdict:
    """Of one run."""
    run, scores = found.run, found.scores
    return Verdict(
        sent=run.warm_up + run.played,
        stored=sum(found.stored.values()),
        missing=sum(scores.missing.values()),
        alerts=len(found.alerts),
        false=Counter(row.alert.event.value for row in false_warnings(found)),
        unread_levels=len(unread_levels(found)),
        failed_good=scores.failed_good,
        suspect_good=scores.suspect_good,
        faults=len(scores.verdicts),
        found=sum(verdict.found for verdict in scores.verdicts),
        minutes=0.0 if run.ended_at is None else (run.ended_at - run.started_at).total_seconds() / 60,
    )
