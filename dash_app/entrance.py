"""The entrance of the web process: who may come in, put together from doorkeeper, sign-in and gate."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from fastapi import APIRouter, FastAPI

from dash_app.administration import Administration
from dash_app.administration_routes import AdministrationRoutes
from dash_app.doorkeeper import Doorkeeper
from dash_app.feed import Feed
from dash_app.gate import Gate
from dash_app.provider import Provider
from dash_app.refusals import no_such_page
from dash_app.sign_in import FIRST, SignIn
from dash_app.sign_in_page import PROVIDER_START
from dash_app.sign_in_routes import SignInRoutes
from dash_app.turns import Turns
from domain.errors import DatabaseUnavailableError, SchemaOutdatedError
from domain.settings import Settings
from storage.database import Database

_AGAIN_S = 3.0


class Entrance:
    """Its own connections, so that a crowd at the entrance does not hold up the pages."""

    def __init__(self, database_url: str, settings: Settings, feed: Feed) -> None:
        self._database, self._settings = Database(database_url, max_size=2), settings
        self.doorkeeper = Doorkeeper(self._database, settings, lambda: feed.health.database)
        self._sign_in, self._turns = SignIn(self._database, self.doorkeeper.lasts), Turns()

    def router(self) -> APIRouter:
        """The routes of signing in and of administration."""
        provider = None if self._settings.oidc_issuer is None else self._settings.oidc_name
        router = SignInRoutes(self._sign_in, self.doorkeeper, self._turns, provider).router()
        administration = Administration(self._database, self.doorkeeper.idle)
        router.include_router(AdministrationRoutes(administration, self.doorkeeper).router())
        return router

    def guard(self, server: FastAPI, app: Any) -> None:
        """Add the way over an identity provider, and put the gate before everything that was added until now. `app` is a dash.Dash, set up."""
        if self._settings.oidc_issuer is None:
            server.add_api_route(f"{PROVIDER_START}/{{path:path}}", no_such_page, include_in_schema=False)
        else:
            provider = Provider(self._settings, self._sign_in, self.doorkeeper)
            server.mount(PROVIDER_START, provider.application())
        server.add_middleware(
            Gate, doorkeeper=self.doorkeeper, callback_map=app.callback_map, public_url=self._settings.public_url
        )

    async def begin(self) -> None:
        """Make the first administrator once the database answers, and print the password that opens once."""
        while True:
            try:
                password = await asyncio.to_thread(self._sign_in.first)
            except (DatabaseUnavailableError, SchemaOutdatedError):
                await asyncio.sleep(_AGAIN_S)
            else:
                if password is not None:
                    # Neither log nor file keeps it on purpose: whoever starts the system sees it.
                    sys.stderr.write(
                        f"first start: account {FIRST}, one-time password {password} (to be changed at /vao)\n"
                    )
                    sys.stderr.flush()
                return

    def close(self) -> None:
        """Close the connections."""
        self._turns.close()
        self._database.close()
