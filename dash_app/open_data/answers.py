"""Answers: the licence in their headers, a tag by which a reader knows that nothing changed, gzip."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
from fastapi import Request, Response

from domain.agencies import Terms
from domain.readings import QualityFlag

#: How often an unchanged answer need not be asked for again, in seconds.
KEPT_S = 10
FLAGS = "; ".join(f"{flag.value} {flag.name.lower().replace('_', ' ')}" for flag in QualityFlag)
#: Larger answers are compressed; level 5 costs a third of level 9 and loses a hundredth.
_COMPRESSED_FROM, _LEVEL = 1_000, 5


def stated(terms: Terms) -> dict[str, str]:
    """What every answer says in its headers."""
    return {
        "Link": f'<{terms.licence_url}>; rel="license"',
        "X-Attribution": terms.attribution,
        "X-Quality-Flags": f"QARTOD: {FLAGS}",
        "Vary": "Accept-Encoding, Authorization, Cookie",
    }


def spoken(terms: Terms) -> dict[str, str]:
    """The same in a JSON document."""
    return {
        "licence": terms.licence,
        "licence_url": terms.licence_url,
        "attribution": terms.attribution,
        "flags": f"QARTOD: {FLAGS}",
    }


@dataclass(frozen=True, slots=True)
class Body:
    """A whole answer, compressed and tagged once however often it is given."""

    content: bytes
    media_type: str
    packed: bytes = field(init=False)
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        small = len(self.content) < _COMPRESSED_FROM
        object.__setattr__(self, "packed", b"" if small else gzip.compress(self.content, _LEVEL, mtime=0))
        object.__setattr__(self, "tag", sha256(self.content).hexdigest()[:32])


def json_body(document: object, media_type: str = "application/json") -> Body:
    """A document as JSON."""
    return Body(msgspec.json.encode(document), media_type)


def answer(request: Request, body: Body, terms: Terms, headers: Mapping[str, str] | None = None) -> Response:
    """The body, packed when the reader takes gzip; 304 to who has it already."""
    packed = bool(body.packed) and takes_gzip(request)
    # The two encodings are two representations: each has its own tag (RFC 9110 §8.8.3.3).
    tag = f'"{body.tag}-gzip"' if packed else f'"{body.tag}"'
    said = stated(terms) | {"ETag": tag, "Cache-Control": f"private, max-age={KEPT_S}"} | dict(headers or {})
    if headers and "Link" in headers:
        said["Link"] = f"{stated(terms)['Link']}, {headers['Link']}"
    if _has_it(request, body.tag):
        return Response(status_code=304, headers=said)
    if packed:
        said["Content-Encoding"] = "gzip"
    return Response(body.packed if packed else body.content, media_type=body.media_type, headers=said)


def takes_gzip(request: Request) -> bool:
    """Whether the reader unpacks gzip (RFC 9110 §12.5.3)."""
    for each in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _has_it(request: Request, tag: str) -> bool:
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    tags = {each.strip().removeprefix("W/").strip('"').removesuffix("-gzip") for each in given.split(",")}
    return "*" in tags or tag in tags
