"""Errors that people read: each names the place, the value and the remedy."""

from __future__ import annotations


class EwsError(Exception):
    """Base of every error this system raises on purpose; the command line prints it in one line and exits with 2."""


class ConfigurationError(EwsError):
    """A configuration file or environment variable says something that cannot be obeyed."""

    def __init__(self, *, place: str, key: str, value: object, remedy: str) -> None:
        super().__init__(f"{place}: {key} = {value!r}: {remedy}")
        self.place, self.key, self.value, self.remedy = place, key, value, remedy

    def __reduce__(self) -> tuple[object, ...]:
        """So that it can come back from another process."""
        return _configuration_error, (self.place, self.key, self.value, self.remedy)


def _configuration_error(place: str, key: str, value: object, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=place, key=key, value=value, remedy=remedy)


class DatabaseUnavailableError(EwsError):
    """The database cannot be reached or has no room at the moment; the same call may succeed later.

    `why` is a short, stable word: away, disk_full, read_only, too_many_connections, no_privilege, too_long.
    """

    def __init__(self, text: str, why: str = "away") -> None:
        super().__init__(text)
        self.why = why


class DatabaseRefusedError(EwsError):
    """The database refused this statement or row for good; repeating it will not help."""


class SchemaOutdatedError(EwsError):
    """The database schema is not the one this version needs: run `ews migrate`."""

    why = "schema"


class BrokerUnavailableError(EwsError):
    """The MQTT broker cannot be reached or refuses this client."""


class UnreadableMessageError(EwsError):
    """A message or one reading of it cannot be understood; `reason` is a short, stable word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail
