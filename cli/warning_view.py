"""One public warning in text, as the public would read it."""

from __future__ import annotations

from cli.tables import table, when
from domain.warnings import PublicWarning
from domain.words import Language


def warning_view(warning: PublicWarning, language: Language) -> str:
    """State, text, wards, and every step with who took it."""
    content, mark = warning.content, " EXERCISE" if warning.exercise else ""
    text = content.texts[language]
    lines = [f"{warning.identifier}{mark}: {warning.state}, {content.severity}, expires {when(content.expires_at)}"]
    lines += [
        "",
        text.headline,
        "",
        text.description,
        "",
        text.instruction,
        "",
        f"wards: {', '.join(content.wards)}",
        "",
    ]
    steps = [(v.number, when(v.at), v.step.value, v.person, v.note) for v in warning.versions]
    return "\n".join([*lines, table(("step", "when", "what", "who", "note"), steps)])
