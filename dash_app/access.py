"""Who asks: known in every route and callback while their request is answered.

    person = current_person()          # the name for the audit, of who is signed in
    require(Right.ISSUE)               # beyond what the table says of the route

Routes and callbacks are named in domain/access_table.py; dash_app/gate.py refuses what the table does not allow before they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from domain.access_table import RIGHTS, Right, Role
from domain.errors import EwsError
from storage.api_tokens import ApiToken
from storage.sessions import SignedIn


class AccessRefusedError(EwsError):
    """Who asks may not do this. `status`: 401 when nobody is signed in, 403 when they are and may not."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """Somebody who is known: a person by a session, or a program by its token."""

    name: str  # for the audit: the account, or "token <id>"
    shown: str
    role: Role
    rights: frozenset[Right]
    expires_at: datetime
    session: int | None = None
    token: ApiToken | None = None
    must_change: bool = False

    def may(self, right: Right) -> bool:
        """Whether the table allows it."""
        return right in self.rights


def person_visitor(found: SignedIn) -> Visitor:
    """A person; with a password given by somebody else, nothing but their own session is open to them."""
    return Visitor(
        name=found.person,
        shown=found.shown,
        role=found.role,
        rights=frozenset({Right.OPEN, Right.ENTER}) if found.must_change else RIGHTS[found.role],
        expires_at=found.expires_at,
        session=found.number,
        must_change=found.must_change,
    )


def program_visitor(token: ApiToken) -> Visitor:
    """A program."""
    return Visitor(
        name=f"token {token.id}",
        shown=token.holder,
        role=Role.SERVICE,
        rights=RIGHTS[Role.SERVICE] | token.scopes,
        expires_at=token.expires_at,
        token=token,
    )


_CURRENT: ContextVar[Visitor | None] = ContextVar("ews_visitor", default=None)


@contextmanager
def acting(visitor: Visitor | None) -> Iterator[None]:
    """While the block runs, `visitor` is who asks."""
    before = _CURRENT.set(visitor)
    try:
        yield
    finally:
        _CURRENT.reset(before)


def current_visitor() -> Visitor | None:
    """Who asks; None when nobody is known."""
    return _CURRENT.get()


def current_person() -> str:
    """The name under which a deed goes into the audit. Raises AccessRefusedError when nobody is known."""
    return _known().name


def require(right: Right) -> Visitor:
    """Who asks, who may do this. Raises AccessRefusedError."""
    visitor = _known()
    if not visitor.may(right):
        raise AccessRefusedError(f"{visitor.name} ({visitor.role.value}) may not {right.value}", 403)
    return visitor


def _known() -> Visitor:
    visitor = _CURRENT.get()
    if visitor is None:
        raise AccessRefusedError("sign in first", 401)
    return visitor
