"""The floor: the plainest correct path from MQTT to PostgreSQL, and above it what paho takes when it only receives.

paho with manual acknowledgement, a queue, msgspec, COPY into a temporary table, INSERT ON CONFLICT DO NOTHING, acknowledged
after the commit. No station is looked up, nothing validated, flagged, accounted for or announced.
`python floor.py PORT URL COUNT` for COUNT messages; without a URL (`-`) it acknowledges at once and stores nothing.
It prints `ready`, then the seconds of time.perf_counter at the end and how many rows it has.
"""

from __future__ import annotations

import queue
import sys
import time
from datetime import datetime

import msgspec
import paho.mqtt.client as mqtt
import psycopg

_BATCH, _GATHER_S = 5000, 0.02
_DDL = """
drop table if exists floor_reading;
create table floor_reading (
    series_id integer, observed_at timestamptz, value double precision, primary key (series_id, observed_at));
create temporary table stage (like floor_reading);
"""


class _Reading(msgspec.Struct):
    observed_at: datetime
    value: float
    seq: int


_Messages = queue.SimpleQueue[tuple[str, bytes, int]]
_decoder = msgspec.json.Decoder(_Reading)


def _connect(port: int, on_message: object) -> mqtt.Client:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"floor-{time.time_ns()}", manual_ack=True)
    client.on_message = on_message  # type: ignore[assignment]
    client.on_connect = lambda c, *_: c.subscribe("ews/v1/#", 1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def receive(port: int, count: int) -> None:
    """Acknowledge and forget."""
    received = 0

    def on_message(client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        nonlocal received
        client.ack(message.mid, message.qos)
        received += 1

    _connect(port, on_message)
    while received < count:
        time.sleep(0.005)
    print(time.perf_counter(), received, flush=True)


def _gather(messages: _Messages) -> list[tuple[str, bytes, int]]:
    batch = [messages.get()]
    until = time.perf_counter() + _GATHER_S
    while len(batch) < _BATCH:
        try:
            batch.append(messages.get(timeout=max(0.0, until - time.perf_counter())))
        except queue.Empty:
            break
    return batch


def store(port: int, url: str, count: int) -> None:
    """Store what comes."""
    messages: _Messages = queue.SimpleQueue()
    series: dict[str, int] = {}
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(_DDL.encode())
        client = _connect(port, lambda _c, _u, m: messages.put((m.topic, m.payload, m.mid)))
        taken = 0
        while taken < count:
            batch = _gather(messages)
            with database.transaction(), database.cursor() as cursor:
                cursor.execute("truncate stage")
                with cursor.copy("copy stage from stdin (format binary)") as copy:
                    copy.set_types(["int4", "timestamptz", "float8"])
                    for topic, payload, _ in batch:
                        one = _decoder.decode(payload)
                        copy.write_row((series.setdefault(topic, len(series)), one.observed_at, one.value))
                cursor.execute("insert into floor_reading select * from stage on conflict do nothing")
            for _, _, mid in batch:
                client.ack(mid, 1)
            taken += len(batch)
        ended = time.perf_counter()
        rows = database.execute("select count(*) from floor_reading").fetchone()
        print(ended, rows[0] if rows else 0, flush=True)


if __name__ == "__main__":
    if sys.argv[2] == "-":
        receive(int(sys.argv[1]), int(sys.argv[3]))
    else:
        store(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
