"""E-mail, Telegram and whatever else apprise knows, by its URL. URLs hold passwords: they are never logged or shown."""

from __future__ import annotations

import logging
from urllib.parse import quote

import apprise

from alerts.channels.message import Channel, GiveUp, Message, Outcome, Retry, Sent

# Its log names addresses, and at DEBUG whole URLs.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
#: Where a gateway's URL takes the person's address.
PLACE = "{to}"


def apprise_channel(timeout_s: float) -> Channel:
    """A channel that sends to the URL of the person, or to that of the gateway with {to} in it as the person's address."""

    def send(message: Message) -> Outcome:
        if message.address is None:
            return GiveUp("no address: `ews contact set` stores one")
        if message.gateway is not None and PLACE not in message.gateway:
            return GiveUp(f"the gateway's URL has no {PLACE}, so that this would go to a stranger: `ews contact set`")
        service = _service(_timed(_url(message.address, message.gateway), timeout_s))
        if service is None:
            return GiveUp("apprise does not know this address; see its list of services, then `ews contact set`")
        # What became of it apprise does not say, so a failure may have arrived.
        return Sent() if _told(service, message) else Retry("the service did not take it", may_have_arrived=True)

    return send


def targets(address: str, gateway: str | None) -> int:
    """How many receivers an address stands for; 0 when apprise does not know it.

    It says of all of them together whether they were reached: for the sake of one that is dead the others would be told again
    and again.
    """
    service = _service(_url(address, gateway))
    if service is None:
        return 0
    return max(len(service), len(getattr(service, "targets", None) or ()))


def _url(address: str, gateway: str | None) -> str:
    return address if gateway is None else gateway.replace(PLACE, quote(address, safe="@+"))


def _service(url: str) -> apprise.NotifyBase | None:
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


def _told(service: apprise.NotifyBase, message: Message) -> bool:
    """Whether the service took it. The link to confirm stands in the body.

    By way of a list of one: only that escapes plain text, title and body, for services that read HTML or Markdown. A "<" would
    swallow what follows, and an officer's words would be live there.
    """
    services = apprise.Apprise()
    services.add(service)
    return bool(
        services.notify(
            body=message.body,
            title=message.headline,
            notify_type=apprise.NotifyType.WARNING,
            body_format=apprise.NotifyFormat.TEXT,
        )
    )


def _timed(url: str, timeout_s: float) -> str:
    """With apprise's own timeouts, unless the URL sets them."""
    if "cto=" in url or "rto=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}cto={timeout_s / 2:g}&rto={timeout_s / 2:g}"
