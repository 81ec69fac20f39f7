"""How long a refusal takes: with nothing, with a false cookie, with a false token, with too small a role, from another site."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dash_app.application import create_app
from domain.access_table import Role
from domain.settings import load_settings
from storage.migrate import migrate
from tests.conftest import EmbeddedServer
from tests.signing_in import COOKIE, session_cookie

#: The promise.
MOST_MS = 2.0
ROUNDS = 400
Ask = Callable[..., Coroutine[Any, Any, int]]


def asker(app: Any) -> Ask:
    """Asks the application itself: what a server and a network add is not the refusal's."""

    async def ask(method: str, path: str, *headers: tuple[bytes, bytes]) -> int:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"{}", "more_body": False}

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(b"host", b"ews"), *headers], "client": ("127.0.0.1", 1), "server": ("ews", 80),
        }  # fmt: skip
        await app(scope, receive, send)
        return statuses[0]

    return ask


async def measured(ask: Ask, name: str, *, expected: int, request: tuple[str, str], headers: Any) -> float:
    """The median in milliseconds. `headers(n)`: of the n-th request."""
    taken = []
    for n in range(ROUNDS):
        began = time.perf_counter()
        status = await ask(*request, *headers(n))
        taken.append((time.perf_counter() - began) * 1000)
        assert status == expected, (name, status)
    median = statistics.median(taken)
    print(f"{name:42} {expected}  median {median:6.3f} ms   95 % {sorted(taken)[int(ROUNDS * 0.95)]:6.3f} ms")
    return median


async def run(url: str) -> None:
    """All refusals; fails when one takes longer than promised."""
    app = create_app(load_settings({}), url, "mqtt://127.0.0.1:1")
    await asyncio.to_thread(app.state.feed.read, lambda c: c.execute("select 1"))
    viewer = f"{COOKIE}={session_cookie(url, Role.VIEWER)}".encode()
    ask = asker(app)
    cases = [
        ("nothing is shown", 401, "GET", "/toi", lambda _: ()),
        ("a false cookie, each time another", 401, "GET", "/toi", lambda n: ((b"cookie", f"{COOKIE}=x{n}".encode()),)),
        ("a false token, each time another", 401, "GET", "/metrics",
         lambda n: ((b"authorization", f"Bearer ews_{n}_x".encode()),)),
        ("a viewer asks for administration", 403, "GET", "/quan-tri", lambda _: ((b"cookie", viewer),)),
        ("a viewer's browser, from another site", 403, "POST", "/ra",
         lambda _: ((b"cookie", viewer), (b"origin", b"https://evil.example"))),
    ]  # fmt: skip
    found = [
        await measured(ask, name, expected=expected, request=(method, path), headers=headers)
        for name, expected, method, path, headers in cases
    ]
    app.state.entrance.close()
    app.state.feed._database.close()  # noqa: SLF001 - its life begins with a server, and there is none
    assert max(found) < MOST_MS, f"{max(found):.2f} ms"


def main() -> None:
    """On an embedded PostgreSQL."""
    server = EmbeddedServer()
    try:
        migrate(server.url)
        asyncio.run(run(server.url))
    finally:
        server.close()


if __name__ == "__main__":
    main()
