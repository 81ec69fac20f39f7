"""What tests of the warnings desk begin with: a draft that waits for an officer, and the keyboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from alerts.drafting import prepare
from alerts.telling_policy import load_telling
from storage.alerts import alert
from storage.database import Database
from storage.deliveries import NewDelivery, Room, Settlement, claim, deliveries_of, enqueue, settle
from storage.stations import load_stations
from tests.browser import scene

KIM_LONG, PHU_OC = "hue.kim_long.flood.scene", "hue.phu_oc.flood.scene"


def waiting(database: Database) -> str:
    """A draft for the public at Kim Long, and an urgent message that nobody has answered for half an hour; its identifier."""
    sent_at = datetime.now(UTC) - timedelta(minutes=30)
    with database.transaction() as connection:
        found = alert(connection, KIM_LONG)
        assert found is not None
        station = load_stations(connection)[found.station]
        made = prepare(connection, station, found, load_telling(scene.CONFIG / "alerts.toml"), sent_at)
        version = found.versions[-1].number
        enqueue(
            connection,
            [
                NewDelivery(
                    alert=KIM_LONG,
                    version=version,
                    recipient="city_command",
                    channel="sms",
                    language="vi",
                    due_at=sent_at,
                    urgent=True,
                )
            ],
        )
        claim(connection, "test", sent_at, [Room(channel="sms", quota=10, per_recipient=10)])
        row = next(d for d in deliveries_of(connection, KIM_LONG) if d.channel == "sms")
        later = datetime.now(UTC) + timedelta(hours=1)
        settle(connection, "test", sent_at, [Settlement(id=row.id, state="sent", escalate_at=later)])
    assert made is not None
    return made.identifier


def press(page: Page, text: str) -> None:
    """Put the keyboard on a button and press Enter."""
    page.get_by_role("button", name=text).first.focus()
    page.keyboard.press("Enter")
