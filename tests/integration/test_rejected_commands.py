"""`ews rejected` on a real database."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from cli.main import app
from cli.rejection_view import rejection_text
from storage.database import Database
from storage.rejections import Rejection, StoredRejection, count_rejected, list_rejected, reject, topic_pattern
from storage.stations import sync_network
from tests.integration.workbench import T0, reading, station

HOUR = timedelta(hours=1)
TOPICS = [
    "ews/v1/kim_long/water_level",
    "ews/v1/kim_long",
    "ews/v1/kim_long_2/rainfall",
    "ews/v1/new/water_level",
    "=1+1",
]


@pytest.fixture
def ews(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Result]:  # fmt: skip
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))
    monkeypatch.setenv("EWS_DATABASE_URL", database_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["rejected", *arguments])

    return run


@pytest.fixture
def kept(database: Database) -> list[StoredRejection]:
    """Five messages, an hour apart; the fourth can be read once its station is known."""
    payloads = [b"{", b"\xff\x1b[2J", "mưa\x1b]0;x\x07".encode(), json.dumps(reading(0, 1.5)).encode(), b"x" * 9000]
    reasons = ["not_json", "not_utf8", "not_json", "unknown_station", "bad_topic"]
    with database.transaction() as c:
        reject(
            c,
            [
                Rejection(received_at=T0 + i * HOUR, topic=topic, reason=reason, detail="why", payload=payload)
                for i, (topic, reason, payload) in enumerate(zip(TOPICS, reasons, payloads, strict=True))
            ],
        )
        return list_rejected(c)


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        ((), [0, 1, 2, 3, 4]),
        (("--limit", "2"), [3, 4]),
        (("--reason", "not_json"), [0, 2]),
        (("--station", "kim_long"), [0, 1]),
        (("--topic", "ews/v1/+/water_level"), [0, 3]),
        (("--topic", "ews/v1/kim_long"), [1]),
        (("--topic", "#"), [0, 1, 2, 3, 4]),
        (("--since", "2025-10-27T08:00"), [1, 2, 3, 4]),
        (("--until", "2025-10-27T08:00"), [0]),
        (("--since", "2025-10-27T08:00", "--until", "2025-10-27T10:00", "--reason", "not_json"), [2]),
        (("--reason", "nothing"), []),
    ],
)  # fmt: skip
def test_list_chooses(
    ews: Callable[..., Result], kept: list[StoredRejection], arguments: tuple[str, ...], chosen: list[int]
) -> None:
    found = json.loads(ews("list", *arguments, "--json").stdout)
    assert [one["id"] for one in found] == [kept[i].id for i in chosen]


def test_the_counts_follow_the_choice(ews: Callable[..., Result], kept: list[StoredRejection]) -> None:
    assert ews("list", "--station", "kim_long").stdout.endswith("in all: not_json 1, not_utf8 1\n")
    assert ews("list", "--limit", "1").stdout.endswith("bad_topic 1, not_utf8 1, unknown_station 1\n")
    assert ews("list", "--reason", "x").stdout == "nothing was rejected\n"
    assert "not both" in str(ews("list", "--station", "a", "--topic", "b").exception)


def test_one_is_shown_with_its_payload(ews: Callable[..., Result], kept: list[StoredRejection]) -> None:
    text = ews("show", str(kept[3].id)).stdout
    assert "topic       ews/v1/new/water_level\n" in text
    assert "received    2025-10-27 10:00+07:00\n" in text
    assert text.rstrip().endswith(kept[3].payload.decode())
    assert "00000000  ff 1b 5b 32 4a                                   ..[2J" in ews("show", str(kept[1].id)).stdout
    assert "00000000  7b " in ews("show", str(kept[0].id), "--hex").stdout
    assert "9000 bytes, cut at 8192" in ews("show", str(kept[4].id)).stdout
    assert ews("show", str(kept[1].id), "--raw").stdout_bytes == kept[1].payload
    assert "has the id 999999" in str(ews("show", "999999").exception)


def test_nothing_that_is_shown_reaches_the_terminal(ews: Callable[..., Result], kept: list[StoredRejection]) -> None:
    shown = [ews("show", str(one.id)).stdout for one in kept] + [ews("list").stdout]
    assert all("\x1b" not in text and "\x07" not in text for text in shown)
    assert "mưa\\x1b]0;x\\x07" in shown[2]


@given(topic=st.text(max_size=30), payload=st.binary(max_size=100), hexadecimal=st.booleans())
def test_whatever_was_sent_is_shown_in_printable_letters(topic: str, payload: bytes, hexadecimal: bool) -> None:
    one = StoredRejection(
        id=1, received_at=T0, topic=topic, reason="r", detail="d", payload=payload, payload_bytes=100, replayed_at=None
    )
    text = rejection_text(one, hexadecimal=hexadecimal)
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_export_as_json_lines_is_exact(ews: Callable[..., Result], kept: list[StoredRejection]) -> None:
    lines = [json.loads(line) for line in ews("export").stdout.splitlines() if line.startswith("{")]
    assert [(line["id"], line["topic"], base64.b64decode(line["payload_base64"])) for line in lines] == [
        (one.id, one.topic, one.payload) for one in kept
    ]
    assert [datetime.fromisoformat(line["received_at"]) for line in lines] == [one.received_at for one in kept]
    assert [line["payload_bytes"] for line in lines] == [1, 5, len(kept[2].payload), len(kept[3].payload), 9000]


def test_export_as_csv_to_a_file(ews: Callable[..., Result], kept: list[StoredRejection]) -> None:
    from pathlib import Path

    result = ews("export", "--format", "csv", "--out", "rejected.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    rows = list(csv.DictReader(io.StringIO(Path("rejected.csv").read_text(encoding="utf-8"))))
    assert [row["topic"] for row in rows] == [*TOPICS[:4], "'=1+1"]
    assert [base64.b64decode(row["payload_base64"]) for row in rows] == [one.payload for one in kept]
    assert "cannot be written" in str(ews("export", "--out", "nowhere/file").exception)


def test_export_goes_page_by_page(ews: Callable[..., Result], database: Database) -> None:
    with database.transaction() as c:
        reject(c, [Rejection(received_at=T0, topic="t", reason="not_json", detail="", payload=b"x")] * 1203)
    lines = [json.loads(line)["id"] for line in ews("export", "--reason", "not_json").stdout.splitlines() if line[0] == "{"]  # fmt: skip
    assert len(lines) == len(set(lines)) == 1203
    assert lines == sorted(lines)


def test_replay_takes_the_same_choice(ews: Callable[..., Result], kept: list[StoredRejection], database: Database) -> None:  # fmt: skip
    with database.transaction() as c:
        sync_network(c, [station("new")])
    assert ews("replay", "--station", "kim_long").stdout.startswith("0 messages could be read")
    assert ews("replay", "--until", "2025-10-27T08:00").stdout.startswith("0 messages could be read")
    assert ews("replay", "--topic", "ews/v1/new/#").stdout.startswith("1 messages could be read: 1 readings stored")
    assert kept[3].id not in [one["id"] for one in json.loads(ews("list", "--waiting", "--json").stdout)]
    assert len(json.loads(ews("list", "--json").stdout)) == 5
    lines = [line for line in ews("export", "--waiting").stdout.splitlines() if line.startswith("{")]
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("topic_filter", "matches", "others"),
    [
        ("a/+/c", ["a/b/c", "a//c"], ["a/b/c/d", "a/c", "xa/b/c"]),
        ("a/#", ["a", "a/", "a/b", "a/b/c"], ["ab", "b/a"]),
        ("a.b", ["a.b"], ["axb"]),
        ("(*", ["(*"], ["("]),
        ("+", ["a", ""], ["a/b"]),
        ("a\n", ["a\n"], ["a"]),
    ],
)  # fmt: skip
def test_a_filter_matches_in_the_database_as_in_mqtt(
    database: Database, topic_filter: str, matches: list[str], others: list[str]
) -> None:
    with database.transaction() as c:
        reject(c, [Rejection(received_at=T0, topic=t, reason="r", detail="", payload=b"") for t in matches + others])
        assert [one.topic for one in list_rejected(c, topic=topic_filter)] == matches
        assert sum(count_rejected(c, topic=topic_filter).values()) == len(matches)


@given(st.text(alphabet="ab.+*?()[]{}|^$\\/# ", max_size=12))
def test_a_filter_without_wildcards_means_itself(topic: str) -> None:
    import re

    if not set(topic) & set("+#"):
        assert re.search(topic_pattern(topic), topic)
