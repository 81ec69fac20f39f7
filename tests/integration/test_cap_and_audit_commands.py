"""The commands `ews cap` and `ews audit` as they are typed, on a stored flood."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.cap.elements import text
from alerts.cap.reading import read_alerts
from alerts.cap.writing import write
from cli.main import app
from domain.access_table import COMMANDS
from domain.errors import EwsError
from domain.siren_orders import Blast
from storage import audit, sirens
from storage.alerts import active_alerts, save_alert
from storage.cap_messages import cap_messages_of
from storage.database import Database, connect
from storage.public_warnings import warnings
from storage.stations import sync_network
from tests.cap_scenes import NOW, flood, public, station, version
from tests.certificates import Authority

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
FLOOD = flood(version(1, 1, 0), version(2, 3, 3), version(3, 0, 9))


class Command:
    """`ews` on a database, in a folder of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment: dict[str, str | None] = {"EWS_DATABASE_URL": url, "EWS_DATA_DIR": str(folder / "data")}

    def __call__(self, *arguments: str, given: bytes = b"") -> tuple[int, str]:
        """Exit code and what was printed; an error of ours as `main` prints it."""
        done = CliRunner().invoke(app, arguments, env=self.environment, input=given)
        if isinstance(done.exception, EwsError):
            return 2, done.output + f"ews: {' '.join(str(done.exception).split())}\n"
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done.exit_code, done.output


@pytest.fixture
def ews(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    with database.transaction() as c:
        sync_network(c, [station()])
        save_alert(c, FLOOD)
        for each in FLOOD.versions:
            audit.add(c, "scheduler", each.reason, FLOOD.identifier, {"version": each.number})
    return Command(database_url, tmp_path)


def test_a_stored_alert_becomes_sound_files(ews: Command, tmp_path: Path) -> None:
    code, printed = ews("cap", "export", FLOOD.identifier, "--out", "chain")
    assert code == 0
    files = printed.split()
    assert files == [f"chain/{FLOOD.identifier}.{number}.xml" for number in (1, 2, 3)]
    alerts = [read_alerts((tmp_path / name).read_bytes())[0] for name in files]
    assert [text(alert, "msgType") for alert in alerts] == ["Alert", "Update", "Cancel"]
    assert {text(alert, "scope") for alert in alerts} == {"Restricted"}
    code, printed = ews("cap", "check", *files)
    assert code == 0
    assert printed.count("sound CAP 1.2") == 3
    assert "signature: none" in printed
    code, printed = ews("cap", "export", "nothing")
    assert (code, printed.startswith("ews: no alert has the identifier 'nothing'")) == (2, True)


def test_signed_by_the_key_of_the_settings(ews: Command, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    pair = authority.give("hue-ews")
    ews.environment |= {"EWS_CAP_KEY_FILE": str(pair.key)}
    code, printed = ews("cap", "export", FLOOD.identifier)
    assert code == 2
    assert "EWS_CAP_CERT_FILE" in printed
    ews.environment |= {"EWS_CAP_CERT_FILE": str(pair.cert)}
    # The flood lies before the certificate began: at its time the signature is worth nothing, and that is said.
    files = ews("cap", "export", FLOOD.identifier)[1].split()
    code, printed = ews("cap", "check", *files)
    assert code == 1
    assert "certificate is not yet valid" in printed


def test_check_reads_files_and_standard_input(ews: Command, tmp_path: Path) -> None:
    sound = write(public(sent=NOW))
    (tmp_path / "a.xml").write_bytes(sound.replace(b"Actual", b"Exercise"))
    code, printed = ews("cap", "check", "a.xml", "-", given=sound)
    assert code == 1
    first, second = printed.splitlines()
    assert first == "a.xml:6: note: an Exercise names its drill, so that nobody takes it as real"
    assert second == "-: sound CAP 1.2: Alert w1.1 (vi-VN, en-US); signature: none"
    advised = sound.replace(b"<contact>112</contact>", b"")
    assert ews("cap", "check", "-", given=advised)[0] == 0
    code, printed = ews("cap", "check", "--strict", "--quiet", "-", given=advised)
    assert (code, printed.count("advice: contact: is missing")) == (1, 2)
    code, printed = ews("cap", "check", "missing.xml")
    assert (code, printed) == (2, "ews: missing.xml cannot be read: No such file or directory\n")


def test_the_audit_is_listed_verified_and_noted(ews: Command, database_url: str, tmp_path: Path) -> None:
    code, printed = ews("audit", "verify")
    assert code == 0
    assert printed.startswith("3 rows, unbroken; newest hash ")
    assert "no checkpoint" in printed
    code, line = ews("audit", "checkpoint", "--out", "elsewhere.jsonl")
    assert code == 0
    assert json.loads(line)["number"] == 3
    assert "1 checkpoints of elsewhere.jsonl agree" in ews("audit", "verify", "--checkpoints", "elsewhere.jsonl")[1]
    code, printed = ews("audit", "list", "--subject", FLOOD.identifier, "--since", "1h", "--json")
    assert [entry["action"] for entry in json.loads(printed)] == ["raised", "upgraded", "ended"]
    assert ews("audit", "list", "--actor", "nobody") == (0, "no such entries\n")
    with connect(database_url) as c:
        c.execute("alter table audit disable trigger all")
        c.execute("delete from audit where number = 3")
    assert ews("audit", "verify")[0] == 0
    code, printed = ews("audit", "verify", "--checkpoints", "elsewhere.jsonl")
    assert (code, printed) == (
        1,
        "the audit is broken: row 3 is missing: the audit ends at 2, a checkpoint saw row 3\n",
    )
    with connect(database_url) as c:
        c.execute("update audit set actor = 'nobody' where number = 2")
    code, printed = ews("audit", "checkpoint")
    assert code == 1
    assert "row 2 was changed" in printed


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"number": 3, "hash": "00"}', '{"number": "x", "hash": ""}'])
def test_a_file_that_holds_no_checkpoints_is_refused(ews: Command, tmp_path: Path, line: str) -> None:
    (tmp_path / "points.jsonl").write_text(f"{line}\n", encoding="utf-8")
    code, printed = ews("audit", "verify", "--checkpoints", "points.jsonl")
    assert code == 2
    assert printed.startswith("ews: points.jsonl: line 1 = ")


def test_every_command_of_the_desk_does_what_it_says_under_a_name(ews: Command, database: Database) -> None:
    by = ("--by", "truong_ca")

    def done(*arguments: str) -> str:
        code, printed = ews(*arguments, *by)
        assert code == 0, printed
        return printed

    done("alerts", "exercise", station().id, "flood", "3", "--reason", "drill")
    with database.transaction() as c:
        (drill,) = [alert.identifier for alert in active_alerts(c)]
        (draft,) = [warning.identifier for warning in warnings(c)]
    done("alerts", "acknowledge", drill)
    done("alerts", "assign", drill, "An")
    done("alerts", "comment", drill, "called")
    done("alerts", "escalate", drill, "--to", "city_command", "--reason", "nobody answers")
    number = re.search(
        r"silence (\d+)", done("alerts", "silence", "--station", station().id, "--until", "1h", "--reason", "x")
    )
    assert number is not None
    done("alerts", "lift", number.group(1))
    assert ews("warnings", "issue", draft, *by)[1].startswith("ews: ")  # nobody has read it
    for order in ("issue", "update"):
        for language in ("vi", "en"):
            done("warnings", "show", draft, "--language", language)
        done("warnings", "approve", draft)
        done("warnings", order, draft)
        done("warnings", "edit", draft, "--language", "vi", "--headline", f"after {order}")
    done("warnings", "cancel", draft, "--reason", "over")
    done("alerts", "end", drill, "--reason", "over")
    with database.transaction() as c:
        claimed = {str(e.detail["command"]) for e in audit.entries(c, limit=500) if e.action == "claimed"}
        assert [m.msg_type for m in cap_messages_of(c, draft)] == ["Alert", "Update", "Cancel"]
    assert claimed == {name for name in COMMANDS if name.startswith(("alerts", "warnings"))}


def test_a_siren_sounds_for_an_officer_alone_and_one_order_at_a_time(ews: Command, database: Database) -> None:
    order = ("siren", "order", "city_hall", "--signal", "flood_bd3", "--reason", "high water")
    code, printed = ews(*order, "--by", "passer_by")
    assert (code, "truong_ca, chi_huy may" in printed) == (2, True), printed
    code, printed = ews(*order, "--by", "truong_ca")
    assert code == 0, printed
    code, printed = ews(*order, "--by", "chi_huy")
    assert (code, "order 1 (flood_bd3, by truong_ca) sounds there" in printed) == (2, True), printed
    assert ews("siren", "stop", "city_hall", "--by", "anybody")[0] == 0, "silence may be asked for by all"
    assert ews(*order, "--by", "chi_huy")[0] == 0
    with database.transaction() as c:
        said = [(e.actor, e.action) for e in audit.entries(c) if e.subject == "city_hall"]
    assert said[::-1] == [
        ("truong_ca", "siren_ordered"),
        ("anybody", "siren_stopped"),
        ("chi_huy", "siren_ordered"),
    ]


def test_changed_rules_are_tried_over_the_last_days_as_the_documents_say(ews: Command) -> None:
    shipped = Path(__file__).resolve().parents[2] / "config" / "rules.toml"
    code, printed = ews("rules", "backtest", "--rules", str(shipped), "--from", "30d")
    assert code == 0, printed
    begins, ends = (
        datetime.fromisoformat(found) for found in re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d\+07:00", printed)[:2]
    )
    assert ends - begins == timedelta(days=30)


def test_a_siren_that_sounded_lately_is_sounded_again_only_when_that_is_said(ews: Command, database: Database) -> None:
    """One order after the other sounded a signal six times, where the code allows it three."""
    order = ("siren", "order", "city_hall", "--signal", "flood_bd3", "--by", "truong_ca", "--reason", "flood")
    assert ews(*order)[0] == 0
    lasted, now = timedelta(seconds=175), datetime.now(UTC)
    with database.transaction() as c:
        ((given, _),) = sirens.orders(c, since=now - timedelta(hours=1))
        for number in (1, 2, 3):
            sirens.add_blast(c, Blast(order=given.id, number=number, at=now - (4 - number) * lasted), "city_hall")
    code, printed = ews(*order, "--repeats", "1")
    assert (code, "sounded there 3 times lately" in printed, "--again" in printed) == (2, True, True)
    assert ews(*order, "--repeats", "1", "--again")[0] == 0


def test_an_address_reaches_whom_it_is_meant_for_and_one_at_once(ews: Command) -> None:
    everybody = "mailto://mail.example?from=ews@hue.example"
    code, printed = ews(
        "contact", "set", "gateway", "email", "--address", f"{everybody}&to=one@hue.example", "--by", "an"
    )
    assert (code, "needs {to}" in printed) == (2, True)
    assert ews("contact", "set", "gateway", "email", "--address", f"{everybody}&to={{to}}", "--by", "an")[0] == 0
    who = ("contact", "set", "city_command", "email", "--by", "an", "--address")
    code, printed = ews(*who, "a@hue.example,b@hue.example")
    assert (code, "names 2 receivers" in printed, "hue.example" in printed) == (2, True, False)
    assert ews(*who, "a@hue.example")[0] == 0
