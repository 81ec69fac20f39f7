"""What is promised, each by its name: readings go in at one end, and what people get comes out at the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels.configuration import ChannelTable, open_outlets
from alerts.delivery import Office
from alerts.recipients import Recipient, Recipients
from domain.alerts import Alert, Event, Reason
from domain.network import load_network
from domain.readings import QualityFlag, Reading
from domain.settings import load_settings
from rules.configuration import RuleSet
from scheduler.house import House
from scheduler.in_turn import InTurn
from scheduler.jobs import Job, Names
from scheduler.judging import judge_stations
from scheduler.turns import REST_S
from storage import alerts, stations
from storage.contacts import GATEWAY, Contact, set_contact
from storage.database import Database
from storage.readings import store_readings
from tests.integration.receiver import Receiver
from tests.integration.test_telling_people import until
from tests.standing_house import standing_house

#: Seven in the morning in Huế: nobody's quiet hours, and maintenance may be told.
T0 = datetime(2025, 10, 27, tzinfo=UTC)
STEP = timedelta(minutes=10)
HOUR = timedelta(hours=1)
CALM_M = [0.4, 0.5, 0.6, 0.7]
NUMBERS = {"command": "+84 234 1", "ward": "+84 234 2"}


@dataclass
class Town:
    """A scheduler's house whose time stands until it is moved, two recipients with phones, and the SMS gateways they hang on."""

    database: Database
    house: House
    gateways: dict[str, Receiver]
    now: list[datetime] = field(default_factory=lambda: [T0])

    def store(self, station: str, levels_m: Sequence[float], first: datetime = T0) -> None:
        """Readings every ten minutes."""
        rows = [
            Reading(
                station=station,
                quantity="water_level",
                observed_at=first + n * STEP,
                received_at=self.now[0],
                value=level,
                flag=QualityFlag.PASS,
            )
            for n, level in enumerate(levels_m)
        ]
        with self.database.transaction() as c:
            store_readings(c, rows, stations.series_ids(c))

    def judge(self, at: datetime) -> None:
        """Let the rules look, and send what is due."""
        self.now[0] = at
        judge_stations(self.house, None, at)
        self.send(at)

    def send(self, at: datetime) -> None:
        """Send what is due."""
        self.now[0] = at
        self.house.office.work(seconds=60.0)

    def heard(self, who: str) -> list[str]:
        """The texts that arrived on a phone."""
        bodies = [json.loads(seen.body) for gateway in self.gateways.values() for seen in gateway.seen]
        return [body["text"] for body in bodies if body["to"] == NUMBERS[who]]

    def alert(self, event: Event, station: str = "kim_long") -> Alert:
        """The one alert of this kind."""
        with self.database.transaction() as c:
            (found,) = [a for a in alerts.list_alerts(c) if (a.event, a.station) == (event, station)]
        return found


def _phone(name: str, channel: str) -> Recipient:
    return Recipient.model_validate(
        {
            "id": name,
            "name_vi": name,
            "name_en": name,
            "role": "committee",
            "area": "city",
            "language": "vi",
            "channels": [channel],
            "severity_floor": "Minor",
        }
    )


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    kim_long = replace(load_network(load_settings({}).config_dir).stations["kim_long"], clock="live")
    with Receiver() as of_command, Receiver() as of_ward:
        gateways = {"sms": of_command, "zalo": of_ward}
        with database.transaction() as c:
            stations.sync_network(c, [kim_long, replace(kim_long, id="twin")])
            for channel, gateway in gateways.items():
                set_contact(c, Contact(recipient=GATEWAY, person="", channel=channel, address=gateway.url()), by="t")
            for name, channel in (("command", "sms"), ("ward", "zalo")):
                set_contact(c, Contact(recipient=name, person="", channel=channel, address=NUMBERS[name]), by="t")
        recipients = Recipients.of([_phone("command", "sms"), _phone("ward", "zalo")])
        table = ChannelTable(kind="gateway", template='{"to": "$to", "text": "$text"}')
        outlets = open_outlets(dict.fromkeys(gateways, table), alert_dir=tmp_path, publisher=None)
        now = [T0]
        office = Office(database, outlets, recipients, lambda: now[0])
        house = standing_house(database, recipients=recipients, office=office)
        named = ("stage", "re_rise", "overdue")
        house.rules = RuleSet.model_construct(rules=tuple(rule for rule in house.rules.rules if rule.name in named))
        house.reload_stations()
        yield Town(database=database, house=house, gateways=gateways, now=now)
        office.close()


def test_a_flood_reaches_a_phone(town: Town) -> None:
    town.store("kim_long", [*CALM_M, 1.05])
    town.judge(T0 + HOUR)
    (text,) = town.heard("command")
    assert "Kim Long" in text
    assert "BĐ1" in text
    assert "1,05" in text


def test_a_gauge_that_has_risen_is_judged_first_and_groups_wait_for_it(town: Town) -> None:
    turns: list[tuple[frozenset[str], bool]] = []
    first_may_end, ended = threading.Event(), threading.Event()

    def run(house: House, names: Names, _now: datetime) -> int:
        turns.append((names or frozenset(), house.storm.is_set()))
        if len(turns) == 1:
            first_may_end.wait(300)
        if len(turns) == 3:
            ended.set()
        return 0

    town.store("kim_long", CALM_M)
    town.store("twin", CALM_M)
    runner = InTurn(Job(name="judge", every=HOUR, run=run), town.house)
    runner.start({})
    try:
        runner.ask(frozenset({"twin"}))
        until("its turn comes", lambda: turns)
        town.store("kim_long", [2.1], T0 + HOUR)
        time.sleep(REST_S)  # whoever was judged rests: the calm one is due as soon as this turn ends, and alone
        runner.ask(frozenset({"twin", "kim_long"}))
        first_may_end.set()
        assert ended.wait(120), turns
    finally:
        first_may_end.set()
        runner.close()
        runner.join(120)
    calm, risen = frozenset({"twin"}), frozenset({"kim_long"})
    assert turns == [(calm, False), (risen, True), (calm, False)]


def test_a_silent_gauge_is_reported(town: Town) -> None:
    town.store("kim_long", CALM_M)
    town.judge(T0 + HOUR)
    assert town.heard("command") == []
    town.judge(T0 + 5 * HOUR)
    assert town.alert(Event.NO_SIGNAL).ended_at is None
    assert len(town.heard("command")) == 1


def test_a_receiver_that_is_down_an_hour_gets_all_of_it_later_in_order_and_others_at_once(town: Town) -> None:
    town.gateways["sms"].status = 503
    town.store("kim_long", [*CALM_M, 1.05])
    for minutes in range(50, 110, 5):
        at = T0 + timedelta(minutes=minutes)
        town.store("kim_long", [1.05 if minutes < 80 else 2.1], at)
        town.judge(at)
    assert [("BĐ1" in text, "BĐ2" in text) for text in town.heard("ward")] == [(True, False), (False, True)]
    tried = len(town.heard("command"))
    assert tried > 2, "it is tried again and again"
    town.gateways["sms"].status = 200
    for minutes in range(110, 140, 5):
        town.send(T0 + timedelta(minutes=minutes))
    assert ["BĐ2" in text for text in town.heard("command")[tried:]] == [False, True]


def test_a_second_rise_after_the_peak_is_told_before_the_next_level(town: Town) -> None:
    town.store("kim_long", [*CALM_M, 1.2, 1.6, 1.5, 1.3, 1.15, 1.3, 1.5])
    town.judge(T0 + 2 * HOUR)
    reasons = [version.reason for version in town.alert(Event.FLOOD).versions]
    assert reasons == [Reason.RAISED, Reason.RISING_AGAIN]
    assert len(town.heard("command")) == 1, "where things stand, once"


def test_late_data_changes_nothing(town: Town) -> None:
    levels = [*CALM_M, 1.05, 1.9, 2.2, 2.1, 1.7, 1.2, 0.8, *[0.6] * 9]
    for number, level in enumerate(levels):
        town.store("kim_long", [level], T0 + number * STEP)
        town.judge(T0 + number * STEP + timedelta(minutes=1))
    end = T0 + len(levels) * STEP
    for number in (*range(12, len(levels)), *range(0, 12, 2), *range(11, 0, -2)):
        town.store("twin", [levels[number]], T0 + number * STEP)
    town.judge(end)

    def told(station: str) -> list[tuple[Reason, datetime, int]]:
        return [(v.reason, v.at, v.level) for v in town.alert(Event.FLOOD, station).versions]

    assert told("twin") == told("kim_long")
    before = told("kim_long")
    town.store("kim_long", levels)  # all of it once more, hours late
    town.judge(end + HOUR)
    assert told("kim_long") == before
