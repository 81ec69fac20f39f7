"""Which stored alert an episode continues, and whether the end that an officer gave it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alerts.episode import Episode, Mark
from alerts.memory import ended_by_person_at, remembered
from domain.alerts import Alert, AlertState, Phase

#: The longest lead: what was forecast when a person ended it has come by then or has not.
_COMES_WITHIN = timedelta(hours=24)


def match(found: Sequence[Episode], candidates: Sequence[Alert]) -> dict[int, Alert]:
    """The stored alert that each episode continues: of those that overlap it the first by `preferred`.

    One that overlaps a later episode as well is left to that one, where there is another. So an alert that is active is always
    continued while any episode overlaps it: late data that join it to an earlier flood must not end what is under way.
    """
    matched: dict[int, Alert] = {}
    free = preferred(candidates)
    for number, episode in enumerate(found):
        able = [alert for alert in free if _overlap(alert, episode)]
        later = found[number + 1 :]
        chosen = min(able, key=lambda alert: any(_overlap(alert, each) for each in later), default=None)
        if chosen is not None:
            matched[number] = chosen
            free.remove(chosen)
    return matched


def preferred(alerts: Sequence[Alert]) -> list[Alert]:
    """In the order in which an episode continues one of them: the active, those that a rule ended, those that an officer did.

    Among these the earliest; of what officers ended the last word comes first.
    """
    return sorted(alerts, key=_preference)


def stays_closed(alert: Alert, episode: Episode) -> bool:
    """Whether a person ended the alert and nothing graver has come since: then it stays ended.

    Graver is what is above the lowest that the level has been since then: water that fell to BĐ1 and rises to BĐ2 is a second
    flood, however high the first one was. So is a rise that readings show of what was only forecast, and water that rises again.
    A forecast that comes back within a day, no higher than the one that the person ended, is not: forecasts waver.
    """
    level = ended_by_person_at(alert)
    if level is None:
        return False
    known = remembered(alert)
    seen = known[-1].observed if known else level
    return not _graver_than_known(episode, known, level, seen) and not _rises_anew(alert, episode, level, seen)


def closed_by_person(alerts: Sequence[Alert], episode: Episode) -> bool:
    """Whether a person ended one of `alerts` of which the episode shows the same water, and that end still holds.

    Late data join what the officer ended to an earlier flood that a rule had ended, or cut it in two: neither undoes the end.
    """
    return any(_overlap(alert, episode) and stays_closed(alert, _since(alert, episode)) for alert in alerts)


def _since(alert: Alert, episode: Episode) -> Episode:
    """The episode from where the alert began: what stood then and came later."""
    before = sum(mark.at <= alert.raised_at for mark in episode.marks)
    return Episode(changes=episode.changes[max(before - 1, 0) :])


def _preference(alert: Alert) -> tuple[int, float, str]:
    if alert.state is AlertState.ACTIVE:
        rank = 0
    elif ended_by_person_at(alert) is None:
        rank = 1
    else:
        return 2, -_time(alert), alert.identifier
    return rank, alert.raised_at.timestamp(), alert.identifier


def _time(alert: Alert) -> float:
    return 0.0 if alert.ended_at is None else alert.ended_at.timestamp()


def _overlap(alert: Alert, episode: Episode) -> bool:
    begins_before_its_end = episode.ended_at is None or alert.raised_at < episode.ended_at
    return begins_before_its_end and (alert.ended_at is None or episode.begins_at < alert.ended_at)


def _graver_than_known(episode: Episode, known: Sequence[Mark], level: int, seen: int) -> bool:
    """Whether anything is higher than it was when the alert was ended, at `level`, of it `seen` by readings.

    A correction makes the course shorter or longer, or moves it: by time, and not by number, it is told what has come since. Of the
    time before, nothing is graver that is no higher than what was known then.
    """
    highest = max((mark.level for mark in known), default=level)
    highest_seen = max((mark.observed for mark in known), default=seen)
    for mark in episode.marks:
        before = bool(known) and mark.at <= known[-1].at
        if mark.level > (max(level, highest) if before else level):
            return True
        if mark.observed > (highest_seen if before else seen):
            return True
    return False


def _rises_anew(alert: Alert, episode: Episode, level: int, seen: int) -> bool:
    """Whether the level has risen since the end, from wherever it had fallen to, or readings show the turn of the water.

    A fall that became known only after the end, though it was before, counts where it still lasted then. What was only forecast when
    it was ended is known: for a day no forecast up to there counts.
    """
    forecast = level if level > seen else 0
    for mark, before in zip(episode.marks, (None, *episode.marks), strict=False):
        if alert.ended_at is None or mark.at <= alert.ended_at:
            continue
        if mark.at - alert.ended_at > _COMES_WITHIN:
            forecast = 0
        if before is not None:
            level, seen = min(level, before.level), min(seen, before.observed)
        turns = mark.phase is Phase.RISING_AGAIN and mark.observed > 0
        if turns or mark.observed > seen or mark.level > max(level, forecast):
            return True
    return False
