"""Each thing the broker must refuse, asked of the real Mosquitto with the shipped configuration."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from json import dumps
from pathlib import Path
from threading import Event

import pytest

from alerts.recipients import load_recipients
from cli.broker_client import certificate_ends_at, connected
from cli.broker_rights import broker_rights, mosquitto_acl
from cli.mosquitto_passwords import renewed
from domain.broker_address import TlsFiles
from domain.broker_users import BrokerUsers
from domain.errors import BrokerUnavailableError
from domain.network import load_network
from domain.settings import load_settings
from simulators.devices import Message
from simulators.link import Link
from tests.certificates import Authority
from tests.integration.secured import SILENCE_S, Caller, SecuredBroker, secured_broker
from tests.integration.workbench import Book, reading, working

pytestmark = pytest.mark.mosquitto

CONFIG = load_settings({}).config_dir
USERS = BrokerUsers.model_validate(
    {
        "gateway": [{"user": "gateway", "stations": ["kim_long", "phu_oc"], "topics": ["tts/v3/+/up"]}],
        "partner": [{"user": "hydromet", "alerts": ["city"], "stations": ["kim_long"]}],
    }
)
LEVEL = "ews/v1/kim_long/water_level"
OTHER = "ews/v1/phu_oc/water_level"
ALERT = "ews/alerts/v1/19774"


def files() -> tuple[str, tuple[str, dict[str, str]]]:
    network = load_network(CONFIG)
    recipients = load_recipients(CONFIG / "recipients.toml")
    rights = broker_rights(network, recipients, USERS, place=CONFIG / "broker.toml")
    new = renewed("", [one.user for one in rights])
    return mosquitto_acl(rights), (new.text, dict(new.made))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """With passwords."""
    with secured_broker(tmp_path_factory.mktemp("broker"), *files(), tls=False) as running:
        yield running


@pytest.fixture(scope="module")
def tls_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """With client certificates."""
    with secured_broker(tmp_path_factory.mktemp("tls"), *files(), tls=True) as running:
        yield running


def test_a_station_speaks_for_itself(broker: SecuredBroker) -> None:
    with broker.caller("ews_ingest") as ingest, broker.caller("kim_long") as device:
        ingest.listen("ews/v1/#")
        for topic in (LEVEL, "ews/v1/kim_long", "ews/v1/kim_long/status"):
            assert device.publish(topic) in {"Success", "No matching subscribers"}
            assert ingest.hears(topic)


@pytest.mark.parametrize(
    "topic",
    [
        OTHER,
        "ews/v1/phu_oc",
        "ews/v1/phu_oc/status",
        "ews/v1/kim_long_2/water_level",
        "ews/v1/kim_long/water_level/deep",
        "ews/v1",
        ALERT,
        "ews/gateways/v1/gateway/status",
        "$SYS/broker/version",
        "elsewhere",
    ],
)
def test_a_station_cannot_publish_as_another_nor_elsewhere(broker: SecuredBroker, topic: str) -> None:
    with broker.caller("ews_ingest") as ingest, broker.caller("kim_long") as device:
        ingest.listen("ews/v1/#")
        assert device.publish(topic) == "Not authorized"
        assert device.publish(LEVEL) == "Success"
        assert ingest.hears(LEVEL)
        assert [each for each, _ in ingest.heard] == [LEVEL]


def test_a_last_will_for_another_station_is_not_spoken(broker: SecuredBroker) -> None:
    for topic, spoken in (("ews/v1/phu_oc/status", False), ("ews/v1/kim_long/status", True)):
        with broker.caller("ews_ingest") as ingest:
            ingest.listen("ews/v1/+/status")
            device = replace(broker.caller("kim_long"), will=(topic, b"offline"))
            assert device.connect() in {"Success", "Not authorized"}
            device.vanish()
            assert ingest.hears(topic, within_s=5.0 if spoken else SILENCE_S) is spoken


def test_a_station_hears_nothing(broker: SecuredBroker) -> None:
    """Mosquitto lets everybody subscribe and delivers what the rights allow."""
    filters = ("#", "ews/v1/#", "ews/v1/kim_long/#", "ews/alerts/v1/#", "$share/spies/ews/v1/#", "$SYS/#")
    with broker.caller("kim_long") as device, broker.caller("phu_oc") as other, broker.caller("ews_ingest") as ingest:
        device.listen(*filters)
        ingest.listen("ews/v1/#")
        other.publish(OTHER)
        device.publish(LEVEL)
        with broker.caller("ews_scheduler") as scheduler:
            scheduler.publish(ALERT)
        assert ingest.hears(OTHER)
        assert ingest.hears(LEVEL)
        assert not device.hears(OTHER, within_s=SILENCE_S)
        assert device.heard == []


def test_retained_messages_of_others_are_not_told_either(broker: SecuredBroker) -> None:
    with broker.caller("phu_oc") as other:
        other.publish("ews/v1/phu_oc/status", b"online", retain=True)
    with broker.caller("ews_ingest") as ingest:
        ingest.listen("ews/v1/+/status")
        assert ingest.hears("ews/v1/phu_oc/status")
    with broker.caller("kim_long") as device:
        device.listen("ews/v1/+/status")
        assert not device.hears("ews/v1/phu_oc/status", within_s=SILENCE_S)
    with broker.caller("phu_oc") as other:
        other.publish("ews/v1/phu_oc/status", b"", retain=True)


@pytest.mark.parametrize("user", [None, "kim_long", "nobody", "root", "kim_long/#"])
def test_nobody_comes_in_without_a_right_password(broker: SecuredBroker, user: str | None) -> None:
    assert Caller(broker.port, user=user, password=None if user is None else "guessed").connect() == "Not authorized"


def test_an_empty_password_and_the_hash_itself_are_no_password(broker: SecuredBroker) -> None:
    for password in ("", None, broker.passwords["phu_oc"], broker.passwords["kim_long"][:-1]):
        assert Caller(broker.port, user="kim_long", password=password).connect() == "Not authorized"
    assert broker.caller("kim_long").connect() == "Success"


def test_ingest_reads_by_shared_subscription_and_writes_nothing(broker: SecuredBroker) -> None:
    with broker.caller("ews_ingest") as ingest, broker.caller("kim_long") as device:
        ingest.listen("$share/ingest/ews/v1/#")
        device.publish(LEVEL)
        assert ingest.hears(LEVEL)
        assert ingest.publish(LEVEL) == "Not authorized"
        assert ingest.publish(ALERT) == "Not authorized"


def test_the_scheduler_publishes_warnings_and_recipients_hear_those_of_their_area(broker: SecuredBroker) -> None:
    elsewhere = "ews/alerts/v1/19753"
    with (
        broker.caller("ews_scheduler") as scheduler,
        broker.caller("command_19774") as ward,
        broker.caller("city_command") as city,
        broker.caller("hydromet") as partner,
    ):
        for listener in (ward, city, partner):
            listener.listen("#")
        assert scheduler.publish(elsewhere) == "Success"
        assert scheduler.publish(ALERT) == "Success"
        assert scheduler.publish(LEVEL) == "Not authorized"
        for listener in (ward, city, partner):
            assert listener.hears(ALERT)
            assert listener.publish(ALERT) == "Not authorized"
            assert listener.publish(LEVEL) == "Not authorized"
        assert [topic for topic, _ in ward.heard] == [ALERT]
        assert [topic for topic, _ in city.heard] == [topic for topic, _ in partner.heard] == [elsewhere, ALERT]


def test_a_partner_hears_the_stations_it_was_given(broker: SecuredBroker) -> None:
    with (
        broker.caller("hydromet") as partner,
        broker.caller("phu_oc") as other,
        broker.caller("kim_long") as device,
    ):
        partner.listen("ews/v1/#")
        other.publish(OTHER)
        device.publish(LEVEL)
        assert partner.hears(LEVEL)
        assert [topic for topic, _ in partner.heard] == [LEVEL]


def test_a_gateway_speaks_for_its_stations_alone(broker: SecuredBroker) -> None:
    with broker.caller("gateway") as gateway, broker.caller("ews_ingest") as ingest:
        ingest.listen("ews/v1/#", "tts/#")
        allowed = (LEVEL, OTHER, "ews/v1/phu_oc/status", "tts/v3/node/up")
        assert {gateway.publish(topic) for topic in allowed} == {"Success"}
        assert gateway.publish("ews/gateways/v1/gateway/status") in {"Success", "No matching subscribers"}
        for topic in ("ews/v1/thuong_nhat/water_level", ALERT, "ews/gateways/v1/other/status", "tts/v3/node/down"):
            assert gateway.publish(topic) == "Not authorized", topic
        assert all(ingest.hears(topic) for topic in allowed)


def test_a_payload_of_the_contract_passes_and_an_absurd_one_is_refused(broker: SecuredBroker) -> None:
    limit = 1024 * 1024
    with broker.caller("ews_ingest") as ingest:
        ingest.listen("ews/v1/#")
        with broker.caller("kim_long") as device:
            assert device.told.MaximumPacketSize == limit
            for size in (256 * 1024, limit - 100):
                assert device.publish(LEVEL, b"x" * size) == "Success"
            assert device.publish(LEVEL, b"x" * limit) == "no answer"
        with broker.caller("kim_long") as device:
            assert device.publish("ews/v1/kim_long") == "Success"
        assert ingest.hears("ews/v1/kim_long")
        assert [len(payload) for _, payload in ingest.heard] == [256 * 1024, limit - 100, 1]


def test_a_topic_that_is_too_deep_or_too_long_is_refused(broker: SecuredBroker) -> None:
    for topic in ("ews/v1/kim_long/" + "x/" * 250, "ews/v1/kim_long/a/" + "x" * 60_000):
        with broker.caller("ews_ingest") as ingest, broker.caller("kim_long") as device:
            ingest.listen("ews/v1/#")
            assert device.publish(topic) != "Success"
            assert not ingest.hears(topic, within_s=SILENCE_S)


def test_a_certificate_is_the_user(tls_broker: SecuredBroker) -> None:
    with tls_broker.caller("ews_ingest") as ingest, tls_broker.caller("kim_long") as device:
        ingest.listen("ews/v1/#")
        assert device.publish(OTHER) == "Not authorized"
        assert device.publish(LEVEL) == "Success"
        assert ingest.hears(LEVEL)
        assert [topic for topic, _ in ingest.heard] == [LEVEL]


def test_without_a_certificate_nobody_comes_in_whatever_the_password(tls_broker: SecuredBroker) -> None:
    assert tls_broker.authority is not None
    trusting = TlsFiles(ca=tls_broker.authority.ca)
    assert Caller(tls_broker.port, tls=trusting).connect() == "no answer"
    password = tls_broker.passwords["kim_long"]
    assert Caller(tls_broker.port, user="kim_long", password=password, tls=trusting).connect() == "no answer"


def test_certificates_of_another_authority_or_run_out_are_refused(tls_broker: SecuredBroker, tmp_path: Path) -> None:
    assert tls_broker.authority is not None
    stranger = Authority(tmp_path / "stranger").give("kim_long")
    old = tls_broker.authority.give("kim_long_old", lasts=timedelta(days=-1))
    for pair in (stranger, old):
        tls = TlsFiles(ca=tls_broker.authority.ca, cert=pair.cert, key=pair.key)
        assert Caller(tls_broker.port, tls=tls).connect() == "no answer"


def test_a_certificate_of_a_broker_s_name_is_no_client(tls_broker: SecuredBroker) -> None:
    assert tls_broker.authority is not None
    pair = tls_broker.authority.give("server", server=True)
    tls = TlsFiles(ca=tls_broker.authority.ca, cert=pair.cert, key=pair.key)
    assert Caller(tls_broker.port, tls=tls).connect() == "no answer"


# paho leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_we_refuse_a_broker_that_nobody_we_trust_vouches_for(tls_broker: SecuredBroker, tmp_path: Path) -> None:
    for tls in (TlsFiles(), TlsFiles(ca=Authority(tmp_path, name="another").ca)):
        assert "certificate verify failed" in Caller(tls_broker.port, tls=tls).connect()
        with pytest.raises(BrokerUnavailableError, match="certificate verify failed"), connected(tls_broker.url("x"), "x", tls=tls):  # fmt: skip
            pass


def test_the_doctor_s_client_says_what_is_missing(broker: SecuredBroker, tls_broker: SecuredBroker) -> None:
    assert tls_broker.authority is not None
    url = tls_broker.url("kim_long")
    with connected(url, "doctor", tls=tls_broker.tls("ews_scheduler")) as client:
        assert certificate_ends_at(client) is not None
    with (
        pytest.raises(BrokerUnavailableError, match="EWS_MQTT_CERT_FILE"),
        connected(url, "doctor", tls=TlsFiles(ca=tls_broker.authority.ca)),
    ):
        pass
    with connected(broker.url("kim_long"), "doctor") as client:
        assert certificate_ends_at(client) is None
    with (
        pytest.raises(BrokerUnavailableError, match="Not authorized; check user and password"),
        connected(f"mqtt://kim_long:wrong@127.0.0.1:{broker.port}", "doctor"),
    ):
        pass


def test_ingest_works_with_a_password_and_with_a_certificate(
    book: Book, database_url: str, broker: SecuredBroker, tls_broker: SecuredBroker
) -> None:
    for minutes, one in enumerate((broker, tls_broker)):
        files = {} if one.authority is None else _settings(one.tls("ews_ingest"), one.url("ews_ingest"))
        with working(database_url, one.url("ews_ingest"), **files), one.caller("kim_long") as device:
            assert device.publish(LEVEL, dumps(reading(minutes, float(minutes))).encode()) == "Success"
            book.wait_for_received(minutes + 1)
    assert book.values() == [0.0, 1.0]


def test_simulated_devices_work_with_a_certificate(tls_broker: SecuredBroker) -> None:
    message = Message(topic=LEVEL, payload=b"1", readings=1, newest_s=0.0)
    with tls_broker.caller("ews_ingest") as ingest:
        ingest.listen("ews/v1/#")
        with Link(tls_broker.url("x"), "gateway", ["kim_long"], Event(), tls=tls_broker.tls("gateway")) as link:
            link.publish(message)
            assert link.drain()
        assert ingest.hears(LEVEL)
        assert ("ews/v1/kim_long/status", b"online") in ingest.heard
        with (
            pytest.raises(BrokerUnavailableError, match="Not authorized"),
            Link(tls_broker.url("x"), "gateway", ["thuong_nhat"], Event(), tls=tls_broker.tls("gateway")) as link,
        ):
            link.drain()


def _settings(tls: TlsFiles, url: str) -> dict[str, object]:
    return {"mqtt_url": url, "mqtt_ca_file": tls.ca, "mqtt_cert_file": tls.cert, "mqtt_key_file": tls.key}


def test_renewed_rights_and_passwords_are_taken_up_without_a_restart(tmp_path: Path) -> None:
    acl, (text, passwords) = files()
    with secured_broker(tmp_path, acl, (text, passwords), tls=False) as running:
        again = renewed(text, list(passwords), ["kim_long"])
        (tmp_path / "mosquitto.passwords").write_text(again.text, encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        old = passwords["kim_long"]
        deadline = 50
        while Caller(running.port, user="kim_long", password=old).connect() == "Success" and deadline:
            deadline -= 1
        assert deadline
        assert Caller(running.port, user="kim_long", password=again.made["kim_long"]).connect() == "Success"
        assert running.caller("phu_oc").connect() == "Success"
