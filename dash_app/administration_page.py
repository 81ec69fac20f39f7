"""The page of accounts, sessions and tokens: tables with a button a row, no script needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from dash_app import formats
from dash_app.administration import Holdings
from dash_app.plain_page import both, plain_page
from dash_app.who import ADMINISTRATION
from domain.access_table import SCOPES, Role
from domain.words import say
from storage.api_tokens import ApiToken
from storage.people import Person
from storage.sessions import Session

_ROLES = tuple(role for role in Role if role is not Role.SERVICE)


def administration_page(held: Holdings, *, secret: str | None = None, why: str | None = None) -> str:
    """The whole page. `secret`: what was made just now and is shown once; `why`: what was refused."""
    said = ""
    if secret is not None:
        said = f'<div class="why good" role="status"><p>{both("ui.admin.secret")}</p><p><code>{escape(secret)}</code></p></div>'
    if why is not None:
        said = f'<div class="why" role="alert"><p>{both("ui.admin.refused")}</p><p>{escape(why)}</p></div>'
    parts = [
        f'<p class="brand"><a href="/">{escape(say("ui.brand", "vi"))}</a></p><h1>{both("ui.access.administration")}</h1>{said}',
        f"<h2>{both('ui.admin.accounts')}</h2>{_persons(held.persons)}{_new_person()}",
        f"<h2>{both('ui.admin.sessions')}</h2>{_sessions(held.sessions)}",
        f"<h2>{both('ui.admin.tokens')}</h2>{_tokens(held)}{_new_token()}",
    ]
    return plain_page(say("ui.access.administration", "vi"), "".join(parts), wide=True)


def _persons(persons: Sequence[Person]) -> str:
    heads = ("ui.access.name", "ui.admin.shown", "ui.admin.role", "ui.admin.state", "ui.admin.signed_in", "ui.admin.do")
    return _table(heads, (_person(each) for each in persons))


def _person(person: Person) -> list[str]:
    state = "shut" if person.disabled_at else "must_change" if person.must_change else "open"
    toggle = _button("open" if person.disabled_at else "shut", ten=person.name)
    return [
        f"{escape(person.name)}" + (f'<br><span class="beside">{escape(person.oidc)}</span>' if person.oidc else ""),
        escape(person.shown),
        _role_form(person),
        both(f"ui.admin.state.{state}"),
        _time(person.signed_in_at),
        _button("password", ten=person.name) + toggle,
    ]


def _role_form(person: Person) -> str:
    fields = f'<input type="hidden" name="ten" value="{escape(person.name)}">{_roles(person.role)}'
    return f'{_form("role")}{fields}<button class="quiet">{both("ui.admin.do.role")}</button></form>'


def _roles(chosen: Role) -> str:
    options = "".join(
        f'<option value="{role.value}"{" selected" if role is chosen else ""}>'
        f"{escape(say(f'ui.access.role.{role.value}', 'vi'))} · {role.value}</option>"
        for role in _ROLES
    )
    return f'<select name="vai_tro" aria-label="{escape(say("ui.admin.role", "vi"))}">{options}</select>'


def _new_person() -> str:
    fields = [_input("ten", "ui.access.name", required=True), _input("goi", "ui.admin.shown")]
    fields += [_input("oidc", "ui.admin.identity"), f"<label>{both('ui.admin.role')}{_roles(Role.VIEWER)}</label>"]
    return f"{_form('add', 'row')}{''.join(fields)}<button>{both('ui.admin.do.add')}</button></form>"


def _sessions(found: Sequence[Session]) -> str:
    heads = ("ui.access.name", "ui.admin.since", "ui.admin.seen", "ui.admin.until", "ui.admin.address", "ui.admin.do")
    return _table(heads, (_session(each) for each in found))


def _session(session: Session) -> list[str]:
    times = [_time(session.made_at), _time(session.seen_at), _time(session.expires_at)]
    where = f'{escape(session.address)}<br><span class="beside">{escape(session.agent[:60])}</span>'
    return [escape(session.person), *times, where, _button("end", phien=str(session.number))]


def _tokens(held: Holdings) -> str:
    heads = ("ui.admin.token", "ui.admin.holder", "ui.admin.scopes", "ui.admin.until", "ui.admin.seen", "ui.admin.do")
    return _table(heads, (_token(each, held) for each in held.tokens))


def _token(token: ApiToken, held: Holdings) -> list[str]:
    shared = (
        "" if token.stations is None else f'<br><span class="beside">{escape(", ".join(sorted(token.stations)))}</span>'
    )
    valid = token.valid(held.now)
    last = _button("revoke", token=token.id) if valid else both("ui.admin.state.over")
    scopes = escape(", ".join(sorted(token.scopes))) + shared
    return [escape(token.id), escape(token.holder), scopes, _time(token.expires_at), _time(token.used_at), last]


def _new_token() -> str:
    scopes = " ".join(sorted(SCOPES))
    fields = [
        _input("ten", "ui.admin.holder", required=True),
        _input("pham_vi", "ui.admin.scopes", value=scopes, required=True),
        _input("tram", "ui.admin.stations"),
        _input("ngay", "ui.admin.days", value="90", required=True),
    ]
    return f"{_form('give', 'row')}{''.join(fields)}<button>{both('ui.admin.do.give')}</button></form>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{both(key)}</th>" for key in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _form(deed: str, kind: str = "inline") -> str:
    return (
        f'<form class="{kind}" method="post" action="{ADMINISTRATION}"><input type="hidden" name="lam" value="{deed}">'
    )


def _button(deed: str, **fields: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in fields.items())
    return f'{_form(deed)}{hidden}<button class="quiet">{both(f"ui.admin.do.{deed}")}</button></form>'


def _input(name: str, key: str, *, value: str = "", required: bool = False) -> str:
    more = " required" if required else ""
    return f'<label>{both(key)}<input name="{name}" value="{escape(value)}" autocomplete="off"{more}></label>'


def _time(moment: datetime | None) -> str:
    return "–" if moment is None else escape(formats.full_moment(moment, "vi"))
