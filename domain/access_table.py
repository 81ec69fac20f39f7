"""The one table of who may do what: pages, callbacks, the socket, routes and commands are refused unless it allows them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is to this system."""

    VIEWER = "viewer"
    COMMITTEE = "committee"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"  # a program with a token; what it may do are the token's scopes


class Right(StrEnum):
    """What may be done."""

    OPEN = "open"  # by anybody, signed in or not
    ENTER = "enter"  # one's own session and password
    LOOK = "look"  # the pages
    STATIONS = "stations"  # open data: stations and their newest readings
    OBSERVATIONS = "observations"
    FORECASTS = "forecasts"
    WARNINGS = "warnings"
    METRICS = "metrics"
    ACKNOWLEDGE = "acknowledge"  # say that a warning was read
    DECIDE = "decide"  # assign, silence, escalate, end; exercises
    ISSUE = "issue"  # warn the public: issue, update, cancel; sirens
    TUNE = "tune"  # adopt changed rules
    ADMINISTER = "administer"  # accounts, sessions, tokens, contacts


#: What a token may be given.
SCOPES = frozenset({Right.STATIONS, Right.OBSERVATIONS, Right.FORECASTS, Right.WARNINGS, Right.METRICS})

_EVERYBODY = frozenset({Right.OPEN})
_DATA = frozenset({Right.STATIONS, Right.OBSERVATIONS, Right.FORECASTS, Right.WARNINGS})
_VIEWER = _EVERYBODY | _DATA | {Right.ENTER, Right.LOOK}
_COMMITTEE = _VIEWER | {Right.ACKNOWLEDGE}
_OFFICER = _COMMITTEE | {Right.DECIDE, Right.ISSUE, Right.TUNE}

#: What each role may do. A service may do what its token says, and never more than SCOPES.
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.VIEWER: _VIEWER,
        Role.COMMITTEE: _COMMITTEE,
        Role.OFFICER: _OFFICER,
        Role.ADMINISTRATOR: _OFFICER | {Right.ADMINISTER, Right.METRICS},
        Role.SERVICE: _EVERYBODY,
    }
)
#: What somebody may do who is not known.
NOBODY = _EVERYBODY

#: Pages by the beginning of their address. What is no page of this list is answered "no such page" to who may look.
PAGES: Mapping[str, Right] = MappingProxyType(
    {
        "/": Right.LOOK,
        "/tram": Right.LOOK,
        "/canh-bao": Right.LOOK,
        "/mang-luoi": Right.LOOK,
        "/kiem-chung": Right.LOOK,
        "/quy-tac": Right.LOOK,
        "/ban-chi-huy": Right.LOOK,
        "/mua": Right.LOOK,
        "/gio-bao": Right.LOOK,
        "/khong-khi": Right.LOOK,
        "/dien-tap": Right.LOOK,
    }
)

#: Routes by method and address as they are registered; GET stands for HEAD too. The first that fits decides.
ROUTES: Mapping[tuple[str, str], Right] = MappingProxyType(
    {
        ("GET", "/healthz"): Right.OPEN,
        ("GET", "/metrics"): Right.METRICS,
        ("GET", "/geo/storm_tracks.geojson"): Right.OPEN,
        ("GET", "/geo/{name}.geojson"): Right.OPEN,
        ("GET", "/symbols/{name}.svg"): Right.OPEN,
        ("GET", "/cap/feed.atom"): Right.OPEN,
        ("GET", "/cap/{identifier}.xml"): Right.OPEN,
        ("GET", "/xac-nhan/{token}"): Right.OPEN,
        ("POST", "/xac-nhan/{token}"): Right.OPEN,
        ("GET", "/cong-khai"): Right.OPEN,  # with EWS_PUBLIC_VIEW=on alone
        ("GET", "/vao"): Right.OPEN,
        ("POST", "/vao"): Right.OPEN,
        ("GET", "/vao/oidc/{path:path}"): Right.OPEN,  # with an identity provider alone
        ("POST", "/ra"): Right.ENTER,
        ("GET", "/mat-khau"): Right.ENTER,
        ("POST", "/mat-khau"): Right.ENTER,
        ("GET", "/toi"): Right.ENTER,
        ("GET", "/quan-tri"): Right.ADMINISTER,
        ("POST", "/quan-tri"): Right.ADMINISTER,
        ("GET", "/quy-tac/sua"): Right.TUNE,
        ("POST", "/quy-tac/sua"): Right.TUNE,
        ("GET", "/tong-quan.json"): Right.LOOK,
        ("GET", "/canh-bao-ban-do.svg"): Right.LOOK,
        ("GET", "/tram/{station}/so-lieu.csv"): Right.LOOK,
        ("GET", "/ban-chi-huy.svg"): Right.LOOK,
        ("GET", "/kiem-chung.csv"): Right.LOOK,
        ("GET", "/kiem-chung.json"): Right.LOOK,
        ("GET", "/kiem-chung/{station}.svg"): Right.LOOK,
        ("GET", "/trang.js"): Right.OPEN,
        ("GET", "/trang.css"): Right.OPEN,
        ("GET", "/assets/{path:path}"): Right.OPEN,
        ("GET", "/_dash-component-suites/{package_name}/{fingerprinted_path:path}"): Right.OPEN,
        ("GET", "/_favicon.ico"): Right.OPEN,
        ("GET", "/_dash-layout"): Right.LOOK,
        ("GET", "/_dash-dependencies"): Right.LOOK,
        ("GET", "/_reload-hash"): Right.LOOK,
        ("POST", "/_dash-update-component"): Right.LOOK,  # and what CALLBACKS says of the callback that is asked for
        ("WEBSOCKET", "/tin-moi"): Right.LOOK,  # at its opening, and for each message
        ("GET", "/api/v1/stations"): Right.STATIONS,
        ("GET", "/api/v1/stations/{station}"): Right.STATIONS,
        ("GET", "/api/v1/latest"): Right.STATIONS,
        ("GET", "/api/v1/observations"): Right.OBSERVATIONS,
        ("GET", "/api/v1/forecasts"): Right.FORECASTS,
        ("GET", "/api/v1/warnings"): Right.WARNINGS,
        ("GET", "/api/v1/warnings/{identifier}"): Right.WARNINGS,
        ("GET", "/api/sta/v1.1"): Right.OBSERVATIONS,
        ("GET", "/api/sta/v1.1/{path:path}"): Right.OBSERVATIONS,
        ("GET", "/api/v1/openapi.json"): Right.OPEN,
        ("GET", "/api/v1/docs"): Right.OPEN,
        ("GET", "/"): Right.LOOK,
    }
)

#: Callbacks of the pages by the qualified name of the function.
CALLBACKS: Mapping[str, Right] = MappingProxyType(
    {
        "Pages.screen": Right.LOOK,
        "Pages.chart_once": Right.LOOK,
        "Pages.chart_data": Right.LOOK,
        "Acting.plan": Right.LOOK,  # a sheet that says what an order would do
        "Acting.act": Right.ACKNOWLEDGE,  # and what ORDERS says of the order
    }
)

#: Commands that are given under a name (--by), held against the account of that name when there is one.
COMMANDS: Mapping[str, Right] = MappingProxyType(
    {
        "alerts acknowledge": Right.ACKNOWLEDGE,
        "alerts comment": Right.ACKNOWLEDGE,
        "alerts assign": Right.DECIDE,
        "alerts escalate": Right.DECIDE,
        "alerts end": Right.DECIDE,
        "alerts silence": Right.DECIDE,
        "alerts lift": Right.DECIDE,
        "alerts exercise": Right.DECIDE,
        "warnings show": Right.ISSUE,
        "warnings edit": Right.ISSUE,
        "warnings approve": Right.ISSUE,
        "warnings issue": Right.ISSUE,
        "warnings update": Right.ISSUE,
        "warnings cancel": Right.ISSUE,
        "siren order": Right.ISSUE,
        "siren stop": Right.ISSUE,
        "rules adopt": Right.TUNE,
        "contact set": Right.ADMINISTER,
        "contact remove": Right.ADMINISTER,
        "contact placeholders": Right.ADMINISTER,
    }
)

#: Orders of the desk (dash_app/desk_orders.py).
ORDERS: Mapping[str, Right] = MappingProxyType(
    {
        "acknowledge": Right.ACKNOWLEDGE,
        "comment": Right.ACKNOWLEDGE,
        "read": Right.ISSUE,
        "assign": Right.DECIDE,
        "silence": Right.DECIDE,
        "lift": Right.DECIDE,
        "escalate": Right.DECIDE,
        "end": Right.DECIDE,
        "edit": Right.ISSUE,
        "anew": Right.ISSUE,
        "approve": Right.ISSUE,
        "issue": Right.ISSUE,
        "cancel": Right.ISSUE,
    }
)
