"""Who may log in at the broker besides stations and recipients: broker.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.configuration_file import Table, read_table

#: No space or colon (Mosquitto's files part their fields by them), nothing that means something in a topic.
UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]


def _outside_our_tree(topic: str) -> str:
    if topic.split("/", maxsplit=1)[0] in {"ews", "+", "#"}:
        raise ValueError("must begin outside ews/, without a wildcard: what is below ews/ follows from `stations`")
    return topic


#: An MQTT topic filter that cannot match the devices' tree, the warnings' tree or the broker's own ($SYS).
_Filter = Annotated[
    str, Field(pattern=r"^[^\s\x00#+$][^\s\x00#]*(/#)?$", max_length=512), AfterValidator(_outside_our_tree)
]


class Users(Table):
    """Our own processes; one name may serve both."""

    ingest: UserName = "ews_ingest"
    scheduler: UserName = "ews_scheduler"


class Gateway(Table):
    """A user that publishes for several stations. `names`: of its own status topics; none: its user."""

    user: UserName
    stations: Annotated[tuple[str, ...], Field(strict=False)] = ()
    names: Annotated[tuple[UserName, ...], Field(strict=False)] = ()
    topics: Annotated[tuple[_Filter, ...], Field(strict=False)] = ()


class Partner(Table):
    """A user that only listens: to warnings of areas (`city`: all), and to stations (`*`: all).

    `stations`: readings as devices send them; `observations`: readings once they are accepted.
    """

    user: UserName
    alerts: Annotated[tuple[str, ...], Field(strict=False)] = ()
    stations: Annotated[tuple[str, ...], Field(strict=False)] = ()
    observations: Annotated[tuple[str, ...], Field(strict=False)] = ()


class BrokerUsers(Table):
    """The whole file."""

    users: Users = Users()
    gateway: Annotated[tuple[Gateway, ...], Field(strict=False)] = ()
    partner: Annotated[tuple[Partner, ...], Field(strict=False)] = ()


def load_broker_users(path: Path) -> BrokerUsers:
    """Read broker.toml; without the file there are our own processes alone. Raises ConfigurationError."""
    return read_table(path, BrokerUsers) if path.exists() else BrokerUsers()
