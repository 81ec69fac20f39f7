"""How often a password may be tried, which are refused, and where a sign-in may lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dash_app.sign_in_routes import within
from dash_app.throttle import BY_ADDRESS, BY_BOTH, BY_NAME, MOST_ENTERED, SPAN, Throttle
from domain.passwords import fault, fits, hashed, one_time

NOW = datetime(2025, 10, 27, tzinfo=UTC)


def test_five_failures_hold_up_one_name_at_one_address() -> None:
    throttle = Throttle()
    for n in range(BY_BOTH):
        assert not throttle.tried("lan", "a", NOW + timedelta(seconds=n))
    assert throttle.tried("lan", "a", NOW) == SPAN
    assert not throttle.tried("lan", "b", NOW)
    assert not throttle.tried("lan", "a", NOW + SPAN)  # the first failure is past
    throttle.succeeded("lan", "a")
    assert not throttle.tried("lan", "a", NOW)


def test_a_try_counts_before_it_is_known_and_is_taken_back() -> None:
    """So many at once are no more than so many one after the other; and a database that is away holds nobody up."""
    throttle = Throttle()
    assert [bool(throttle.tried("lan", "a", NOW)) for _ in range(8)] == [False] * BY_BOTH + [True] * 3
    for _ in range(3 * BY_NAME):
        assert not throttle.tried("mai", "b", NOW)
        throttle.taken_back("mai", "b")
        assert not throttle.tried("mai", "c", NOW)
        throttle.succeeded("mai", "c")


def test_a_name_signs_in_so_often_and_no_oftener() -> None:
    throttle = Throttle()
    assert [bool(throttle.entered("lan", NOW)) for _ in range(MOST_ENTERED + 1)] == [False] * MOST_ENTERED + [True]
    assert not throttle.entered("mai", NOW)
    assert not throttle.tried("lan", "a", NOW)
    assert not throttle.entered("lan", NOW + SPAN)


def test_many_names_from_one_address_and_one_name_from_many_are_held_up_too() -> None:
    throttle = Throttle()
    for n in range(BY_ADDRESS):
        throttle.tried(f"name{n}", f"2001:db8:1:2::{n:x}", NOW)  # one holder has them all
    assert throttle.tried("another", "2001:db8:1:2:ffff::1", NOW)
    assert not throttle.tried("another", "2001:db8:1:3::1", NOW)
    for n in range(BY_NAME):
        throttle.tried("lan", f"::ffff:192.0.2.{n}", NOW)
    assert throttle.tried("lan", "fresh", NOW)
    assert not throttle.tried("mai", "192.0.2.7", NOW)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "short"),
        ("ngắn quá", "short"),
        ("x" * 129, "long"),
        ("abababababab", "alike"),
        ("password1234!", "guessed"),
        ("MatKhau-2026-xyz", "guessed"),
        ("tôi là truong_ca đây", "named"),
        ("con sông chảy về biển", None),
    ],
)
def test_passwords_that_are_easily_guessed_are_refused(password: str, why: str | None) -> None:
    assert fault(password, "truong_ca") == why


def test_a_password_fits_its_own_hash_alone() -> None:
    given = one_time()
    kept = hashed(given)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert fits(given, kept)
    assert not fits(given + "x", kept)
    assert not fits(given, None)
    assert not fits(given, "no hash")
    assert fault(given, "lan") is None


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil", "", "evil"])
def test_a_sign_in_leads_nowhere_else(path: str) -> None:
    assert within(path) == "/"
    assert within("/tram/kim_long?lang=en") == "/tram/kim_long?lang=en"
