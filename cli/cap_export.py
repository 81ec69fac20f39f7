"""The CAP chain of a stored alert as files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alerts.cap.areas import Wards
from alerts.cap.bulletin import Issuer
from alerts.cap.findings import finding_chain
from alerts.cap.message import CapMessage
from alerts.cap.publishing import issue
from alerts.cap.signature import Signer, load_signer
from domain.errors import EwsError
from domain.settings import Settings
from domain.words import LANGUAGES, say
from storage import alerts as alert_store
from storage.database import Connection
from storage.stations import load_stations


def issuer_of(settings: Settings) -> Issuer:
    """Who speaks, by the settings."""
    names = {language: say("cap.sender_name", language) for language in LANGUAGES}
    return Issuer(sender=settings.cap_sender, names=names, contact=settings.cap_contact, web=settings.cap_web)


def signer_of(settings: Settings) -> Signer | None:
    """The key of the settings; None when there is none. Raises ConfigurationError."""
    if settings.cap_key_file is None or settings.cap_cert_file is None:
        return None
    return load_signer(settings.cap_key_file, settings.cap_cert_file)


def stored_chain(connection: Connection, settings: Settings, identifier: str) -> tuple[CapMessage, ...]:
    """The chain of one alert. Raises EwsError when there is no such alert."""
    alert = alert_store.alert(connection, identifier)
    if alert is None:
        raise EwsError(f"no alert has the identifier {identifier!r}: `ews alerts --json` lists them")
    station = load_stations(connection).get(alert.station)
    if station is None:
        raise EwsError(f"the alert {identifier} is of the station {alert.station}, which is not stored any more")
    areas = Wards(settings.config_dir).of_station(station)
    return finding_chain(alert, station, issuer_of(settings), areas)


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
