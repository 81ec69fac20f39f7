"""Every statement parses, is used, and names no placeholder twice by position."""

import re

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
    root = QUERIES_DIR.parent.parent
    rooms = ("alerts", "cli", "dash_app", "domain", "forecasting", "ingest", "rules", "scheduler", "simulators")
    words = re.compile(r'execute\(\s*f?"""?\s*(select|insert|update|delete)\b', re.IGNORECASE)
    found = [path for room in rooms for path in (root / room).rglob("*.py") if words.search(path.read_text())]
    assert found == []


def test_opening_a_database_does_not_connect() -> None:
    with Database("postgresql://nobody@127.0.0.1:9/none"):
        pass


def test_other_errors_are_not_translated() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError
