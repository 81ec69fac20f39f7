"""Which sensors of a station are silent, beside what its alert says of that: one more that falls silent is news, one less is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.episode import Change, Mark
from alerts.memory import ended_by_person_at, remembered, written
from domain.alerts import Alert, Event, Finding, Phase, Reason, Step

_ONCE_IN = timedelta(hours=24)


def change_of_silence(before: Alert | None, alert: Alert, findings: Sequence[Finding], now: datetime) -> Change | None:
    """The change that names the sensors now silent, where `alert` (once stored as `before`) names others; else None.

    With one more it is UPGRADED, and told. With fewer it is LATE_DATA, which is kept and told to nobody, so that a sensor that
    is back and falls silent again is news again; what an officer ended stays as it is then.
    """
    standing = _standing(findings) if alert.event is Event.NO_SIGNAL else None
    if standing is None or (silent := _named(standing[1].detail)) == (said := _said(alert)):
        return None
    more = bool(silent - said - _said(before) - _named_lately(alert, now))
    if not more and ended_by_person_at(alert) is not None:
        return None
    rule, step = standing
    mark = Mark(at=max(step.at, alert.versions[-1].at), level=step.level, phase=Phase.OBSERVED, observed=step.level)
    # The course is as it was: the station has been without a signal since the first of them.
    detail = {**step.detail, "rule": rule, **written(remembered(alert))}
    return Change(mark=mark, reason=Reason.UPGRADED if more else Reason.LATE_DATA, detail=detail)


def _standing(findings: Sequence[Finding]) -> tuple[str, Step] | None:
    """The last step with its rule, where it says that sensors are silent."""
    steps = [(finding.rule, finding.steps[-1]) for finding in findings if finding.steps]
    last = max(steps, key=lambda found: found[1].at, default=None)
    return last if last is not None and last[1].level > 0 and "quantity" in last[1].detail else None


def _said(alert: Alert | None) -> frozenset[str]:
    """What the newest version that names any names."""
    versions = () if alert is None else alert.versions
    return next((_named(v.detail) for v in reversed(versions) if "quantity" in v.detail), frozenset())


def _named_lately(alert: Alert, now: datetime) -> frozenset[str]:
    """Of a sensor that comes and goes people hear once a day."""
    lately = [v for v in alert.versions if v.decided_at > now - _ONCE_IN and "quantity" in v.detail]
    return frozenset().union(*(_named(version.detail) for version in lately))


def _named(detail: dict[str, str | float | int]) -> frozenset[str]:
    return frozenset(str(detail["quantity"]).split(", "))
