"""The address where a changed rules.toml is proposed: written, tried over stored history, adopted with a reason."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dash_app.access import current_person
from dash_app.language_asked import language_of
from dash_app.rules_proposal import Proposal, adopt, difference, fault, in_force, objection, older, proposed
from dash_app.rules_proposal_page import ADDRESS, Found, page
from dash_app.sign_in_routes import form
from domain.settings import Settings
from domain.words import Language
from storage.database import Database

_NO_STORE = {"Cache-Control": "no-store"}
#: A trial judges a month of all stations twice; one that takes longer belongs on the command line.
_LONGEST_TRIAL_S = 240.0
#: Of adopted rules, as the database counts them.
_Number = Annotated[int, Query(ge=0, lt=2**31)]


class RulesProposals:
    """The routes. A trial runs as `ews rules backtest` in a process of its own, one at a time: pages do not wait for it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._config = database, settings.config_dir
        self._environment = os.environ | {
            "EWS_DATABASE_URL": database.url,
            "EWS_CONFIG_DIR": str(settings.config_dir),
            "EWS_DATA_DIR": str(settings.data_dir),
        }
        self._one_at_a_time = asyncio.Lock()

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(ADDRESS, self.write, methods=["GET"])
        router.add_api_route(ADDRESS, self.propose, methods=["POST"])
        return router

    def write(self, lang: Language = "vi", ban: _Number = 0) -> Response:
        """The form with the rules in force, or with those that were adopted as number `ban`: to go back to them."""
        with self._database.transaction() as connection:
            now = in_force(connection, self._config)
            text = older(connection, ban)
        return _html(page(Proposal(text=now.text if text is None else text, base=now.number), lang))

    async def propose(self, request: Request) -> Response:
        """Try the text, adopt it when its trial was seen, or show it in the other language."""
        fields = await form(request)
        proposal, language = proposed(fields), language_of(fields.get("doi") or fields.get("lang"))
        if "doi" in fields:
            return _html(page(proposal, language))
        wrong = fault(proposal, self._config)
        if wrong is not None:
            return _html(page(proposal, language, Found(fault=wrong)), 422)
        if fields.get("viec") == "ap_dung":
            return await asyncio.to_thread(self._adopted, proposal, current_person(), language)
        return await self._tried(proposal, language)

    def _adopted(self, proposal: Proposal, person: str, language: Language) -> Response:
        with self._database.transaction() as connection:
            why = adopt(connection, self._config, proposal, person)
        if why is None:
            return RedirectResponse(f"/quy-tac?lang={language}", status_code=303, headers=_NO_STORE)
        return _html(page(proposal, language, Found(refused=why)), 409)

    async def _tried(self, proposal: Proposal, language: Language) -> Response:
        with self._database.transaction() as connection:
            before = in_force(connection, self._config)
        why = objection(before, proposal)
        if why in {"overtaken", "unchanged"}:
            return _html(page(proposal, language, Found(refused=why)), 409)
        found = Found(difference=difference(before, proposal), trial=await self._trial(proposal.text))
        return _html(page(proposal, language, found if found.trial is not None else Found(refused="trial")))

    async def _trial(self, text: str) -> str | None:
        """What `ews rules backtest` prints; None when it fails or takes too long."""
        with tempfile.TemporaryDirectory(prefix="ews-rules-") as folder:
            file = Path(folder) / "rules.toml"
            file.write_text(text, encoding="utf-8")
            command = (sys.executable, "-m", "cli", "rules", "backtest", "--rules", str(file))
            async with self._one_at_a_time:
                trial = await asyncio.create_subprocess_exec(
                    *command, env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
                )
                try:
                    printed, _ = await asyncio.wait_for(trial.communicate(), _LONGEST_TRIAL_S)
                except TimeoutError:
                    trial.kill()
                    await trial.wait()
                    return None
        return printed.decode() if trial.returncode == 0 else None


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status_code=status, headers=_NO_STORE)
