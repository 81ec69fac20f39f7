"""Orders to sirens, every blast and what the siren answered, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from alerts.sirens import SirenCode, order_state
from cli.tables import table, when
from domain.siren_orders import Blast, Order
from domain.times import local

_ORDERS = ("order", "siren", "signal", "blasts", "sounded", "exercise", "state", "at", "by", "reason", "stopped")
_BLASTS = ("order", "blast", "siren", "sent", "answered", "answer")

Ordered = Sequence[tuple[Order, Sequence[Blast]]]


def siren_listing(found: Ordered, code: SirenCode, now: datetime) -> str:
    """The newest orders first; below them their blasts in the order of sounding."""
    if not found:
        return "no orders"
    orders = table(_ORDERS, [_order(one, blasts, code, now) for one, blasts in found])
    blasts = list(_blasts(found))
    return f"{orders}\n\n{table(_BLASTS, blasts)}" if blasts else f"{orders}\n\nno blasts yet"


def _order(one: Order, blasts: Sequence[Blast], code: SirenCode, now: datetime) -> tuple[object, ...]:
    signal = code.signal_named(one.signal)
    state = "unknown signal" if signal is None else order_state(one, signal, blasts, now).value
    sounded = sum(blast.sounded for blast in blasts)
    stopped = f"{when(one.stopped_at)} by {one.stopped_by}" if one.stopped_at is not None else ""
    counts = (f"{len(blasts)}/{one.repeats}", f"{sounded}/{len(blasts)}", "exercise" if one.exercise else "")
    return (one.id, one.siren, one.signal, *counts, state, when(one.ordered_at), one.ordered_by, one.reason, stopped)


def _blasts(found: Ordered) -> Iterator[tuple[object, ...]]:
    for one, blasts in reversed(found):
        for blast in blasts:
            said = "no answer" if blast.answer is None else blast.answer
            yield one.id, blast.number, one.siren, _second(blast.at), _second(blast.acknowledged_at), said


def _second(at: datetime | None) -> str:
    """To the second: blasts of one order lie half a minute apart."""
    return "" if at is None else local(at).isoformat(sep=" ", timespec="seconds")
