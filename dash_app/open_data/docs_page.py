"""The description of the open data as a page, written from the OpenAPI document: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi.responses import HTMLResponse

from domain.words import LANGUAGES, say

_STYLE = """
body{font-family:"Be Vietnam Pro",system-ui,sans-serif;line-height:1.5;max-width:60rem;margin:0 auto;padding:1.5rem 1rem;
color:#17212b;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.05rem;margin:2rem 0 .3rem;overflow-wrap:anywhere}code{font-family:ui-monospace,monospace;font-size:.9em}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;
border-bottom:1px solid #d5dce3}td:nth-child(1){white-space:nowrap}td:nth-child(2){max-width:16rem;overflow-wrap:anywhere}p{margin:.3rem 0}.types{color:#52606d;overflow-wrap:anywhere}a{color:#0b5cad}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#10161d}td,th{border-color:#2b3641}.types{color:#9aa8b5}a{color:#7cb8ff}}
"""


def docs_page(document: Mapping[str, Any]) -> HTMLResponse:
    """The page, Vietnamese first."""
    head = "".join(f'<p lang="{each}">{escape(say("api.about", each))}</p>' for each in LANGUAGES)
    operations = "".join(_operation(path, ways["get"]) for path, ways in document["paths"].items())
    title = escape(say("api.title", "vi"))
    return HTMLResponse(
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="stylesheet" href="/assets/fonts.css">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f'{head}<p><a href="/api/v1/openapi.json">openapi.json</a></p>{operations}</body></html>'
    )


def _operation(path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(_parameter(one) for one in operation.get("parameters", ()))
    types = ", ".join(operation["responses"].get("200", {}).get("content", {}))
    about = escape(operation.get("description", ""))
    table = f"<table>{rows}</table>" if rows else ""
    return f'<h2><code>GET /api{escape(path)}</code></h2><p lang="en">{about}</p><p class="types">{escape(types)}</p>{table}'


def _parameter(one: Mapping[str, Any]) -> str:
    schema = one.get("schema", {})
    choices = [part for part in [schema, *schema.get("anyOf", ())] if part.get("type") != "null"]
    allowed = next((part["enum"] for part in choices if "enum" in part), None)
    kind = next((part.get("format") or part.get("type") for part in choices if part.get("type")), "")
    said = one.get("description") or schema.get("description", "")
    must = " *" if one.get("required") else ""
    shape = " | ".join(map(str, allowed)) if allowed else str(kind or "")
    return f"<tr><td><code>{escape(one['name'])}{must}</code></td><td>{escape(shape)}</td><td>{escape(said)}</td></tr>"
