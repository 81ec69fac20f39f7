"""The form in which a changed rules.toml is written, tried and adopted: no script needed, in the language of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from dash_app.plain_page import plain_page
from dash_app.rules_proposal import MOST_LETTERS, Proposal
from domain.words import LANGUAGES, Language, say

ADDRESS = "/quy-tac/sua"
_NAMES = {"vi": "Tiếng Việt", "en": "English"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the last look at a proposal showed. `refused`: key of the reason why it was not adopted; `trial`: its table."""

    fault: str | None = None
    refused: str | None = None
    difference: str = ""
    trial: str | None = None


def page(proposal: Proposal, language: Language, found: Found | None = None) -> str:
    """The text, what is wrong with it or what it would do, and, once that was seen, the button that adopts it."""
    found = found or Found()
    form = (
        f'<form method="post" action="{ADDRESS}">'
        f'<input type="hidden" name="so" value="{proposal.base}"><input type="hidden" name="lang" value="{language}">'
        f'<label for="van_ban">{_say("ui.rules.proposal.text", language)}</label>'
        f'<textarea id="van_ban" name="van_ban" rows="24" maxlength="{MOST_LETTERS}" spellcheck="false" required>'
        f"\n{escape(proposal.text)}</textarea>"
        f'<button name="viec" value="thu">{_say("ui.rules.proposal.try", language)}</button>'
        f"{_seen(found, language)}{_adoption(proposal, found, language)}{_switch(language)}</form>"
    )
    head = f'<p class="brand">{_say("ui.brand", language)}</p><h1>{_say("ui.rules.proposal", language)}</h1>'
    hint = f"<p>{_say('ui.rules.proposal.hint', language)}</p>"
    back = f'<p><a href="/quy-tac?lang={language}">{_say("ui.rules", language)}</a></p>'
    return plain_page(say("ui.rules.proposal", language), head + hint + form + back, language=language, wide=True)


def _switch(language: Language) -> str:
    """To the other language with what was written. Last in the form, so that Enter presses it not; shown at its head."""
    other = next(each for each in LANGUAGES if each != language)
    return f'<button class="quiet switch" name="doi" value="{other}" lang="{other}" formnovalidate>{_NAMES[other]}</button>'


def _seen(found: Found, language: Language) -> str:
    parts = []
    if found.refused is not None:
        why = _say(f"ui.rules.proposal.why.{found.refused}", language)
        parts.append(f'<div class="why" role="alert"><p>{why}</p></div>')
    if found.fault is not None:
        why = _say("ui.rules.proposal.why.fault", language)
        parts.append(f'<div class="why" role="alert"><p>{why}</p><pre>{escape(found.fault)}</pre></div>')
    if found.difference:
        parts.append(f"<h2>{_say('ui.rules.proposal.difference', language)}</h2><pre>{escape(found.difference)}</pre>")
    if found.trial is not None:
        parts.append(f"<h2>{_say('ui.rules.proposal.trial', language)}</h2><pre>{escape(found.trial)}</pre>")
    return "".join(parts)


def _adoption(proposal: Proposal, found: Found, language: Language) -> str:
    """Only after the trial of this very text."""
    if found.trial is None:
        return ""
    return (
        f'<input type="hidden" name="da_thu" value="{proposal.mark}">'
        f'<label for="ly_do">{_say("ui.rules.proposal.reason", language)}</label>'
        f'<input id="ly_do" name="ly_do" maxlength="300" value="{escape(proposal.reason)}">'
        f'<button name="viec" value="ap_dung">{_say("ui.rules.proposal.adopt", language)}</button>'
    )


def _say(key: str, language: Language) -> str:
    return escape(say(key, language))
