"""The page of accounts, sessions and tokens: tables with a button a row, no script needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from dash_app import formats
from dash_app.administration import Holdings
from dash_app.plain_page import other_language, plain_page, word
from dash_app.who import ADMINISTRATION
from domain.access_table import SCOPES, Role
from domain.words import Language, say
from storage.api_tokens import ApiToken
from storage.people import Person
from storage.sessions import Session

_ROLES = tuple(role for role in Role if role is not Role.SERVICE)


def administration_page(
    held: Holdings, language: Language, *, secret: str | None = None, why: str | None = None
) -> str:
    """The whole page. `secret`: what was made just now and is shown once; `why`: what was refused."""
    said = ""
    if secret is not None:
        said = f'<div class="why good" role="status"><p>{word("ui.admin.secret", language)}</p><p><code>{escape(secret)}</code></p></div>'
    if why is not None:
        said = f'<div class="why" role="alert"><p>{word("ui.admin.refused", language)}</p><p>{escape(why)}</p></div>'
    parts = [
        other_language(ADMINISTRATION, language),
        f'<p class="brand"><a href="/">{escape(say("ui.brand", language))}</a></p><h1>{word("ui.access.administration", language)}</h1>{said}',
        f"<h2>{word('ui.admin.accounts', language)}</h2>{_persons(held.persons, language)}{_new_person(language)}",
        f"<h2>{word('ui.admin.sessions', language)}</h2>{_sessions(held.sessions, language)}",
        f"<h2>{word('ui.admin.tokens', language)}</h2>{_tokens(held, language)}{_new_token(language)}",
    ]
    return plain_page(say("ui.access.administration", language), "".join(parts), language=language, wide=True)


def _persons(persons: Sequence[Person], language: Language) -> str:
    heads = ("ui.access.name", "ui.admin.shown", "ui.admin.role", "ui.admin.state", "ui.admin.signed_in", "ui.admin.do")
    return _table(heads, (_person(each, language) for each in persons), language)


def _person(person: Person, language: Language) -> list[str]:
    state = "shut" if person.disabled_at else "must_change" if person.must_change else "open"
    toggle = _button("open" if person.disabled_at else "shut", language, ten=person.name)
    return [
        f"{escape(person.name)}" + (f'<br><span class="beside">{escape(person.oidc)}</span>' if person.oidc else ""),
        escape(person.shown),
        _role_form(person, language),
        word(f"ui.admin.state.{state}", language),
        _time(person.signed_in_at, language),
        _button("password", language, ten=person.name) + toggle,
    ]


def _role_form(person: Person, language: Language) -> str:
    fields = f'<input type="hidden" name="ten" value="{escape(person.name)}">{_roles(person.role, language)}'
    return f'{_form("role")}{fields}<button class="quiet">{word("ui.admin.do.role", language)}</button></form>'


def _roles(chosen: Role, language: Language) -> str:
    options = "".join(
        f'<option value="{role.value}"{" selected" if role is chosen else ""}>'
        f"{word(f'ui.access.role.{role.value}', language)}</option>"
        for role in _ROLES
    )
    return f'<select name="vai_tro" aria-label="{escape(say("ui.admin.role", language))}">{options}</select>'


def _new_person(language: Language) -> str:
    fields = [_input("ten", "ui.access.name", language, required=True), _input("goi", "ui.admin.shown", language)]
    fields += [
        _input("oidc", "ui.admin.identity", language),
        f"<label>{word('ui.admin.role', language)}{_roles(Role.VIEWER, language)}</label>",
    ]
    return f"{_form('add', 'row')}{''.join(fields)}<button>{word('ui.admin.do.add', language)}</button></form>"


def _sessions(found: Sequence[Session], language: Language) -> str:
    heads = ("ui.access.name", "ui.admin.since", "ui.admin.seen", "ui.admin.until", "ui.admin.address", "ui.admin.do")
    return _table(heads, (_session(each, language) for each in found), language)


def _session(session: Session, language: Language) -> list[str]:
    times = [_time(session.made_at, language), _time(session.seen_at, language), _time(session.expires_at, language)]
    where = f'{escape(session.address)}<br><span class="beside">{escape(session.agent[:60])}</span>'
    return [escape(session.person), *times, where, _button("end", language, phien=str(session.number))]


def _tokens(held: Holdings, language: Language) -> str:
    heads = ("ui.admin.token", "ui.admin.holder", "ui.admin.scopes", "ui.admin.until", "ui.admin.seen", "ui.admin.do")
    return _table(heads, (_token(each, held, language) for each in held.tokens), language)


def _token(token: ApiToken, held: Holdings, language: Language) -> list[str]:
    shared = (
        "" if token.stations is None else f'<br><span class="beside">{escape(", ".join(sorted(token.stations)))}</span>'
    )
    valid = token.valid(held.now)
    last = _button("revoke", language, token=token.id) if valid else word("ui.admin.state.over", language)
    scopes = escape(", ".join(sorted(token.scopes))) + shared
    return [
        escape(token.id),
        escape(token.holder),
        scopes,
        _time(token.expires_at, language),
        _time(token.used_at, language),
        last,
    ]


def _new_token(language: Language) -> str:
    scopes = " ".join(sorted(SCOPES))
    fields = [
        _input("ten", "ui.admin.holder", language, required=True),
        _input("pham_vi", "ui.admin.scopes", language, value=scopes, required=True),
        _input("tram", "ui.admin.stations", language),
        _input("ngay", "ui.admin.days", language, value="90", required=True),
    ]
    return f"{_form('give', 'row')}{''.join(fields)}<button>{word('ui.admin.do.give', language)}</button></form>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], language: Language) -> str:
    head = "".join(f"<th>{word(key, language)}</th>" for key in heads)
    # On a phone each cell stands on a line of its own, behind the name of its column.
    named = [f'data-name="{word(key, language)}"' for key in heads]
    body = "".join(
        f"<tr>{''.join(f'<td {name}>{cell}</td>' for name, cell in zip(named, row, strict=True))}</tr>" for row in rows
    )
    if not body:
        return f'<p class="beside">{word("ui.admin.none", language)}</p>'
    return f'<div class="scroll"><table class="cards"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _form(deed: str, kind: str = "inline") -> str:
    return (
        f'<form class="{kind}" method="post" action="{ADMINISTRATION}"><input type="hidden" name="lam" value="{deed}">'
    )


def _button(deed: str, language: Language, **fields: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in fields.items())
    return f'{_form(deed)}{hidden}<button class="quiet">{word(f"ui.admin.do.{deed}", language)}</button></form>'


def _input(name: str, key: str, language: Language, *, value: str = "", required: bool = False) -> str:
    more = " required" if required else ""
    return f'<label>{word(key, language)}<input name="{name}" value="{escape(value)}" autocomplete="off"{more}></label>'


def _time(moment: datetime | None, language: Language) -> str:
    return "–" if moment is None else escape(formats.full_moment(moment, language))
