"""What is compressed on its way out, and that a file is compressed once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from dash_app import compressed
from dash_app.compressed import Compressed

TEXT = "mực nước " * 400


async def _pieces() -> AsyncIterator[bytes]:
    yield TEXT.encode()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """A file, a page, a short text, a stream, a picture, an answer that is compressed already."""
    headers = {"ETag": '"1"'}
    answers: dict[str, Response] = {
        "/assets/file.js": Response(TEXT, media_type="text/javascript", headers=headers),
        "/page": Response(TEXT, media_type="text/html"),
        "/short": Response("short", media_type="text/html"),
        "/stream": StreamingResponse(_pieces(), media_type="text/csv"),
        "/picture": Response(TEXT, media_type="image/png"),
        "/packed": Response(gzip.compress(TEXT.encode()), media_type="text/html", headers={"Content-Encoding": "gzip"}),
    }
    await answers[Request(scope).url.path](scope, receive, send)


def asked(app: Compressed, path: str, accept: str = "gzip, br") -> tuple[Headers, bytes]:
    """Headers and body of an answer."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    headers = [(b"accept-encoding", accept.encode()), (b"host", b"hue")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(app(scope, receive, send))
    return Headers(raw=messages[0]["headers"]), b"".join(m.get("body", b"") for m in messages[1:])


@pytest.mark.parametrize("path", ["/assets/file.js", "/page"])
def test_texts_are_compressed_for_who_reads_it(path: str) -> None:
    headers, body = asked(Compressed(answer), path)
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(headers["content-length"]) == len(body) < len(TEXT)
    assert gzip.decompress(body).decode() == TEXT
    plain, text = asked(Compressed(answer), path, accept="br")
    assert "content-encoding" not in plain
    assert text.decode() == TEXT


def test_a_file_is_compressed_once_and_a_page_for_each_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    app, made = Compressed(answer), []
    zipped = compressed._zipped

    async def counted(body: bytes, level: int) -> bytes:
        made.append(level)
        return await zipped(body, level)

    monkeypatch.setattr(compressed, "_zipped", counted)
    files = {asked(app, "/assets/file.js")[1] for _ in range(3)}
    assert (len(files), len(made)) == (1, 1)
    assert asked(app, "/page") == asked(app, "/page")
    assert len(made) == 3


@pytest.mark.parametrize(
    ("path", "encoding"), [("/short", None), ("/picture", None), ("/stream", None), ("/packed", "gzip")]
)
def test_what_would_win_nothing_goes_by_as_it_is(path: str, encoding: str | None) -> None:
    headers, body = asked(Compressed(answer), path)
    assert headers.get("content-encoding") == encoding
    assert int(headers.get("content-length", len(body))) == len(body)
