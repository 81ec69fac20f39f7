"""Claimed rows to the message that is sent: words for people, facts for machines, one alert or several of a basin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from alerts.acknowledgement import PATH, VALID_FOR, Link, token
from alerts.channels.message import Message
from alerts.places import basin, name
from alerts.recipients import RANK, Recipients
from alerts.wording import headline, message
from domain.alerts import Alert, AlertVersion, Event
from domain.stations import Station
from domain.times import local
from domain.words import Language, say
from storage.contacts import GATEWAY, Contacts
from storage.deliveries import Delivery

#: A longer list nobody reads on a phone.
_MOST_LINES = 30
FORMAT = "hue-ews/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One alert version of a message."""

    delivery: Delivery
    alert: Alert
    version: AlertVersion
    station: Station


@dataclass(frozen=True, kw_only=True, slots=True)
class Postage:
    """What every message needs besides its rows. `public_url`: where links lead; None: no links."""

    recipients: Recipients
    contacts: Contacts
    public_url: str | None
    link_key: bytes
    active: Sequence[Alert] = ()  # where a channel says the state of whole areas
    stations: Mapping[str, Station] = field(default_factory=dict)
    exercise_channels: frozenset[str] = frozenset()


#: Of equally severe warnings, what people must hear first: the headline is all that a text message carries. Levels of different events
#: say nothing about each other: wind counts forces, a flood alarm levels.
_FIRST = (Event.FLOOD, Event.BASIN_FLOOD, Event.FLASH_FLOOD, Event.STRONG_WIND, Event.HEAVY_RAIN)


def highest_first(parts: Sequence[Part]) -> list[Part]:
    """What is in force before what has ended; then by severity, floods before what only points to them, and level.

    Of a text message the first line is all that many read: the end of a grave warning must not stand before a new one.
    """
    return sorted(
        parts,
        key=lambda p: (_over(p), -RANK[p.version.severity], _turn(p.alert), -p.version.level, p.delivery.id),
    )


def _over(part: Part) -> bool:
    return part.version.level == 0


def _turn(alert: Alert) -> int:
    return _FIRST.index(alert.event) if alert.event in _FIRST else len(_FIRST)


def compose(parts: Sequence[Part], postage: Postage, now: datetime, *, machine: bool) -> Message:
    """The message of rows that go to one recipient, person and channel; at least one.

    Rows of one version of an alert, in the stead of several who did not answer, are one line of it.
    """
    ordered = highest_first(parts)
    first = ordered[0]
    delivery = first.delivery
    recipient = postage.recipients.named(delivery.recipient)
    link = _link(delivery, len(ordered), postage, now)
    words = ("", "") if machine else _words(ordered, postage.recipients, link)
    contact, gateway = _reached(delivery, postage.contacts)
    return Message(
        identifier=first.alert.identifier,
        version=first.version.number,
        recipient=delivery.recipient,
        language=language_of(delivery),
        headline=words[0],
        body=words[1],
        key=key_of(delivery),
        person=delivery.person,
        may_repeat=any(part.delivery.may_repeat for part in ordered),
        acknowledge_url=link,
        facts=_facts(ordered, link, now) if machine else {},
        area=recipient.area if recipient is not None else "",
        address=contact.address if contact is not None else None,
        secret=contact.secret if contact is not None else None,
        gateway=gateway.address if gateway is not None else None,
        gateway_secret=gateway.secret if gateway is not None else None,
    )


def _reached(delivery: Delivery, contacts: Contacts) -> tuple[Any, Any]:
    """The contact of the person, or of the command itself; and the gateway of the channel."""
    own = contacts.get((delivery.recipient, delivery.person, delivery.channel))
    common = contacts.get((delivery.recipient, "", delivery.channel))
    return own or common, contacts.get((GATEWAY, "", delivery.channel))


def key_of(delivery: Delivery) -> str:
    """The same for every attempt at the same rows."""
    person = f".{delivery.person}" if delivery.person else ""
    origin = f".for.{delivery.origin}" if delivery.origin else ""
    round_ = f".{delivery.round}" if delivery.round else ""
    return f"{delivery.alert}.{delivery.version}.{delivery.recipient}{person}.{delivery.channel}{origin}{round_}"


def language_of(delivery: Delivery) -> Language:
    """In which its recipient is spoken to."""
    return "en" if delivery.language == "en" else "vi"


def _link(delivery: Delivery, parts: int, postage: Postage, now: datetime) -> str | None:
    """Where the recipient confirms; None for copies, and where no address is set."""
    if postage.public_url is None or delivery.copy:
        return None
    link = Link(
        alert=delivery.alert if parts == 1 else "",
        version=delivery.version,
        recipient=delivery.recipient,
        person=delivery.person,
        message=(delivery.message or "") if parts > 1 else "",
        expires_at=now + VALID_FOR,
    )
    return f"{postage.public_url.rstrip('/')}{PATH}/{token(link, postage.link_key)}"


def _words(ordered: Sequence[Part], recipients: Recipients, link: str | None) -> tuple[str, str]:
    """Headline and body."""
    first, different = ordered[0], _different(ordered)
    language = language_of(first.delivery)
    if len(different) == 1:
        made = message(first.alert, first.version, first.station, recipient=first.delivery.recipient, language=language)
        title, lines = made.headline, made.body.splitlines()
    else:
        title, lines = _grouped(different, language)
    if any(part.delivery.may_repeat for part in ordered):
        title = f"[{say('alert.mark.may_repeat', language)}] {title}"
        lines = [say("alert.line.may_repeat", language), *lines]
    silent = [found.name(language) for name in _origins(ordered) if (found := recipients.named(name)) is not None]
    if silent:
        # In the headline too, for that is all of it that a text message carries.
        title = f"[{_unanswered_mark(silent, language)}] {title}"
        lines = [say("alert.line.unanswered", language, recipient="; ".join(silent)), *lines]
    if link is not None:
        lines.append(say("alert.line.acknowledge", language, url=link))
    return title, "\n".join(lines)


def _different(ordered: Sequence[Part]) -> list[Part]:
    """One part of each version of an alert, in order."""
    found: dict[tuple[str, int], Part] = {}
    for part in ordered:
        found.setdefault((part.alert.identifier, part.version.number), part)
    return list(found.values())


def _origins(ordered: Sequence[Part]) -> list[str]:
    """In whose stead the message goes out, each once."""
    return sorted({part.delivery.origin for part in ordered if part.delivery.origin})


def _unanswered_mark(silent: Sequence[str], language: Language) -> str:
    if len(silent) == 1:
        return say("alert.mark.unanswered", language, recipient=silent[0])
    return say("alert.mark.unanswered_by", language, count=len(silent))


def _grouped(ordered: Sequence[Part], language: Language) -> tuple[str, list[str]]:
    titles = [headline(p.alert, p.version, p.station, language) for p in ordered[:_MOST_LINES]]
    counts = Counter(part.version.severity for part in ordered if not _over(part))
    told = ", ".join(
        f"{say(f'alert.severity.{severity}', language)} {counts[severity]}"
        for severity in sorted(counts, key=lambda s: -RANK[s])
    )
    lines = [say("alert.group.counts", language, counts=told)] if counts else []
    lines += [f"• {title}" for title in titles]
    if len(ordered) > _MOST_LINES:
        lines.append(say("alert.group.more", language, count=len(ordered) - _MOST_LINES))
    found, ended = _where(ordered[0], language), sum(_over(part) for part in ordered)
    kind = "headline" if not ended else "headline.mixed" if counts else "headline.ended"
    return say(
        f"alert.group.{kind}",
        language,
        basin=f"{found[:1].upper()}{found[1:]}",
        count=len(ordered) - ended,
        ended=ended,
        headline=titles[0],
    ), lines


def _where(part: Part, language: Language) -> str:
    """The basin that the group is of; a station that lies in none is a group of its own."""
    if part.station.basin is None and part.delivery.basin == part.station.id:
        return name(part.station, language)
    return basin(part.delivery.basin, language)


def _facts(ordered: Sequence[Part], link: str | None, now: datetime) -> dict[str, Any]:
    """The JSON of the webhook (docs/message_contract.md)."""
    delivery, different, origins = ordered[0].delivery, _different(ordered), _origins(ordered)
    return {
        "format": FORMAT,
        "key": key_of(delivery),
        "sent_at": local(now).isoformat(timespec="milliseconds"),
        "recipient": delivery.recipient,
        "person": delivery.person or None,
        "instead_of": origins[0] if origins else None,
        "instead_of_all": origins,
        "may_repeat": any(part.delivery.may_repeat for part in ordered),
        "basin": delivery.basin or None,
        "count": len(different),
        "alerts": [alert_facts(part.alert, part.version, part.station) for part in different],
        "acknowledge_url": link,
    }


def alert_facts(alert: Alert, version: AlertVersion, station: Station) -> dict[str, Any]:
    """One alert version for machines: times with +07:00, values in the quantity's unit."""
    return {
        "identifier": alert.identifier,
        "version": version.number,
        "station": alert.station,
        "event": alert.event.value,
        "state": "ended" if version.level == 0 else "active",
        "severity": version.severity.value,
        "level": version.level,
        "phase": version.phase.value,
        "reason": version.reason.value,
        "at": _written(version.at),
        "decided_at": _written(version.decided_at, "milliseconds"),
        "value": version.value,
        "threshold": version.threshold,
        "wards": list(station.covers),
        "clock": station.clock,
        "simulated": station.simulated,
        "exercise": alert.exercise,
        "headline": {
            "vi": headline(alert, version, station, "vi"),
            "en": headline(alert, version, station, "en"),
        },
    }


@lru_cache(maxsize=1024)  # a storm says one time thousands of times
def _written(at: datetime, timespec: str = "auto") -> str:
    return local(at).isoformat(timespec=timespec)
