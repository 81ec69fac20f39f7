"""A million payloads through every decoder, steered by what code they reach (libFuzzer, through atheris).

    python -m tests.unit.ingest.formats.fuzz_decoders -runs=1000000 [-seed=N]

Any exception but UnreadableMessageError, and any unsound reading, ends it with the payload in a file crash-*. The first byte of
an input chooses the decoder, the rest is the payload; it begins from one good payload of each decoder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest"]):
    from tests.unit.ingest.formats.test_any_bytes import SOURCES, decode_any, read_any

QUANTITIES = ("water_level", "rainfall", None)
#: A good payload, whole or in parts, of each kind: what mutations begin from.
GOOD = (
    b'{"v":1,"t":"2025-11-01T10:00:00+07:00","value":3.5,"seq":7}',
    b'{"v":1,"readings":[{"t":1761973200,"value":3.5},{"t":1761973260,"value":3.51}]}',
    b'[{"bn":"d1:","bt":1761973200,"n":"level","u":"m","v":3.5},{"n":"level","t":60,"v":3.6}]',
    b'{"end_device_ids":{"device_id":"d1"},"uplink_message":{"frm_payload":"AgAB//8=","decoded_payload":{"level":3.5}}}',
    b'{"deviceInfo":{"devEui":"d1"},"time":"2025-11-01T03:00:00Z","data":"AgAB//8=","object":{"level":3.5}}',
    b'{"result":3.5,"phenomenonTime":"2025-11-01T03:00:00Z","Datastream":{"@iot.id":1}}',
    b'[{"Datastream":{"@iot.id":1},"components":["result","phenomenonTime"],"dataArray":[[3.5,"2025-11-01T03:00:00Z"]]}]',
    b'{"ts":1761973200000,"values":{"level":3.5}}',
    b'{"sensordatavalues":[{"value_type":"level","value":"3.5"}]}',
    b'{"observed_at":"2025-11-01T03:00:00Z","values":{"water_level":3.5,"\\ud800":1}}',
    b'{"observed_at":"2025-11-01T03:00:00Z","value":3.5,"unit":"Ym^9*Ym^9/m^9/m^8"}',
    b'{"ts":1' + b"0" * 400 + b',"values":{"level":3.5}}',
    b"3.5",
    b"level\t3.5\tm\t20251101100000\t00\n",
)


def one_input(data: bytes) -> None:
    """One payload through one decoder."""
    if not data:
        return
    chosen, payload = data[0] % (len(SOURCES) + len(QUANTITIES)), data[1:]
    if chosen < len(SOURCES):
        read_any(SOURCES[chosen], payload)
    else:
        decode_any(payload, QUANTITIES[chosen - len(SOURCES)])


def main() -> None:
    """Until -runs are done."""
    with tempfile.TemporaryDirectory() as folder:
        for decoder in range(len(SOURCES) + len(QUANTITIES)):
            for number, payload in enumerate(GOOD):
                (Path(folder) / f"{decoder}-{number}").write_bytes(bytes([decoder]) + payload)
        atheris.Setup([*sys.argv, "-max_len=600", "-print_final_stats=1", folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
