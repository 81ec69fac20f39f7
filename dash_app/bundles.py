"""Scripts and styles of the pages, each as one file: who opens a page asks for two, and a browser keeps them until they change."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

_ASSETS = Path(__file__).resolve().parent / "assets"
#: Stand in the page itself.
WITHIN = ("again.js", "early.js")
#: Named where they are needed: the colour scheme before anything, plain pages, what comes when Leaflet has.
APART = (*WITHIN, "scheme.js", "leaflet_here.js", "plain.css")
#: Asks for the overview, so everything that paints stands before it.
_LAST = "ask.js"
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


class Bundle:
    """The assets of one kind, in the order of their names, as they were at the start."""

    def __init__(self, suffix: str, media_type: str) -> None:
        names = (path for path in _ASSETS.glob(f"*{suffix}") if path.name not in APART)
        paths = sorted(names, key=lambda path: (path.name == _LAST, path.name))
        self._body = "\n".join(path.read_text(encoding="utf-8") for path in paths).encode()
        self._route, self._media_type = f"/trang{suffix}", media_type
        self._tag = sha256(self._body).hexdigest()[:16]

    @property
    def address(self) -> str:
        """Where it is; another when it has changed."""
        return f"{self._route}?v={self._tag}"

    def add_to(self, router: APIRouter) -> None:
        """The route."""
        router.add_api_route(self._route, self.answer, methods=["GET"])

    def answer(self) -> Response:
        """The whole of it."""
        return Response(self._body, media_type=self._media_type, headers=_KEPT | {"ETag": f'"{self._tag}"'})


SCRIPTS = Bundle(".js", "text/javascript")
STYLES = Bundle(".css", "text/css")


def bundles() -> APIRouter:
    """Their routes."""
    router = APIRouter(include_in_schema=False)
    for bundle in (SCRIPTS, STYLES):
        bundle.add_to(router)
    return router
