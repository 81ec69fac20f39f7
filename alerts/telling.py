"""Whether a version is told, and why: every decision has a named reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.asking import SAYS_NOTHING, change_that_asks
from alerts.outbox import CORRECTIONS, version_to_tell
from alerts.telling_policy import TellingPolicy
from domain.alerts import FIRST_TOLD, SILENT_SINCE, Alert, AlertVersion, Phase, Reason
from domain.deeds import Action, Deed, Silence, Telling, TellingReason
from domain.stations import Station

_KEPT = ("observed_level", "rule", "quantity", "last_observed_at", "schedule", "applies_again_at")
#: What is told as soon as it ends.
_PASSING = (TellingReason.SILENCED, TellingReason.INHIBITED, TellingReason.MUTED)
#: What nobody can silence: an officer asked for it by name.
_ORDERED = (Reason.ESCALATED,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What else bears on telling: silences, active alerts of the same basin, and what people were told before.

    `burning`: those that may speak for lesser ones. `waking`: those beside which some things do not wait for the morning.
    """

    policy: TellingPolicy
    silences: Sequence[Silence] = ()
    burning: Sequence[Alert] = ()
    waking: Sequence[Alert] = ()
    told_before: Sequence[Telling] = ()


def tellings(
    alert: Alert,
    decided: Sequence[AlertVersion],
    station: Station,
    around: Surroundings,
    *,
    clock_now: datetime,
    wall_now: datetime,
) -> list[Telling]:
    """One for each of the versions `decided` together: at most the newest is told.

    `clock_now`: the station's clock, which says what is long past. `wall_now`: by which hours and silences count.
    """
    chosen = version_to_tell(alert, decided, clock_now)
    found = []
    for version in decided:
        if version is chosen:
            found.append(_of_chosen(alert, version, station, around, wall_now))
        else:
            found.append(_telling(alert, version, _unchosen(version, decided)))
    return found


def repeat(  # noqa: PLR0917 - plain facts of a pure decision
    alert: Alert, station: Station, around: Surroundings, deeds: Sequence[Deed], now: datetime, at: datetime
) -> Alert | None:
    """`alert` with one more version, when it is time to say it again; None when it is not.

    It is said again when what kept it from being told is over, and after the policy's time while nobody has acknowledged the
    newest change. `now`: wall time; `at`: on the station's clock.
    """
    newest = alert.versions[-1]
    if newest.level == 0:
        return None
    known = {telling.version: telling for telling in around.told_before}
    held_back = _is_held_back(alert, known)
    if not held_back and not _due(alert, known, around.policy, deeds, now):
        return None
    said = replace(newest, number=newest.number + 1, reason=Reason.REPEATED, at=max(at, newest.at), decided_at=now)
    heard = any(telling.told for telling in around.told_before)
    said = replace(said, value=None, threshold=None, detail=_standing(newest) | ({} if heard else {FIRST_TOLD: 1}))
    if _kept_back(alert, said, station, around, now) is not None:
        return None
    return replace(alert, versions=(*alert.versions, said))


def with_last_reading(said: Alert, observed_at: datetime) -> Alert:
    """`said`, a repetition of a gauge that is silent, with the time of its last reading: what it repeats was so then."""
    newest = said.versions[-1]
    marked = replace(newest, detail=newest.detail | {SILENT_SINCE: observed_at.isoformat()})
    return replace(said, versions=(*said.versions[:-1], marked))


def told_last(alert: Alert, known: Sequence[Telling]) -> int | None:
    """The newest version that everybody was told of whom it concerned; None when none was."""
    to_one = {version.number for version in alert.versions if version.reason in _ORDERED}
    return max((each.version for each in known if each.told and each.version not in to_one), default=None)


def _is_held_back(alert: Alert, known: dict[int, Telling]) -> bool:
    """Whether people do not know how things stand: corrections of the past since then, and an order to one of them, do not tell."""
    for version in reversed(alert.versions):
        found = known.get(version.number)
        if found is not None and found.reason not in SAYS_NOTHING and version.reason not in _ORDERED:
            return found.reason in _PASSING
    return False


def _due(alert: Alert, known: dict[int, Telling], policy: TellingPolicy, deeds: Sequence[Deed], now: datetime) -> bool:
    """Whether it is time, counted from what everybody was told last: an order to one recipient is not that."""
    after = policy.repeat_after(alert.versions[-1].severity)
    to_all = [v for v in alert.versions if v.reason not in _ORDERED]
    told = [v for v in to_all if v.number in known and known[v.number].told]
    if after is None or not told:
        return False
    change = change_that_asks(alert.versions, known)
    answered = any(deed.action is Action.ACKNOWLEDGED and deed.version >= change for deed in deeds)
    return not answered and now - told[-1].decided_at >= after


def _standing(version: AlertVersion) -> dict[str, str | float | int]:
    """What a repetition keeps of the version it repeats: no number, which may be old, but how far readings support it.

    And that nobody looks at them, outside the hours of a rule.
    """
    kept: dict[str, str | float | int] = {name: version.detail[name] for name in _KEPT if name in version.detail}
    if version.phase is Phase.FORECAST and "observed_level" not in kept:
        kept["observed_level"] = 0
    return kept


def _of_chosen(alert: Alert, version: AlertVersion, station: Station, around: Surroundings, now: datetime) -> Telling:
    heard = any(telling.told for telling in around.told_before)
    if version.level == 0 and around.told_before and not heard:
        return _telling(alert, version, TellingReason.NEVER_TOLD)
    # Who heard of a warning hears of its end, whatever holds back other messages.
    kept = None if version.level == 0 and heard else _kept_back(alert, version, station, around, now)
    return kept or Telling(alert=alert.identifier, version=version.number, told=True, reason=TellingReason.TOLD)


def _kept_back(
    alert: Alert, version: AlertVersion, station: Station, around: Surroundings, now: datetime
) -> Telling | None:
    """Why the version is not told now, though it would be otherwise."""
    if version.reason in _ORDERED:
        return None
    for silence in around.silences:
        if silence.covers(alert, station, version.severity, now):
            return _telling(alert, version, TellingReason.SILENCED, f"{silence.id}: {silence.reason}")
    for inhibition in around.policy.inhibit:
        if inhibition.mutes(alert, version.severity, around.burning):
            return _telling(alert, version, TellingReason.INHIBITED, inhibition.name)
    for mute in around.policy.mute:
        if mute.mutes(alert, version.severity, now, around.waking):
            return _telling(alert, version, TellingReason.MUTED, mute.name)
    return None


def _unchosen(version: AlertVersion, decided: Sequence[AlertVersion]) -> TellingReason:
    if version is not decided[-1]:
        return TellingReason.OVERTAKEN
    return TellingReason.UNCHANGED if version.reason in CORRECTIONS else TellingReason.LONG_PAST


def _telling(alert: Alert, version: AlertVersion, reason: TellingReason, detail: str = "") -> Telling:
    return Telling(alert=alert.identifier, version=version.number, told=False, reason=reason, detail=detail)
