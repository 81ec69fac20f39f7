"""The answers of simulated recipients: those that their rule planned, and those of which a confirmation was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cli.exercise_evidence import Evidence
from cli.exercise_folder import Answer
from simulators.terrain import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerTimes:
    """Minutes of the exercise that recipients take over messages by their rule, one of each; those left out who never answer."""

    planned: Floats
    stored: Floats  # of these, the ones of which the confirmation arrived


def answer_times(found: Evidence) -> AnswerTimes:
    """Of the messages about this run's alerts: of what was before it, confirmations are not looked up."""
    alerts = {alert.identifier for alert in found.alerts}
    planned = {
        (a.recipient, a.key): a for a in found.answers if a.asked and a.after_min is not None and about(a)[0] in alerts
    }
    confirmed = {(each.alert, each.version, each.recipient) for each in found.confirmed}
    stored = {key: a for key, a in planned.items() if (*about(a), a.recipient) in confirmed}
    return AnswerTimes(planned=_minutes(planned), stored=_minutes(stored))


def about(answer: Answer) -> tuple[str, int]:
    """The alert and version that a message was about: its key begins with them, and its recipient follows."""
    alert, _, version = answer.key.split(f".{answer.recipient}.", 1)[0].rpartition(".")
    return alert, int(version) if version.isdecimal() else 0


def _minutes(answers: Mapping[tuple[str, str], Answer]) -> Floats:
    return np.array([a.after_min for a in answers.values()], dtype=float)
