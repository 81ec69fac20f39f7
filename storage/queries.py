"""The statements of storage/queries/*.sql by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

QUERIES_DIR = Path(__file__).resolve().parent / "queries"


@cache
def query(name: str) -> bytes:
    """The text of queries/<name>.sql, as psycopg takes it."""
    return (QUERIES_DIR / f"{name}.sql").read_bytes()
