"""The whole configuration, read once at start so that a fault is met before anything runs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from domain.errors import ConfigurationError
from domain.network import Network, load_network
from domain.settings import Settings


def check_configuration(settings: Settings) -> Network:
    """Read every file of the configuration; the network. Raises ConfigurationError with file, key, value and remedy."""
    from alerts.channels.configuration import load_channels
    from alerts.recipients import load_recipients
    from alerts.sirens import load_sirens
    from alerts.telling_policy import load_telling
    from cli.broker_rights import broker_rights
    from domain.agencies import load_agencies
    from domain.broker_users import load_broker_users
    from domain.storm_tracks import load_tracks
    from forecasting.configuration import load_models
    from ingest.sources import load_sources
    from rules.configuration import load_rules

    network = load_network(settings.config_dir)
    load_rules(settings.config_dir / "rules.toml")
    telling = load_telling(settings.config_dir / "alerts.toml")
    load_agencies(settings.config_dir / "agencies.toml", known=network.stations)
    load_models(settings.config_dir / "models.toml")
    load_sources(settings.config_dir)
    load_tracks(settings.config_dir)
    channels = load_channels(settings.config_dir / "channels.toml")
    _require_channels(telling.exercise.channels, channels, settings.config_dir / "alerts.toml")
    recipients = load_recipients(settings.config_dir / "recipients.toml", channels=channels, wards=network.wards)
    sirens = [siren.id for siren in load_sirens(settings.config_dir / "sirens.toml").siren]
    place = settings.config_dir / "broker.toml"
    broker_rights(network, recipients, load_broker_users(place), place=place, sirens=sirens)
    return network


def _require_channels(named: Collection[str], known: Collection[str], place: Path) -> None:
    """A drill on a channel that is written wrong would reach nobody, and nobody would be told."""
    strange = [name for name in named if name not in known]
    if strange:
        remedy = f"is no channel of channels.toml; there are {', '.join(known)}"
        raise ConfigurationError(place=str(place), key="exercise.channels", value=strange[0], remedy=remedy)
