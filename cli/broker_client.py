"""A short connection to the broker, to ask or tell it something."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from domain.errors import BrokerUnavailableError

_WITHIN_S = 10.0


@contextmanager
def connected(mqtt_url: str, client_id: str) -> Iterator[Client]:
    """A client whose connection the broker has accepted. Raises BrokerUnavailableError with the broker's word."""
    url = urlsplit(mqtt_url)
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    if url.username is not None:
        client.username_pw_set(unquote(url.username), None if url.password is None else unquote(url.password))
    if url.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())
    answered, answer = threading.Event(), list[str]()

    def on_connect(_client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            answer.append(str(code))
        answered.set()

    client.on_connect = on_connect
    where = f"{url.hostname}:{url.port or (8883 if url.scheme == 'mqtts' else 1883)}"
    try:
        client.connect(url.hostname or "127.0.0.1", url.port or (8883 if url.scheme == "mqtts" else 1883), keepalive=30)
    except OSError as error:
        raise BrokerUnavailableError(f"the broker at {where} cannot be reached: {error}") from error
    client.loop_start()
    try:
        if not answered.wait(_WITHIN_S):
            raise BrokerUnavailableError(f"the broker at {where} does not answer within {_WITHIN_S:g} s")
        if answer:
            raise BrokerUnavailableError(f"the broker at {where} refuses us: {answer[0]}; check user and password")
        yield client
    finally:
        client.disconnect()
        client.loop_stop()
