"""Mosquitto with the configuration of deploy/, the rights and passwords that our commands make, and clients of it."""

from __future__ import annotations

import os
import pwd
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import TlsFiles
from tests.certificates import Authority
from tests.ports import free_port
from tests.required import mosquitto

ROOT = Path(__file__).resolve().parents[2]
#: How long nothing has to be heard to count as silence: a message to oneself takes a few milliseconds.
SILENCE_S = 0.5


@dataclass
class SecuredBroker:
    """A running Mosquitto and the passwords of its users. `authority`: who signs certificates; none: no TLS."""

    port: int
    passwords: dict[str, str]
    process: subprocess.Popen[bytes]
    authority: Authority | None = None

    def url(self, user: str) -> str:
        """As this user would write EWS_MQTT_URL."""
        if self.authority is None:
            return f"mqtt://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"
        return f"mqtts://127.0.0.1:{self.port}"

    def tls(self, user: str) -> TlsFiles:
        """The files by which this user is known."""
        assert self.authority is not None
        pair = self.authority.give(user)
        return TlsFiles(ca=self.authority.ca, cert=pair.cert, key=pair.key)

    def caller(self, user: str | None, password: str | None = None) -> Caller:
        """A client, not yet connected; without a password its own."""
        if self.authority is not None:
            return Caller(self.port, tls=self.tls(user or "") if user else TlsFiles(ca=self.authority.ca))
        return Caller(self.port, user=user, password=password or self.passwords.get(user or ""))


@dataclass
class Caller:
    """One MQTT 5 client that remembers what it was told."""

    port: int
    user: str | None = None
    password: str | None = None
    tls: TlsFiles | None = None
    will: tuple[str, bytes] | None = None
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    _connected: threading.Event = field(default_factory=threading.Event)
    _codes: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.answer = "no answer"
        self.told: Any = None
        if self.user is not None:
            self.client.username_pw_set(self.user, self.password)
        if self.tls is not None:
            self.client.tls_set_context(self.tls.context())
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self._connected.set()
        self.client.on_message = lambda _c, _u, m: self.heard.append((m.topic, m.payload))
        self.client.on_publish = lambda _c, _u, mid, code, _p: self._codes.__setitem__(mid, code.getName())

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: Any, properties: Any) -> None:
        self.answer, self.told = code.getName(), properties
        self._connected.set()

    def connect(self, within_s: float = 60.0) -> str:
        """The broker's answer: `Success`, a refusal, the TLS error, or `no answer` when it just hangs up."""
        if self.will is not None:
            self.client.will_set(*self.will, qos=1)
        try:
            self.client.connect("127.0.0.1", self.port)
        except OSError as error:
            return str(error)
        self.client.loop_start()
        self._connected.wait(within_s)
        if self.answer != "Success":
            self.close()
        return self.answer

    def __enter__(self) -> Caller:
        assert self.connect(60.0) == "Success"
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave in good order."""
        self.client.disconnect()
        self.client.loop_stop()

    def vanish(self) -> None:
        """Leave so that the last will speaks."""
        self.client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes = b"1", *, retain: bool = False) -> str:
        """What the broker says to a QoS 1 message; `no answer` when it hangs up."""
        info = self.client.publish(topic, payload, qos=1, retain=retain)
        until = time.monotonic() + 60
        while info.mid not in self._codes and self.client.is_connected() and time.monotonic() < until:
            time.sleep(0.005)
        return self._codes.get(info.mid, "no answer")

    def listen(self, *filters: str) -> None:
        """Subscribe and wait for the broker's word."""
        answered = threading.Event()
        self.client.on_subscribe = lambda *_: answered.set()
        self.client.subscribe([(one, mqtt.SubscribeOptions(qos=1)) for one in filters])
        assert answered.wait(60)

    def hears(self, topic: str, *, within_s: float = 5.0) -> bool:
        """Whether something comes on this topic."""
        until = time.monotonic() + within_s
        while not any(each == topic for each, _ in self.heard):
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True


@contextmanager
def secured_broker(folder: Path, acl: str, passwords: tuple[str, dict[str, str]], *, tls: bool) -> Iterator[SecuredBroker]:  # fmt: skip
    """Mosquitto on deploy/mosquitto.conf with its paths and port changed, and with TLS the block that it comments out."""
    executable = mosquitto()
    port, authority = free_port(), None
    (folder / "mosquitto.acl").write_text(acl, encoding="utf-8")
    (folder / "mosquitto.passwords").write_text(passwords[0], encoding="utf-8")
    (folder / "mosquitto.passwords").chmod(0o600)
    if tls:
        authority = Authority(folder)
        pair = authority.give("server", server=True)
        assert (authority.ca.name, pair.cert.name, pair.key.name) == ("ca.crt", "server.crt", "server.key")
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_configuration(folder, port, tls=tls), encoding="utf-8")
    log = (folder / "mosquitto.log").open("wb")
    with log, subprocess.Popen([executable, "-c", str(configuration)], stdout=log, stderr=log) as process:
        try:
            _wait_until_open(port, process, folder / "mosquitto.log")
            yield SecuredBroker(port, passwords[1], process, authority)
        finally:
            process.terminate()
            process.wait(10)


def _configuration(folder: Path, port: int, *, tls: bool) -> str:
    text = (ROOT / "deploy" / "mosquitto.conf").read_text(encoding="utf-8")
    if tls:
        text = re.sub(r"^#   ", "", text, flags=re.MULTILINE).replace("listener 1883\n", "")
    text = text.replace("/mosquitto/config/", f"{folder}/").replace("/mosquitto/data/", f"{folder}/")
    text = re.sub(r"^listener \d+$", f"listener {port} 127.0.0.1", text, flags=re.MULTILINE)
    # Started as root it would become another user, who may not enter the folders of tests.
    return text + f"user {pwd.getpwuid(os.geteuid()).pw_name}\n"


def _wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until
        time.sleep(0.05)
