"""What the world does in an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from domain.exercise import Exercise
from domain.stations import Station
from simulators.performance import Nature
from simulators.scenario import Scenario, epoch_for_flood


def nature_of(exercise: Exercise, stations: Sequence[Station]) -> Nature:
    """The nature that the exercise names."""
    return Scenario(stations, exercise.seed, epoch_for_flood(exercise.seed, exercise.begins + timedelta(hours=54)))
