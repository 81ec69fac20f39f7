"""The ladder of a warning: who is called first, and who next when it fails or nobody answers. Pure.

Rungs are the posts on duty, each over the recipient's channels in order. After the last one comes the recipient it escalates
to, or the ladder again, as often as the configuration says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.channels.message import GiveUp, Outcome, Retry, Sent, Unsent
from alerts.recipients import RANK, Recipient, Recipients
from domain.alerts import AlertVersion, Severity
from storage.deliveries import COPY_LANE, Delivery, NewDelivery, Settlement

_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=10)
#: Five waits that double and then ten minutes each: about a day. A warning older than that is no warning.
MOST_ATTEMPTS = 150


def next_due(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failed ones (1 or more): 5 s, 10 s, 20 s … 10 min; None after MOST_ATTEMPTS."""
    if attempts >= MOST_ATTEMPTS:
        return None
    doublings = min(attempts - 1, 20)
    return now + min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def urgent(version: AlertVersion) -> bool:
    """Whether it is never held back and must be answered."""
    return is_urgent(version.severity)


def is_urgent(severity: Severity) -> bool:
    """Severe or Extreme."""
    return RANK[severity] >= RANK[Severity.SEVERE]


#: A post and a channel.
Rung = tuple[str, str]


def rungs(recipients: Recipients, recipient: Recipient, at: datetime) -> list[Rung]:
    """(post, channel) in the order of calling at `at`."""
    return [(person, channel) for person in recipients.persons(recipient, at) for channel in recipient.channels]


def first_deliveries(
    recipients: Recipients, recipient: Recipient, *, alert: str, version: AlertVersion, basin: str, now: datetime
) -> list[NewDelivery]:
    """The copies, and the first rung; after the quiet hours when it is not urgent."""
    copies = [
        NewDelivery(
            alert=alert,
            version=version.number,
            recipient=recipient.id,
            channel=channel,
            lane=COPY_LANE + channel,
            language=recipient.language,
            urgent=urgent(version),
            basin=basin,
            due_at=now,
        )
        for channel in recipient.copies
    ]
    due_at = _due(recipient, urgent(version), now)
    return copies + [
        NewDelivery(
            alert=alert,
            version=version.number,
            recipient=recipient.id,
            person=person,
            channel=channel,
            lane=person,
            language=recipient.language,
            urgent=urgent(version),
            basin=basin,
            deferred=due_at > now,
            due_at=due_at,
        )
        for person, channel in rungs(recipients, recipient, due_at)[:1]
    ]


def _due(recipient: Recipient, pressing: bool, now: datetime) -> datetime:
    """When to tell: now, or at the end of quiet hours that run now and hold back what does not press."""
    quiet = recipient.quiet
    return now if pressing or quiet is None or quiet.begun_on(now) is None else quiet.end_after(now)


def quiet_ends(recipients: Recipients, now: datetime) -> dict[str, datetime]:
    """When the quiet hours end that run at `now`, by recipient."""
    ends = {recipient.id: _due(recipient, False, now) for recipient in recipients}
    return {name: end for name, end in ends.items() if end > now}


def next_step(
    delivery: Delivery, recipients: Recipients, now: datetime, asked: Collection[Rung], *, again: bool
) -> NewDelivery | None:
    """Whom to tell after `delivery`: the next rung, the recipient above, or with `again` the ladder from its foot.

    `asked`: the rungs of its round that have their rows. The next is the first of today's ladder that has none: posts change
    with the shift, and a number on the old ladder says nothing of the new one. What is not urgent waits for the end of quiet
    hours, and is for the post on duty then.
    """
    recipient = recipients.named(delivery.recipient)
    if recipient is None or delivery.copy:
        return None
    ladder = rungs(recipients, recipient, _due(recipient, delivery.urgent, now))
    known = {(delivery.person, delivery.channel), *asked}
    rung = next((place for place, each in enumerate(ladder) if each not in known), None)
    if rung is not None:
        return _step(delivery, recipient, ladder, now, rung=rung, round=delivery.round)
    above = recipients.named(recipient.escalates_to or "")
    if above is not None and not delivery.origin:
        ladder_above = rungs(recipients, above, _due(above, delivery.urgent, now))
        return _step(delivery, above, ladder_above, now, origin=recipient.id)
    if again and ladder and delivery.round + 1 < recipients.escalation.rounds:
        return _step(delivery, recipient, ladder, now, round=delivery.round + 1, origin=delivery.origin)
    return None


def _step(
    delivery: Delivery,
    recipient: Recipient,
    ladder: list[Rung],
    now: datetime,
    *,
    rung: int = 0,
    round: int = 0,  # noqa: A002 - the field's name
    origin: str | None = None,
) -> NewDelivery | None:
    if not ladder:
        return None
    person, channel = ladder[rung]
    due_at = _due(recipient, delivery.urgent, now)
    return NewDelivery(
        alert=delivery.alert,
        version=delivery.version,
        recipient=recipient.id,
        person=person,
        channel=channel,
        lane=person,
        rung=rung,
        round=round,
        origin=delivery.origin if origin is None else origin,
        language=recipient.language,
        urgent=delivery.urgent,
        basin=delivery.basin,
        deferred=due_at > now,
        due_at=due_at,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What follows from one attempt: how the row is settled, and who is told next. `word` for the count."""

    word: str
    settlement: Settlement
    then: NewDelivery | None = None


def verdict(
    delivery: Delivery, outcome: Outcome, recipients: Recipients, now: datetime, asked: Collection[Rung] = ()
) -> Verdict:
    """What follows from the `outcome` of the attempt number `delivery.attempts`; `asked`: see `next_step`.

    A failed rung makes place for the next one after `tries` attempts, at once when it can never succeed. The last rung goes
    on trying for about a day, whoever is told besides.
    """
    match outcome:
        case Sent():
            answer_by = now + recipients.escalation.after if _to_be_answered(delivery, recipients) else None
            return Verdict(word="sent", settlement=_settled(delivery, "sent", escalate_at=answer_by))
        case Unsent(until):
            return Verdict(word="held", settlement=_settled(delivery, "waiting", due_at=until, returned=True))
        case GiveUp(error):
            then = next_step(delivery, recipients, now, asked, again=False)
            return Verdict(word="given_up", settlement=_settled(delivery, "failed", error=error), then=then)
        case Retry():
            return _retried(delivery, outcome, recipients, now, asked)


def _retried(
    delivery: Delivery, outcome: Retry, recipients: Recipients, now: datetime, asked: Collection[Rung]
) -> Verdict:
    then = next_step(delivery, recipients, now, asked, again=False)
    tired = delivery.attempts >= recipients.escalation.tries
    goes_up = then is not None and then.recipient == delivery.recipient
    due_at = None if tired and goes_up else next_due(delivery.attempts, now)
    settlement = _settled(
        delivery,
        "waiting" if due_at else "failed",
        error=outcome.error,
        due_at=due_at,
        may_repeat=outcome.may_have_arrived,
    )
    return Verdict(word="postponed" if due_at else "given_up", settlement=settlement, then=then if tired else None)


def _to_be_answered(delivery: Delivery, recipients: Recipients) -> bool:
    """Who can answer: not a copy, and only where the configuration knows the recipient still."""
    return delivery.urgent and not delivery.copy and recipients.named(delivery.recipient) is not None


def _settled(
    delivery: Delivery,
    state: str,
    *,
    error: str | None = None,
    due_at: datetime | None = None,
    escalate_at: datetime | None = None,
    may_repeat: bool = False,
    returned: bool = False,
) -> Settlement:
    return Settlement(
        id=delivery.id,
        state=state,
        error=error,
        due_at=due_at,
        escalate_at=escalate_at,
        may_repeat=may_repeat,
        returned=returned,
    )
