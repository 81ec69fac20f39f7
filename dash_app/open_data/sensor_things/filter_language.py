"""The language of $filter: comparisons of a property with a value, joined by and, or, not. Its grammar, and nothing beside it."""

from __future__ import annotations

from typing import Any

from lark import Lark, Transformer
from lark.exceptions import LarkError, UnexpectedInput

from dash_app.open_data.asked import instant_of
from dash_app.open_data.problems import bad, shown
from storage.conditions import Both, Comparison, Condition, Either, Negation, Operator

_GRAMMAR = r"""
?start: either
?either: both ("or" both)*
?both: term ("and" term)*
?term: "not" term -> negation
     | "(" either ")"
     | comparison
comparison: path OPERATOR literal -> plain
          | literal OPERATOR path -> turned
path: NAME ("/" NAME)*
?literal: TIME -> time
        | NUMBER -> number
        | STRING -> text
        | "true" -> true
        | "false" -> false
        | "null" -> null
OPERATOR.2: /(eq|ne|gt|ge|lt|le)(?![A-Za-z0-9_.])/
TIME.3: /\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})/
NUMBER.1: /-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?/
STRING: /'([^']|'')*'/
NAME: /@?[A-Za-z_][A-Za-z0-9_.]*/
%ignore /[ \t]+/
"""
_FLIPPED = {
    Operator.GT: Operator.LT,
    Operator.GE: Operator.LE,
    Operator.LT: Operator.GT,
    Operator.LE: Operator.GE,
}
_LONGEST, _DEEPEST = 2_000, 50
_ALLOWED = (
    "<property> eq|ne|gt|ge|lt|le <value>",
    "and, or, not, ( )",
    "values: 3.5, 'text' ('' is one quote), 2025-10-27T06:00:00+07:00 (+ is %2B in an address), true, false, null",
)


class _Conditions(Transformer[Any, Condition]):
    """Makes conditions while the parser reads, so that depth costs no stack."""

    def both(self, parts: list[Condition]) -> Condition:
        return Both(tuple(parts))

    def either(self, parts: list[Condition]) -> Condition:
        return Either(tuple(parts))

    def negation(self, parts: list[Condition]) -> Condition:
        return Negation(parts[0])

    def plain(self, parts: list[Any]) -> Condition:
        return Comparison(parts[0], Operator(parts[1]), parts[2])

    def turned(self, parts: list[Any]) -> Condition:
        operator = Operator(parts[1])
        return Comparison(parts[2], _FLIPPED.get(operator, operator), parts[0])

    def path(self, parts: list[Any]) -> tuple[str, ...]:
        return tuple(str(part) for part in parts)

    def time(self, parts: list[Any]) -> Any:
        return instant_of(parts[0])

    def number(self, parts: list[Any]) -> float:
        return float(parts[0])

    def text(self, parts: list[Any]) -> str:
        return str(parts[0])[1:-1].replace("''", "'")

    def true(self, _parts: list[Any]) -> bool:
        return True

    def false(self, _parts: list[Any]) -> bool:
        return False

    def null(self, _parts: list[Any]) -> None:
        return None


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Conditions())


def parse_filter(text: str) -> Condition:
    """The condition that a $filter says. Raises ProblemError that names the place and what may be said."""
    if len(text) > _LONGEST or text.count("(") + text.count("not") > _DEEPEST:
        raise bad("$filter", f"is longer than {_LONGEST} characters, or nested more than {_DEEPEST} deep")
    try:
        found: Any = _PARSER.parse(text)
    except UnexpectedInput as error:
        place = getattr(error, "column", -1)
        where = "at its end" if place < 0 else f"at character {place}"
        raise bad("$filter", f"cannot be read {where}: {shown(text)}", _ALLOWED) from None
    except (LarkError, ValueError) as error:
        raise bad("$filter", str(error.__context__ or error), _ALLOWED) from None
    condition: Condition = found
    return condition
