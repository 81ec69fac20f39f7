"""The papers say what the code does: every rule, reason and quantity is described, and nothing is described that is gone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from domain.access_table import CALLBACKS, COMMANDS, NOBODY, ORDERS, PAGES, RIGHTS, ROUTES, SCOPES, Role
from domain.alerts import Reason
from domain.quantities import QUANTITIES
from ingest.formats.decentlab import MODELS
from ingest.formats.registry import FORMATS, NATIVE
from ingest.source_tables import FieldTable, SourceTable

ROOT = Path(__file__).resolve().parents[2]


def paper(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text: str) -> set[str]:
    """The `words` in the first column of all tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE))


def test_every_rule_has_its_heading() -> None:
    rules = tomllib.loads((ROOT / "config" / "rules.toml").read_text(encoding="utf-8"))["rule"]
    assert re.findall(r"^## (\S+)$", paper("rules.md"), flags=re.MULTILINE) == [rule["name"] for rule in rules]


def test_every_reason_of_an_alert_is_explained() -> None:
    assert first_cells(paper("alert_lifecycle.md")) == {reason.value for reason in Reason}


def test_device_makers_find_every_quantity_with_its_unit() -> None:
    section = paper("message_contract.md").split("## Quantities")[1].split("##")[0]
    rows = dict(re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", section, flags=re.MULTILINE))
    assert rows == {name: quantity.unit for name, quantity in QUANTITIES.items()}


def test_device_makers_find_every_reason_for_refusal() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ingest").rglob("*.py"))
    reasons = set(re.findall(r'(?:UnreadableMessageError\(|\breason=)\s*"(\w+)"', source))
    assert first_cells(paper("message_contract.md").split("## Reasons for refusal")[1]) == reasons


def test_every_format_has_its_heading() -> None:
    headings = re.findall(r"^## (\w+)$", paper("sources.md"), flags=re.MULTILINE)
    assert [name for name in headings if name in FORMATS or name == NATIVE] == [NATIVE, *FORMATS]


def test_every_key_of_a_source_is_explained() -> None:
    explained = {
        name
        for cell in re.findall(r"^\| (`.+?) \|", paper("sources.md"), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", cell)
    }
    shown = {"name", "format", "device", "field"}
    assert explained | shown == set(SourceTable.model_fields) | set(FieldTable.model_fields) | shown


def test_every_model_of_the_main_families_is_named() -> None:
    named = set(re.findall(r"`(DL-\w+)`", paper("sources.md")))
    assert named <= set(MODELS)
    assert f"all {len(MODELS)} models" in paper("sources.md")


def test_every_defect_of_a_record_is_explained() -> None:
    sources = [
        ROOT / "domain" / "recording.py",
        ROOT / "domain" / "record_source.py",
        ROOT / "forecasting" / "record_check.py",
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    words = set(re.findall(r'(?:what=|faults\.add\(\w+(?:\(\w+\))?, |rows\.count\(.+?, )"(\w+)"', code))
    words |= set(re.findall(r'^        "(\w+)": (?:observed_at|value|~value)', code, re.MULTILINE))
    assert first_cells(paper("forecasting.md").split("### What is wrong with a record")[1]) == words


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_links_between_papers_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_tests_that_papers_name_are_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"^def (test_\w+)", code, re.MULTILINE))
    for path in ROOT.glob("docs/**/*.md"):
        named = set(re.findall(r"`(test_\w+_\w+_\w+)`", path.read_text(encoding="utf-8")))
        assert named <= known, f"{path.name} names {sorted(named - known)}"


def test_every_proof_of_the_threat_model_is_a_test() -> None:
    """Files and functions that the paper on security names as proofs are there."""
    text = paper("security.md")
    files = list((ROOT / "tests").rglob("test_*.py"))
    functions = {
        name
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"`((?:tests/[\w/]+/)?test_\w+(?:\.py)?)`", text))
    assert len(named) > 30
    assert {name for name in named if not name.endswith(".py")} - functions == set()
    assert {name for name in named if "/" in name and not (ROOT / name).is_file()} == set()
    assert {name.rpartition("/")[2] for name in named if name.endswith(".py")} - {path.name for path in files} == set()


def test_what_the_walk_finds_is_what_the_paper_says() -> None:
    """tests/integration/test_the_gate.py asks a process for all of it and finds the table; here the table is counted."""
    apart = {
        ("POST", "/vao"),
        ("POST", "/ra"),
        ("POST", "/_dash-update-component"),
        ("WEBSOCKET", "/tin-moi"),
    }
    walked = [*(right for place, right in ROUTES.items() if place not in apart), *PAGES.values()]
    programs = {f"token of `{scope}`": NOBODY | {scope} for scope in SCOPES}
    for who, rights in {"nobody": NOBODY, **RIGHTS, **programs}.items():
        counts = [sum(right in rights for right in asked) for asked in (walked, *map(Mapping.values, _OTHERS))]
        row = f"| {who} | {counts[0]} | {len(walked) - counts[0]} | {' | '.join(map(str, counts[1:]))} |"
        assert who == Role.SERVICE or row in paper("security.md"), f"docs/security.md, what the walk found: {row}"
    assert f"each of {len(walked)} routes and pages" in paper("security.md")
    said = f"the\n{len(CALLBACKS)} callbacks by request and the socket, each of {len(ORDERS)} orders of the desk and {len(COMMANDS)} commands"
    assert said in paper("security.md")


_OTHERS = (CALLBACKS, ORDERS, COMMANDS)
