"""The code of the sirens: never without an order, never more often than allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.sirens import (
    PAUSE,
    VALID_FOR,
    OrderState,
    checked_order,
    load_sirens,
    next_blast,
    order_state,
    running,
    sounded_lately,
)
from domain.errors import ConfigurationError
from domain.siren_orders import Blast, Order

CODE = load_sirens(Path(__file__).resolve().parents[3] / "config" / "sirens.toml")
T0 = datetime(2025, 10, 26, 11, tzinfo=UTC)


def _order(repeats: int, stopped_at: datetime | None = None) -> Order:
    return Order(
        id=1,
        siren="city_hall",
        signal="flood_bd3",
        repeats=repeats,
        ordered_by="A",
        reason="B",
        exercise=False,
        ordered_at=T0,
        expires_at=T0 + VALID_FOR,
        stopped_at=stopped_at,
    )


@given(
    signal=st.sampled_from(CODE.signal),
    repeats=st.integers(1, 100),
    waits_s=st.lists(st.floats(0, 400), max_size=60),
    stop_after=st.integers(0, 60),
)
def test_no_sequence_of_looks_sounds_more_than_the_code_allows(signal, repeats, waits_s, stop_after) -> None:
    now, blasts = T0, list[Blast]()
    for number, wait_s in enumerate(waits_s):
        now += timedelta(seconds=wait_s)
        stopped = number >= stop_after
        blast = next_blast(_order(repeats, now if stopped else None), signal, blasts, now)
        if blast is not None:
            assert not stopped
            assert now < T0 + VALID_FOR
            assert not blasts or now >= blasts[-1].at + signal.lasts, "one signal at a time"
            blasts.append(blast)
    assert len(blasts) <= min(repeats, signal.most_repeats)
    assert [blast.number for blast in blasts] == list(range(1, len(blasts) + 1))


def test_an_order_is_in_the_way_of_another_until_it_is_done_or_stopped_and_only_at_its_siren() -> None:
    signal = CODE.signal_named("flood_bd3")
    assert signal is not None
    order, first = _order(1), Blast(order=1, number=1, at=T0)
    assert running([(order, [])], CODE, "city_hall", T0) == order, "it is about to sound"
    assert running([(order, [first])], CODE, "city_hall", T0 + signal.lasts / 2) == order
    assert running([(order, [first])], CODE, "city_hall", T0 + signal.lasts) is None
    assert running([(_order(1, stopped_at=T0), [first])], CODE, "city_hall", T0) is None
    assert running([(order, [first])], CODE, "huong_tra", T0) is None


def test_soundings_are_counted_over_orders_until_they_are_not_heard_as_one_signal() -> None:
    signal, other = CODE.signal_named("flood_bd3"), CODE.signal_named("storm")
    assert signal is not None
    assert other is not None
    found = [(_order(3), [Blast(order=1, number=n + 1, at=T0 + n * signal.lasts) for n in range(3)])]
    done = T0 + 3 * signal.lasts
    assert sounded_lately(found, signal, "city_hall", done) == 3
    assert sounded_lately(found, signal, "city_hall", done + PAUSE - timedelta(seconds=1)) == 1
    assert sounded_lately(found, signal, "city_hall", done + PAUSE) == 0
    assert sounded_lately(found, signal, "huong_tra", done) == 0
    assert sounded_lately(found, other, "city_hall", done) == 0


def test_an_order_goes_from_due_to_done() -> None:
    signal = CODE.signal_named("flood_bd3")
    assert signal is not None
    assert signal.lasts == timedelta(seconds=5 * 35)
    first = Blast(order=1, number=1, at=T0)
    later = T0 + signal.lasts
    states = [
        order_state(_order(1), signal, [], T0),
        order_state(_order(1), signal, [first], T0 + timedelta(seconds=1)),
        order_state(_order(1), signal, [first], later),
        order_state(_order(2), signal, [first], later),
        order_state(_order(2), signal, [first], T0 + VALID_FOR),
        order_state(_order(2, stopped_at=T0), signal, [first], later),
    ]
    assert states == [
        OrderState.DUE,
        OrderState.SOUNDING,
        OrderState.DONE,
        OrderState.DUE,
        OrderState.EXPIRED,
        OrderState.STOPPED,
    ]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (("nowhere", "storm", None, "A", "B"), "known are city_hall"),
        (("city_hall", "song", None, "A", "B"), "known are storm"),
        (("city_hall", "storm", None, " ", "B"), "--by"),
        (("city_hall", "storm", None, "A", ""), "--reason"),
        (("city_hall", "storm", 4, "A", "B"), "1 to 3"),
        (("city_hall", "flood_bd2", 0, "A", "B"), "1 to 2"),
    ],
)
def test_an_order_that_the_code_does_not_know_is_refused(order, said) -> None:
    with pytest.raises(ConfigurationError, match=said):
        checked_order(CODE, *order)


def test_without_a_number_the_code_says_how_often() -> None:
    assert checked_order(CODE, "city_hall", "flood_bd2", None, "A", "B")[1] == 2
