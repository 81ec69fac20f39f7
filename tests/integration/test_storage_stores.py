"""Stations, alerts, deliveries, jobs and the other stores keep what they are given."""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.alerts import Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.errors import DatabaseRefusedError, SchemaOutdatedError
from domain.forecasts import LevelForecast
from domain.readings import Reading
from domain.stations import QualityLimits, Series, StageThresholds, Station, StationKind, Upstream
from storage import accounts, alerts, audit, deliveries, forecasts, jobs, rejections
from storage.database import Database, connect
from storage.models import RegisteredModel, models_of, register_model
from storage.notifications import ALERTS, EVERYTHING, NETWORK, READINGS, Listener, Notification, notify_names
from storage.readings import store_readings
from storage.stations import (
    adopt_station,
    clock_now,
    load_stations,
    series_ids,
    set_status,
    statuses,
    sync_network,
)

T0 = datetime(2025, 10, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)

KIM_LONG = Station(
    id="kim_long",
    name_vi="Kim Long",
    name_en="Kim Long",
    kind=StationKind.RIVER,
    lat=16.45,
    lon=107.56,
    river="Hương",
    covers=("19753",),
    upstream=(Upstream(station="binh_dien", lag=timedelta(hours=3)),),
    series=(
        Series(
            quantity="water_level",
            cadence=timedelta(minutes=10),
            limits=QualityLimits(fail_low=0.0, flat_fail=timedelta(hours=12)),
        ),
    ),
    thresholds=(
        StageThresholds(
            valid_from=date(2020, 1, 1), datum="x", bd1_m=1.0, bd2_m=2.0, bd3_m=3.5, source="y", verified=True
        ),
    ),
    simulated=False,
    verified=True,
    source="official",
)
SEEN = replace(KIM_LONG, id="seen", verified=True, series=(Series(quantity="rainfall", cadence=HOUR),))


def test_a_station_comes_back_as_it_was_configured(database: Database) -> None:
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        assert load_stations(c) == {"kim_long": KIM_LONG}
        assert list(series_ids(c)) == [("kim_long", "water_level")]


def test_syncing_again_replaces_the_station_and_keeps_the_series_number(database: Database) -> None:
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        before = series_ids(c)
        sync_network(c, [replace(KIM_LONG, name_en="Renamed")])
        assert load_stations(c)["kim_long"].name_en == "Renamed"
        assert series_ids(c) == before


def test_adopted_stations_have_no_thresholds_and_gather_series_until_configured(database: Database) -> None:
    with database.transaction() as c:
        adopt_station(c, replace(SEEN, thresholds=KIM_LONG.thresholds))
        adopt_station(c, replace(SEEN, series=(Series(quantity="wind_speed", cadence=HOUR),)))
        adopted = load_stations(c)["seen"]
        assert (adopted.adopted, adopted.verified, adopted.thresholds) == (True, False, ())
        assert [s.quantity for s in adopted.series] == ["rainfall", "wind_speed"]
        sync_network(c, [SEEN])
        assert load_stations(c)["seen"] == SEEN
        adopt_station(c, replace(SEEN, name_en="Other"))
        assert load_stations(c)["seen"] == SEEN


def test_each_clock_has_its_own_now(database: Database) -> None:
    wall = datetime(2026, 1, 1, tzinfo=UTC)
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        sync_network(c, [replace(SEEN, id="old")], clock="replay:2010")
        sync_network(c, [replace(SEEN, id="silent")], clock="replay:2012")
        assert clock_now(c, wall) == {"live": wall}
        rows = [
            Reading(station="old", quantity="rainfall", observed_at=T0 + n * HOUR, received_at=wall, value=0.0)
            for n in range(3)
        ]
        store_readings(c, rows, series_ids(c))
        assert clock_now(c, wall) == {"live": wall, "replay:2010": T0 + 2 * HOUR}


def test_a_station_status_moves_its_time_only_when_the_word_changes(database: Database) -> None:
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        for hours, word in enumerate(("online", "online", "offline")):
            set_status(c, "kim_long", word, T0 + hours * HOUR)
            if word == "online":
                assert statuses(c)["kim_long"].changed_at == T0
        assert statuses(c)["kim_long"].status == "offline"
        assert statuses(c)["kim_long"].changed_at == T0 + 2 * HOUR


def test_rejections_keep_raw_bytes_cut_at_the_limit(database: Database) -> None:
    raw = b"\xff\x00" * 10_000
    with database.transaction() as c:
        rejections.reject(
            c,
            [
                rejections.Rejection(received_at=T0, topic="a\0\ud800", reason="not_utf8", detail="d\0", payload=raw),
                rejections.Rejection(received_at=T0 + HOUR, topic="b", reason="not_json", detail="d", payload=b"{"),
            ],
        )
        first, second = rejections.list_rejected(c)
        assert (first.topic, first.payload, first.payload_bytes) == ("a\ufffd?", raw[:8192], 20_000)
        assert (second.payload, second.payload_bytes) == (b"{", 1)
        assert [r.id for r in rejections.list_rejected(c, reason="not_json")] == [second.id]
        assert [r.id for r in rejections.list_rejected(c, since=T0 + HOUR)] == [second.id]
        assert [r.id for r in rejections.list_rejected(c, limit=1)] == [first.id]
        rejections.mark_replayed(c, [first.id], T0)
        assert [r.id for r in rejections.list_rejected(c, replayed=False)] == [second.id]
        assert rejections.count_rejected(c) == {"not_json": 1, "not_utf8": 1}


def test_accounts_add_up_within_the_hour(database: Database) -> None:
    counts = accounts.Counts(received=10, stored=4, duplicates=3, revisions=2, rejected=1)
    assert counts.balanced
    with database.transaction() as c:
        accounts.add_account(c, "a", T0 + timedelta(minutes=5), counts)
        accounts.add_account(c, "a", T0 + timedelta(minutes=55), counts)
        accounts.add_account(c, "b", T0, counts)
        first, second = accounts.accounts(c)
    assert (first.source, first.hour) == ("a", T0)
    assert first.counts == accounts.Counts(received=20, stored=8, duplicates=6, revisions=4, rejected=2)
    assert second.counts == counts


def _forecast(issued_h: int, lead_h: int, level: float = 1.0) -> LevelForecast:
    return LevelForecast(
        station="kim_long",
        issued_at=T0 + issued_h * HOUR,
        valid_at=T0 + (issued_h + lead_h) * HOUR,
        quantiles_m=tuple(level + k / 100 for k in range(19)),
        model="persistence",
        version="1",
        inputs="own level",
    )


def test_forecasts_by_issue_time(database: Database) -> None:
    early, late = [_forecast(0, 1), _forecast(0, 6)], [_forecast(1, 1), _forecast(1, 6)]
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        forecasts.store_forecasts(c, early + late, T0)
        forecasts.store_forecasts(c, [], T0)
        assert forecasts.latest_forecast(c, "kim_long") == late
        assert forecasts.latest_forecast(c, "nowhere") == []
        assert forecasts.forecasts_between(c, "kim_long", T0, T0) == early
        assert forecasts.last_issued(c) == {"kim_long": T0 + HOUR}
        rows = c.execute(
            "select quantile, value from v_forecast where issued_at = %s and valid_at = %s", (T0, T0 + HOUR)
        )
        assert rows.fetchall()[:2] == [(0.05, 1.0), (0.1, 1.01)]


def test_what_a_forecast_says_of_itself_is_kept(database: Database) -> None:
    said = replace(_forecast(0, 1), expected_m=0.0, beyond_experience=True, assumption="rain to come: none")
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        forecasts.store_forecasts(c, [said, _forecast(0, 6)], T0)
        assert forecasts.latest_forecast(c, "kim_long") == [said, _forecast(0, 6)]
        assert forecasts.forecasts_between(c, "kim_long", T0, T0) == [said, _forecast(0, 6)]
        row = c.execute(
            "select distinct expected_m, beyond_experience, assumption from v_forecast where expected_m = 0"
        )
        assert row.fetchall() == [(0.0, True, "rain to come: none")]


def test_a_model_is_registered_once(database: Database) -> None:
    entry = RegisteredModel(
        station="kim_long",
        version="20251027T0000Z-900",
        calibrated_from=T0 - 900 * HOUR,
        calibrated_until=T0,
        pairs=900,
        families="1 h regression, 6 h blend",
        inputs="own level, thuong_nhat, rain",
        made_at=T0,
    )
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        register_model(c, entry)
        register_model(c, replace(entry, made_at=T0 + HOUR))
        assert models_of(c, "kim_long") == [entry]
        assert models_of(c, "nowhere") == []


def _version(number: int, level: int, reason: Reason = Reason.RAISED) -> AlertVersion:
    return AlertVersion(
        number=number,
        reason=reason,
        at=T0 + number * HOUR,
        decided_at=T0 + number * HOUR,
        level=level,
        severity=Severity.SEVERE,
        phase=Phase.OBSERVED,
        value=2.1,
        threshold=2.0,
        detail={"lead_h": 6, "probability": 0.6, "pollutant": "o3"},
    )


def _alert(identifier: str = "a1", state: AlertState = AlertState.ACTIVE, versions: int = 1) -> Alert:
    return Alert(
        identifier=identifier,
        station="kim_long",
        event=Event.FLOOD,
        state=state,
        severity=Severity.SEVERE,
        level=versions,
        phase=Phase.OBSERVED,
        raised_at=T0 + HOUR,
        ended_at=None if state is AlertState.ACTIVE else T0 + 9 * HOUR,
        versions=tuple(_version(n, n) for n in range(1, versions + 1)),
    )


def test_an_alert_comes_back_with_every_version(database: Database) -> None:
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        alerts.save_alert(c, _alert())
        assert alerts.active_alerts(c) == [_alert()]
        alerts.save_alert(c, _alert(versions=3))
        assert alerts.active_alerts(c) == [_alert(versions=3)]
        assert alerts.alert(c, "a1") == _alert(versions=3)
        assert alerts.alert(c, "a2") is None


def test_a_stored_version_is_never_rewritten(database: Database) -> None:
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        alerts.save_alert(c, _alert())
        alerts.save_alert(c, replace(_alert(), versions=(replace(_version(1, 1), reason=Reason.ENDED),)))
        assert alerts.active_alerts(c)[0].versions == _alert().versions


def test_ended_alerts_are_listed_but_not_active(database: Database) -> None:
    ended = _alert("a1", AlertState.ENDED, 2)
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        alerts.save_alert(c, ended)
        alerts.save_alert(c, _alert("a2"))
        assert [a.identifier for a in alerts.active_alerts(c)] == ["a2"]
        assert [a.identifier for a in alerts.list_alerts(c)] == ["a2", "a1"]
        assert alerts.list_alerts(c, limit=1)[0].identifier == "a2"
        assert alerts.alerts_of(c, "kim_long", Event.FLOOD, T0) == [ended, _alert("a2")]
        assert [a.identifier for a in alerts.alerts_of(c, "kim_long", Event.FLOOD, T0 + 10 * HOUR)] == ["a2"]
        assert alerts.alerts_of(c, "kim_long", Event.RAPID_RISE, T0) == []


def test_a_drill_is_found_behind_any_number_of_real_alerts(database: Database) -> None:
    drill = replace(_alert("a1"), exercise=True, raised_at=T0)
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        alerts.save_alert(c, drill)
        for number in range(2, 6):
            alerts.save_alert(c, _alert(f"a{number}", AlertState.ENDED))
        assert alerts.list_alerts(c, drills_only=True, limit=2) == [drill]
        assert len(alerts.list_alerts(c)) == 5


def test_two_active_alerts_of_one_station_and_event_are_refused(database: Database) -> None:
    with pytest.raises(DatabaseRefusedError), database.transaction() as c:  # noqa: PT012 - the transaction is the subject
        sync_network(c, [KIM_LONG])
        alerts.save_alert(c, _alert("a1"))
        alerts.save_alert(c, _alert("a2"))
    with database.transaction() as c:
        assert alerts.list_alerts(c) == []


def _delivery(recipient: str = "chair", due_h: int = 0) -> deliveries.NewDelivery:
    return deliveries.NewDelivery(
        alert="a1", version=1, recipient=recipient, channel="file", language="vi", due_at=T0 + due_h * HOUR
    )


@pytest.fixture
def outbox(database: Database) -> Database:
    with database.transaction() as c:
        sync_network(c, [KIM_LONG])
        alerts.save_alert(c, _alert())
        deliveries.enqueue(c, [_delivery("chair"), _delivery("chair"), _delivery("later", 2), _delivery("ward")])
    return database


ROOMS = [deliveries.Room(channel="file", quota=10, per_recipient=10)]


def test_due_deliveries_are_taken_once(outbox: Database) -> None:
    with outbox.transaction() as c:
        taken = deliveries.claim(c, "one", T0, [deliveries.Room(channel="file", quota=1, per_recipient=1)])
    with outbox.transaction() as c:
        others = deliveries.claim(c, "two", T0, ROOMS)
    assert [d.recipient for d in taken] == ["chair"]
    assert [d.recipient for d in others] == ["ward"]


def test_a_delivery_is_sent_or_tried_again_or_given_up(outbox: Database) -> None:
    with outbox.transaction() as c:
        sent, again = deliveries.claim(c, "one", T0, ROOMS)
        done = deliveries.Settlement(id=sent.id, state="sent")
        busy = deliveries.Settlement(id=again.id, state="waiting", error="busy", due_at=T0 + HOUR)
        assert deliveries.settle(c, "another", T0, [done, busy]) == set(), "only who claimed it settles it"
        assert deliveries.settle(c, "one", T0, [done, busy]) == {sent.id, again.id}
    with outbox.transaction() as c:
        assert deliveries.claim(c, "one", T0, ROOMS) == []
        (due,) = deliveries.claim(c, "one", T0 + HOUR, ROOMS)
        assert (due.recipient, due.attempts, due.error) == ("ward", 2, "busy")
        failed = deliveries.Settlement(id=due.id, state="failed", error="no such address")
        deliveries.settle(c, "one", T0, [failed])
        states = {d.recipient: (d.state, d.attempts) for d in deliveries.deliveries_of(c, "a1")}
        assert states == {"chair": ("sent", 1), "later": ("waiting", 0), "ward": ("failed", 2)}
        seen = c.execute("select recipient, state from v_delivery order by 1").fetchall()
        assert seen == [("chair", "sent"), ("later", "waiting"), ("ward", "failed")]
        noted = [(e.actor, e.action, e.subject, e.detail["recipient"]) for e in audit.entries(c)]
        assert noted == [("delivery", "not_sent", "a1", "ward"), ("delivery", "sent", "a1", "chair")]


def test_what_a_process_left_under_way_is_sent_again_and_marked(outbox: Database) -> None:
    with outbox.transaction() as c:
        deliveries.claim(c, "killed", T0, ROOMS)
        mine = deliveries.claim(c, "mine", T0 + 2 * HOUR, ROOMS)
    with outbox.transaction() as c:
        assert deliveries.reclaim(c, "mine", T0, [d.id for d in mine]) == 2, "not what this process is sending"
        again = deliveries.claim(c, "mine", T0, ROOMS)
        assert [(d.recipient, d.attempts, d.may_repeat) for d in again] == [("chair", 2, True), ("ward", 2, True)]


def test_jobs_remember_their_last_success(database: Database) -> None:
    every = timedelta(minutes=1)
    with database.transaction() as c:
        jobs.record_start(c, "judge", T0, every=every)
        jobs.record_success(c, "judge", T0 + HOUR)
        jobs.record_start(c, "judge", T0 + 2 * HOUR, every=every)
        jobs.record_error(c, "judge", "broken")
        assert jobs.jobs(c) == [
            jobs.JobRun(
                job="judge", every=every, last_started_at=T0 + 2 * HOUR, last_success_at=T0 + HOUR, last_error="broken"
            )
        ]
        jobs.record_success(c, "judge", T0 + 3 * HOUR)
        assert jobs.jobs(c)[0].last_error is None


def test_only_one_connection_leads_until_it_closes(database_url: str) -> None:
    first, second = connect(database_url), connect(database_url)
    try:
        assert jobs.try_lead(first)
        assert jobs.try_lead(first)
        assert not jobs.try_lead(second)
        first.close()
        until = time.monotonic() + 60  # the server notices the end of a connection when it gets round to it
        while not jobs.try_lead(second):
            assert time.monotonic() < until
    finally:
        first.close()
        second.close()


def test_audit_entries_newest_first(database: Database) -> None:
    with database.transaction() as c:
        audit.add(c, "officer", "confirm", "a1", {"note": "đúng"})
        audit.add(c, "officer", "end", "a2", {})
        assert [(e.action, e.subject) for e in audit.entries(c)] == [("end", "a2"), ("confirm", "a1")]
        assert audit.entries(c, subject="a1")[0].detail == {"note": "đúng"}


def test_notifications_arrive_after_commit(database: Database, database_url: str) -> None:
    with Listener(database_url, [READINGS, NETWORK, ALERTS]) as listener:
        assert [n.payload for n in listener.wait(60)] == [EVERYTHING] * 3
        assert listener.wait(0.05) == []
        with database.transaction() as c:
            notify_names(c, READINGS, ["b/rainfall", "a/water_level"])
            assert listener.wait(0.05) == []
        assert listener.wait(60) == [Notification(READINGS, '["a/water_level","b/rainfall"]')]
        with database.transaction() as c:
            notify_names(c, READINGS, [f"station-{n}/water_level" for n in range(101)])
        pieces = listener.wait(60)
        while len(pieces) < 2:
            pieces += listener.wait(60)
        assert [len(json.loads(piece.payload)) for piece in pieces] == [100, 1]
        with database.transaction() as c:
            notify_names(c, READINGS, [f"station-{n}/water_level" for n in range(1001)])
        assert listener.wait(60) == [Notification(READINGS, EVERYTHING)]
        with database.transaction() as c:
            notify_names(c, READINGS, [f"{n}{'x' * 90}/water_level" for n in range(90)])
            notify_names(c, READINGS, [])
        assert listener.wait(60) == [Notification(READINGS, EVERYTHING)]
        with database.transaction() as c:
            sync_network(c, [KIM_LONG])
        assert listener.wait(60) == [Notification(NETWORK, "")]


def test_a_database_without_the_schema_says_what_to_do(empty_database_url: str) -> None:
    with (
        Database(empty_database_url) as empty,
        pytest.raises(SchemaOutdatedError, match="ews migrate"),
        empty.transaction() as c,
    ):
        load_stations(c)
