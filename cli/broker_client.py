"""A short connection to the broker, to ask or tell it something."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import BrokerAddress, TlsFiles, broker_address
from domain.errors import BrokerUnavailableError

_WITHIN_S = 10.0


@contextmanager
def connected(mqtt_url: str, client_id: str, *, tls: TlsFiles | None = None) -> Iterator[Client]:
    """A client whose connection the broker has accepted. Raises BrokerUnavailableError with the broker's word."""
    address = broker_address(mqtt_url)
    client = _new_client(address, client_id, tls or TlsFiles())
    answered, answer = threading.Event(), list[str]()

    def on_connect(_client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            answer.append(f"{code}; check user and password")
        answered.set()

    def on_disconnect(_client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if not answered.is_set():
            # With TLS 1.3 a broker tells after the handshake that it wants another certificate.
            hint = "; does it want a client certificate (EWS_MQTT_CERT_FILE)?" if address.encrypted else ""
            answer.append(f"it closed the connection without a word ({code}){hint}")
        answered.set()

    client.on_connect, client.on_disconnect = on_connect, on_disconnect
    try:
        client.connect(address.host, address.port, keepalive=30)
    except OSError as error:
        raise BrokerUnavailableError(f"the broker at {address} cannot be reached: {error}") from error
    client.loop_start()
    try:
        if not answered.wait(_WITHIN_S):
            raise BrokerUnavailableError(f"the broker at {address} does not answer within {_WITHIN_S:g} s")
        if answer:
            raise BrokerUnavailableError(f"the broker at {address} refuses us: {answer[0]}")
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _new_client(address: BrokerAddress, client_id: str, tls: TlsFiles) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.encrypted:
        client.tls_set_context(tls.context())
    return client


def certificate_ends_at(client: Client) -> datetime | None:
    """When the broker's certificate ends; None on a connection without TLS."""
    socket = client.socket()
    if not isinstance(socket, ssl.SSLSocket):
        return None
    certificate = socket.getpeercert() or {}
    ends = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
