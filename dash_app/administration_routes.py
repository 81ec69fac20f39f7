"""The address of administration; the gate lets administrators in alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from dash_app.access import current_person
from dash_app.administration import Administration
from dash_app.administration_page import administration_page
from dash_app.doorkeeper import Doorkeeper
from dash_app.plain_page import chosen, language_of
from dash_app.refusals import refused_page
from dash_app.sign_in_routes import form
from dash_app.who import ADMINISTRATION
from domain.errors import DatabaseUnavailableError, EwsError


class AdministrationRoutes:
    """The page and its forms."""

    def __init__(self, administration: Administration, doorkeeper: Doorkeeper) -> None:
        self._administration, self._doorkeeper = administration, doorkeeper

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADMINISTRATION, self.show, methods=["GET"])
        router.add_api_route(ADMINISTRATION, self.perform, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Accounts, sessions, tokens."""
        return await self._page(request, 200)

    async def perform(self, request: Request) -> Response:
        """Do what a form says, and show the page with what came of it."""
        given, by = await form(request), current_person()
        try:
            secret = await asyncio.to_thread(self._administration.perform, given, datetime.now(UTC), by)
        except DatabaseUnavailableError:
            return refused_page(503, "ui.access.away")
        except EwsError as error:
            return await self._page(request, 422, why=str(error))
        self._doorkeeper.forget()
        return await self._page(request, 200, secret=secret)

    async def _page(
        self, request: Request, status: int, *, secret: str | None = None, why: str | None = None
    ) -> Response:
        try:
            held = await asyncio.to_thread(self._administration.holdings, datetime.now(UTC))
        except DatabaseUnavailableError:
            return refused_page(503, "ui.access.away")
        page = administration_page(held, language_of(request), secret=secret, why=why)
        return chosen(request, HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"}))
