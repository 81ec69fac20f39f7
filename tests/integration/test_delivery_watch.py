"""What the watcher says of delivery while a receiver is down, on a real outbox."""

from __future__ import annotations

from datetime import datetime

from alerts.channels.message import Retry, Sent
from alerts.recipients import Recipients
from domain.alerts import Severity
from scheduler.delivery_watch import DeliveryWatch
from scheduler.watch import Trouble
from storage.database import Database
from tests.integration.test_office import MINUTE, SECOND, T0, Clock, Phone, _office, _recipient, _station, _tell

PEOPLE = Recipients.of([_recipient("partner", "webhook")])


def found(database: Database, watch: DeliveryWatch, now: datetime) -> dict[str, Trouble]:
    with database.transaction() as connection:
        return watch.found(connection, now, T0)


def test_a_receiver_that_is_down_is_told_of_as_its_channel_and_not_as_delivery(database: Database) -> None:
    clock, partner = Clock(), Phone(lambda _: Retry("connection refused"))
    with _office(database, PEOPLE, clock, webhook=partner) as office:
        watch = DeliveryWatch(office)
        _tell(database, PEOPLE, _station("kim_long"), Severity.SEVERE)
        office.work()
        assert found(database, watch, T0 + SECOND) == {}, "one failure may be the message's own"
        clock.now = T0 + MINUTE
        office.work()
        _tell(database, PEOPLE, _station("phu_oc"), Severity.SEVERE)  # not tried: the receiver rests
        late = found(database, watch, T0 + 5 * MINUTE)
        assert list(late) == ["channel/webhook"]
        assert late["channel/webhook"].outside
        assert dict(late["channel/webhook"].facts) == {"count": "1", "error": "connection refused"}

        partner.answer, clock.now = lambda _: Sent(), T0 + 20 * MINUTE
        office.work()
        assert found(database, watch, clock.now) == {}
        assert len(partner.heard) == 2


def test_what_waits_for_the_end_of_quiet_hours_is_held_up_by_nobody(database: Database) -> None:
    clock, partner = Clock(), Phone(lambda _: Retry("connection refused"))
    with _office(database, PEOPLE, clock, webhook=partner) as office:
        alert = _tell(database, PEOPLE, _station("kim_long"), Severity.SEVERE)
        for clock.now in (T0, T0 + MINUTE):
            office.work()
        _tell(database, PEOPLE, _station("quiet"), Severity.MODERATE, due_at=T0 + 600 * MINUTE)
        with database.transaction() as connection:  # what was tried goes another way
            connection.execute("update delivery set state = 'overtaken' where alert = %s", (alert.identifier,))
        assert office.failing()
        assert found(database, DeliveryWatch(office), T0 + 2 * MINUTE) == {}


def test_what_waits_for_no_receiver_in_trouble_is_delivery_itself(database: Database) -> None:
    _tell(database, PEOPLE, _station("kim_long"), Severity.SEVERE)
    with _office(database, PEOPLE, Clock(), webhook=Phone()) as office:
        watch = DeliveryWatch(office)
        assert found(database, watch, T0 + MINUTE) == {}
        (subject,) = found(database, watch, T0 + MINUTE + SECOND)
        assert subject == "delivery"
