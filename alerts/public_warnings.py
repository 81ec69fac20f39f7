"""Public warnings in the hands of officers: read in both languages, issued, updated, cancelled, expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.actions import Desk
from alerts.cap.bulletin import Texts
from alerts.cap.findings import response_at_end
from alerts.cap.message import Area, MsgType, ResponseType
from alerts.cap.press import Press
from alerts.cap.public import Announcement
from alerts.drafting import stored
from alerts.public_drafts import SYSTEM, edited, news, step, written
from alerts.refusal import ActionRefusedError, Words
from domain.alerts import Alert
from domain.warnings import PublicWarning, WarningContent, WarningState, WarningStep
from domain.words import Language, say
from storage import alerts as alert_store
from storage import audit
from storage import public_warnings as store
from storage.database import Connection
from storage.stations import load_stations

_MESSAGES = {
    WarningStep.ISSUED: MsgType.ALERT,
    WarningStep.UPDATED: MsgType.UPDATE,
    WarningStep.CANCELLED: MsgType.CANCEL,
}
#: What one of several rights is enough for: who may issue must be able to read first.
_RIGHTS = {"read": ("edit", "issue")}


def edit(connection: Connection, desk: Desk, name: str, texts: Mapping[Language, Mapping[str, str]]) -> PublicWarning:
    """Change the text. Whoever read or approved the one before has not read this one.

    The words are the officer's; how grave, how sure and when, which programs read, is as the newest version of the alert has it.
    """
    warning = _held(connection, desk, name, "edit", WarningState.DRAFT, WarningState.ISSUED)
    newest = _newest(connection, desk, warning)
    content = warning.content
    if newest is not None and newest.alert_version > content.alert_version:
        content = replace(newest, texts=content.texts, wards=content.wards, expires_at=content.expires_at)
    content = edited(content, texts)
    return stored(connection, step(warning, WarningStep.EDITED, desk.now, desk.person, content=content), desk.person)


def take_up(connection: Connection, desk: Desk, name: str) -> PublicWarning:
    """Write the text anew from the newest version of the alert."""
    warning = _held(connection, desk, name, "edit", WarningState.DRAFT, WarningState.ISSUED)
    content = _newest(connection, desk, warning)
    if content is None:
        raise ActionRefusedError(
            f"the alert of {name} or its station is gone", "alert.refused.alert_gone", warning=name
        )
    return stored(connection, step(warning, WarningStep.EDITED, desk.now, desk.person, content=content), desk.person)


def _newest(connection: Connection, desk: Desk, warning: PublicWarning) -> WarningContent | None:
    """What the warning would say of its alert as it is now; None when the alert or its station is gone."""
    alert = alert_store.alert(connection, warning.alert)
    station = None if alert is None else load_stations(connection).get(alert.station)
    if alert is None or station is None:
        return None
    return written(alert, news(alert), station, desk.rules.telling, desk.now)


def mark_read(connection: Connection, desk: Desk, name: str, language: Language) -> PublicWarning:
    """An officer has read the present text in one language: one who may edit it, or issue or approve it."""
    warning = _held(connection, desk, name, "read", WarningState.DRAFT, WarningState.ISSUED)
    return stored(connection, step(warning, WarningStep.READ, desk.now, desk.person, note=language), desk.person)


def approve(connection: Connection, desk: Desk, name: str) -> PublicWarning:
    """The second pair of eyes: an officer who may issue agrees with the present text.

    Raises ActionRefusedError: where four eyes are asked for, it is their own text, or they have not read it in both languages.
    """
    warning = _held(connection, desk, name, "issue", WarningState.DRAFT, WarningState.ISSUED)
    if _four_eyes(desk) and warning.written.person == desk.person:
        raise ActionRefusedError(
            f"{desk.person} wrote this text of {name}; another officer must approve it: ews warnings approve",
            "alert.refused.own_text",
            warning=name,
            person=desk.person,
        )
    if _four_eyes(desk):
        _require_read(warning, desk.person)
    return stored(connection, step(warning, WarningStep.APPROVED, desk.now, desk.person), desk.person)


def issue(connection: Connection, desk: Desk, name: str) -> PublicWarning:
    """Make a draft public, or publish the new text of an issued warning as its update.

    Raises ActionRefusedError: the text was not read in both languages, nobody else approved where four eyes are asked for, or
    the public has it already.
    """
    warning = _held(connection, desk, name, "issue", WarningState.DRAFT, WarningState.ISSUED)
    _require_read(warning)
    _require_four_eyes(warning, desk)
    published = warning.published
    if published is not None and published.number > warning.written.number:
        raise ActionRefusedError(
            f"{name} says nothing that the public does not have; edit it first",
            "alert.refused.nothing_new",
            warning=name,
        )
    done = WarningStep.ISSUED if warning.state is WarningState.DRAFT else WarningStep.UPDATED
    approval = desk.rules.telling.approval
    expires_at = desk.now + timedelta(hours=approval.valid_for_h if approval else 12)
    content = replace(warning.content, expires_at=expires_at)
    return _published(
        connection, desk, step(warning, done, desk.now, desk.person, content=content, state=WarningState.ISSUED)
    )


def cancel(connection: Connection, desk: Desk, name: str, because: str) -> PublicWarning:
    """Take a warning back, or drop a draft."""
    if not because.strip():
        raise ActionRefusedError("the reason is empty; say why", "alert.refused.no_reason")
    warning = _held(connection, desk, name, "issue", WarningState.DRAFT, WarningState.ISSUED)
    was_public = warning.state is WarningState.ISSUED
    # It takes back what the public was told, not an edit that nobody has read.
    content = None if warning.published is None else warning.published.content
    cancelled = WarningState.CANCELLED
    ended = step(warning, WarningStep.CANCELLED, desk.now, desk.person, note=because, content=content, state=cancelled)
    return _published(connection, desk, ended) if was_public else stored(connection, ended, desk.person)


def expire(connection: Connection, now: datetime) -> int:
    """End the issued warnings whose time is over; how many.

    An alert that still stands then has no warning in force: it gets a new draft, so that an officer decides again.
    """
    found = [w.identifier for w in store.warnings(connection, alive_only=True) if _is_over(w, now)]
    # Held and looked at once more: an officer may be prolonging one of them just now.
    held = [store.lock_warning(connection, name) for name in sorted(found)]
    over = [warning for warning in held if warning is not None and _is_over(warning, now)]
    for warning in over:
        stored(connection, step(warning, WarningStep.EXPIRED, now, SYSTEM, state=WarningState.EXPIRED), SYSTEM)
    store.mark_due(connection, [warning.alert for warning in over])
    return len(over)


def on_public_warning(connection: Connection, warning: PublicWarning, desk: Desk) -> None:
    """The one place where a warning becomes public, in the transaction that stores it: its CAP message is published here.

    The last step of `warning` says what the public is told: ISSUED an Alert, UPDATED an Update, CANCELLED a Cancel; a drill is
    of status Exercise. Raises CapRefusedError, and nothing is stored, when a receiver would find a fault in the message.
    """
    if desk.press is not None:
        alert = alert_store.alert(connection, warning.alert)
        areas = _areas(connection, warning, alert, desk.press)
        said = _announcement(warning, areas, over=_is_ended(alert))
        desk.press.announce(connection, said, desk.person, desk.now)
    step_taken = warning.versions[-1].step.value
    audit.add(connection, desk.person, "public_warning", warning.identifier, {"step": step_taken})


def _areas(
    connection: Connection, warning: PublicWarning, alert: Alert | None, press: Press
) -> Mapping[Language, tuple[Area, ...]]:
    """The wards that the text was written for; where it stands in none, what findings of its station are for."""
    station = None if warning.content.wards or alert is None else load_stations(connection).get(alert.station)
    return press.wards.areas(warning.content.wards) if station is None else press.wards.of_station(station)


def _is_ended(alert: Alert | None) -> bool:
    """Whether what it warned of came to its end, so that its Cancel is an all clear."""
    if alert is None or alert.ended_at is None:
        return False
    return response_at_end(alert.versions[-1]) is ResponseType.ALL_CLEAR


def _announcement(warning: PublicWarning, areas: Mapping[Language, tuple[Area, ...]], *, over: bool) -> Announcement:
    newest, content = warning.versions[-1], warning.content
    return Announcement(
        warning=warning.identifier,
        number=newest.number,
        sent=newest.at,
        msg_type=_MESSAGES[newest.step],
        exercise=warning.exercise,
        event=content.event,
        severity=content.severity,
        phase=content.phase,
        probability=content.probability,
        onset=content.onset,
        expires=content.expires_at,
        texts={
            language: Texts(
                event=say(f"alert.event.{content.event}", language),
                headline=text.headline,
                description=text.description,
                instruction=text.instruction,
            )
            for language, text in content.texts.items()
        },
        areas=areas,
        risk_indicator=content.risk_indicator,
        because=newest.note or None,
        over=over,
    )


def _published(connection: Connection, desk: Desk, warning: PublicWarning) -> PublicWarning:
    stored(connection, warning, desk.person)
    on_public_warning(connection, warning, desk)
    return warning


def _is_over(warning: PublicWarning, now: datetime) -> bool:
    return warning.state is WarningState.ISSUED and _published_until(warning) <= now


def _published_until(warning: PublicWarning) -> datetime:
    published = warning.published
    return (published or warning.versions[-1]).content.expires_at


def _held(connection: Connection, desk: Desk, name: str, what: str, *states: WarningState) -> PublicWarning:
    """The warning, held until the transaction ends, if the officer may do so and it is in one of `states`."""
    rights = _RIGHTS.get(what, (what,))
    if not any(desk.rules.telling.may(desk.person, right) for right in rights):
        able = ", ".join(each.id for each in desk.rules.telling.officer if set(rights) & set(each.may)) or "nobody"
        raise ActionRefusedError(
            f"{desk.person} may not {what} public warnings; {able} may (alerts.toml)",
            "alert.refused.may_not",
            person=desk.person,
            deed=Words([f"alert.refused.deed.{what}"]),
            able=able,
        )
    warning = store.lock_warning(connection, name)
    if warning is None:
        raise ActionRefusedError(
            f"there is no public warning {name!r}; `ews warnings drafts` lists them",
            "alert.refused.no_warning",
            warning=name,
        )
    if warning.state not in states:
        raise ActionRefusedError(
            f"{name} is {warning.state}; this needs {' or '.join(states)}",
            "alert.refused.state",
            warning=name,
            state=Words([f"alert.refused.state.{warning.state}"]),
            needed=Words(f"alert.refused.state.{each}" for each in states),
        )
    return warning


def _require_read(warning: PublicWarning, person: str | None = None) -> None:
    """That `person`, or somebody, has read the present text in every language."""
    unread = warning.unread_by(person)
    if unread:
        raise ActionRefusedError(
            f"{person or 'nobody'} has {'not ' if person else ''}read this text of {warning.identifier} in "
            f"{' and '.join(unread)}; `ews warnings show {warning.identifier} --language {unread[0]} "
            f"--by {person or 'NAME'}` shows it and notes that it was read",
            "alert.refused.unread",
            warning=warning.identifier,
            languages=Words(f"alert.refused.language.{each}" for each in unread),
        )


def _four_eyes(desk: Desk) -> bool:
    approval = desk.rules.telling.approval
    return approval is not None and approval.four_eyes


def _require_four_eyes(warning: PublicWarning, desk: Desk) -> None:
    if _four_eyes(desk) and not any(v.person != desk.person for v in warning.since_written(WarningStep.APPROVED)):
        raise ActionRefusedError(
            f"a second officer must approve {warning.identifier} first: ews warnings approve",
            "alert.refused.four_eyes",
            warning=warning.identifier,
            person=desk.person,
        )
