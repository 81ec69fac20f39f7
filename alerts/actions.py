"""What officers do with alerts: each is stored with their name, and a page calls the same functions as the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.cap.press import Press
from alerts.decision import Rulebook, tell
from alerts.drafting import prepare
from alerts.life_cycle import identifier
from alerts.outbox import deliveries_for
from alerts.recipients import CITY, Recipient, Recipients
from alerts.refusal import ActionRefusedError, Words
from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.deeds import SEVERITY_RANK, Action, Deed, Silence, Telling, TellingReason
from domain.stations import Station
from storage import alerts as alert_store
from storage import audit, tellings
from storage.database import Connection
from storage.deliveries import enqueue
from storage.stations import clock_now, load_stations

_KEPT = ("observed_level", "schedule", "applies_again_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """An officer at work: who, when (wall clock), by which rules people are told, and who publishes for the public."""

    person: str
    now: datetime
    rules: Rulebook
    press: Press | None = None  # without one nothing is published


def acknowledge(connection: Connection, desk: Desk, alert: str, comment: str = "") -> Deed:
    """An officer has seen the newest version: it is not repeated until it changes."""
    held = _held(connection, alert)
    return _did(connection, desk, held, Action.ACKNOWLEDGED, {"comment": comment} if comment else {})


def assign(connection: Connection, desk: Desk, alert: str, to: str) -> Deed:
    """Somebody takes care of it from now on."""
    return _did(connection, desk, _held(connection, alert), Action.ASSIGNED, {"to": _written("to", to)})


def comment(connection: Connection, desk: Desk, alert: str, text: str) -> Deed:
    """A remark, kept with the alert; ended ones too."""
    held = _held(connection, alert, active=False)
    return _did(connection, desk, held, Action.COMMENTED, {"text": _written("text", text)})


def escalate(connection: Connection, desk: Desk, alert: str, to: str, because: str) -> Alert:
    """Tell recipient `to` at once, whatever its severity floor, silences and hours say."""
    held = _held(connection, alert)
    chosen = [each for each in desk.rules.recipients if each.id == to]
    if not chosen:
        known = ", ".join(each.id for each in desk.rules.recipients)
        raise ActionRefusedError(
            f"there is no recipient {to!r}; known are {known}", "alert.refused.no_recipient", to=to, known=known
        )
    newest = held.versions[-1]
    version = _next(held, desk, Reason.ESCALATED, newest.at, because=because, detail={**_kept(newest), "to": to})
    grown = replace(held, versions=(*held.versions, version))
    # Chosen and hurried as if Extreme, so that no floor stands in the way; the message says the true severity.
    station = _station(connection, held.station)
    urgent = replace(version, severity=Severity.EXTREME)
    reached = _alone(desk.rules.recipients, [each.model_copy(update={"area": CITY}) for each in chosen])
    rows = deliveries_for(grown, urgent, station, reached, desk.now)
    if not rows:
        raise ActionRefusedError(f"{to} is told of no warnings; choose another", "alert.refused.not_told", to=to)
    alert_store.save_alert(connection, grown)
    enqueue(connection, rows)
    told = Telling(
        alert=alert, version=version.number, told=True, reason=TellingReason.TOLD, detail=f"escalated to {to}"
    )
    tellings.add_tellings(connection, [told])
    _did(connection, desk, grown, Action.ESCALATED, {"to": to, "because": because})
    return grown


def end(connection: Connection, desk: Desk, alert: str, because: str) -> Alert:
    """End an alert by a person's decision. It stays ended until its finding becomes graver than it has been since, or begins anew."""
    held = _held(connection, alert)
    station = _station(connection, held.station)
    newest = held.versions[-1]
    on_clock = clock_now(connection, desk.now).get(station.clock, desk.now)
    at = max(on_clock, newest.at, held.raised_at + timedelta(microseconds=1))
    version = replace(
        _next(held, desk, Reason.ENDED_BY_PERSON, at, because=because, detail={"level_before": newest.level}),
        level=0,
        # It concerns everyone who heard of it when it was gravest.
        severity=max((each.severity for each in held.versions), key=SEVERITY_RANK.__getitem__),
    )
    ended = replace(held, state=AlertState.ENDED, ended_at=at, versions=(*held.versions, version))
    alert_store.save_alert(connection, ended)
    tell(connection, [(station, ended, [version])], desk.rules, clock_now=at, wall_now=desk.now)
    prepare(connection, station, ended, desk.rules.telling, desk.now)
    _did(connection, desk, ended, Action.ENDED, {"because": because})
    return ended


def silence(connection: Connection, desk: Desk, wanted: Silence) -> Silence:
    """No messages for what `wanted` covers until it ends; what is more severe is told all the same.

    Raises ActionRefusedError for what is Extreme: nothing is more severe, so that whatever came would be told to nobody.
    """
    if wanted.severity is Severity.EXTREME:
        raise ActionRefusedError(
            "what is Extreme cannot be silenced; silence up to Severe, or end the alert",
            "alert.refused.silence_extreme",
        )
    if wanted.ends_at <= desk.now:
        raise ActionRefusedError(
            "the silence would be over already; give an end in the future", "alert.refused.silence_over"
        )
    made = tellings.add_silence(
        connection, replace(wanted, made_by=desk.person, reason=_written("reason", wanted.reason))
    )
    detail = {
        "until": made.ends_at.isoformat(),
        "severity": made.severity.value,
        "station": made.station,
        "basin": made.basin,
        "event": made.event,
        "reason": made.reason,
    }
    audit.add(connection, desk.person, "silenced", f"silence {made.id}", detail)
    return made


def lift(connection: Connection, desk: Desk, number: int) -> None:
    """End a silence before its time."""
    if not tellings.lift_silence(connection, number, desk.person, desk.now):
        raise ActionRefusedError(
            f"there is no silence {number} in force; `ews alerts silences` lists them",
            "alert.refused.no_silence",
            number=number,
        )
    audit.add(connection, desk.person, "silence_lifted", f"silence {number}", {})


def exercise(connection: Connection, desk: Desk, *, station: str, event: Event, level: int, because: str) -> Alert:
    """Begin a drill, or move it to another level: marked everywhere, and only on the channels that exercises may use.

    Raises ActionRefusedError, also when it stands at this level already: a colleague may have ordered it in the same moment.
    """
    place = _station(connection, station)
    severities = desk.rules.severities.get(event, {})
    if level not in severities:
        known = ", ".join(str(each) for each in severities) or "none"
        raise ActionRefusedError(
            f"level {level} of {event} has no severity in the rules; levels are {known}",
            "alert.refused.no_severity",
            level=level,
            event=Words([f"alert.event.{event}"]),
            known=known,
        )
    at = clock_now(connection, desk.now).get(place.clock, desk.now)
    running = _running_drill(connection, station, event)
    if running is not None and running.level == level:
        raise ActionRefusedError(
            f"{running.identifier} stands at level {level} already; give another level, or end it",
            "alert.refused.drill_level",
            level=level,
        )
    drill = running or _drill(place, event, at)
    reason = Reason.RAISED if running is None else Reason.UPGRADED if level > drill.level else Reason.DOWNGRADED
    version = AlertVersion(
        number=len(drill.versions) + 1,
        reason=reason,
        at=max(at, drill.raised_at),
        decided_at=desk.now,
        level=level,
        severity=severities[level],
        phase=Phase.OBSERVED,
        value=None,
        threshold=None,
        detail={"by": desk.person, "because": _written("reason", because)},
    )
    drill = replace(drill, level=level, severity=version.severity, versions=(*drill.versions, version))
    alert_store.save_alert(connection, drill)
    tell(connection, [(place, drill, [version])], desk.rules, clock_now=at, wall_now=desk.now)
    prepare(connection, place, drill, desk.rules.telling, desk.now)
    audit.add(connection, desk.person, f"exercise_{reason}", drill.identifier, {"level": level, "because": because})
    return drill


def _running_drill(connection: Connection, station: str, event: Event) -> Alert | None:
    """The drill that runs there, held until the transaction ends; so is whatever begins one."""
    alert_store.lock_exercises(connection)
    active = alert_store.active_alerts(connection)
    found = next((a for a in active if a.exercise and (a.station, a.event) == (station, event)), None)
    return None if found is None else _held(connection, found.identifier)


def _drill(station: Station, event: Event, at: datetime) -> Alert:
    name = identifier(station.id, event, at).replace("hue-ews.", "hue-ews.exercise.", 1)
    return Alert(
        identifier=name,
        station=station.id,
        event=event,
        state=AlertState.ACTIVE,
        severity=Severity.UNKNOWN,
        level=0,
        phase=Phase.OBSERVED,
        raised_at=at,
        ended_at=None,
        versions=(),
        exercise=True,
    )


def _alone(recipients: Sequence[Recipient], chosen: Sequence[Recipient]) -> Recipients:
    """These of them, each with its post on duty."""
    known = recipients if isinstance(recipients, Recipients) else Recipients.of(recipients)
    return Recipients.of(chosen, known.escalation, list(known.rosters.values()))


def _held(connection: Connection, name: str, *, active: bool = True) -> Alert:
    """The alert, held until the transaction ends."""
    alert_store.lock_alerts(connection, [name])
    found = alert_store.alert(connection, name)
    if found is None:
        raise ActionRefusedError(
            f"there is no alert {name!r}; `ews alerts` lists them", "alert.refused.no_alert", alert=name
        )
    if active and found.state is not AlertState.ACTIVE:
        raise ActionRefusedError(f"{name} has ended; only a comment can be added", "alert.refused.ended", alert=name)
    return found


def _station(connection: Connection, name: str) -> Station:
    found = load_stations(connection).get(name)
    if found is None:
        raise ActionRefusedError(
            f"there is no station {name!r}; `ews stations` lists them", "alert.refused.no_station", station=name
        )
    return found


def _did(connection: Connection, desk: Desk, alert: Alert, action: Action, detail: dict[str, str]) -> Deed:
    deed = Deed(
        alert=alert.identifier,
        version=alert.versions[-1].number,
        at=desk.now,
        person=_written("by", desk.person),
        action=action,
        detail=detail,
    )
    tellings.add_deed(connection, deed)
    audit.add(connection, desk.person, action.value, alert.identifier, {"version": deed.version, **detail})
    return deed


def _next(
    alert: Alert, desk: Desk, reason: Reason, at: datetime, *, because: str, detail: dict[str, str | float | int]
) -> AlertVersion:
    newest = alert.versions[-1]
    return replace(
        newest,
        number=newest.number + 1,
        reason=reason,
        at=at,
        decided_at=desk.now,
        value=None,
        threshold=None,
        detail={**detail, "by": _written("by", desk.person), "because": _written("reason", because)},
    )


def _kept(version: AlertVersion) -> dict[str, str | float | int]:
    """What an order keeps of the version it is about: how far readings support it, and whether anybody looks at them now."""
    return {name: version.detail[name] for name in _KEPT if name in version.detail}


def _written(key: str, text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ActionRefusedError(
            f"{key} is empty or holds control characters; write plain text",
            "alert.refused.not_plain",
            field=Words([f"alert.refused.field.{key}"]),
        )
    return text.strip()
