"""How many messages each recipient of an exercise really got: what a person had to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cli.exercise_evidence import Evidence
from cli.exercise_folder import Answer
from domain.alerts import Event
from domain.times import local

#: What a message is about, by its gravest alert.
SUBJECTS: Mapping[str, frozenset[Event]] = {
    "water": frozenset({Event.FLOOD, Event.RAPID_RISE, Event.FLASH_FLOOD, Event.BASIN_FLOOD}),
    "rain": frozenset({Event.HEAVY_RAIN}),
    "devices": frozenset({Event.NO_SIGNAL, Event.SENSOR_STUCK, Event.DOUBTFUL_READING}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One recipient. `hour`, `day`: the most messages in one of the exercise's clock; `changes`: of alerts, told by them."""

    recipient: str
    messages: int
    hour: int
    day: int
    changes: int
    about: Mapping[str, int]  # by the subjects above; "other": wind, air, what was before the exercise


def heard(found: Evidence) -> list[Heard]:
    """Everybody who got a message, who got most first."""
    taken: dict[str, list[Answer]] = {}
    for answer in found.answers:
        if not answer.refused:
            taken.setdefault(answer.recipient, []).append(answer)
    subjects = {alert.identifier: _subject(alert.event) for alert in found.alerts}
    rows = [_heard(found, recipient, answers, subjects) for recipient, answers in taken.items()]
    return sorted(rows, key=lambda row: (-row.messages, row.recipient))


def _heard(found: Evidence, recipient: str, answers: list[Answer], subjects: Mapping[str, str]) -> Heard:
    return Heard(
        recipient=recipient,
        messages=len(answers),
        hour=_most(f"{local(answer.at):%m-%d %H}" for answer in answers),
        day=_most(local(answer.at).date() for answer in answers),
        changes=len(
            {
                (row.alert, row.version)
                for rows in found.sent.values()
                for row in rows
                if row.recipient == recipient and row.sent_at is not None
            }
        ),
        about=Counter(_about(answer.key, subjects) for answer in answers),
    )


def _about(key: str, subjects: Mapping[str, str]) -> str:
    """A key begins with its alert; version, recipient, channel, and in whose stead it is, follow."""
    parts = key.split(".")
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((subjects[name] for name in names if name in subjects), "other")


def _subject(event: Event) -> str:
    return next((name for name, events in SUBJECTS.items() if event in events), "other")


def _most(values: Iterable[object]) -> int:
    return max(Counter(values).values())
