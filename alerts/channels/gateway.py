"""A provider's HTTP interface (SMS, Zalo): one request by template, to the gateway's address, for the person's number."""

from __future__ import annotations

import json
from string import Template

from alerts.channels.message import Channel, GiveUp, Message, Outcome
from alerts.channels.posting import Poster


def gateway_channel(timeout_s: float, *, template: str, authorization: str | None, longest_text: int) -> Channel:
    """A channel that fills $to, $text and $key into the JSON `template`, each as a JSON string without its quotes.

    The gateway's address and secret come from its contact; `authorization` is the header with $secret in it. A text longer
    than `longest_text` letters is cut: providers refuse it whole otherwise.
    """
    poster = Poster(timeout_s)

    def send(message: Message) -> Outcome:
        if message.address is None:
            return GiveUp("no number: `ews contact set` stores one")
        if message.gateway is None:
            return GiveUp("no gateway for this channel: `ews contact set --gateway` stores one")
        headers = {"Content-Type": "application/json", "User-Agent": "hue-ews", "Idempotency-Key": message.key}
        if authorization is not None:
            headers["Authorization"] = Template(authorization).safe_substitute(secret=message.gateway_secret or "")
        body = Template(template).substitute(
            to=_inside(message.address), text=_inside(short_text(message, longest_text)), key=_inside(message.key)
        )
        return poster.post(message.gateway, body.encode(), headers)

    return send


def short_text(message: Message, longest: int) -> str:
    """The headline, and the link if there is one, in at most `longest` letters; the link is never cut."""
    link = "" if message.acknowledge_url is None else f"\n{message.acknowledge_url}"
    room = longest - len(link)
    if room < 1:
        return message.headline[:longest]
    return (message.headline if len(message.headline) <= room else message.headline[: room - 1] + "…") + link


def _inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
