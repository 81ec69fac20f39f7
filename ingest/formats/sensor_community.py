"""What sensor.community (luftdaten.info) devices push: a list of typed values as texts, without a time."""

from __future__ import annotations

from domain.errors import UnreadableMessageError
from ingest.formats.uplink import Message, Uplink, as_list, as_object, read_json, texts
from ingest.source import Source


def decode(message: Message, source: Source) -> list[Uplink]:
    """The push. The device goes by the id of its board, or by what the topic calls it: not every firmware writes it."""
    del source
    whole = as_object(read_json(message.payload), "a push")
    values: dict[str, object] = {}
    for element in as_list(whole.get("sensordatavalues"), "sensordatavalues"):
        one = as_object(element, "a sensor value")
        name = one.get("value_type")
        if not isinstance(name, str):
            raise UnreadableMessageError("missing_field", "a sensor value without value_type")
        values[name] = one.get("value")
    boards = (whole.get(key) for key in ("esp8266id", "esp32id", "raspiid"))
    devices = texts(*(str(board) for board in boards if isinstance(board, (str, int))), message.names.get("device"))
    if not devices:
        raise UnreadableMessageError("missing_field", "neither the push nor the topic names the board")
    return [Uplink(devices=devices, values=values, whole=whole)]
