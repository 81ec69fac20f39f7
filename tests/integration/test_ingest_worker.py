"""From the broker to the database: what devices send is stored once, what cannot be read is kept with its reason."""

import json
import threading
from datetime import UTC, datetime

import pytest

from domain.readings import QualityFlag
from domain.stations import QualityLimits
from storage.accounts import Counts
from storage.notifications import READINGS, Listener, Notification
from storage.rejections import list_rejected
from storage.stations import load_stations, statuses, sync_network
from tests.integration.workbench import MINUTE, T0, Book, Devices, reading, station, working

LEVEL = "ews/v1/kim_long/water_level"


def test_a_reading_is_stored_and_announced(book: Book, devices: Devices, database_url: str, broker_url: str) -> None:
    with working(database_url, broker_url), Listener(database_url, [READINGS]) as listener:
        listener.wait(5)
        devices.send(LEVEL, reading(0, 3.58, unit="m", seq=1234, status="00", battery_v=3.7))
        assert [n.payload for n in listener.wait(60)] == ['["kim_long/water_level"]']
    assert book.rows(b"select observed_at, value, flag, seq, status, battery_v from reading") == [
        (T0, 3.58, QualityFlag.PASS, 1234, "00", pytest.approx(3.7))
    ]
    assert book.total() == Counts(received=1, stored=1, duplicates=0, revisions=0, rejected=0)


def test_arrays_and_several_quantities(book: Book, devices: Devices, database_url: str, broker_url: str) -> None:
    with working(database_url, broker_url):
        devices.send(LEVEL, [reading(m, m / 100) for m in range(5)])
        devices.send(
            "ews/v1/kim_long", {"observed_at": T0.timestamp() + 600, "values": {"water_level": 9, "rainfall": 2}}
        )
        book.wait_for_received(7)
    assert book.values() == [0.0, 0.01, 0.02, 0.03, 0.04, 9.0]
    assert book.values(quantity="rainfall") == [2.0]


def test_what_is_sent_again_or_changed_is_counted(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    with working(database_url, broker_url):
        for value in (1.0, 1.0, 1.1, 1.0):
            devices.send(LEVEL, reading(0, value))
        total = book.wait_for_received(4)
    assert total == Counts(received=4, stored=1, duplicates=2, revisions=1, rejected=0)
    assert book.values() == [1.1]


def test_bad_input_is_rejected_with_its_reason_and_good_neighbours_are_stored(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC).isoformat()
    bad: list[tuple[str, object, str]] = [
        (LEVEL, b"{", "not_json"),
        (LEVEL, b"\xff\xfe", "not_utf8"),
        (LEVEL, b"x" * 1_000_000, "too_large"),
        (LEVEL, b"[]", "empty"),
        (LEVEL, b"[" * 100_000, "not_json"),
        (LEVEL, {"value": 1}, "missing_field"),
        (LEVEL, {"observed_at": "yesterday", "value": 1}, "bad_time"),
        (LEVEL, {"observed_at": "2025-10-27T06:00:00", "value": 1}, "naive_time"),
        (LEVEL, {"observed_at": 5, "value": 1}, "too_old"),
        (LEVEL, {"observed_at": future, "value": 1}, "in_the_future"),
        (LEVEL, {"observed_at": T0.isoformat(), "value": "high"}, "not_a_number"),
        (LEVEL, b'{"observed_at": "2025-10-27T06:00:00Z", "value": NaN}', "not_a_number"),
        (LEVEL, reading(0, 1, unit="hours"), "wrong_unit"),
        ("ews/v1/nowhere/water_level", reading(0, 1), "unknown_station"),
        ("ews/v1/kim_long/depth", reading(0, 1), "unknown_quantity"),
        ("ews/v1/kim_long/pm10", reading(0, 1), "unknown_quantity"),
        ("ews/v1/Kim Long/water_level", reading(0, 1), "bad_topic"),
        ("ews/v1/kim_long/status", b"asleep", "bad_status"),
    ]
    with working(database_url, broker_url):
        for n, (topic, payload, _) in enumerate(bad):
            devices.send(topic, payload)
            devices.send(LEVEL, reading(n, float(n)))
        devices.send(LEVEL, [reading(100, 100.0), {"value": 1}, reading(101, 101.0), 5, reading(102, 102.0)])
        total = book.wait_for_received(2 * len(bad) + 5)
    assert book.reasons() == [reason for _, _, reason in bad] + ["missing_field", "not_json"]
    assert book.values() == [*map(float, range(len(bad))), 100.0, 101.0, 102.0]
    assert total.rejected == len(bad) + 2
    with book.database.transaction() as c:
        kept = list_rejected(c)
    assert (len(kept[2].payload), kept[2].payload_bytes) == (8192, 1_000_000)
    assert kept[1].payload == b"\xff\xfe"
    assert kept[-2].payload == b'{"value": 1}'


def test_messages_sent_while_the_worker_is_away_are_not_lost(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    with working(database_url, broker_url):
        devices.send(LEVEL, reading(0, 0.0))
        book.wait_for_received(1)
    devices.send_all((LEVEL, reading(m, float(m))) for m in range(1, 300))
    with working(database_url, broker_url):
        book.wait_for_received(300)
    assert book.values() == [float(m) for m in range(300)]


def test_the_status_topic_is_kept(book: Book, devices: Devices, database_url: str, broker_url: str) -> None:
    devices.send("ews/v1/kim_long/status", b"online", retain=True)
    with working(database_url, broker_url):
        book.wait_for(lambda: book.count("station_status") == 1)
        devices.send("ews/v1/kim_long/status", b"offline", retain=True)
        devices.send("ews/v1/kim_long/status", b"", retain=True)
        book.wait_for(lambda: book.rows(b"select status from station_status") == [("offline",)])
    with book.database.transaction() as c:
        assert list(statuses(c)) == ["kim_long"]
    assert book.total().received == 0


def test_a_new_station_is_known_as_soon_as_the_network_says_so(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    with working(database_url, broker_url):
        devices.send("ews/v1/binh_dien/rainfall", reading(0, 1.0))
        book.wait_for(lambda: book.reasons() == ["unknown_station"])
        with book.database.transaction() as c:
            sync_network(c, [station("binh_dien")])

        def stored() -> bool:
            devices.send("ews/v1/binh_dien/rainfall", reading(1, 1.0))
            return book.values("binh_dien", "rainfall") == [1.0]

        book.wait_for(stored)


class Deaf(Listener):
    """Hears of a change only after it is too late."""

    def wait(self, timeout_s: float) -> list[Notification]:
        threading.Event().wait(timeout_s)
        return []


def test_a_station_registered_before_it_spoke_is_known_whether_or_not_we_heard_of_it(
    book: Book, devices: Devices, database_url: str, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.worker.Listener", Deaf)
    with working(database_url, broker_url):
        with book.database.transaction() as connection:
            sync_network(connection, [station("new_gauge")])
        devices.send("ews/v1/new_gauge/water_level", [reading(m, m / 100) for m in range(3)])
        book.wait_for_received(3)
    assert book.reasons() == []
    assert len(book.values("new_gauge")) == 3


def test_unknown_stations_are_adopted_on_request(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    with working(database_url, broker_url, unknown_stations="adopt"):
        devices.send("ews/v1/new/status", b"online")
        devices.send("ews/v1/new/water_level", b"{")
        devices.send("ews/v1/new/water_level", [reading(0, 1.0), reading(1, 2.0)])
        devices.send("ews/v1/new/rainfall", reading(0, 5.0))
        devices.send("ews/v1/kim_long/pm10", reading(0, 5.0))
        total = book.wait_for_received(5)
    assert (total.stored, total.rejected) == (3, 2)
    with book.database.transaction() as c:
        new = load_stations(c)["new"]
    assert (new.adopted, new.verified, new.thresholds) == (True, False, ())
    assert sorted(s.quantity for s in new.series) == ["rainfall", "water_level"]
    assert book.values("new") == [1.0, 2.0]
    assert sorted(book.reasons()) == ["not_json", "unknown_quantity"]


def test_one_row_that_the_database_refuses_does_not_hold_up_the_others(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    book_rows = [(LEVEL, reading(m, float(m))) for m in range(60)]
    with book.database.transaction() as c:
        c.execute("alter table reading add constraint no_13 check (value <> 13)")
    with working(database_url, broker_url):
        devices.send_all(book_rows)
        total = book.wait_for_received(60)
    assert (total.stored, total.rejected) == (59, 1)
    assert book.reasons() == ["refused_by_database"]
    assert 13.0 not in book.values()


def test_flags_are_given_as_readings_come(book: Book, devices: Devices, database_url: str, broker_url: str) -> None:
    limits = QualityLimits(fail_high=10.0, rate_suspect_per_h=3.0, spike_fail=1.5)
    with book.database.transaction() as c:
        sync_network(c, [station("kim_long", limits=limits)])
    with working(database_url, broker_url):
        for minutes, value in ((0, 1.0), (10, 1.1), (20, 4.0), (30, 1.2), (40, 11.0)):
            devices.send(LEVEL, reading(minutes, value))
        book.wait_for_received(5)
    flags = [flag for (flag,) in book.rows(b"select flag from reading order by observed_at")]
    assert flags == [1, 1, QualityFlag.FAIL, 1, QualityFlag.FAIL]
    tests = book.rows(b"select observed_at, test from quality_evidence order by 1, 2")
    assert [((at - T0) // MINUTE, test) for at, test in tests] == [
        (20, "rate_of_change"),
        (20, "spike"),
        (40, "gross_range"),
    ]


def test_the_flags_do_not_depend_on_the_order_of_arrival(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    limits = QualityLimits(rate_suspect_per_h=3.0, spike_fail=1.5, flat_tolerance=0.0, flat_suspect=30 * MINUTE)
    values = [1.0, 1.1, 4.0, 1.2, 1.2, 1.2, 1.2, 1.2, 9.0, 9.1]
    with book.database.transaction() as c:
        sync_network(c, [station("kim_long", limits=limits), station("phu_oc", limits=limits)])
    with working(database_url, broker_url):
        for n, value in enumerate(values):
            devices.send(LEVEL, reading(10 * n, value))
        for n in (9, 4, 0, 7, 2, 6, 8, 1, 5, 3):
            devices.send("ews/v1/phu_oc/water_level", reading(10 * n, values[n]))
        book.wait_for_received(20)
    flags = b"select flag from v_reading where station = %s order by observed_at"
    evidence = b"""select observed_at, test, e.flag from quality_evidence e join series on series.id = e.series_id
                   where station = %s order by 1, 2"""
    assert book.rows(flags, "phu_oc") == book.rows(flags, "kim_long")
    assert book.rows(evidence, "phu_oc") == book.rows(evidence, "kim_long")
    assert QualityFlag.FAIL in [flag for (flag,) in book.rows(flags, "phu_oc")]


def test_qos_0_is_stored_too(book: Book, devices: Devices, database_url: str, broker_url: str) -> None:
    with working(database_url, broker_url):
        devices.send(LEVEL, reading(0, 1.0), qos=0)
        book.wait_for_received(1)
    assert book.values() == [1.0]


def test_the_worker_waits_for_a_broker_that_is_not_there(book: Book, database_url: str) -> None:
    from domain.settings import Settings
    from ingest.worker import run

    stop = threading.Event()
    thread = threading.Thread(target=run, args=(Settings(), database_url, "mqtt://127.0.0.1:9", stop))
    thread.start()
    thread.join(1.5)
    assert thread.is_alive()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_bytes_that_nobody_expects_do_not_stop_the_worker(
    book: Book, devices: Devices, database_url: str, broker_url: str
) -> None:
    strange = [b"\x00" * 10, b"null", b"[null]", b'"\\ud800"', json.dumps({"observed_at": []}).encode(), b"1e999"]
    with working(database_url, broker_url):
        for payload in strange:
            devices.send(LEVEL, payload)
        devices.send(LEVEL, reading(0, 1.0))
        book.wait_for_received(len(strange) + 1)
    assert len(book.reasons()) == len(strange)
    assert book.values() == [1.0]
