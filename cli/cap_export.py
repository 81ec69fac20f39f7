"""The CAP chain of a stored alert as files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alerts.cap.findings import finding_chain
from alerts.cap.message import CapMessage
from alerts.cap.press import Press
from alerts.cap.publishing import issue
from alerts.cap.signature import Signer
from domain.errors import EwsError
from storage import alerts as alert_store
from storage.database import Connection
from storage.stations import load_stations


def stored_chain(connection: Connection, press: Press, identifier: str) -> tuple[CapMessage, ...]:
    """The chain of one alert. Raises EwsError when there is no such alert."""
    alert = alert_store.alert(connection, identifier)
    if alert is None:
        raise EwsError(f"no alert has the identifier {identifier!r}: `ews alerts --json` lists them")
    station = load_stations(connection).get(alert.station)
    if station is None:
        raise EwsError(f"the alert {identifier} is of the station {alert.station}, which is not stored any more")
    return finding_chain(alert, station, press.issuer, press.wards.of_station(station))


def write_chain(chain: tuple[CapMessage, ...], folder: Path, signer: Signer | None, now: datetime) -> list[Path]:
    """One file a message, named by its identifier. Raises EwsError."""
    written = []
    for message in chain:
        path = folder / f"{message.identifier}.xml"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # The clock of a simulation may be ahead of ours.
            path.write_bytes(issue(message, signer, max(now, message.sent)))
        except OSError as error:
            raise EwsError(f"{path} cannot be written: {error.strerror}") from error
        written.append(path)
    return written
