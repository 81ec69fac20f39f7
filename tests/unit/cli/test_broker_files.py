"""Mosquitto's rights and passwords as our commands make them. That the broker obeys is shown in tests/integration."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from alerts.recipients import load_recipients
from alerts.sirens import load_sirens
from cli.broker_rights import UserRights, broker_rights, mosquitto_acl
from cli.main import app
from cli.mosquitto_passwords import password_hash, read_passwords, renewed
from cli.replaced_file import replace_file
from domain.broker_users import BrokerUsers, load_broker_users
from domain.errors import ConfigurationError, EwsError
from domain.network import load_network
from domain.settings import load_settings

ROOT = Path(__file__).resolve().parents[3]
CONFIG = load_settings({}).config_dir
NETWORK = load_network(CONFIG)
RECIPIENTS = load_recipients(CONFIG / "recipients.toml")
PLACE = Path("broker.toml")


def rights_with(**users: object) -> dict[str, UserRights]:
    made = broker_rights(NETWORK, RECIPIENTS, BrokerUsers.model_validate(users), place=PLACE)
    assert len({one.user for one in made}) == len(made)
    return {one.user: one for one in made}


def test_the_shipped_list_is_what_the_command_makes() -> None:
    sirens = [siren.id for siren in load_sirens(CONFIG / "sirens.toml").siren]
    users = load_broker_users(CONFIG / "broker.toml")
    made = broker_rights(NETWORK, RECIPIENTS, users, place=PLACE, sirens=sirens)
    shipped = (ROOT / "deploy" / "mosquitto.acl").read_text(encoding="utf-8")
    assert mosquitto_acl(made) == shipped, "run: ews broker-acl --out deploy/mosquitto.acl"


def test_every_station_writes_its_own_topics_and_reads_nothing() -> None:
    rights = rights_with()
    for name in NETWORK.stations:
        assert rights[name].writes == (f"ews/v1/{name}", f"ews/v1/{name}/+")
        assert rights[name].reads == ()


def test_who_listens_writes_nothing_and_only_the_scheduler_warns() -> None:
    rights = rights_with(
        partner=[
            {
                "user": "hydromet",
                "alerts": ["city", "19774"],
                "stations": ["*", "kim_long"],
                "observations": ["kim_long"],
            }
        ]
    )
    accepted = "ews/observations/v1/#"
    assert rights["ews_ingest"] == UserRights(
        user="ews_ingest", about="ingest", reads=("ews/v1/#",), writes=(accepted,)
    )
    assert rights["ews_scheduler"].writes == ("ews/alerts/v1/#", "ews/sirens/v1/+/sound")
    assert rights["ews_scheduler"].reads == ("ews/sirens/v1/+/answer",)
    assert rights["city_command"].reads == ("ews/alerts/v1/#",)
    assert rights["command_19774"].reads == ("ews/alerts/v1/19774/#",)
    assert rights["hydromet"].reads == (
        "ews/alerts/v1/#", "ews/alerts/v1/19774/#", "ews/v1/#", "ews/v1/kim_long/#",
        "ews/observations/v1/kim_long/#",
    )  # fmt: skip
    writers = {user for user, one in rights.items() if any(topic.startswith("ews/alerts") for topic in one.writes)}
    assert writers == {"ews_scheduler"}
    assert all(not rights[r.id].writes for r in RECIPIENTS)
    assert rights["hydromet"].writes == ()


def test_a_gateway_writes_for_its_stations_and_ingest_reads_its_other_topics() -> None:
    rights = rights_with(
        gateway=[{"user": "gateway", "stations": ["kim_long"], "names": ["a", "b"], "topics": ["v3/+/up", "tele/#"]}]
    )
    assert rights["gateway"].writes == (
        "ews/gateways/v1/a/status", "ews/gateways/v1/b/status", "ews/v1/kim_long", "ews/v1/kim_long/+", "v3/+/up", "tele/#"
    )  # fmt: skip
    assert rights["ews_ingest"].reads == ("ews/v1/#", "v3/+/up", "tele/#")


def test_ingest_and_scheduler_may_be_one_user() -> None:
    both = rights_with(users={"ingest": "ews", "scheduler": "ews"})["ews"]
    assert (both.reads, both.writes) == (
        ("ews/v1/#", "ews/sirens/v1/+/answer"),
        ("ews/alerts/v1/#", "ews/sirens/v1/+/sound", "ews/observations/v1/#"),
    )


@pytest.mark.parametrize(
    ("users", "key", "value"),
    [
        ({"users": {"ingest": "kim_long"}}, "users.ingest", "kim_long"),
        ({"users": {"scheduler": "city_command"}}, "users.scheduler", "city_command"),
        ({"gateway": [{"user": "ews_ingest"}]}, "gateway.user", "ews_ingest"),
        ({"gateway": [{"user": "g"}], "partner": [{"user": "g"}]}, "partner.user", "g"),
        ({"gateway": [{"user": "g", "stations": ["nowhere"]}]}, "gateway[g].stations", "nowhere"),
        ({"partner": [{"user": "p", "stations": ["nowhere"]}]}, "partner[p].stations", "nowhere"),
        ({"partner": [{"user": "p", "alerts": ["00000"]}]}, "partner[p].alerts", "00000"),
    ],
)
def test_contradictions_are_refused(users: dict[str, object], key: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        rights_with(**users)
    assert (refused.value.place, refused.value.key, refused.value.value) == ("broker.toml", key, value)


def test_a_station_and_a_recipient_of_one_name_are_refused() -> None:
    twin = RECIPIENTS[0].model_copy(update={"id": "kim_long"})
    with pytest.raises(ConfigurationError, match="rename one of them"):
        broker_rights(NETWORK, [twin], BrokerUsers(), place=PLACE)


@pytest.mark.parametrize(
    "topic", ["ews/v1/#", "ews/x", "#", "+/v1/#", "$SYS/#", "a b", "a\ntopic write #", "a/#/b", ""]
)
def test_a_gateway_s_further_topics_cannot_reach_ours(topic: str, tmp_path: Path) -> None:
    path = tmp_path / "broker.toml"
    quoted = topic.replace("\n", "\\n")
    path.write_text(f'[[gateway]]\nuser = "g"\ntopics = ["{quoted}"]\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="topics"):
        load_broker_users(path)


@given(st.text(max_size=10))
def test_a_name_of_a_user_never_breaks_a_line(name: str) -> None:
    own = BrokerUsers().users
    # Refused: these are users already, and the names that stand in the code are drawn too.
    assume(name not in {*NETWORK.stations, *(r.id for r in RECIPIENTS), own.ingest, own.scheduler})
    try:
        users = BrokerUsers.model_validate({"partner": [{"user": name}]})
    except ValueError:
        return
    assert f"\nuser {name}\n" in mosquitto_acl(broker_rights(NETWORK, RECIPIENTS, users, place=PLACE))
    assert not set(name) & set(" :/#+\n\t")


def test_without_a_file_there_are_our_processes_alone(tmp_path: Path) -> None:
    assert load_broker_users(tmp_path / "broker.toml") == BrokerUsers()


def test_a_hash_is_salted_pbkdf2_sha512() -> None:
    kind, rounds, salt, digest = password_hash("open sesame").split("$")[1:]
    assert (kind, rounds, len(base64.b64decode(salt))) == ("7", "101", 12)
    expected = hashlib.pbkdf2_hmac("sha512", b"open sesame", base64.b64decode(salt), 101)
    assert base64.b64decode(digest) == expected
    assert password_hash("open sesame") != password_hash("open sesame")


def test_passwords_are_made_once_and_the_file_holds_none() -> None:
    first = renewed("", ["a", "b"])
    assert list(first.made) == ["a", "b"]
    assert len(set(first.made.values())) == 2
    assert all(len(password) >= 32 and password not in first.text for password in first.made.values())
    again = renewed(first.text, ["a", "b"])
    assert (again.made, again.text, again.removed) == ({}, first.text, [])


def test_users_come_go_and_get_another_password() -> None:
    first = renewed("", ["a", "b"])
    lines = dict(line.split(":") for line in first.text.splitlines())
    second = renewed(first.text, ["b", "c"])
    assert (list(second.made), second.removed) == (["c"], ["a"])
    assert f"b:{lines['b']}\n" in second.text
    third = renewed(second.text, ["b", "c"], ["b", "b"])
    assert list(third.made) == ["b"]
    assert f"b:{lines['b']}\n" not in third.text
    assert second.text.splitlines()[1] in third.text.splitlines()
    with pytest.raises(EwsError, match="x is no user"):
        renewed(second.text, ["b"], ["x"])


def test_a_plain_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    assert read_passwords(path) == ""
    path.write_text("kim_long:sesame\n")
    with pytest.raises(ConfigurationError, match="line 1") as refused:
        read_passwords(path)
    assert "sesame" not in str(refused.value)


def test_a_replaced_file_keeps_mode_owner_and_link(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(path)
    replace_file(path, "one", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1883, 1883)
    owner = path.stat().st_uid
    replace_file(link, "two", mode=0o600)
    assert (path.read_text(), path.stat().st_mode & 0o777, path.stat().st_uid) == ("two", 0o640, owner)
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "link"]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EwsError, match="cannot be written"):
        replace_file(tmp_path / "nowhere" / "file", "x", mode=0o600)
    path = tmp_path / "file"
    path.write_text("old")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EwsError, match="No space left"):
        replace_file(path, "new", mode=0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    printed = run.invoke(app, ["broker-acl"])
    assert printed.exit_code == 0
    assert "topic write ews/v1/kim_long/+\n" in printed.stdout
    assert run.invoke(app, ["broker-acl", "--out", "acl"]).exit_code == 0
    assert (tmp_path / "acl").read_text(encoding="utf-8") == printed.stdout
    made = run.invoke(app, ["broker-passwords", "--out", "passwords"])
    assert made.exit_code == 0
    passwords = dict(line.split("\t") for line in made.stdout.splitlines())
    sirens = {f"siren_{siren.id}" for siren in load_sirens(CONFIG / "sirens.toml").siren}
    assert set(passwords) == {one.user for one in rights_with().values()} | sirens
    assert run.invoke(app, ["broker-passwords", "--out", "passwords"]).stdout == ""
    one = run.invoke(app, ["broker-passwords", "kim_long", "--out", "passwords"]).stdout
    assert one.startswith("kim_long\t")
    assert one.strip().split("\t")[1] != passwords["kim_long"]
    text = (tmp_path / "passwords").read_text(encoding="utf-8")
    assert not any(password in text for password in passwords.values())


def test_rights_follow_the_stations(tmp_path: Path) -> None:
    fewer = replace(NETWORK, stations={"kim_long": NETWORK.stations["kim_long"]})
    users = [one.user for one in broker_rights(fewer, RECIPIENTS[:1], BrokerUsers(), place=PLACE)]
    assert users == ["ews_ingest", "ews_scheduler", "kim_long", "city_command"]
