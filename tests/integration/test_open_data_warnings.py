"""Public warnings through the open data: what the officers' feed says, as JSON, Atom and CAP, and nothing from inside."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from alerts.cap.checking import check
from alerts.cap.message import MsgType, Scope, Status
from alerts.cap.publishing import publish
from storage.database import Database
from tests.cap_scenes import HOUR, TEXTS, public
from tests.open_house import TERMS, House

NOW = datetime.now(UTC).replace(microsecond=0)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_warning_in_force_is_given_in_three_formats_until_it_ends(database: Database) -> None:
    house = House(database)
    first = public("w1.1", sent=NOW - 2 * HOUR)
    update = public("w1.2", MsgType.UPDATE, [first.reference], sent=NOW - HOUR)
    drill = public("d1.1", sent=NOW - HOUR, status=Status.EXERCISE)
    inside = public("f1.1", sent=NOW - HOUR, scope=Scope.RESTRICTED)
    assert house.get("/v1/warnings")["warnings"] == []
    with database.transaction() as c:
        for message, alert in ((first, "w1"), (update, "w1"), (drill, "d1"), (inside, "f1")):
            publish(c, message, alert=alert, actor="officer", signer=None, now=NOW)
    document = house.get("/v1/warnings")
    assert (document["licence"], document["attribution"]) == (TERMS.licence, TERMS.attribution)
    (warning,) = document["warnings"]
    assert (warning["identifier"], warning["msg_type"]) == ("w1.2", "Update")
    assert datetime.fromisoformat(warning["sent"]) == NOW - HOUR
    assert warning["sent"].endswith("+07:00")
    assert [info["headline"] for info in warning["info"]] == [TEXTS["vi"].headline, TEXTS["en"].headline]
    feed = etree.fromstring(house.ask("/v1/warnings", params={"format": "atom", "lang": "en"}).content)
    assert [title.text for title in feed.iterfind("a:entry/a:title", ATOM)] == [TEXTS["en"].headline]
    cap = house.ask("/v1/warnings/w1.2")
    assert cap.headers["content-type"].startswith("application/cap+xml")
    assert check(cap.content, NOW) == []
    assert house.ask("/v1/warnings/w1.1").status_code == 200  # as it was issued, in force or not
    for hidden in ("d1.1", "f1.1"):
        house.refused(f"/v1/warnings/{hidden}", 404)
    with database.transaction() as c:
        end = public("w1.3", MsgType.CANCEL, [first.reference, update.reference], sent=NOW)
        publish(c, end, alert="w1", actor="officer", signer=None, now=NOW)
    assert house.get("/v1/warnings")["warnings"] == []
