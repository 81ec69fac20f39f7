"""E-mail, Telegram and whatever else apprise knows, by its URL. URLs hold passwords: they are never logged or shown."""

from __future__ import annotations

import logging
from urllib.parse import quote

import apprise

from alerts.channels.message import Channel, GiveUp, Message, Outcome, Retry, Sent

# Its log names addresses, and at DEBUG whole URLs.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def apprise_channel(timeout_s: float) -> Channel:
    """A channel that sends to the URL of the person, or to that of the gateway with {to} in it as the person's address."""

    def send(message: Message) -> Outcome:
        if message.address is None:
            return GiveUp("no address: `ews contact set` stores one")
        url = message.address
        if message.gateway is not None:
            url = message.gateway.replace("{to}", quote(message.address, safe="@+"))
        service = apprise.Apprise.instantiate(_timed(url, timeout_s), suppress_exceptions=True)
        if service is None:
            return GiveUp("apprise does not know this address; see its list of services, then `ews contact set`")
        text = "\n".join(part for part in (message.body, message.acknowledge_url) if part)
        # What became of it apprise does not say, so a failure may have arrived.
        sent = service.notify(body=text, title=message.headline, notify_type=apprise.NotifyType.WARNING)
        return Sent() if sent else Retry("the service did not take it", may_have_arrived=True)

    return send


def _timed(url: str, timeout_s: float) -> str:
    """With apprise's own timeouts, unless the URL sets them."""
    if "cto=" in url or "rto=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}cto={timeout_s / 2:g}&rto={timeout_s / 2:g}"
