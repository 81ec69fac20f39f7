"""How often a password may be tried, which are refused, and where a sign-in may lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dash_app.sign_in_routes import within
from dash_app.throttle import BY_ADDRESS, BY_BOTH, BY_NAME, SPAN, Throttle
from domain.passwords import fault, fits, hashed, one_time

NOW = datetime(2025, 10, 27, tzinfo=UTC)


def test_five_failures_hold_up_one_name_at_one_address() -> None:
    throttle = Throttle()
    for n in range(BY_BOTH):
        assert not throttle.wait("lan", "a", NOW)
        throttle.failed("lan", "a", NOW + timedelta(seconds=n))
    assert throttle.wait("lan", "a", NOW) == SPAN
    assert not throttle.wait("lan", "b", NOW)
    assert not throttle.wait("lan", "a", NOW + SPAN)  # the first failure is past
    throttle.succeeded("lan", "a")
    assert not throttle.wait("lan", "a", NOW)


def test_many_names_from_one_address_and_one_name_from_many_are_held_up_too() -> None:
    throttle = Throttle()
    for n in range(BY_ADDRESS):
        throttle.failed(f"name{n}", "a", NOW)
    assert throttle.wait("another", "a", NOW)
    for n in range(BY_NAME):
        throttle.failed("lan", f"address{n}", NOW)
    assert throttle.wait("lan", "fresh", NOW)
    assert not throttle.wait("mai", "fresh", NOW)


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
