"""PUBLISH packets out of a stream, however it is cut; everything else is left to paho as it came."""

import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.publish_stream import MalformedStreamError, Published, PublishSocket, PublishStream

_OTHERS = [
    b"\x20\x03\x00\x00\x00",  # CONNACK
    b"\x90\x04\x00\x01\x00\x01",  # SUBACK
    b"\xd0\x00",  # PINGRESP
    b"\xe0\x01\x8e",  # DISCONNECT: session taken over
    b"\x40\x02\x00\x07",  # PUBACK
]


def _number(value: int) -> bytes:
    out = bytearray()
    while True:
        value, digit = divmod(value, 128)
        out.append(digit | 0x80 if value else digit)
        if not value:
            return bytes(out)


def _packet(one: Published, properties: bytes = b"") -> bytes:
    topic = b"\xff" if one.topic is None else one.topic.encode()
    mid = one.mid.to_bytes(2, "big") if one.qos else b""
    body = len(topic).to_bytes(2, "big") + topic + mid + _number(len(properties)) + properties + one.payload
    return bytes([0x30 | one.qos << 1 | one.retained]) + _number(len(body)) + body


@st.composite
def _publishes(draw: st.DrawFn) -> tuple[Published, bytes]:
    qos = draw(st.sampled_from([0, 1]))
    one = Published(
        draw(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))),
        draw(st.one_of(st.binary(max_size=40), st.binary(min_size=120, max_size=140), st.just(b"x" * 20_000))),
        draw(st.integers(1, 65535)) if qos else 0,
        qos,
        draw(st.booleans()),
    )
    return one, _packet(one, draw(st.sampled_from([b"", b"\x01\x01", b"\x26\x00\x01a" + b"\x00\xc8" + b"b" * 200])))


_stream = st.lists(st.one_of(_publishes(), st.sampled_from(_OTHERS)), max_size=12)


@given(_stream, st.lists(st.integers(1, 300), min_size=1, max_size=20))
def test_every_packet_comes_out_once_and_in_order_however_the_stream_is_cut(
    packets: list[tuple[Published, bytes] | bytes], cuts: list[int]
) -> None:
    data = b"".join(p if isinstance(p, bytes) else p[1] for p in packets)
    stream, published, others, at, n = PublishStream(), [], b"", 0, 0
    while at < len(data):
        size = cuts[n % len(cuts)] if n < 2000 else len(data)
        found, rest = stream.feed(data[at : at + size])
        published += found
        others += rest
        at, n = at + size, n + 1
    assert published == [p[0] for p in packets if not isinstance(p, bytes)]
    assert others == b"".join(p for p in packets if isinstance(p, bytes))


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_apart_or_refused(data: bytes) -> None:
    stream = PublishStream()
    try:
        stream.feed(data)
        stream.feed(data)
    except MalformedStreamError:
        pass


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x32\x04\x00\x09ab",  # the topic is longer than the packet
        b"\x36\x06\x00\x01a\x00\x01\x00",  # QoS 3
        b"\x32\x03\x00\x01a",  # no packet identifier
        b"\x30\x05\x00\x01a\x7fb",  # properties longer than the packet
    ],
)
def test_what_is_no_publish_packet_ends_the_connection(data: bytes) -> None:
    with pytest.raises(MalformedStreamError):
        PublishStream().feed(data)


def test_paho_sees_a_socket_on_which_only_the_other_packets_came() -> None:
    ours, theirs = socket.socketpair()
    got: list[Published] = []
    one = Published("a/b", b"1", 7, 1, False)
    wrapped = PublishSocket(ours, lambda published, at: got.extend(published))
    wrapped.setblocking(False)
    theirs.sendall(_OTHERS[0] + _packet(one) + _OTHERS[2])
    assert wrapped.recv(1) == _OTHERS[0][:1]
    assert wrapped.pending() == len(_OTHERS[0]) - 1 + len(_OTHERS[2])
    assert wrapped.recv(100) == _OTHERS[0][1:] + _OTHERS[2]
    assert got == [one]
    theirs.sendall(_packet(one))
    with pytest.raises(BlockingIOError):
        wrapped.recv(1)
    assert got == [one, one]
    theirs.close()
    assert wrapped.recv(1) == b""
    wrapped.close()


def test_the_time_of_arrival_is_when_the_bytes_were_read() -> None:
    ours, theirs = socket.socketpair()
    times: list[datetime] = []
    wrapped = PublishSocket(ours, lambda published, at: times.append(at))
    before = datetime.now(UTC)
    theirs.sendall(_packet(Published("a", b"", 0, 0, False)) * 2)
    with pytest.raises(BlockingIOError):
        wrapped.recv(1)
    assert before <= times[0] <= datetime.now(UTC)
    assert len(times) == 1
    theirs.close()
    wrapped.close()
