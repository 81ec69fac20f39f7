"""A warning in words and wards, put together as a CAP message; the same way for findings and for public warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.cap.codes import category, event_codes
from alerts.cap.info_meaning import MOST_HEADLINE
from alerts.cap.message import Area, CapMessage, Info, MsgType, Named, ResponseType, Scope, Status
from alerts.cap.reference import Reference
from domain.alerts import Certainty, Event, Severity, Urgency
from domain.words import LANGUAGES, Language

#: How CAP calls the languages of our texts. Vietnamese first.
LANGUAGE_TAGS: dict[Language, str] = {"vi": "vi-VN", "en": "en-US"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """What is said in one language."""

    event: str  # what people call it, at most 35 characters
    headline: str
    description: str
    instruction: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Issuer:
    """Who speaks. `sender` is the name among machines, `names` are for people."""

    sender: str
    names: Mapping[Language, str]
    contact: str | None = None
    web: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulletin:
    """All that one message says."""

    identifier: str  # of the message, not of the warning: each message has its own
    incident: str  # of the warning; its messages share it
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    event: Event
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    responses: tuple[ResponseType, ...]
    onset: datetime | None
    expires: datetime
    texts: Mapping[Language, Texts]
    areas: Mapping[Language, tuple[Area, ...]]
    restriction: str | None = None
    note: str | None = None
    references: tuple[Reference, ...] = ()
    parameters: tuple[Named, ...] = ()


def compose(bulletin: Bulletin, issuer: Issuer) -> CapMessage:
    """The CAP message, one <info> a language. Raises ValueError for a name that CAP forbids or a naive time."""
    return CapMessage(
        identifier=bulletin.identifier,
        sender=issuer.sender,
        sent=bulletin.sent,
        status=bulletin.status,
        msg_type=bulletin.msg_type,
        scope=bulletin.scope,
        restriction=bulletin.restriction,
        note=bulletin.note,
        references=bulletin.references,
        incidents=bulletin.incident,
        infos=tuple(_info(bulletin, issuer, language) for language in LANGUAGES if language in bulletin.texts),
    )


def references_to(earlier: Sequence[tuple[Reference, datetime | None]], sent: datetime) -> tuple[Reference, ...]:
    """What an Update or Cancel names: every earlier message of the warning that has not expired, and always the last.

    `earlier`: in the order of sending, with when each expires (None: never).
    """
    running = [reference for reference, expires in earlier if expires is None or expires > sent]
    last = [reference for reference, _ in earlier[-1:] if reference not in running]
    return (*running, *last)


def clipped(text: str, most: int) -> str:
    """One line of at most `most` characters, cut between words."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    return f"{head[: head.rfind(' ')] if ' ' in head[most // 2 :] else head}…"


def _info(bulletin: Bulletin, issuer: Issuer, language: Language) -> Info:
    texts = bulletin.texts[language]
    return Info(
        language=LANGUAGE_TAGS[language],
        categories=(category(bulletin.event),),
        event=clipped(texts.event, 35),
        response_types=bulletin.responses,
        urgency=bulletin.urgency,
        severity=bulletin.severity,
        certainty=bulletin.certainty,
        event_codes=event_codes(bulletin.event),
        effective=bulletin.sent,
        onset=bulletin.onset,
        expires=bulletin.expires,
        sender_name=issuer.names[language],
        headline=clipped(texts.headline, MOST_HEADLINE),
        description=texts.description,
        instruction=texts.instruction,
        web=issuer.web,
        contact=issuer.contact,
        parameters=bulletin.parameters,
        areas=bulletin.areas.get(language, ()),
    )
