"""The retained state of an area is right after the broker forgot it, and an exercise is never in it."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from alerts.channels.configuration import ChannelTable, open_outlets
from alerts.channels.mqtt import Publisher
from alerts.delivery import Office
from alerts.outbox import deliveries_for
from alerts.recipients import Recipients
from domain.alerts import Event, Severity
from scheduler.area_states import renew_areas
from scheduler.house import AreasTold, House
from storage.alerts import save_alert
from storage.database import Database
from storage.deliveries import enqueue
from storage.stations import load_stations, sync_network
from tests.integration.test_office import T0, _alert, _recipient, _station
from tests.integration.test_telling_people import Ear, _ended

WARD = "ews/alerts/v1/19774"
PEOPLE = Recipients.of([_recipient("ward", area="19774", copies=["mqtt"])])


@pytest.fixture
def publisher(broker_url: str) -> Iterator[Publisher]:
    made = Publisher(broker_url)
    made.publish(WARD, b"", 60.0, retain=True)
    yield made
    made.publish(WARD, b"", 60.0, retain=True)
    made.close()


@pytest.fixture
def house(database: Database, publisher: Publisher) -> House:
    with database.transaction() as connection:
        sync_network(connection, [_station("kim_long")])
        known = load_stations(connection)
    parts = SimpleNamespace(
        database=database,
        publisher=publisher,
        outlets=open_outlets({"mqtt": ChannelTable(kind="mqtt")}, alert_dir=Path("unused"), publisher=publisher),
        recipients=PEOPLE,
        stations=known,
        areas_told=AreasTold(),
    )
    return cast("House", parts)


def _retained(broker_url: str, seconds: float = 60.0, topic: str = WARD) -> list[str] | None:
    """The alerts of the document that the broker keeps for the area; None: it keeps none, in so long."""
    ear = Ear(broker_url, topic)
    try:
        return [alert["identifier"] for alert in json.loads(ear.heard.get(timeout=seconds)[1])["alerts"]]
    except queue.Empty:
        return None
    finally:
        ear.close()


def test_what_a_broker_forgot_is_said_anew_and_what_it_remembers_wrongly_is_taken_back(
    house: House, publisher: Publisher, database: Database, broker_url: str
) -> None:
    alert = _alert("kim_long", Severity.SEVERE)
    with database.transaction() as connection:
        save_alert(connection, alert)
    assert renew_areas(house, None, T0) == 1, "this process knows nothing of what the broker keeps"
    assert _retained(broker_url) == [alert.identifier]
    assert renew_areas(house, None, T0) == 0
    ended = _ended(alert)
    with database.transaction() as connection:
        save_alert(connection, ended)
    assert renew_areas(house, None, T0 + timedelta(minutes=1)) == 0
    assert renew_areas(house, None, T0 + timedelta(minutes=5)) == 1, "ended without a message, as in a silence"
    assert _retained(broker_url, 2.0) is None
    old = Publisher(broker_url)  # what a killed broker wrote down a minute before it
    old.publish(WARD, b'{"alerts": [{"identifier": "old"}]}', 60.0, retain=True)
    old.close()
    assert renew_areas(house, None, T0 + timedelta(minutes=6)) == 0
    publisher.close()
    assert renew_areas(house, None, T0 + timedelta(minutes=6)) == 1, "it is another broker than before, perhaps"
    assert _retained(broker_url, 2.0) is None


def test_who_shares_an_area_shares_its_document(
    house: House, publisher: Publisher, database: Database, broker_url: str
) -> None:
    """Each published its own on the one topic: the alerts came and went, and an operator's copy took the warnings away."""
    grave = _recipient("grave", area="19774", copies=["mqtt"], severity_floor="Extreme")
    operator = _recipient("operator", area="19774", copies=["mqtt"], role="operator")
    people = house.recipients = Recipients.of([*PEOPLE, grave, operator])
    alert = _alert("kim_long", Severity.SEVERE, Severity.EXTREME, Severity.MODERATE)
    office = Office(database, house.outlets, people, lambda: T0)
    with database.transaction() as connection:
        save_alert(connection, alert)
        enqueue(connection, deliveries_for(alert, alert.versions[1], _station("kim_long"), people, T0))
    lesser = replace(_alert("kim_long", Severity.MODERATE), identifier="a.rain", event=Event.HEAVY_RAIN)
    with database.transaction() as connection:
        save_alert(connection, lesser)
    try:
        office.work(seconds=60)
    finally:
        office.close()
    assert set(_retained(broker_url) or ()) == {alert.identifier, lesser.identifier}, (
        "by deliveries, whichever came last"
    )
    assert renew_areas(house, None, T0) == 1
    assert set(_retained(broker_url) or ()) == {alert.identifier, lesser.identifier}


def test_an_area_that_nobody_has_a_copy_of_any_more_is_cleared(
    house: House, publisher: Publisher, database: Database, broker_url: str
) -> None:
    with database.transaction() as connection:
        save_alert(connection, _alert("kim_long", Severity.SEVERE))
    assert renew_areas(house, None, T0) == 1
    assert _retained(broker_url) is not None
    house.recipients = Recipients.of([_recipient("ward", "console", area="19774")])
    house.areas_told = AreasTold()  # the scheduler was started anew
    assert renew_areas(house, None, T0) == 1
    assert _retained(broker_url, 2.0) is None


def test_what_a_delivery_published_is_cleared_by_the_next_process(
    house: House, publisher: Publisher, database: Database, broker_url: str
) -> None:
    alert = _alert("kim_long", Severity.SEVERE)
    office = Office(database, house.outlets, PEOPLE, lambda: T0)
    with database.transaction() as connection:
        save_alert(connection, alert)
        enqueue(connection, deliveries_for(alert, alert.versions[-1], _station("kim_long"), PEOPLE, T0))
    try:
        office.work(seconds=60)
    finally:
        office.close()
    assert _retained(broker_url) == [alert.identifier]
    publisher.retained.clear()  # a process that knows nothing
    with database.transaction() as connection:
        save_alert(connection, _ended(alert))
    assert renew_areas(house, None, T0) == 1
    assert _retained(broker_url, 2.0) is None


def test_the_warnings_of_another_system_on_the_same_broker_are_left_alone(
    house: House, publisher: Publisher, broker_url: str
) -> None:
    """A test installation that was pointed at the broker of the real one took its warnings away in the flood."""
    other = Publisher(broker_url)
    city = "ews/alerts/v1/city"  # nobody here has a copy of it; of the ward somebody has
    try:
        for topic in (WARD, city):
            other.publish(topic, b'{"alerts": [{"identifier": "theirs"}]}', 60.0, retain=True)
        renew_areas(house, None, T0)
        assert _retained(broker_url) == ["theirs"]
        assert _retained(broker_url, topic=city) == ["theirs"]
    finally:
        other.publish(city, b"", 60.0, retain=True)
        other.close()


def test_an_exercise_is_not_in_the_state_of_a_real_area(
    house: House, publisher: Publisher, database: Database, broker_url: str
) -> None:
    drill = replace(_alert("kim_long", Severity.EXTREME), identifier="hue-ews.exercise.kim_long", exercise=True)
    real = _alert("kim_long", Severity.SEVERE)
    office = Office(database, house.outlets, PEOPLE, lambda: T0)
    with database.transaction() as connection:
        save_alert(connection, drill)
        save_alert(connection, real)
        enqueue(connection, deliveries_for(real, real.versions[-1], _station("kim_long"), PEOPLE, T0))
    try:
        office.work(seconds=60)
    finally:
        office.close()
    assert _retained(broker_url) == [real.identifier], "by a delivery"
    assert renew_areas(house, None, T0) == 1
    assert _retained(broker_url) == [real.identifier], "and anew"
