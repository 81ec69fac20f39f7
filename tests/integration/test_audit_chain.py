"""The audit only grows, and shows what was done to it behind its back."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from domain.audit_chain import Verdict, judge
from domain.errors import DatabaseRefusedError
from storage import audit
from storage.database import Database, connect
from storage.migrate import MIGRATIONS_DIR, migrate

NOTE = {"note": "đúng \u2028 \"'", "z": 1.50, "a": [None, True]}


def verdict(database: Database, checkpoints: dict[int, bytes] | None = None) -> Verdict:
    with database.transaction() as c:
        return judge(audit.links(c), checkpoints or {})


def fill(database: Database, rows: int = 5) -> None:
    with database.transaction() as c:
        for number in range(1, rows + 1):
            audit.add_all(c, [("officer", "confirm", f"a{number}", NOTE)])


def tamper(url: str, statement: str) -> None:
    """As the superuser, with every trigger off."""
    with connect(url) as c:
        c.execute("alter table audit disable trigger all")
        c.execute(statement)
        c.execute("alter table audit enable always trigger audit_chained")
        c.execute("alter table audit enable always trigger audit_grows")
        c.execute("alter table audit enable always trigger audit_stays")


def test_a_chain_is_whole_and_its_head_moves_with_each_row(database: Database) -> None:
    assert verdict(database) == Verdict(rows=0, head=bytes(32))
    fill(database)
    first = verdict(database)
    assert (first.rows, first.broken) == (5, None)
    fill(database, 1)
    assert verdict(database, {5: first.head}).broken is None
    assert verdict(database).head != first.head


@pytest.mark.parametrize("statement", ["update audit set actor = 'x'", "delete from audit", "truncate audit"])
@pytest.mark.parametrize("preface", ["select 1", "set session_replication_role = replica"])
def test_even_the_owner_cannot_change_a_row(
    database: Database, database_url: str, statement: str, preface: str
) -> None:
    fill(database)
    with psycopg.connect(database_url, autocommit=True) as c:
        c.execute(preface)
        with pytest.raises(psycopg.errors.RestrictViolation, match="audit only grows"):
            c.execute(statement)
    assert verdict(database).rows == 5


TAMPERINGS = [
    ("update audit set actor = 'nobody' where number = 3", "row 3 was changed"),
    ('update audit set detail = detail || \'{"note": "sai"}\' where number = 1', "row 1 was changed"),
    ("update audit set at = at + interval '1 microsecond' where number = 5", "row 5 was changed"),
    ("delete from audit where number = 2", "row 2 is missing"),
    ("delete from audit where number in (2, 3)", "rows 2 to 3 are missing"),
    ("delete from audit where number = 1", "row 1 is missing"),
    ("update audit set number = 12 - number where number in (5)", "rows 5 to 6 are missing"),
    (
        # A row forged with a hash of its own that fits.
        """update audit set actor = 'x', hash = sha256(previous || convert_to(jsonb_build_array(number, id,
        to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'x', action, subject, detail)::text, 'UTF8'))
        where number = 3""",
        "row 4 does not follow row 3",
    ),
]


@pytest.mark.parametrize(("statement", "finding"), TAMPERINGS, ids=[finding for _, finding in TAMPERINGS])
def test_tampering_names_the_first_broken_row(
    database: Database, database_url: str, statement: str, finding: str
) -> None:
    fill(database)
    tamper(database_url, statement)
    assert (verdict(database).broken or "").startswith(finding)


def test_a_cut_tail_shows_against_a_checkpoint_alone(database: Database, database_url: str) -> None:
    fill(database)
    noted = {5: verdict(database).head}
    tamper(database_url, "delete from audit where number > 3")
    assert verdict(database).broken is None
    assert (verdict(database, noted).broken or "").startswith("row 4 is missing: the audit ends at 3")
    fill(database, 4)  # rows written over the cut are not the ones that were there
    assert (verdict(database, noted).broken or "").startswith("row 5 is another one than a checkpoint saw")


def test_writers_at_the_same_time_make_one_chain(database_url: str) -> None:
    def write(name: str) -> None:
        for number in range(20):
            with database.transaction() as c:
                audit.add(c, name, "saw", str(number), {})
                audit.add(c, name, "saw again", str(number), {})

    with Database(database_url, max_size=6) as database:
        writers = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        assert (verdict(database).rows, verdict(database).broken) == (240, None)


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    fill(database, 2)
    with pytest.raises(RuntimeError), database.transaction() as c:  # noqa: PT012 - the transaction is the subject
        audit.add(c, "officer", "confirm", "a9", {})
        raise RuntimeError
    with database.transaction() as c:
        c.execute("set ews.audit_end = '1 1 00'")  # what another transaction remembers is not believed
        audit.add(c, "officer", "confirm", "a10", {})
        with pytest.raises(RuntimeError), c.transaction():  # noqa: PT012 - a savepoint is the subject
            audit.add(c, "officer", "confirm", "a11", {})
            raise RuntimeError
        audit.add(c, "officer", "confirm", "a12", {})
    fill(database, 2)
    assert (verdict(database).rows, verdict(database).broken) == (6, None)


def test_a_transaction_with_an_old_view_cannot_branch_the_chain(database: Database, database_url: str) -> None:
    fill(database, 1)
    with connect(database_url) as c:
        c.execute("begin isolation level repeatable read")
        c.execute("select count(*) from audit")
        fill(database, 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            audit.add(c, "officer", "confirm", "late", {})
        c.execute("rollback")
    assert (verdict(database).rows, verdict(database).broken) == (2, None)


def test_rows_from_before_the_chain_are_chained(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in MIGRATIONS_DIR.glob("000[123]*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr("storage.migrate.MIGRATIONS_DIR", tmp_path)
    migrate(empty_database_url)
    with connect(empty_database_url) as c:
        for number in range(3):
            c.execute(
                "insert into audit (actor, action, subject) values ('scheduler', 'raised', %s)", (f"old{number}",)
            )
    monkeypatch.setattr("storage.migrate.MIGRATIONS_DIR", MIGRATIONS_DIR)
    migrate(empty_database_url)
    with Database(empty_database_url) as database:
        fill(database, 1)
        assert (verdict(database).rows, verdict(database).broken) == (4, None)
        with database.transaction() as c:
            assert [e.subject for e in audit.entries(c)] == ["a1", "old2", "old1", "old0"]
            assert [e.number for e in audit.entries(c, actor="scheduler", limit=2)] == [3, 2]


def test_entries_are_chosen_by_actor_subject_and_time(database: Database) -> None:
    with database.transaction() as c:
        audit.add(c, "an", "acknowledged", "a1", {})
        audit.add(c, "binh", "saw", "a1", {})
        at = audit.entries(c)[0].at
        assert [e.actor for e in audit.entries(c, subject="a1")] == ["binh", "an"]
        assert [e.action for e in audit.entries(c, actor="an", subject="a1", since=at)] == ["acknowledged"]
        assert audit.entries(c, since=at + timedelta(days=366)) == []


def test_cap_messages_cannot_be_changed_either(database: Database) -> None:
    with pytest.raises(DatabaseRefusedError, match="only grows"), database.transaction() as c:
        c.execute("delete from cap_message")
