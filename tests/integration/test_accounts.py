"""Accounts on a real database: what came in adds up, and what was sent is compared with what is stored."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from domain.readings import QualityFlag, Reading
from domain.sequences import DayNumbers, NumberRun, count_days
from storage.accounts import Counts, accounts, add_account
from storage.database import Database
from storage.readings import store_readings
from storage.sequences import SeriesDay, TooManyRunsError, series_days
from storage.stations import series_ids, sync_network
from tests.integration.workbench import T0, station

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: Midnight in Huế.
DAWN = datetime(2025, 10, 27, 17, tzinfo=UTC)
DAY = date(2025, 10, 28)
WHOLE = Counts(received=10, stored=4, duplicates=3, revisions=2, rejected=1)
BROKEN = Counts(received=10, stored=4, duplicates=3, revisions=2, rejected=0)


@pytest.fixture
def ews(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Result]:  # fmt: skip
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["accounts", *arguments])

    return run


def store(database: Database, *rows: tuple[datetime, int | None], name: str = "kim_long", quantity: str = "water_level", value: float = 1.0) -> None:  # fmt: skip
    with database.transaction() as c:
        sync_network(c, [station(each) for each in ("kim_long", "phu_oc")])
        readings = [
            Reading(
                station=name,
                quantity=quantity,
                observed_at=at,
                received_at=at,
                value=value,
                flag=QualityFlag.PASS,
                seq=seq,
            )
            for at, seq in rows
        ]
        store_readings(c, readings, series_ids(c))


def days(database: Database, start: datetime = DAWN - 7 * HOUR, end: datetime = DAWN + 48 * HOUR, **more: object) -> list[SeriesDay]:  # fmt: skip
    with database.transaction() as c:
        return series_days(c, start, end, **more)  # type: ignore[arg-type]


def one_day(stored: int, *missing: tuple[int, int], restarts: int = 0, repeats: int = 0) -> DayNumbers:
    return DayNumbers(DAY, stored, missing=missing, restarts=restarts, repeats=repeats)


def test_hours_are_chosen_and_breaches_found(database: Database) -> None:
    with database.transaction() as c:
        for hours, counts in enumerate((WHOLE, BROKEN, WHOLE)):
            add_account(c, "a", T0 + hours * HOUR + 5 * MINUTE, counts)
        add_account(c, "b", T0, WHOLE)

        def chosen(**which: object) -> list[tuple[str, int]]:
            return [(one.source, (one.hour - T0) // HOUR) for one in accounts(c, **which)]  # type: ignore[arg-type]

        assert chosen() == [("a", 0), ("b", 0), ("a", 1), ("a", 2)]
        assert chosen(source="b") == [("b", 0)]
        assert chosen(since=T0 + HOUR + 50 * MINUTE) == [("a", 1), ("a", 2)]
        assert chosen(until=T0 + HOUR) == [("a", 0), ("b", 0)]
        assert chosen(breached=True) == [("a", 1)]


def test_a_breach_is_marked_and_makes_the_exit_code_1(ews: Callable[..., Result], database: Database) -> None:
    since = ("--since", "2025-10-01")
    assert ews("received", *since).stdout == "nothing was received\n"
    with database.transaction() as c:
        add_account(c, "a", T0, WHOLE)
    whole = ews("received", *since)
    assert (whole.exit_code, "every hour adds up" in whole.stdout) == (0, True)
    assert "in all                          10" in whole.stdout
    with database.transaction() as c:
        add_account(c, "a", T0 + HOUR, BROKEN)
        add_account(c, "b", T0 + HOUR, Counts(received=1, stored=2, duplicates=0, revisions=0, rejected=0))
    broken = ews("received", *since)
    assert broken.exit_code == 1
    assert "BREACH: 1 unaccounted for" in broken.stdout
    assert "BREACH: 1 too many" in broken.stdout
    assert "2 HOURS DO NOT ADD UP" in broken.stdout
    found = json.loads(ews("received", *since, "--breaches", "--json").stdout)
    assert [(one["source"], one["balanced"]) for one in found] == [("a", False), ("b", False)]
    assert ews("received", *since, "--source", "c").exit_code == 0
    assert ews().exit_code == 0, "the last week alone"


def test_missing_numbers_are_named_by_series_and_day(database: Database) -> None:
    store(database, *((DAWN + n * 10 * MINUTE, 100 + n) for n in range(288) if n not in {3, 4, 100, 143, 144, 145}))
    store(database, *((DAWN + n * 10 * MINUTE, n) for n in range(10)), quantity="rainfall")
    store(database, *((DAWN + n * 10 * MINUTE, None) for n in range(4)), name="phu_oc")
    assert days(database) == [
        SeriesDay(station="kim_long", quantity="rainfall", numbers=one_day(10)),
        SeriesDay(station="kim_long", quantity="water_level", numbers=one_day(140, (103, 104), (200, 200))),
        SeriesDay(
            station="kim_long",
            quantity="water_level",
            numbers=DayNumbers(DAY + timedelta(days=1), 142, missing=((243, 245),)),
        ),
        SeriesDay(station="phu_oc", quantity="water_level", numbers=one_day(0), unnumbered=4),
    ]
    assert [one.station for one in days(database, station="phu_oc")] == ["phu_oc"]


def test_the_day_is_that_of_hue(database: Database) -> None:
    store(database, (DAWN - MINUTE, 1), (DAWN, 2))
    assert [(one.numbers.day, one.numbers.stored) for one in days(database)] == [(DAY - timedelta(days=1), 1), (DAY, 1)]


def test_what_came_before_the_time_asked_for_is_followed_on(database: Database) -> None:
    store(
        database, (DAWN - 10 * HOUR, 1), (DAWN - 9 * HOUR, 2), (DAWN - 8 * HOUR, None), (DAWN, 5), (DAWN + 9 * HOUR, 9)
    )
    (one,) = days(database, DAWN, DAWN + 9 * HOUR)
    assert one.numbers == one_day(1, (3, 4))


def test_a_restart_and_a_late_reading_lose_nothing(database: Database) -> None:
    numbers = [500, 501, 504, 505, 502, 503, 506, 0, 1, 2, 4]
    store(database, *((DAWN + n * MINUTE, number) for n, number in enumerate(numbers)))
    (one,) = days(database)
    assert one.numbers == one_day(11, (3, 3), restarts=1)


def test_a_revised_reading_keeps_both_its_numbers(database: Database) -> None:
    store(database, *((DAWN + n * MINUTE, n + 10) for n in range(5)))
    store(database, (DAWN + 2 * MINUTE, 15), value=2.0)
    store(database, (DAWN + 5 * MINUTE, 16))
    (one,) = days(database)
    assert one.numbers == one_day(7)


def test_a_device_that_does_not_count_is_no_run_a_reading(database: Database) -> None:
    store(database, *((DAWN + n * MINUTE, 0) for n in range(200)))
    (one,) = days(database, most_runs=1)
    assert one.numbers == one_day(1, repeats=199)


def test_the_answer_is_bounded(database: Database) -> None:
    store(database, *((DAWN + n * MINUTE, 2 * n) for n in range(10)))
    assert days(database, most_runs=10)
    with pytest.raises(TooManyRunsError):
        days(database, most_runs=9)
    with pytest.raises(ValueError, match="at most 31 days"):
        days(database, DAWN, DAWN + timedelta(days=32))


def test_the_database_finds_the_same_runs_as_a_walk_over_the_readings(database: Database) -> None:
    draw = random.Random(7)
    numbers: list[int] = []
    for _ in range(300):
        last = numbers[-1] if numbers else 1000
        numbers.append(draw.choice([last + 1] * 12 + [last, last + 3, max(last - 5, 0), 0]))
    store(database, *((DAWN + n * 10 * MINUTE, number) for n, number in enumerate(numbers)))
    runs: list[NumberRun] = []
    for n, number in enumerate(numbers):
        day = DAY + timedelta(days=n // 144)
        if runs and runs[-1].day == day and number - runs[-1].last in {0, 1}:
            repeats = runs[-1].repeats + (number == runs[-1].last)
            runs[-1] = NumberRun(day, runs[-1].first, number, repeats)
        else:
            runs.append(NumberRun(day, number, number))
    found = [one.numbers for one in days(database, end=DAWN + 72 * HOUR)]
    assert found == count_days(runs)
    assert sum(one.repeats + one.stored for one in found) == len(numbers)


def test_the_command_names_stations_days_and_numbers(ews: Callable[..., Result], database: Database) -> None:
    store(database, *((DAWN + n * 10 * MINUTE, n) for n in range(100) if n not in {5, 6, 50}))
    store(database, *((DAWN + n * 10 * MINUTE, n) for n in range(10)), name="phu_oc")
    week = ("--since", "2025-10-28", "--until", "2025-10-30")
    text = ews("sent", *week).stdout
    assert (
        "2025-10-28  kim_long  water_level  100   97      3        0         0         0               5-6, 50\n"
        in text
    )
    assert text.endswith("110 sent, 3 missing (2.727%)\n")
    found = json.loads(ews("sent", *week, "--missing", "--json").stdout)
    assert [(one["station"], one["missing"]) for one in found] == [
        ("kim_long", [{"first": 5, "last": 6}, {"first": 50, "last": 50}])
    ]
    assert ews("sent", *week, "--station", "nowhere").stdout == "no readings\n"
    for wrong in (
        ("--since", "2025-01-01", "--until", "2025-03-01"),
        ("--since", "2025-01-02", "--until", "2025-01-01"),
    ):
        assert "at most 31 days" in str(ews("sent", *wrong).exception)
