"""The callbacks of the desk: a sheet that says what an order would do, and the order itself in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.actions import Desk
from alerts.cap.press import Press, press_of
from alerts.decision import Rulebook
from alerts.recipients import load_recipients
from alerts.refusal import ActionRefusedError, RefusedError
from alerts.telling_policy import load_telling
from dash_app.access import AccessRefusedError
from dash_app.acting_person import acting_person
from dash_app.audit_lines import audit_lines
from dash_app.desk_orders import GRAVE, Order, order_of, perform
from dash_app.desk_rehearsal import rehearse
from dash_app.desk_sheet import sheet
from dash_app.desk_snapshot import DeskBook
from dash_app.markup import markup
from dash_app.rules_page import read_rules
from domain.errors import DatabaseUnavailableError, EwsError
from domain.settings import Settings
from domain.wards import load_wards
from domain.words import Language, say
from rules.configuration import RuleSet
from storage import audit
from storage.database import Connection, Database
from storage.notifications import ALERTS, notify_names
from storage.stations import load_stations

Answer = dict[str, Any]  # n: the number of the order; ok; html; why: the key of a refusal that has one


class Acting:
    """The desk's hands over one database."""

    def __init__(self, database: Database, settings: Settings, rules: RuleSet) -> None:
        self._database, self._rules = database, rules
        folder = settings.config_dir
        self.book = DeskBook(
            recipients=load_recipients(folder / "recipients.toml"),
            telling=load_telling(folder / "alerts.toml"),
            wards=load_wards(folder / "geo" / "wards.geojson")[0],
        )
        self._press: Press = press_of(settings)

    async def plan(self, said: Mapping[str, Any] | None, language: Language) -> Answer:
        """The sheet of a grave order; nothing is done."""
        return await asyncio.to_thread(self._answer, said or {}, language, self._planned)

    async def act(self, said: Mapping[str, Any] | None, language: Language) -> Answer:
        """Carry out an order; the answer holds its audit lines."""
        return await asyncio.to_thread(self._answer, said or {}, language, self._acted)

    def _answer(
        self, said: Mapping[str, Any], language: Language, do: Callable[[Connection, Desk, Order, Language], Any]
    ) -> Answer:
        answer = {"n": said.get("n"), "ok": False}
        try:
            order = order_of(said.get("order"))
            person = acting_person(order).name
            with self._database.transaction() as connection:
                html = markup(do(connection, self._desk(connection, person), order, language))
        except AccessRefusedError:
            return answer | {"html": markup(say("ui.desk.not_allowed", language))}
        except DatabaseUnavailableError:
            return answer | {"html": markup(say("ui.desk.away", language))}
        except RefusedError as error:
            text = say("ui.desk.refused", language, why=error.said(language))
            return answer | {"html": markup(text), "why": error.key}
        except EwsError as error:
            return answer | {"html": markup(say("ui.desk.refused", language, why=str(error)))}
        return answer | {"ok": True, "html": html}

    def _desk(self, connection: Connection, person: str) -> Desk:
        rulebook = Rulebook(
            severities=read_rules(connection, self._rules).rules.severities(),
            recipients=self.book.recipients,
            telling=self.book.telling,
        )
        return Desk(person=person, now=datetime.now(UTC), rules=rulebook, press=self._press)

    def _planned(self, connection: Connection, desk: Desk, order: Order, language: Language) -> Any:
        found = rehearse(connection, desk, order)
        station = load_stations(connection)[found.alert.station]
        return sheet(found, station, self.book, desk.person, language)

    def _acted(self, connection: Connection, desk: Desk, order: Order, language: Language) -> Any:
        if isinstance(order, GRAVE) and order.seen is None:
            raise ActionRefusedError(
                "this reaches people: open the sheet that says what will be sent, and confirm there",
                "alert.refused.no_sheet",
            )
        newest = audit.entries(connection, limit=1)
        perform(connection, desk, order)
        notify_names(connection, ALERTS, [order.alert])  # every open desk shows it at once
        before = newest[0].number if newest else 0
        entries = [e for e in audit.entries(connection, actor=desk.person, limit=5) if e.number > before]
        return audit_lines(entries, language)
