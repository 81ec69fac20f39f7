"""The channels of channels.toml: what each is, how fast it may go, and how long it may take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from alerts.channels.apprise import apprise_channel
from alerts.channels.console import console_channel
from alerts.channels.file import file_channel
from alerts.channels.gateway import gateway_channel
from alerts.channels.message import Channel
from alerts.channels.mqtt import Publisher, mqtt_channel
from alerts.channels.webhook import webhook_channel
from domain.configuration_file import Table, Text, read_table, refusal

Kind = Literal["console", "file", "apprise", "webhook", "gateway", "mqtt"]
#: Channels whose reader is a program.
MACHINES: tuple[Kind, ...] = ("webhook", "mqtt")
_WORDS = {"to", "text", "key"}


class ChannelTable(Table):
    """One channel. `per_minute`: messages, with at most `burst` at once; none: as fast as it takes them."""

    kind: Kind
    concurrency: Annotated[int, Field(ge=1, le=256)] = 4
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    per_minute: Annotated[float, Field(gt=0)] | None = None
    burst: Annotated[int, Field(ge=1)] = 10
    grouped: bool = True
    template: Text | None = None
    authorization: Text | None = None
    longest_text: Annotated[int, Field(ge=70, le=10_000)] = 480

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if (self.kind == "gateway") != (self.template is not None):
            raise ValueError("template is for a gateway, and a gateway needs one")
        if self.template is not None:
            self._check(self.template)
        if self.kind != "gateway" and self.authorization is not None:
            raise refusal("authorization", "is for a gateway")
        return self

    @staticmethod
    def _check(template: str) -> None:
        try:
            filled = Template(template).substitute(dict.fromkeys(_WORDS, "x"))
            json.loads(filled)
        except KeyError as error:
            raise refusal("template", f"${error.args[0]} is unknown; known are $to, $text, $key") from error
        except ValueError as error:
            raise refusal("template", f"is no JSON when filled in: {error}") from error


class _File(Table):
    channel: Annotated[dict[str, ChannelTable], Field(min_length=1)]


def load_channels(path: Path) -> dict[str, ChannelTable]:
    """Read channels.toml. Raises ConfigurationError."""
    return dict(read_table(path, _File).channel)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """A channel with how it may be used."""

    name: str
    send: Channel
    concurrency: int = 4
    per_minute: float | None = None
    burst: int = 10
    grouping: Literal["each", "basin", "all"] = "each"
    machine: bool = False  # it reads facts, not words
    area_state: bool = False  # its facts are those of the whole area


def open_outlets(
    tables: Mapping[str, ChannelTable], *, alert_dir: Path, publisher: Publisher | None
) -> dict[str, Outlet]:
    """The channels, ready to send. Without a publisher there is no MQTT."""
    outlets = {}
    for name, table in tables.items():
        send = _channel(table, alert_dir, publisher)
        if send is not None:
            outlets[name] = Outlet(
                name=name,
                send=_or_demo(send, alert_dir / "demo" / name),
                concurrency=1 if table.kind in {"console", "mqtt"} else table.concurrency,
                per_minute=table.per_minute,
                burst=table.burst,
                grouping=_grouping(table),
                machine=table.kind in MACHINES,
                area_state=table.kind == "mqtt",
            )
    return outlets


def _grouping(table: ChannelTable) -> Literal["each", "basin", "all"]:
    """Records are kept of each; the retained state of an area says everything at once."""
    if table.kind == "mqtt":
        return "all"
    return "basin" if table.grouped and table.kind not in {"console", "file"} else "each"


def _channel(table: ChannelTable, alert_dir: Path, publisher: Publisher | None) -> Channel | None:
    match table.kind:
        case "console":
            return console_channel()
        case "file":
            return file_channel(alert_dir)
        case "apprise":
            return apprise_channel(table.timeout_s)
        case "webhook":
            return webhook_channel(table.timeout_s)
        case "gateway":
            return gateway_channel(
                table.timeout_s,
                template=table.template or "",
                authorization=table.authorization,
                longest_text=table.longest_text,
            )
        case "mqtt":
            return None if publisher is None else mqtt_channel(publisher, table.timeout_s)


#: Addresses of `ews demo`: what would go to a phone lies in a file.
DEMO_ADDRESS = "demo:"


def _or_demo(send: Channel, folder: Path) -> Channel:
    to_file = file_channel(folder)
    return lambda message: (to_file if (message.address or "").startswith(DEMO_ADDRESS) else send)(message)
