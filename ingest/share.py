"""Which part one worker has when several share the messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.settings import Settings

_NOT_IN_A_NAME = re.compile(r"[/+#\s]")


@dataclass(frozen=True, slots=True)
class Share:
    """One worker of several. `group` None: it alone gets every message."""

    client_id: str
    group: str | None
    metrics_port: int | None


def share(settings: Settings, number: int = 1, workers: int = 1) -> Share:
    """The part of worker `number`, from 1, of `workers` on this host.

    The first has the client id of the only one, so that it goes on with what waits in that session; the others have ids of
    their own. A port each, in a row, so that Prometheus adds them up.
    """
    client_id = settings.mqtt_client_id if number == 1 else f"{settings.mqtt_client_id}:{number}"
    group = settings.mqtt_share_group
    if group is None and workers > 1:
        group = _NOT_IN_A_NAME.sub("-", settings.mqtt_client_id)
    port = settings.ingest_metrics_port
    return Share(client_id, group, None if port is None else port + number - 1)


def retired(client_ids: Iterable[str], settings: Settings, workers: int) -> list[str]:
    """Sessions of this host's workers beyond `workers`: nobody serves them any more."""
    ours = re.compile(re.escape(settings.mqtt_client_id) + r":([0-9]{1,4})")
    return [one for one in client_ids if (found := ours.fullmatch(one)) is not None and int(found[1]) > workers]
