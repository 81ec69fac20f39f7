"""The exercise's clock goes on when nobody would lose a forecast by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cli.exercise_following import Following

AT = datetime(2025, 10, 30, 3, 10, tzinfo=UTC)
AT_S = AT.timestamp()
HOUR = timedelta(hours=1)
EVERYBODY = {"kim_long", "tu_phu"}


def followed(issued: dict[str, datetime], read: set[str] = EVERYBODY) -> bool:
    return Following(["kim_long"]).all_here(issued, read, AT_S)


def test_a_gauge_that_nobody_watches_is_waited_for_too() -> None:
    issued = {"kim_long": AT, "tu_phu": AT - HOUR}
    assert not followed(issued)  # its forecast would lapse before the next came
    assert followed(issued | {"tu_phu": AT + HOUR})


def test_who_has_no_forecast_to_lose_or_is_not_read_is_not_waited_for() -> None:
    assert followed({"kim_long": AT})
    assert followed({"kim_long": AT, "tu_phu": AT - 3 * HOUR})
    assert followed({"kim_long": AT, "tu_phu": AT - HOUR}, {"kim_long"})  # drowned


def test_a_watched_gauge_is_waited_for_from_the_first_on() -> None:
    assert not followed({})
    assert followed({"kim_long": AT})


def test_one_that_was_left_behind_is_waited_for_no_more_and_the_others_are() -> None:
    """One gauge without forecasts let the clock run away from all of them for the rest of the exercise."""
    following = Following(["kim_long"])
    issued = {"kim_long": AT, "tu_phu": AT - HOUR}
    assert not following.all_here(issued, EVERYBODY, AT_S)
    following.leave_behind(issued, EVERYBODY, AT_S)
    assert following.all_here(issued, EVERYBODY, AT_S)
    later = AT + HOUR
    assert not following.all_here(issued, EVERYBODY, later.timestamp())  # kim_long
    assert following.all_here({"kim_long": later, "tu_phu": AT - HOUR}, EVERYBODY, later.timestamp())
    assert following.all_here(dict.fromkeys(EVERYBODY, later), EVERYBODY, later.timestamp())  # it is back
    assert not following.all_here({"kim_long": later + HOUR, "tu_phu": later}, EVERYBODY, (later + HOUR).timestamp())


def test_when_nothing_is_forecast_at_all_the_clock_goes_on() -> None:
    following = Following(["kim_long"])
    following.leave_behind({}, EVERYBODY, AT_S)
    assert following.all_here({}, EVERYBODY, (AT + HOUR).timestamp())
    assert following.all_here({"kim_long": AT + HOUR}, EVERYBODY, (AT + HOUR).timestamp())
    assert not following.all_here({"kim_long": AT + HOUR}, EVERYBODY, (AT + 2 * HOUR).timestamp())
