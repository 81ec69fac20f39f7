"""What the devices of an exercise send: every fault where its file says, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.exercise import Answers, Exercise, Fault, FaultKind
from domain.network import load_network
from simulators.noise import Integers
from simulators.performance import Performance
from simulators.terrain import Floats

CONFIG = Path(__file__).resolve().parents[3] / "config"
BEGINS = datetime(2025, 10, 27, tzinfo=UTC)
ENDS = BEGINS + timedelta(hours=12)
FAULT_BEGINS, FAULT_ENDS = BEGINS + timedelta(hours=3), BEGINS + timedelta(hours=6)
FROM_S, UNTIL_S = round(BEGINS.timestamp()), round(ENDS.timestamp())


class Rising:
    """A centimetre in ten minutes."""

    def values(self, station: str, quantity: str, at_s: Integers) -> Floats:
        return np.round(1.0 + (at_s - FROM_S) / 60_000, 2)


def performance(kind: FaultKind, amount: float | None = None) -> Performance:
    station = replace(load_network(CONFIG).stations["kim_long"])
    fault = Fault(station="kim_long", kind=kind, begins=FAULT_BEGINS, ends=FAULT_ENDS, amount=amount)
    exercise = Exercise(
        name="test", title_vi="thử", title_en="test", nature="storm", seed=1, begins=BEGINS, ends=ENDS,
        watched=("kim_long",), answers=Answers(least_min=1.0, most_min=2.0, never_share=0.0), fault=(fault,),
    )  # fmt: skip
    return Performance([station], Rising(), exercise)


def sent(found: Performance) -> dict[int, tuple[float, float]]:
    """Value and due time by the time of measurement."""
    return {
        round(sample.at_s): (sample.value, sending.due_s)
        for sending in found.live(FROM_S, UNTIL_S)
        for sample in sending.samples
    }


@pytest.mark.parametrize(
    ("kind", "amount", "changed"),
    [
        (FaultKind.SPIKE, 2.0, 3),
        (FaultKind.FLAT, None, 17),  # the first of the eighteen is the value it froze at
        (FaultKind.SHIFT, -1.0, 18),
        (FaultKind.DRIFT, 9.0, 17),
        (FaultKind.NOISE, 1.0, 18),
        (FaultKind.UNIT, None, 18),
        (FaultKind.ZERO, None, 18),
    ],
)
def test_a_sensor_lies_within_its_time_and_the_truth_says_where(
    kind: FaultKind, amount: float | None, changed: int
) -> None:
    found = performance(kind, amount)
    (truth,) = found.injected(FROM_S, UNTIL_S)
    good = Rising()
    wrong = {at for at, (value, _) in sent(found).items() if value != good.values("", "", np.array([at]))[0]}
    assert len(wrong) == changed
    assert wrong <= set(truth.observed_s)
    assert all(FAULT_BEGINS.timestamp() <= at < FAULT_ENDS.timestamp() for at in truth.observed_s)


def test_silent_gauges_lose_what_they_measure_and_delayed_ones_send_it_late() -> None:
    all_of_it = UNTIL_S // 600 - FROM_S // 600
    silent = performance(FaultKind.DROWNED)
    assert len(sent(silent)) == all_of_it - 18
    assert silent.measured(FROM_S, UNTIL_S) == all_of_it
    assert len(silent.injected(FROM_S, UNTIL_S)[0].observed_s) == 18
    late = sent(performance(FaultKind.DELAYED))
    assert len(late) == all_of_it
    kept = [due_s for at, (_, due_s) in late.items() if FAULT_BEGINS.timestamp() <= at < FAULT_ENDS.timestamp()]
    assert kept == [FAULT_ENDS.timestamp()] * 18


def test_two_spans_say_what_one_says() -> None:
    found, middle_s = performance(FaultKind.SPIKE, 2.0), FROM_S + 6 * 3600
    parts = [*found.live(FROM_S, middle_s), *found.live(middle_s, UNTIL_S)]
    assert parts == found.live(FROM_S, UNTIL_S)
