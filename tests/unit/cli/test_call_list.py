"""Who must be called: everybody with a channel, post by post, and where a number is missing."""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.recipients import Recipients, Role, load_recipients
from cli.delivery_commands import call_rows
from dash_app.committee_words import post as post_words
from domain.settings import load_settings

NIGHT = datetime(2025, 10, 27, 19, tzinfo=UTC)  # two in the morning in Huế


def test_the_call_list_names_every_command_post_and_channel_and_what_has_no_number() -> None:
    people = load_recipients(load_settings({}).config_dir / "recipients.toml")
    called = [each for each in people if each.channels and each.role is not Role.OPERATOR]
    posts = [(each, post) for each in called for post in people.persons(each, NIGHT)]
    known = {(each.id, post, each.channels[0]): f"+84 {number}" for number, (each, post) in enumerate(posts)}
    rows = call_rows(people, NIGHT, None, known)
    assert [(row[1], row[2]) for row in rows] == [(each.name_vi, post_words(post, "vi")) for each, post in posts]
    for number, (row, (each, _)) in enumerate(zip(rows, posts, strict=True)):
        expected = [f"{each.channels[0]} +84 {number}", *(f"{channel} —" for channel in each.channels[1:])]
        assert row[3] == ", ".join(expected)
    assert len(called) > 40, "the city and its forty units"
    assert rows[0][2] == "trực ban", "on paper a post is a word, not a name of the configuration"
    assert all(row[1] != operator.name_vi for operator in people if operator.role is Role.OPERATOR for row in rows)


def test_of_one_ward_only_those_are_listed_who_hear_of_it() -> None:
    people = load_recipients(load_settings({}).config_dir / "recipients.toml")
    ward = next(each for each in people if each.area.isdigit() and each.channels)
    named = {row[1] for row in call_rows(people, NIGHT, ward.area, {})}
    assert named == {"Ban Chỉ huy Phòng thủ dân sự thành phố Huế", ward.name_vi}
    assert call_rows(Recipients.of(()), NIGHT, None, {}) == []


def test_a_program_is_nobody_to_be_called() -> None:
    people = load_recipients(load_settings({}).config_dir / "recipients.toml")
    program = people[0].model_copy(update={"id": "partner", "name_vi": "Đài", "channels": ("webhook",), "roster": None})
    assert [row[1] for row in call_rows(Recipients.of([program]), NIGHT, None, {})] == ["Đài"]
    assert call_rows(Recipients.of([program]), NIGHT, None, {}, {"webhook", "mqtt"}) == []
