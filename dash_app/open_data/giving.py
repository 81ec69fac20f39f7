"""The open data in the web process: connections of its own, so that programs of others cannot hold up the pages."""

from __future__ import annotations

from dash_app.open_data.application import open_data
from dash_app.open_data.asker import by_shares
from dash_app.open_data.takings import Takings
from domain.agencies import load_agencies
from domain.settings import Settings
from storage.database import Database

#: So many questions are put to the database at once.
_AT_ONCE = 4


class Giving:
    """The application `api`, and what it needs while it runs. Raises ConfigurationError when agencies.toml cannot be read."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        agencies = load_agencies(settings.config_dir / "agencies.toml")
        self._database = Database(database_url, max_size=_AT_ONCE)
        self._takings = Takings(self._database)
        self.api = open_data(
            self._database, settings, agencies.terms, recognize=by_shares(agencies), takings=self._takings
        )

    def begin(self) -> None:
        """Begin to count what is taken."""
        self._takings.start()

    def close(self) -> None:
        """Store what was counted, and close the connections."""
        self._takings.stop()
        self._database.close()
