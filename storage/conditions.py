"""Conditions on rows as others ask them: comparisons joined by and, or, not. Pure; SQL is made of them by parameters alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg import sql


class Operator(StrEnum):
    """How two values are compared."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


Literal = float | str | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property, named by its path, against a value."""

    path: tuple[str, ...]
    operator: Operator
    value: Literal


@dataclass(frozen=True, slots=True)
class Both:
    """All of them."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of them."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Not this."""

    part: Condition


@dataclass(frozen=True, slots=True)
class OneOf:
    """Rows of these series."""

    numbers: tuple[int, ...]


Condition = Comparison | Both | Either | Negation | OneOf

_SIGNS: Mapping[Operator, sql.SQL] = {
    Operator.EQ: sql.SQL("="),
    Operator.NE: sql.SQL("<>"),
    Operator.GT: sql.SQL(">"),
    Operator.GE: sql.SQL(">="),
    Operator.LT: sql.SQL("<"),
    Operator.LE: sql.SQL("<="),
}
_Columns = Mapping[tuple[str, ...], sql.Composable]


def where(condition: Condition | None, columns: _Columns) -> sql.Composable:
    """The condition as SQL; every value becomes a literal that the driver quotes. `columns`: those that may be named."""
    if condition is None:
        return sql.SQL("true")
    if isinstance(condition, Both):
        return _joined(sql.SQL(" and "), condition.parts, columns)
    if isinstance(condition, Either):
        return _joined(sql.SQL(" or "), condition.parts, columns)
    if isinstance(condition, Negation):
        return sql.SQL("(not {})").format(where(condition.part, columns))
    if isinstance(condition, OneOf):
        return sql.SQL("(r.series_id = any({}))").format(sql.Literal(list(condition.numbers)))
    return _compared(condition, columns)


def _joined(word: sql.SQL, parts: tuple[Condition, ...], columns: _Columns) -> sql.Composable:
    return sql.SQL("({})").format(word.join(where(part, columns) for part in parts))


def _compared(comparison: Comparison, columns: _Columns) -> sql.Composable:
    if comparison.value is None:  # no column that may be named is ever null
        return sql.SQL("true" if comparison.operator is Operator.NE else "false")
    sign = _SIGNS[comparison.operator]
    return sql.SQL("({} {} {})").format(columns[comparison.path], sign, sql.Literal(comparison.value))
