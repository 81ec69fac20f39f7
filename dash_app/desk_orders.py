"""What an officer orders on the desk: one form a kind, carried out by the same functions as the command line's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import msgspec

from alerts import actions, public_warnings
from alerts.actions import Desk
from alerts.asking import change_that_asks
from alerts.refusal import ActionRefusedError, Words
from domain.alerts import Severity
from domain.deeds import Silence
from domain.warnings import PublicWarning
from domain.words import LANGUAGES, Language
from storage import alerts as alert_store
from storage.database import Connection
from storage.public_warnings import lock_warning
from storage.stations import load_stations
from storage.tellings import tellings_of


class Order(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """What all orders share: the alert they are about."""

    alert: str


class Acknowledge(Order, frozen=True, kw_only=True, tag="acknowledge"):
    """Seen; it is not repeated until it changes. `seen`: the number of the newest version on the page."""

    comment: str = ""
    seen: int | None = None


class Assign(Order, frozen=True, kw_only=True, tag="assign"):
    """Somebody takes care of it."""

    to: str


class Comment(Order, frozen=True, kw_only=True, tag="comment"):
    """A remark."""

    text: str


class Quiet(Order, frozen=True, kw_only=True, tag="silence"):
    """No messages about this event at the alert's station, or in its whole basin, for so many hours, up to a severity."""

    hours: float
    reason: str
    severity: Severity
    area: Literal["station", "basin"] = "station"


class Lift(Order, frozen=True, kw_only=True, tag="lift"):
    """End a silence before its time."""

    silence: int


class Escalate(Order, frozen=True, kw_only=True, tag="escalate"):
    """Tell somebody at once. `seen`: the number of the newest version on the sheet."""

    to: str
    reason: str
    seen: int | None = None


class End(Order, frozen=True, kw_only=True, tag="end"):
    """End the alert."""

    reason: str
    seen: int | None = None


class Read(Order, frozen=True, kw_only=True, tag="read"):
    """The officer has read the present text in one language. `seen`: the number of the step that wrote it."""

    warning: str
    language: Language
    seen: int


class Edit(Order, frozen=True, kw_only=True, tag="edit"):
    """A new text in one language. `seen`: the number of the step that wrote the text it was made from."""

    warning: str
    language: Language
    seen: int
    headline: str
    description: str
    instruction: str


class Anew(Order, frozen=True, kw_only=True, tag="anew"):
    """Write the text anew from the newest version of the alert. `seen`: the number of the step whose text it replaces."""

    warning: str
    seen: int


class Approve(Order, frozen=True, kw_only=True, tag="approve"):
    """The second pair of eyes agrees with the present text."""

    warning: str
    seen: int


class Issue(Order, frozen=True, kw_only=True, tag="issue"):
    """Make it public, or publish its new text. `seen`: the number of the newest step on the sheet."""

    warning: str
    seen: int | None = None


class Cancel(Order, frozen=True, kw_only=True, tag="cancel"):
    """Take it back, or drop the draft."""

    warning: str
    reason: str
    seen: int | None = None


#: Nobody is told by these, or an undoing of them is at hand: one press is enough.
_Light = Acknowledge | Assign | Comment | Quiet | Lift | Read | Edit | Anew | Approve
#: These reach people and cannot be taken back unseen: a sheet says what will be sent, and the button is held.
GRAVE = (Escalate, End, Issue, Cancel)
_Any = _Light | Escalate | End | Issue | Cancel


def order_of(said: object) -> Order:
    """The order of a form. Raises ActionRefusedError: a field is missing or cannot be read."""
    try:
        found: Order = msgspec.convert(said, _Any, strict=False)
    except msgspec.ValidationError as error:
        raise ActionRefusedError(
            f"the form cannot be read: {error}; load the page anew", "alert.refused.form", why=error
        ) from error
    return found


def perform(connection: Connection, desk: Desk, order: Order) -> None:
    """Carry the order out in the caller's transaction. Raises ActionRefusedError."""
    _refuse_what_was_not_seen(connection, order)
    _DOING[type(order)](connection, desk, order)


def _refuse_what_was_not_seen(connection: Connection, order: Order) -> None:
    """What changed after the officer read it must be read again. The row is held, so that it does not change meanwhile."""
    seen = getattr(order, "seen", None)
    if seen is None:
        if isinstance(order, GRAVE):
            return  # a rehearsal: `desk_acting` lets no grave order through without it
    elif isinstance(order, (Read, Edit, Anew, Approve)):
        warning = lock_warning(connection, order.warning)
        if warning is not None and _rewritten(warning, order):
            raise ActionRefusedError(
                "the text has changed since you read it; read the new one", "alert.refused.text_changed"
            )
    elif isinstance(order, Acknowledge):
        if _newest_change(connection, order) > seen:
            raise ActionRefusedError(
                "the alert has changed since the page was painted; look at it again", "alert.refused.alert_changed"
            )
    elif newest_number(connection, order) != seen:
        raise ActionRefusedError(
            "it has changed since the sheet was opened; open the sheet anew", "alert.refused.sheet_changed"
        )


def _rewritten(warning: PublicWarning, order: Read | Edit | Anew | Approve) -> bool:
    """Whether another text stands there than the one that the officer had before them.

    An edit replaces one language alone: what was written in the other meanwhile, by the same officer perhaps, stays.
    """
    if isinstance(order, Edit):
        texts = (v.content.texts[order.language] for v in warning.versions if v.number == order.seen)
        return next(texts, None) != warning.content.texts[order.language]
    return warning.written.number != order.seen


def _newest_change(connection: Connection, order: Order) -> int:
    """The number of the newest change: a version that only says again what was seen is seen with it."""
    alert_store.lock_alerts(connection, [order.alert])
    found = alert_store.alert(connection, order.alert)
    known = {telling.version: telling for telling in tellings_of(connection, [order.alert]).get(order.alert, ())}
    return 0 if found is None else change_that_asks(found.versions, known)


def newest_number(connection: Connection, order: Order) -> int | None:
    """The number of the newest step of the warning, or version of the alert, that the order is about."""
    if isinstance(order, (Issue, Cancel)):
        warning = lock_warning(connection, order.warning)
        return None if warning is None else warning.versions[-1].number
    alert_store.lock_alerts(connection, [order.alert])
    found = alert_store.alert(connection, order.alert)
    return None if found is None else found.versions[-1].number


def _silence(connection: Connection, desk: Desk, order: Quiet) -> None:
    found = alert_store.alert(connection, order.alert)
    if found is None:
        raise ActionRefusedError(f"there is no alert {order.alert!r}", "alert.refused.no_alert", alert=order.alert)
    if not 0 < order.hours <= 168:
        raise ActionRefusedError(
            f"a silence of {order.hours} h is refused; give 1 to 168 hours",
            "alert.refused.silence_hours",
            hours=f"{order.hours:g}",
        )
    basin = _basin(connection, found.station) if order.area == "basin" else None
    wanted = Silence(
        id=0,
        made_by=desk.person,
        reason=order.reason,
        station=None if basin else found.station,
        basin=basin,
        event=found.event,
        severity=order.severity,
        starts_at=desk.now,
        ends_at=desk.now + timedelta(hours=order.hours),
    )
    actions.silence(connection, desk, wanted)


def _basin(connection: Connection, station: str) -> str:
    known = load_stations(connection).get(station)
    if known is None or known.basin is None:
        raise ActionRefusedError(
            f"station {station} is in no basin; silence the station alone", "alert.refused.no_basin", station=station
        )
    return known.basin


def _edit(connection: Connection, desk: Desk, order: Edit) -> None:
    parts = {"headline": order.headline, "description": order.description, "instruction": order.instruction}
    empty = [name for name, text in parts.items() if not text.strip()]
    if empty:
        raise ActionRefusedError(
            f"{', '.join(empty)} is empty; write what people shall read",
            "alert.refused.empty_text",
            fields=Words(f"alert.refused.field.{each}" for each in empty),
        )
    # A browser ends lines with CR LF.
    written = {name: text.replace("\r\n", "\n").strip() for name, text in parts.items()}
    public_warnings.edit(connection, desk, order.warning, {order.language: written})


def _approve(connection: Connection, desk: Desk, order: Approve) -> None:
    """The button stands under both texts, and `seen` names them: who presses it has them before their eyes."""
    for language in LANGUAGES:
        public_warnings.mark_read(connection, desk, order.warning, language)
    public_warnings.approve(connection, desk, order.warning)


_Doing = Callable[[Connection, Desk, Any], object]
_DOING: dict[type[Order], _Doing] = {
    Acknowledge: lambda c, d, o: actions.acknowledge(c, d, o.alert, o.comment.strip()),
    Assign: lambda c, d, o: actions.assign(c, d, o.alert, o.to),
    Comment: lambda c, d, o: actions.comment(c, d, o.alert, o.text),
    Quiet: _silence,
    Lift: lambda c, d, o: actions.lift(c, d, o.silence),
    Escalate: lambda c, d, o: actions.escalate(c, d, o.alert, o.to, o.reason),
    End: lambda c, d, o: actions.end(c, d, o.alert, o.reason),
    Read: lambda c, d, o: public_warnings.mark_read(c, d, o.warning, o.language),
    Edit: _edit,
    Anew: lambda c, d, o: public_warnings.take_up(c, d, o.warning),
    Approve: _approve,
    Issue: lambda c, d, o: public_warnings.issue(c, d, o.warning),
    Cancel: lambda c, d, o: public_warnings.cancel(c, d, o.warning, o.reason),
}
