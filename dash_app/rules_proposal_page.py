"""The form in which a changed rules.toml is written, tried and adopted: no script needed, Vietnamese with English beside it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from dash_app.plain_page import both, plain_page
from dash_app.rules_proposal import MOST_LETTERS, Proposal
from domain.words import LANGUAGES, say

ADDRESS = "/quy-tac/sua"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the last look at a proposal showed. `refused`: key of the reason why it was not adopted; `trial`: its table."""

    fault: str | None = None
    refused: str | None = None
    difference: str = ""
    trial: str | None = None


def page(proposal: Proposal, found: Found | None = None) -> str:
    """The text, what is wrong with it or what it would do, and, once that was seen, the button that adopts it."""
    found = found or Found()
    form = (
        f'<form method="post" action="{ADDRESS}">'
        f'<input type="hidden" name="so" value="{proposal.base}">'
        f'<label for="van_ban">{both("ui.rules.proposal.text")}</label>'
        f'<textarea id="van_ban" name="van_ban" rows="24" maxlength="{MOST_LETTERS}" spellcheck="false" required>'
        f"\n{escape(proposal.text)}</textarea>"
        f'<button name="viec" value="thu">{both("ui.rules.proposal.try")}</button>'
        f"{_seen(found)}{_adoption(proposal, found)}</form>"
    )
    head = f'<p class="brand">{escape(say("ui.brand", "vi"))}</p><h1>{both("ui.rules.proposal")}</h1>'
    back = f'<p><a href="/quy-tac">{both("ui.rules")}</a></p>'
    return plain_page(say("ui.rules.proposal", "vi"), head + _said("ui.rules.proposal.hint") + form + back, wide=True)


def _seen(found: Found) -> str:
    parts = []
    if found.refused is not None:
        parts.append(f'<div class="why" role="alert">{_said(f"ui.rules.proposal.why.{found.refused}")}</div>')
    if found.fault is not None:
        parts.append(
            f'<div class="why" role="alert">{_said("ui.rules.proposal.why.fault")}<pre>{escape(found.fault)}</pre></div>'
        )
    if found.difference:
        parts.append(f"<h2>{both('ui.rules.proposal.difference')}</h2><pre>{escape(found.difference)}</pre>")
    if found.trial is not None:
        parts.append(f"<h2>{both('ui.rules.proposal.trial')}</h2><pre>{escape(found.trial)}</pre>")
    return "".join(parts)


def _adoption(proposal: Proposal, found: Found) -> str:
    """Only after the trial of this very text."""
    if found.trial is None:
        return ""
    return (
        f'<input type="hidden" name="da_thu" value="{proposal.mark}">'
        f'<label for="ly_do">{both("ui.rules.proposal.reason")}</label>'
        f'<input id="ly_do" name="ly_do" maxlength="300" value="{escape(proposal.reason)}">'
        f'<button name="viec" value="ap_dung">{both("ui.rules.proposal.adopt")}</button>'
    )


def _said(key: str) -> str:
    return "".join(f'<p lang="{each}">{escape(say(key, each))}</p>' for each in LANGUAGES)
