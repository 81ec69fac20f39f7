"""The code of the sirens as a state machine. Pure: it sounds nothing, it says what may sound next.

A person's order allows a signal so often; each sounding of it is one blast here, written down before it is sent, so that a
crash can cost a blast and never add one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.configuration_file import Table, Text, read_table, refusal
from domain.errors import ConfigurationError
from domain.siren_orders import Blast, Order

#: An order that could not be carried out for so long is history: nobody expects the siren any more.
VALID_FOR = timedelta(minutes=10)
#: Soundings that end farther apart are not heard as one signal.
PAUSE = timedelta(minutes=10)
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Signal(Table):
    """`blasts` tones of `blast_s` seconds with `gap_s` between; the whole is sounded at most `most_repeats` times."""

    name: Name
    name_vi: Text
    name_en: Text
    blasts: Annotated[int, Field(ge=1, le=10)]
    blast_s: Annotated[int, Field(ge=1, le=120)]
    gap_s: Annotated[int, Field(ge=0, le=120)]
    most_repeats: Annotated[int, Field(ge=1, le=10)]

    @property
    def lasts(self) -> timedelta:
        """The whole signal with the gap after it."""
        return timedelta(seconds=self.blasts * (self.blast_s + self.gap_s))


class Siren(Table):
    """One siren."""

    id: Name
    name_vi: Text
    name_en: Text


class SirenCode(Table):
    """Signals and sirens of sirens.toml."""

    signal: Annotated[tuple[Signal, ...], Field(strict=False, min_length=1)]
    siren: Annotated[tuple[Siren, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for key, names in (("signal", [s.name for s in self.signal]), ("siren", [s.id for s in self.siren])):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise refusal(key, f"{twice} stands twice")
        return self

    def signal_named(self, name: str) -> Signal | None:
        """The signal of this name."""
        return next((signal for signal in self.signal if signal.name == name), None)


def load_sirens(path: Path) -> SirenCode:
    """Read sirens.toml. Raises ConfigurationError."""
    return read_table(path, SirenCode)


class OrderState(StrEnum):
    """How far an order has come."""

    SOUNDING = "sounding"  # a blast is under way
    DUE = "due"  # the next blast may sound
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"


def order_state(order: Order, signal: Signal, blasts: Sequence[Blast], now: datetime) -> OrderState:
    """The state of an order whose blasts were sounded at these times; the repeats never exceed what the code allows."""
    if order.stopped_at is not None:
        return OrderState.STOPPED
    if blasts and now < max(blast.at for blast in blasts) + signal.lasts:
        return OrderState.SOUNDING
    if len(blasts) >= min(order.repeats, signal.most_repeats):
        return OrderState.DONE
    return OrderState.EXPIRED if now >= order.expires_at else OrderState.DUE


def next_blast(order: Order, signal: Signal, blasts: Sequence[Blast], now: datetime) -> Blast | None:
    """The blast to sound now; None when there is nothing to sound."""
    if order_state(order, signal, blasts, now) is not OrderState.DUE:
        return None
    return Blast(order=order.id, number=len(blasts) + 1, at=now)


def running(found: Sequence[tuple[Order, Sequence[Blast]]], code: SirenCode, siren: str, now: datetime) -> Order | None:
    """The order that still sounds at `siren`, or is about to; two at once would be more blasts than the code knows."""
    for order, blasts in found:
        signal = code.signal_named(order.signal)
        busy = signal is not None and order_state(order, signal, blasts, now) in {OrderState.SOUNDING, OrderState.DUE}
        if order.siren == siren and busy:
            return order
    return None


def sounded_lately(found: Sequence[tuple[Order, Sequence[Blast]]], signal: Signal, siren: str, now: datetime) -> int:
    """How often `signal` has sounded at `siren` so lately that more of it would be heard as the same."""
    return sum(
        now < blast.at + signal.lasts + PAUSE
        for order, blasts in found
        if (order.siren, order.signal) == (siren, signal.name)
        for blast in blasts
    )


def checked_order(  # noqa: PLR0917 - the parts of an order in the order of saying it
    code: SirenCode, siren: str, signal: str, repeats: int | None, by: str, reason: str
) -> tuple[Signal, int]:
    """The signal and how often it sounds. Raises ConfigurationError for what the code does not know or allow."""
    sirens, known = [each.id for each in code.siren], code.signal_named(signal)
    if siren not in sirens:
        raise _refused("SIREN", siren, f"known are {', '.join(sirens)}")
    if known is None:
        raise _refused("--signal", signal, f"known are {', '.join(each.name for each in code.signal)}")
    for key, text in (("--by", by), ("--reason", reason)):
        if not text.strip():
            raise _refused(key, text, "a siren needs the name of who orders it, and why")
    times = known.most_repeats if repeats is None else repeats
    if not 1 <= times <= known.most_repeats:
        raise _refused("--repeats", times, f"the code allows {known.name} 1 to {known.most_repeats} times")
    return known, times


def _refused(key: str, value: object, remedy: str) -> ConfigurationError:
    return ConfigurationError(place="command line", key=key, value=value, remedy=remedy)
