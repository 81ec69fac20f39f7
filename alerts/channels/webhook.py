"""The signed webhook: one JSON document a message, which the receiver can prove to be ours and fresh.

Headers: `X-EWS-Timestamp` (epoch seconds), `X-EWS-Signature` (`v1=` and the HMAC-SHA-256, in hexadecimal, of the timestamp,
a full stop and the body, under the receiver's secret), `Idempotency-Key` (the same for every attempt at one message).
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable

import msgspec

from alerts.channels.message import Channel, GiveUp, Message, Outcome
from alerts.channels.posting import Poster

_encoder = msgspec.json.Encoder()


def webhook_channel(timeout_s: float, *, clock: Callable[[], float] = time.time) -> Channel:
    """A channel that posts to the address of the message; `clock` gives epoch seconds."""
    poster = Poster(timeout_s)

    def send(message: Message) -> Outcome:
        if message.address is None:
            return GiveUp("no address: `ews contact set` stores one")
        if not message.secret:
            return GiveUp("no secret to sign with: `ews contact set` makes one")
        body = _encoder.encode(message.facts)
        return poster.post(message.address, body, signed_headers(body, message, str(int(clock()))))

    return send


def signed_headers(body: bytes, message: Message, timestamp: str) -> dict[str, str]:
    """The headers by which the receiver knows us."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "hue-ews",
        "X-EWS-Timestamp": timestamp,
        "X-EWS-Signature": signature(body, message.secret or "", timestamp),
        "X-EWS-May-Repeat": "1" if message.may_repeat else "0",
        "Idempotency-Key": message.key,
    }


def signature(body: bytes, secret: str, timestamp: str) -> str:
    """`v1=` and the HMAC-SHA-256 of timestamp, full stop and body."""
    return f"v1={hmac.digest(secret.encode(), timestamp.encode() + b'.' + body, 'sha256').hex()}"
