"""A CAP 1.2 message in types: alert, info, resource and area, with the words of the standard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.cap.reference import Reference, require_name
from domain.alerts import Certainty, Severity, Urgency
from domain.times import require_aware


class Status(StrEnum):
    """How the message is to be handled. Only Actual concerns the public."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """What the message does."""

    ALERT = "Alert"
    UPDATE = "Update"  # replaces the messages it references
    CANCEL = "Cancel"  # ends them
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """Who may read it."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    """The kind of event."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class ResponseType(StrEnum):
    """What the readers are asked to do."""

    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class Named:
    """A value of a code list: `name` says which list (CAP: valueName)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A position in degrees and a radius."""

    lat: float
    lon: float
    radius_km: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A file that belongs to the message."""

    description: str
    mime_type: str
    size_bytes: int | None = None
    uri: str | None = None
    digest: str | None = None  # SHA-1 in hexadecimal, as CAP wants it


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """Where: a description, and shapes whose union it is. A polygon is (latitude, longitude) …, the last equal to the first."""

    description: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Info:
    """What is said in one language."""

    language: str
    categories: tuple[Category, ...]
    event: str
    response_types: tuple[ResponseType, ...] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str | None = None
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CapMessage:
    """One message. Raises ValueError for an identifier or sender that CAP forbids, or a time without an offset."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str | None = None
    restriction: str | None = None  # with scope Restricted
    addresses: str | None = None  # with scope Private
    codes: tuple[str, ...] = ()
    note: str | None = None  # with status Exercise and msgType Error
    references: tuple[Reference, ...] = ()
    incidents: str | None = None
    infos: tuple[Info, ...] = ()

    def __post_init__(self) -> None:
        require_name(self.identifier, "identifier")
        require_name(self.sender, "sender")
        require_aware(self.sent, "sent")

    @property
    def reference(self) -> Reference:
        """How later messages name this one."""
        return Reference(sender=self.sender, identifier=self.identifier, sent=self.sent)

    @property
    def expires(self) -> datetime | None:
        """When the last of its infos expires; None when one of them never says so."""
        times = [info.expires for info in self.infos]
        known = [at for at in times if at is not None]
        return max(known) if known and len(known) == len(times) else None
