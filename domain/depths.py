"""Where water stands in a ward when a gauge reads so much: a dated table with sources, and the row that is reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from domain.configuration_file import Table, Text, read_table
from domain.errors import ConfigurationError


class Depth(StrEnum):
    """Classes of depth, from the least on."""

    WET = "wet"  # water stands there, how deep is not known
    KNEE = "knee"  # 10-70 cm
    CHEST = "chest"  # 71-150 cm
    DEEP = "deep"  # more than 150 cm


_RANK = {depth: rank for rank, depth in enumerate(Depth)}


class DepthRule(Table):
    """From `valid_from` on: with the gauge at or above `from_level_m` (m above its datum), the place stands in water."""

    ward: Annotated[str, Field(pattern=r"^\d{5}$")]
    gauge: Text
    valid_from: date
    from_level_m: float
    depth: Annotated[Depth, Field(strict=False)]
    place_vi: Text
    place_en: Text
    source: Text
    source_vi: Text | None = None  # the same in Vietnamese, for the pages
    verified: bool


class _File(Table):
    depth: Annotated[tuple[DepthRule, ...], Field(strict=False)] = ()


def load_depths(path: Path, *, gauges: Collection[str], wards: Collection[str]) -> tuple[DepthRule, ...]:
    """The rows of depths.toml; none when there is no such file. Raises ConfigurationError, also for a gauge or ward not known."""
    if not path.exists():
        return ()
    rules = read_table(path, _File).depth
    for number, rule in enumerate(rules):
        for key, value, known in (("gauge", rule.gauge, gauges), ("ward", rule.ward, wards)):
            if value not in known:
                raise ConfigurationError(
                    place=str(path), key=f"depth[{number}].{key}", value=value, remedy=f"no such {key} is configured"
                )
    return rules


def rules_of(rules: Sequence[DepthRule], ward: str, day: date) -> tuple[DepthRule, ...]:
    """The rows of one ward that count on `day`."""
    return tuple(rule for rule in rules if rule.ward == ward and rule.valid_from <= day)


def reached(rules: Sequence[DepthRule], levels_m: Mapping[str, float]) -> DepthRule | None:
    """The deepest row whose gauge stands at or above its level; `levels_m` by gauge, silent gauges left out."""
    there = [rule for rule in rules if rule.gauge in levels_m and levels_m[rule.gauge] >= rule.from_level_m]
    return max(there, key=lambda rule: (_RANK[rule.depth], rule.from_level_m), default=None)
