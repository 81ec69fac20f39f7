"""Every statement parses, is used, and names no placeholder twice by position."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlparse

from storage.database import Database, translated
from storage.migrate import MIGRATIONS_DIR
from storage.queries import QUERIES_DIR, query

NAMES = sorted(path.stem for path in QUERIES_DIR.glob("*.sql"))
CODE = "\n".join(path.read_text() for path in QUERIES_DIR.parent.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_is_one_statement_that_somebody_uses(name: str) -> None:
    text = query(name).decode()
    assert len(sqlparse.split(text)) == 1
    assert f'"{name}"' in CODE
    positional, named = re.findall(r"%s", text), re.findall(r"%\((\w+)\)s", text)
    assert not (positional and named)


def test_every_query_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r'query\("(\w+)"\)', CODE))
    assert asked <= set(NAMES)


def test_migrations_are_numbered_without_gaps_and_depend_on_the_one_before() -> None:
    paths = sorted(MIGRATIONS_DIR.glob("*.sql"))
    for number, path in enumerate(paths, start=1):
        assert path.name.startswith(f"{number:04d}.")
        depends = re.search(r"^-- depends:(.*)$", path.read_text(), re.MULTILINE)
        assert depends is not None
        assert depends.group(1).strip() == ("" if number == 1 else paths[number - 2].stem)


def test_sql_stands_in_sql_files_only() -> None:
    """Only what configures a session stands in the code."""
    words = re.compile(r'execute\(\s*f?"""?\s*(select|insert|update|delete)\b', re.IGNORECASE)
    assert [path for path in sources("storage") if words.search(path.read_text(encoding="utf-8"))] == []


def sources(*but: str) -> Iterator[Path]:
    """Every file of the program."""
    root = QUERIES_DIR.parent.parent
    for room in ROOMS - set(but):
        assert (root / room).is_dir()
        yield from (root / room).rglob("*.py")


ROOMS = {
    "alerts", "cli", "dash_app", "domain", "forecasting", "ingest", "quality", "rules", "scheduler", "simulators", "storage",
}  # fmt: skip
TAKERS = {"execute", "executemany", "copy", "SQL"}


def put_together(source: str) -> list[int]:
    """The lines where a statement is handed over that was put together from text: by f"", %, + or format()."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in TAKERS
        and call.args
        if any(_is_mixed(part) for part in ast.walk(call.args[0]))
    ]


def _is_mixed(part: ast.AST) -> bool:
    if isinstance(part, ast.JoinedStr):
        return True
    if isinstance(part, ast.BinOp):
        return isinstance(part.op, (ast.Add, ast.Mod))
    return (
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in {"format", "replace", "join"}
        and isinstance(part.func.value, ast.Constant)
    )


def test_no_statement_is_put_together_from_text() -> None:
    """What somebody wrote reaches SQL as a parameter, or as a literal that the driver quotes (psycopg.sql)."""
    for example in (
        'c.execute(f"select {x}")',
        'c.execute("a" + x)',
        'c.execute("a %s" % x)',
        'SQL.SQL("{}".format(x))',
    ):
        assert put_together(example), example
    assert not put_together('c.execute(query("a"), {"b": f"{x}"})')
    found = {path.name: lines for path in sources() if (lines := put_together(path.read_text(encoding="utf-8")))}
    assert found == {}


def test_opening_a_database_does_not_connect() -> None:
    with Database("postgresql://nobody@127.0.0.1:9/none"):
        pass


def test_other_errors_are_not_translated() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError
