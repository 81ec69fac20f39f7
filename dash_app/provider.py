"""OpenID Connect: an identity provider says who somebody is; whether they have an account here, and as what, is decided here.

Authorization code flow with PKCE, state and nonce by Authlib (OpenID Connect Core 1.0). What the flow must remember until the
provider sends the browser back lies in a signed cookie of these two addresses alone.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dash_app import sign_in_page
from dash_app.doorkeeper import Doorkeeper
from dash_app.plain_page import language_of
from dash_app.sign_in import Opened, SignIn
from dash_app.sign_in_routes import address_of, signed_in
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from domain.settings import Settings

_log = structlog.get_logger(__name__)
_FLOW_S = 600
_BACK = "/ve"


class Provider:
    """One provider, by the settings EWS_OIDC_*."""

    def __init__(self, settings: Settings, sign_in: SignIn, doorkeeper: Doorkeeper) -> None:
        self._settings, self._sign_in, self._doorkeeper = settings, sign_in, doorkeeper
        clients = OAuth()
        clients.register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{(settings.oidc_issuer or '').rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )
        self._client: Any = clients.create_client("provider")

    def application(self) -> Starlette:
        """The two addresses, mounted at /vao/oidc."""
        https = (self._settings.public_url or "").startswith("https://")
        memory = Middleware(
            SessionMiddleware,
            secret_key=secrets.token_urlsafe(32),  # a flow that a restart interrupts is begun again
            session_cookie="ews_oidc",
            max_age=_FLOW_S,
            same_site="lax",
            https_only=https,
            path=sign_in_page.PROVIDER_START,
        )
        return Starlette(routes=[Route("/", self.begin), Route(_BACK, self.end)], middleware=[memory])

    async def begin(self, request: Request) -> Response:
        """To the provider."""
        base = (self._settings.public_url or str(request.base_url.replace(path="/"))).rstrip("/")
        try:
            answer = await self._client.authorize_redirect(request, f"{base}{sign_in_page.PROVIDER_START}{_BACK}")
        except (OAuthError, httpx2.HTTPError, ValueError, RuntimeError) as error:
            return self._failed(request, error)
        assert isinstance(answer, Response)
        return answer

    async def end(self, request: Request) -> Response:
        """Back from the provider: signed in when what it says holds, and there is an account for it."""
        try:
            token = await self._client.authorize_access_token(request)
        except (OAuthError, JoseError, httpx2.HTTPError, ValueError, RuntimeError) as error:
            return self._failed(request, error)
        identity = self._identity(token.get("userinfo") or {})
        about: dict[str, Any] = {"now": datetime.now(UTC), "address": address_of(request)}
        about["agent"] = request.headers.get("user-agent", "")
        try:
            found = await asyncio.to_thread(lambda: self._sign_in.by_identity(identity, **about))
        except (DatabaseUnavailableError, SchemaOutdatedError):
            return self._page(request, "away", 503)
        if not isinstance(found, Opened):
            _log.warning("identity_without_account", identity=identity)
            return self._page(request, "identity", 403)
        return signed_in(request, found, "/", self._doorkeeper)

    def _identity(self, claims: dict[str, Any]) -> str:
        """What the account is found by; an address that the provider has not verified counts for nothing."""
        claim = self._settings.oidc_claim
        if claim == "email" and claims.get("email_verified") is not True:
            return ""
        found = claims.get(claim)
        return found if isinstance(found, str) else ""

    def _failed(self, request: Request, error: Exception) -> Response:
        _log.warning("identity_provider_failed", error=f"{type(error).__name__}: {error}"[:500])
        return self._page(request, "provider", 502)

    def _page(self, request: Request, why: str, status: int) -> Response:
        page = sign_in_page.sign_in(language_of(request), why=why, provider=self._settings.oidc_name)
        return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
