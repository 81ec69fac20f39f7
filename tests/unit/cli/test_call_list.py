"""Who must be called: everybody with a channel, post by post, and where a number is missing."""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.recipients import Recipients, load_recipients
from cli.delivery_commands import call_rows
from domain.settings import load_settings

NIGHT = datetime(2025, 10, 27, 19, tzinfo=UTC)  # two in the morning in Huế


def test_the_call_list_names_every_command_post_and_channel_and_what_has_no_number() -> None:
    people = load_recipients(load_settings({}).config_dir / "recipients.toml")
    called = [each for each in people if each.channels]
    posts = [(each, post) for each in called for post in people.persons(each, NIGHT)]
    known = {(each.id, post, each.channels[0]): f"+84 {number}" for number, (each, post) in enumerate(posts)}
    rows = call_rows(people, NIGHT, None, known)
    assert [(row[1], row[2]) for row in rows] == [(each.name_vi, post or "·") for each, post in posts]
    for number, (row, (each, _)) in enumerate(zip(rows, posts, strict=True)):
        expected = [f"{each.channels[0]} +84 {number}", *(f"{channel} —" for channel in each.channels[1:])]
        assert row[3] == ", ".join(expected)
    assert len(called) > 40, "the city and its forty units"


def test_of_one_ward_only_those_are_listed_who_hear_of_it() -> None:
    people = load_recipients(load_settings({}).config_dir / "recipients.toml")
    ward = next(each for each in people if each.area.isdigit() and each.channels)
    named = {row[1] for row in call_rows(people, NIGHT, ward.area, {})}
    assert named == {each.name_vi for each in people if each.channels and each.area in {ward.area, "city"}}
    assert call_rows(Recipients.of(()), NIGHT, None, {}) == []
