"""Bodies, crowds and addresses of strangers, before anything else sees them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from starlette.datastructures import Headers

from dash_app import bodies
from dash_app.addresses import holder
from dash_app.bodies import FORM, MOST_BYTES, BodyRefusedError, again, whole
from dash_app.turns import CrowdedError, Turns
from domain import passwords

PIECE = {"type": "http.request", "body": b"ten=lan", "more_body": True}
END = {"type": "http.request", "body": b"&x=1", "more_body": False}
AWAY = {"type": "http.disconnect"}


def read(messages: list[dict[str, Any]], **headers: str) -> bytes:
    """The body of a request that comes in these messages, and then no more."""
    told = Headers({"content-type": FORM} | {name.replace("_", "-"): value for name, value in headers.items()})
    left = iter(messages)

    async def receive() -> Any:
        found = next(left, None)
        return found if found is not None else await asyncio.Event().wait()

    return asyncio.run(whole(receive, told, FORM))


def test_a_body_comes_whole_and_can_be_read_once_more() -> None:
    assert read([PIECE, END]) == b"ten=lan&x=1"
    assert read([PIECE, END], content_type=f"{FORM}; charset=UTF-8") == b"ten=lan&x=1"
    assert read([{"type": "http.request"}], content_type="image/png") == b""  # nothing has no type

    async def twice() -> list[Any]:
        async def receive() -> Any:
            return AWAY

        once = again(b"abc", receive)
        return [await once(), await once()]

    assert asyncio.run(twice()) == [{"type": "http.request", "body": b"abc", "more_body": False}, AWAY]


@pytest.mark.parametrize(
    ("messages", "headers", "status"),
    [
        ([PIECE, AWAY], {}, 400),
        ([PIECE], {}, 408),
        ([{"type": "http.request", "body": b"x" * 700_000, "more_body": True}] * 2, {}, 413),
        ([END], {"content_length": str(MOST_BYTES + 1)}, 413),
        ([END], {"content_length": "²"}, 413),
        ([END], {"content_type": "application/json"}, 415),
        ([END], {"content_type": ""}, 415),
    ],
)
def test_a_body_that_is_broken_off_late_long_or_strange_is_refused(
    messages: list[dict[str, Any]], headers: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LONGEST_S", 0.05)
    with pytest.raises(BodyRefusedError) as refused:
        read(messages, **headers)
    assert refused.value.status == status


def test_a_crowd_is_sent_away_and_holds_up_nobody_else() -> None:
    async def crowd() -> tuple[int, str]:
        turns, free = Turns(), threading.Event()
        waiting = [asyncio.create_task(turns.run(free.wait)) for _ in range(100)]
        await asyncio.sleep(0)
        inside = await asyncio.to_thread(lambda: "who is signed in goes on")
        free.set()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert await turns.run(lambda: "again") == "again"
        turns.close()
        return sum(isinstance(one, CrowdedError) for one in found), inside

    assert asyncio.run(crowd()) == (56, "who is signed in goes on")


@pytest.mark.parametrize(
    ("address", "one"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_all_addresses_of_one_holder_are_one(address: str, one: str) -> None:
    assert holder(address) == one


def test_a_name_that_nobody_has_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    class Hasher:
        def verify(self, stored: str, _given: str) -> None:
            compared.append(stored)

        def hash(self, _given: str) -> str:
            return real.hash("anything")

    real = passwords._HASHER
    kept = real.hash("con sông chảy về biển")
    monkeypatch.setattr(passwords, "_HASHER", Hasher())
    assert not passwords.fits("a guess", None)
    assert passwords.fits("a guess", kept)
    nobody, somebody = (each.split("$")[1:4] for each in compared)
    assert nobody == somebody == ["argon2id", "v=19", "m=65536,t=3,p=4"]
