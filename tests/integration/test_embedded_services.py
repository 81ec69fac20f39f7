"""The embedded servers as `ews up` starts them, and Mosquitto as compose.yaml starts it."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import psutil
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cli.broker import EmbeddedBroker, is_taken
from cli.broker_client import connected
from cli.child import Child, Running, start
from cli.embedded import database_for_a_moment, is_owned
from cli.postgresql import EmbeddedPostgresql
from domain.errors import BrokerUnavailableError, EwsError
from domain.settings import Settings
from storage.migrate import migrate, schema_state
from tests.ports import free_port
from tests.required import mosquitto

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TOPIC = "ews/v1/kim_long/water_level"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a system user can reach, which pytest's own need not be."""
    made = Path(tempfile.mkdtemp(prefix="ews-embedded-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def wait_for(check: Callable[[], Any], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)


@contextmanager
def running(child: Child) -> Iterator[Running]:
    started = start(child)
    try:
        wait_for(started.check_ready)
        yield started
    finally:
        started.stop(5)


class Listener:
    """A client with a session that outlives its connection, as ingest has one."""

    def __init__(self, port: int) -> None:
        self.heard: list[bytes] = []
        self.present: list[bool] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="listener", protocol=mqtt.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_message = lambda _client, _data, message: self.heard.append(message.payload)
        self._subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        self._client.connect("127.0.0.1", port, clean_start=False, properties=properties)
        self._client.loop_start()
        assert self._subscribed.wait(60)

    def _on_connect(
        self, client: mqtt.Client, _data: Any, flags: mqtt.ConnectFlags, _code: Any, _properties: Any
    ) -> None:
        self.present.append(flags.session_present)
        client.subscribe("ews/v1/#", qos=1)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def publish(port: int, payloads: list[bytes], protocol: mqtt.MQTTProtocolVersion) -> None:
    """Send all and wait until the broker has them; as a device does, connect again when the connection is lost."""
    # An id a listener: the broker may still be letting go of the one before, and would end a second connection of its name.
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"device-{port}", protocol=protocol)
    client.connect("127.0.0.1", port)
    _loop_until(client, client.is_connected)
    sent = [client.publish(TOPIC, payload, qos=1) for payload in payloads]
    _loop_until(client, lambda: all(message.is_published() for message in sent))
    client.disconnect()


def _loop_until(client: mqtt.Client, reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < until
        if client.loop(0.1) != mqtt.MQTT_ERR_SUCCESS:
            client.reconnect()


def test_a_session_that_was_away_gets_everything_once_from_both_listeners(folder: Path) -> None:
    broker = EmbeddedBroker(folder=folder, mqtt5_port=free_port(), mqtt311_port=free_port())
    with running(broker.child()):
        Listener(broker.mqtt5_port).leave()
        publish(broker.mqtt5_port, [b"%d" % n for n in range(3000)], mqtt.MQTTv5)
        publish(broker.mqtt311_port, [b"old device", b"x" * 1_000_000], mqtt.MQTTv311)
        listener = Listener(broker.mqtt5_port)
        wait_for(lambda: len(listener.heard) == 3002)
        assert listener.present == [True]
        assert sorted(listener.heard[:3000]) == sorted(b"%d" % n for n in range(3000))
        assert listener.heard[3000:] == [b"old device", b"x" * 1_000_000]
        listener.leave()
    assert not is_taken(broker.mqtt5_port)


def test_data_survive_a_kill_of_the_server_and_of_its_owner(folder: Path) -> None:
    server = EmbeddedPostgresql(folder=folder)
    with running(server.child()) as started:
        assert migrate(server.url)
        helpers = psutil.Process(started.process.pid).children(recursive=True)
        started.process.kill()
        started.process.wait(10)
        psutil.wait_procs(helpers, 60)  # they hold its shared memory until they notice
        assert (server.data / "postmaster.pid").exists()
    with running(server.child()):
        assert schema_state(server.url)[1] == []
        with psycopg.connect(server.url) as connection:
            assert connection.execute("show timezone").fetchone() == ("UTC",)
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("select lower('ĐÀ NẴNG'), upper('huế')").fetchone() == ("đà nẵng", "HUẾ")


def test_only_the_owner_can_open_the_socket(folder: Path) -> None:
    server = EmbeddedPostgresql(folder=folder)
    with running(server.child()):
        assert server.data.stat().st_mode & 0o077 == 0
        assert list(server.socket_dir.glob(".s.PGSQL.*"))


def test_a_server_that_its_killed_owner_left_behind_is_replaced(folder: Path) -> None:
    server = EmbeddedPostgresql(folder=folder)
    left = start(server.child())
    wait_for(left.check_ready)
    with running(server.child()) as again:
        assert left.process.wait(10) == 0
        assert again.process.poll() is None
        assert schema_state(server.url)[0] == []
    left.close()


def test_the_database_of_a_system_that_is_down_starts_for_a_question(folder: Path) -> None:
    settings = Settings(data_dir=folder / "data")
    with pytest.raises(EwsError, match="nothing has run"), database_for_a_moment(settings):
        pass
    with database_for_a_moment(settings, create=True) as url:
        migrate(url)
        assert is_owned(settings.data_dir)
    with database_for_a_moment(settings) as url:
        assert schema_state(url)[1] == []
    assert not is_owned(settings.data_dir)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def password_entry(user: str, password: str) -> str:
    """A line of Mosquitto's password file: PBKDF2 with SHA-512."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"{user}:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


@pytest.fixture
def mosquitto_port(folder: Path) -> Iterator[int]:
    """Mosquitto with the files of deploy/, with their places and the port changed."""
    program = mosquitto()
    port = free_port()
    text = (DEPLOY / "mosquitto.conf").read_text()
    text = text.replace("/mosquitto/config", str(folder)).replace("/mosquitto/data/", f"{folder}/data/")
    text, changed = re.subn(r"^listener 1883$", f"listener {port} 127.0.0.1", text, flags=re.MULTILINE)
    assert changed == 1
    if os.geteuid() == 0:
        text += "user root\n"
    (folder / "data").mkdir()
    (folder / "mosquitto.conf").write_text(text)
    shutil.copy(DEPLOY / "mosquitto.acl", folder / "mosquitto.acl")
    users = "".join(
        password_entry(user, f"secret-{user}") for user in ("ews_ingest", "ews_scheduler", "kim_long", "command_19753")
    )
    (folder / "mosquitto.passwords").write_text(users)
    (folder / "mosquitto.passwords").chmod(0o600)
    (folder / "mosquitto.acl").chmod(0o600)
    with subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: is_taken(port))
            yield port
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.mark.mosquitto
def test_mosquitto_in_production_asks_for_passwords_and_keeps_devices_to_themselves(mosquitto_port: int) -> None:
    def url(user: str | None) -> str:
        return f"mqtt://{f'{user}:secret-{user}@' if user else ''}127.0.0.1:{mosquitto_port}"

    for wrong in (url(None), url("ews_ingest").replace("secret", "guess")):
        with pytest.raises(BrokerUnavailableError, match="refuses us"), connected(wrong, "nobody"):
            pass
    heard: list[tuple[str, bytes]] = []
    with connected(url("ews_ingest"), "ews-ingest") as ingest, connected(url("command_19753"), "horn") as horn:
        granted: list[object] = []
        for client, topic in ((ingest, "ews/v1/#"), (horn, "#")):
            client.on_message = lambda _client, _data, message: heard.append((message.topic, message.payload))
            client.on_subscribe = lambda _client, _data, _number, reasons, _properties: granted.append(reasons)
            client.subscribe(topic, qos=1)
        wait_for(lambda: len(granted) == 2)
        with connected(url("kim_long"), "kim_long") as device:
            for topic in ("ews/v1/phu_oc/water_level", "ews/alerts/v1/19753", TOPIC, "ews/v1/kim_long"):
                device.publish(topic, b"by kim_long", qos=1).wait_for_publish(10)
        with connected(url("ews_scheduler"), "scheduler") as scheduler:
            scheduler.publish("ews/alerts/v1/19753", b"by ews", qos=1).wait_for_publish(10)
        wait_for(lambda: len(heard) >= 3)
        time.sleep(0.5)
    assert sorted(heard) == [
        ("ews/alerts/v1/19753", b"by ews"),
        ("ews/v1/kim_long", b"by kim_long"),
        (TOPIC, b"by kim_long"),
    ]
