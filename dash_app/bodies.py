"""Bodies of requests: read whole before anything else sees them, so that they have an end, and of a type that is understood."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive

#: Nothing that is sent here is longer; the longest are states of pages.
MOST_BYTES = 1_048_576
#: Who sends for longer holds a place that others need.
LONGEST_S = 30.0
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class BodyRefusedError(Exception):
    """A body is not taken. `status`: 400 broken off, 408 too slow, 413 too long, 415 of another type."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def whole(receive: Receive, headers: Headers, kind: str) -> bytes:
    """The body; an empty one has no type. Raises BodyRefusedError."""
    told = headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit()) or int(told) > MOST_BYTES:
        raise _too_long()
    try:
        async with asyncio.timeout(LONGEST_S):
            body = await _read(receive)
    except TimeoutError:
        raise BodyRefusedError(408, f"a body must be here within {LONGEST_S:.0f} s") from None
    if body and headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise BodyRefusedError(415, f"send the body as Content-Type: {kind}")
    return body


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":  # half an order is none
            raise BodyRefusedError(400, "the body was broken off")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise _too_long()
    return bytes(body)


def _too_long() -> BodyRefusedError:
    return BodyRefusedError(413, f"a request has at most {MOST_BYTES} bytes")


def again(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once more, then whatever follows."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
