"""The HTML that Dash fills in: viewport, colour scheme before the first paint, no address but this server's.

The frame of the pages stands in it as text, and the scripts that paint come before Dash's own: nobody waits for Dash to see.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import dash

# Its script carries Leaflet, which assets/map.js draws with; importing it has Dash serve it.
import dash_leaflet  # noqa: F401

from dash_app import ids
from dash_app.bundles import SCRIPTS, STYLES, WITHIN
from dash_app.markup import markup
from dash_app.shell import shell

INDEX = """<!DOCTYPE html>
<html lang="vi">
    <head>
        {%metas%}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{%title%}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
        <link rel="preload" href="/assets/fonts/be-vietnam-pro-latin-400-normal.woff2" as="font" type="font/woff2" crossorigin>
        {%css%}
        <script src="/assets/scheme.js"></script>
    </head>
    <body>
        {%app_entry%}
        <noscript>Trang này cần JavaScript. This page needs JavaScript.</noscript>
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>
"""

_ASSETS = Path(__file__).resolve().parent / "assets"
#: Stand in the page: how to mend a page cannot be a file that did not come, and what is asked for early cannot wait for one.
_WITHIN = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in WITHIN)
#: By it the browser is told that this script is ours (dash_app.headers).
WITHIN_HASH = f"'sha256-{b64encode(sha256(_WITHIN.encode()).digest()).decode()}'"

#: What carries Leaflet, and React before it, because it asks for that: as parts of addresses.
_FOUNDATIONS = ("/react@", "/react-dom@", "/react.", "/react-dom.", "/prop-types", "/dash_leaflet/dash_leaflet.")
_PLACE = f'<div id="{ids.DASH}"></div>'


class Index(dash.Dash):
    """Dash with the frame of the pages round it."""

    #: What the map is told of tiles, if there are any (dash_app.shell).
    tiles: Mapping[str, str] = MappingProxyType({})

    def interpolate_index(self, *, css: str, scripts: str, app_entry: str, renderer: str, **parts: str) -> str:  # type: ignore[override]
        """The page for the visitor who asks. Dash calls it by names alone."""
        framed = markup(shell(self.tiles)).replace(_PLACE, app_entry)
        styles = f'<script>{_WITHIN}</script>{css}<link rel="stylesheet" href="{STYLES.address}">'
        ordered = "\n".join(painters_first(scripts.splitlines(), renderer))
        return str(super().interpolate_index(css=styles, scripts=ordered, app_entry=framed, renderer="", **parts))  # type: ignore[no-untyped-call]


def painters_first(tags: Sequence[str], renderer: str) -> list[str]:
    """Tags of scripts: our own, what brings Leaflet and the word that it is here, then the rest of Dash's in a template.

    From there assets/dash_later.js takes them, and the line that begins Dash, once there is something to see.
    """
    early = [tag for tag in tags if any(part in tag for part in _FOUNDATIONS)]
    own, here = _script(SCRIPTS.address), _script("/assets/leaflet_here.js")
    late = [tag for tag in tags if tag not in early]
    return [own, *early, here, '<template id="dash-later">', *late, renderer, "</template>"]


def _script(address: str) -> str:
    return f'<script src="{address}"></script>'
