"""What several tables of rules.toml refuse; each raises ValueError with the values in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from domain.quantities import QUANTITIES


def ascending(name: str, numbers: Sequence[float]) -> None:
    """Refuse numbers that do not rise from one to the next."""
    if any(low >= high for low, high in pairwise(numbers)):
        raise ValueError(f"{name}: {', '.join(f'{n:g}' for n in numbers)} must rise from one to the next")


def same_length(name: str, one: Sequence[object], other: Sequence[object]) -> None:
    """Refuse two lists of which each value belongs to one of the other, when their lengths differ."""
    if len(one) != len(other):
        raise ValueError(f"{name}: {len(one)} values, {len(other)} are needed")


def known_quantity(name: str) -> None:
    """Refuse what is not measured."""
    if name not in QUANTITIES:
        raise ValueError(f"quantity = {name!r} is none of {', '.join(QUANTITIES)}")
