"""What is refused is said in both languages, and the command line keeps its own line."""

from __future__ import annotations

import ast
import string
from pathlib import Path

from alerts.refusal import ActionRefusedError, Words
from domain.words import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parents[3]


def refusals() -> list[ast.Call]:
    """Every place that makes a refusal."""
    files = [path for room in ("alerts", "dash_app", "cli") for path in (ROOT / room).rglob("*.py")]
    calls = [
        node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    return [call for call in calls if getattr(call.func, "id", "") in {"ActionRefusedError", "CapRefusedError"}]


def test_every_refusal_has_its_text_in_both_languages_with_every_fact_in_it() -> None:
    found = refusals()
    assert len(found) > 25
    for call in found:
        key = ast.literal_eval(call.args[1])
        given = {keyword.arg for keyword in call.keywords}
        for language in LANGUAGES:
            fields = {field for _, field, _, _ in string.Formatter().parse(catalogue(language)[key]) if field}
            assert fields <= given, f"{key} in {language} asks for {fields - given}"
            assert given - {"warning", "person"} <= fields, f"{key} in {language} loses {given - fields}"


def test_a_refusal_speaks_to_the_command_line_and_to_pages() -> None:
    refused = ActionRefusedError(
        "headline is empty; write what people shall read",
        "alert.refused.empty_text",
        fields=Words(["alert.refused.field.headline", "alert.refused.field.instruction"]),
    )
    assert str(refused) == "headline is empty; write what people shall read"
    assert refused.said("vi") == "Còn để trống: tiêu đề, hướng dẫn; hãy viết điều người dân sẽ đọc"
    assert refused.said("en") == "Empty: headline, instruction; write what people shall read"
