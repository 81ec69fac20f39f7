"""Orders to sirens carried out: each blast is written down, then published; answers are stored."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import structlog

from alerts.channels.message import Sent
from alerts.sirens import next_blast
from domain.siren_orders import SOUNDED, Blast, Order
from domain.times import local
from scheduler.house import House
from storage import sirens

TOPIC = "ews/sirens/v1"
ANSWERS = f"{TOPIC}/+/answer"
_PUBLISH_S = 5.0
_MEET_S = 1.0
#: Orders are valid for minutes; a day covers every one that can still sound.
_RECENT = timedelta(days=1)

_log = structlog.get_logger(__name__)


class Answer(msgspec.Struct, frozen=True):
    """What a siren publishes on ews/sirens/v1/<siren>/answer."""

    order: int
    number: int
    answer: str = SOUNDED
    note: str = ""  # what else it says: its battery, why it did not sound


def sound(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Sound every blast that is due at `now`; how many."""
    del names
    with house.database.transaction() as connection:
        recent = sirens.orders(connection, since=now - _RECENT)
    sounded = 0
    for order, blasts in recent:
        signal = house.sirens.signal_named(order.signal) if house.sirens is not None else None
        blast = None if signal is None else next_blast(order, signal, blasts, now)
        if blast is not None and _reaches_the_broker(house, order):
            sounded += _sound(house, order, blast)
    return sounded


def _reaches_the_broker(house: House, order: Order) -> bool:
    """A broker that is known to be away costs no blast: the order waits for it as long as it is valid."""
    wrong = None if house.publisher is None else house.publisher.connect(_MEET_S)
    if wrong is not None:
        _log.warning("siren_waits", siren=order.siren, order=order.id, error=wrong)
    return wrong is None


def _sound(house: House, order: Order, blast: Blast) -> bool:
    """Committed, then published: at most once. Not retained: a siren that comes back does not sound an old order."""
    with house.database.transaction() as connection:
        sirens.add_blast(connection, blast, order.siren)
    signal = house.sirens.signal_named(order.signal) if house.sirens is not None else None
    if house.publisher is None or signal is None:
        return False
    payload = msgspec.json.encode(
        {
            "order": order.id,
            "number": blast.number,
            "signal": order.signal,
            "blasts": signal.blasts,
            "blast_s": signal.blast_s,
            "gap_s": signal.gap_s,
            "exercise": order.exercise,
            "at": local(blast.at).isoformat(timespec="seconds"),
            "valid_until": local(blast.at + timedelta(seconds=30)).isoformat(timespec="seconds"),
        }
    )
    outcome = house.publisher.publish(f"{TOPIC}/{order.siren}/sound", payload, _PUBLISH_S, retain=False)
    log = _log.info if isinstance(outcome, Sent) else _log.error
    log("siren_blast", siren=order.siren, order=order.id, number=blast.number, outcome=type(outcome).__name__)
    return isinstance(outcome, Sent)


def answered(house: House, topic: str, payload: bytes, now: datetime) -> None:
    """Store what a siren says that it did; what cannot be read is logged. Raises DatabaseUnavailableError."""
    try:
        said = msgspec.json.decode(payload, type=Answer)
    except msgspec.DecodeError as error:
        _log.warning("siren_answer_unreadable", topic=topic, error=str(error))
        return
    siren = topic.removeprefix(f"{TOPIC}/").removesuffix("/answer")
    words = (f"{said.answer}: {said.note}" if said.note else said.answer)[:200].replace("\x00", "")
    blast = Blast(order=said.order, number=said.number, at=now, acknowledged_at=now, answer=words)
    with house.database.transaction() as connection:
        known = sirens.answer_blast(connection, siren, blast)
    log = _log.info if known and blast.sounded else _log.warning
    log("siren_answer", siren=siren, order=said.order, number=said.number, answer=words, known=known)
