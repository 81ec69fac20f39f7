"""Components as HTML text.

Views build trees of dash.html components, which tests can read. What stands on a page is text that a small script puts in
place (assets/paint.js): five hundred React components cost the browser a second and a half at every update, the same
picture as text a few milliseconds. Only the map, the charts and the stores are components in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dash.development.base_component import Component

_VOID = {"img", "br", "hr", "input"}
_NAMES = {
    "className": "class",
    "colSpan": "colspan",
    "rowSpan": "rowspan",
    "htmlFor": "for",
    "tabIndex": "tabindex",
    "data-loading": "loading",  # Dash's image has no such property
}


def markup(node: Any) -> str:
    """HTML of a component, a text, a number, None or a list of these. Everything is escaped."""
    if node is None:
        return ""
    if isinstance(node, (list, tuple)):
        return "".join(markup(child) for child in node)
    if isinstance(node, Component):
        return _element(node)
    return escape(str(node), quote=False)


def _element(component: Component) -> str:
    described: dict[str, Any] = component.to_plotly_json()  # type: ignore[no-untyped-call]
    properties = dict(described["props"])
    tag = component.__class__.__name__.lower()
    if tag == "link":  # dcc.Link: an address of this application, followed without loading the page anew
        tag, properties = "a", properties | {"data-link": True}
    children = properties.pop("children", None)
    attributes = "".join(_attribute(name, value) for name, value in properties.items())
    if tag in _VOID:
        return f"<{tag}{attributes}>"
    return f"<{tag}{attributes}>{markup(children)}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    name = _NAMES.get(name, name)
    if value is True:
        return f" {name}"
    if name == "style" and isinstance(value, Mapping):
        value = ";".join(f"{key}:{setting}" for key, setting in value.items())
    return f' {name}="{escape(str(value))}"'
