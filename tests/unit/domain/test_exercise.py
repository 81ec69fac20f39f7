"""Exercises are read strictly: what cannot be obeyed is refused with file, key, value and remedy."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.recipients import load_recipients
from domain.errors import ConfigurationError
from domain.exercise import ROUND, FaultKind, exercise_names, load_exercise
from domain.network import load_network

CONFIG = Path(__file__).resolve().parents[3] / "config"
NAME = "hue-2025"


def test_every_exercise_that_is_shipped_can_be_played() -> None:
    network = load_network(CONFIG)
    recipients = {each.id for each in load_recipients(CONFIG / "recipients.toml")}
    names = exercise_names(CONFIG)
    assert NAME in names
    for name in names:
        exercise = load_exercise(CONFIG, name, stations=network.stations, recipients=recipients)
        assert exercise.clock == f"exercise:{name}"
        assert exercise.hazards is not None  # else nothing in it could be called false
        assert bool(exercise.hazards) == (name != "dry-month")


def test_the_flood_of_2025_has_its_faults() -> None:
    exercise = load_exercise(CONFIG, NAME)
    drowned = [fault.station for fault in exercise.fault if fault.kind is FaultKind.FLOODED_OUT]
    assert len(drowned) == 2
    assert exercise.broker_outage is not None
    assert exercise.broker_outage.ends - exercise.broker_outage.begins == timedelta(minutes=40)
    assert exercise.receiver_down[0].holds(exercise.receiver_down[0].begins)
    assert not exercise.receiver_down[0].holds(exercise.receiver_down[0].ends)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 2025", "seed = 2025\ncolour = 1", ("colour", "unknown key")),
        ("begins = 2025-10-25T06:00:00+07:00", "begins = 2025-10-25T06:00:00", ("begins", "has no offset")),
        ("begins = 2025-10-25T06:00:00+07:00", "begins = 2025-12-25T00:00:00+07:00", ("ends", "must lie after begins")),
        ('name = "hue-2025"', 'name = "another"', ("name = 'another'", "must be hue-2025")),
        ("most_min = 18.0", "most_min = 1.0", ("answers.most_min = 1.0", "must not be less than least_min")),
        (
            "begins = 2025-10-25T06:00:00+07:00",
            "begins = 2025-10-25",
            ("begins = '2025-10-25'", "is no time; write 2025"),
        ),
        (
            "begins = 2025-10-25T06:00:00+07:00",
            "begins = 2025-10-25T06:00:00",
            ("begins = '2025-10-25T06:00:00'", "offset"),
        ),
        (
            'watched = ["kim_long", "phu_oc"]',
            'watched = ["kim_long", "kim_long"]',
            ("watched = ", "names a station twice"),
        ),
        ("amount = 1.6\n", "", ("fault[4].amount = None", "needs an amount")),
        ("amount = 1.6\n", "amount = 0.0\n", ("fault[4].amount = 0.0", "needs an amount that is not zero")),
        (
            "amount = 1.6\n",
            'amount = 1.6\nquantity = "pm2_5"\n',
            ("fault[4].quantity = 'pm2_5'", "tu_phu does not measure it; name one of water_level"),
        ),
        ('kind = "flat"\n', 'kind = "flat"\namount = 2.0\n', ("amount = 2.0", "means nothing")),
        ('hazards = ["flood"', 'hazards = ["locusts"', ("hazards", "strong_wind")),
        ('kind = "flat"', 'kind = "sulky"', ("kind = 'sulky'", "flooded_out")),
        ("ends = 2025-10-29T16:00:00+07:00", "ends = 2026-10-29T16:00:00+07:00", ("fault[3].ends", "must lie between")),
        ('station = "tu_phu"', 'station = "nowhere"', ("fault[4].station = 'nowhere'", "no station")),
        ('recipient = "command_19774"', 'recipient = "me"', ("receiver_down[0].recipient = 'me'", "no recipient")),
        ("minutes = 40.0", "minutes = 40000.0", ("broker_outage.minutes", "must lie between")),
        ("speed = 60.0", "speed = 0.0", ("speed = 0.0", "greater than or equal")),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, old: str, new: str, said: tuple[str, ...]) -> None:
    path = tmp_path / "exercises" / f"{NAME}.toml"
    path.parent.mkdir()
    shutil.copy(CONFIG / "exercises" / f"{NAME}.toml", path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    stations = load_network(CONFIG).stations
    with pytest.raises(ConfigurationError) as caught:
        load_exercise(tmp_path, NAME, stations=stations, recipients={"command_19774"})
    for words in (str(path), *said):
        assert words in str(caught.value)


def test_a_part_of_an_exercise_lies_within_it() -> None:
    exercise = load_exercise(CONFIG, NAME)
    day = datetime.fromisoformat("2025-10-27T00:00:00+07:00")
    part = exercise.between(day, day + timedelta(days=1))
    assert (part.begins, part.ends, part.broker_outage) == (day, day + timedelta(days=1), None)
    for begins, ends in ((day - timedelta(days=30), None), (None, day + timedelta(days=30)), (day, day)):
        with pytest.raises(ConfigurationError, match=r"--(from|until)"):
            exercise.between(begins, ends)


def test_an_exercise_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no such exercise; known are .*hue-2025"):
        load_exercise(CONFIG, "atlantis")


def test_what_is_shorter_than_a_round_is_refused(tmp_path: Path) -> None:
    exercise = load_exercise(CONFIG, NAME)
    day = datetime.fromisoformat("2025-10-27T00:00:00+07:00")
    with pytest.raises(ConfigurationError, match=r"--until.*2025-10-27T00:00:00.*, 10 minutes at least"):
        exercise.between(day, day + timedelta(minutes=5))
    assert exercise.between(day, day + ROUND).ends == day + ROUND
    path = tmp_path / "exercises" / f"{NAME}.toml"
    path.parent.mkdir()
    text = (CONFIG / "exercises" / f"{NAME}.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("ends = 2025-11-06T00:00:00", "ends = 2025-10-25T06:09:00", 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"ends.*must lie after begins, 10 minutes at least"):
        load_exercise(tmp_path, NAME)
