"""A changed rules.toml as somebody proposes it on the page: what is wrong with it, what it changes, and putting it in force."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

from domain.errors import ConfigurationError
from domain.network import load_network
from rules.configuration import rules_from
from storage import rule_sets
from storage.database import Connection

#: Longer than any rules file; the gate takes 1 MiB, of which a form spends up to three bytes a letter.
MOST_LETTERS = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """The text that is judged by, and its number: 0 while none was adopted and the file is."""

    number: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What was written into the form. `base`: the number in force when it was opened; `tried`: the mark of the text tried."""

    text: str
    base: int
    reason: str = ""
    tried: str = ""

    @property
    def mark(self) -> str:
        """By which the same text is known again."""
        return sha256(self.text.encode()).hexdigest()


def in_force(connection: Connection, config_dir: Path) -> InForce:
    """What the scheduler judges by."""
    number = rule_sets.newest_number(connection)
    newest = rule_sets.rule_set(connection, number)
    if newest is not None:
        return InForce(number=number, text=newest.content)
    return InForce(number=0, text=(config_dir / "rules.toml").read_text(encoding="utf-8"))


def older(connection: Connection, number: int) -> str | None:
    """The text that was adopted under this number; None where there is none."""
    found = rule_sets.rule_set(connection, number)
    return None if found is None else found.content


def proposed(fields: dict[str, str]) -> Proposal:
    """From the fields of the form; browsers write line ends as two characters."""
    base = fields.get("so", "")
    return Proposal(
        text=fields.get("van_ban", "").replace("\r\n", "\n"),
        base=int(base) if base.isdecimal() and len(base) < 10 else 0,
        reason=fields.get("ly_do", "").strip(),
        tried=fields.get("da_thu", ""),
    )


def fault(proposal: Proposal, config_dir: Path) -> str | None:
    """Why the text cannot be obeyed at the configured stations, with key, value and remedy; None when it can."""
    if len(proposal.text) > MOST_LETTERS:
        return f"{len(proposal.text)} letters; at most {MOST_LETTERS}"
    try:
        rules_from(proposal.text, "rules.toml").require_known(load_network(config_dir).stations, "rules.toml")
    except ConfigurationError as error:
        return str(error)
    return None


def difference(before: InForce, proposal: Proposal) -> str:
    """What the proposal changes, as a unified diff; empty for nothing."""
    lines = unified_diff(
        before.text.splitlines(), proposal.text.splitlines(), f"rules {before.number}", "proposal", lineterm="", n=2
    )
    return "\n".join(lines)


def objection(before: InForce, proposal: Proposal) -> str | None:
    """The key of the reason why it is not put in force now; None when it may be."""
    if before.number != proposal.base:
        return "overtaken"  # somebody adopted other rules since the form was opened: nothing of theirs is undone unseen
    if before.text == proposal.text:
        return "unchanged"
    if proposal.tried != proposal.mark:
        return "untried"
    return None if proposal.reason and proposal.reason.isprintable() else "reason"


def adopt(connection: Connection, config_dir: Path, proposal: Proposal, person: str) -> str | None:
    """Put in force from the next judging on, and write down who and why; or the key of why not, and nothing is stored."""
    rule_sets.lock(connection)
    before = in_force(connection, config_dir)
    why = objection(before, proposal)
    if why is None:
        rule_sets.adopt_text(
            connection,
            person=person,
            reason=proposal.reason,
            content=proposal.text,
            difference=difference(before, proposal),
        )
    return why
