"""The embedded MQTT broker: the only place that knows which wheel brings it and how it is configured."""

from __future__ import annotations

import logging
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from cli.child import Child

#: Large enough that a payload of several MB reaches ingest, which refuses it with a reason.
_LARGEST_PAYLOAD = 8 * 1024 * 1024
_ROUTER = """\
id = 0

[router]
id = 0
max_connections = 10000
max_outgoing_packet_count = 1000
max_segment_size = 16777216
max_segment_count = 16
"""
_LISTENER = """
[{version}.1]
name = "{name}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = {payload}
max_inflight_count = 1000
dynamic_filters = true
"""


@dataclass(frozen=True, kw_only=True)
class EmbeddedBroker:
    """One broker on two loopback ports: MQTT 5, and MQTT 3.1.1 for devices that speak only that."""

    folder: Path
    mqtt5_port: int
    mqtt311_port: int

    @property
    def url(self) -> str:
        """Where it answers in MQTT 5."""
        return f"mqtt://127.0.0.1:{self.mqtt5_port}"

    @property
    def configuration_file(self) -> Path:
        """The broker's own configuration, written before every start."""
        return self.folder / "broker.toml"

    def configuration(self) -> str:
        """The configuration in rumqttd's TOML."""
        listeners = (("v5", "mqtt-5", self.mqtt5_port), ("v4", "mqtt-3.1.1", self.mqtt311_port))
        return _ROUTER + "".join(
            _LISTENER.format(version=version, name=name, port=port, payload=_LARGEST_PAYLOAD)
            for version, name, port in listeners
        )

    def child(self) -> Child:
        """The broker as a child of the supervisor."""
        return Child(
            name="broker",
            command=(sys.executable, "-P", "-m", "cli.broker", str(self.configuration_file)),
            serves=True,
            prepare=lambda: _write(self.configuration_file, self.configuration()),
            probe=lambda _: all(is_taken(port) for port in (self.mqtt5_port, self.mqtt311_port)),
        )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def is_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as asking:
        asking.settimeout(1.0)
        return asking.connect_ex((host, port)) == 0


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((host, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        port: int = trying.getsockname()[1]
        return port


def serve(configuration_file: str) -> None:
    """Run the broker in this process until a signal ends it: it has no other way to stop and nothing to save."""
    import iotcore

    # The broker tells its log every packet as an error.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    iotcore.Broker(config_path=configuration_file).run_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
