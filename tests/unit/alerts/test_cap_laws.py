"""Laws of our own CAP messages: whatever an alert, a station or an officer says, every receiver can read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from shapely import Polygon

from alerts.cap.areas import MOST_POINTS
from alerts.cap.bulletin import Texts, clipped, compose
from alerts.cap.chain_meaning import chain_faults
from alerts.cap.checking import check
from alerts.cap.codes import category, event_codes
from alerts.cap.elements import children, text
from alerts.cap.fault import Fault
from alerts.cap.findings import VALID_FOR, finding_chain
from alerts.cap.message import Category, MsgType, Scope, Status
from alerts.cap.public import Announcement, public_bulletin
from alerts.cap.reading import read_alerts
from alerts.cap.reference import Reference, cap_time, read_reference
from alerts.cap.schema import schema_faults
from alerts.cap.writing import write
from domain.alerts import Alert, Certainty, Event, Phase, Reason, Severity, Urgency
from domain.times import HUE_TIME
from domain.words import Language
from tests.cap_scenes import HOUR, ISSUER, NOW, TEXTS, WARDS, flood, public, station, version


def _faults(data: bytes) -> list[Fault]:
    return check(data, NOW + timedelta(days=400))


def alerts_in_versions() -> st.SearchStrategy[Alert]:
    """Floods that rise, fall, end and come back, decided at any time after."""

    def made(steps: list[tuple[int, float, float, Phase, bool]]) -> Alert:
        versions, at, known = [], 0.0, 0.0
        for number, (level, later_h, delay_s, phase, likely) in enumerate(steps, start=1):
            at += later_h
            known = max(known, at * 3600 + delay_s)
            detail = {"probability": 0.8 if likely else 0.5, "lead_h": 6 if likely else 1}
            versions.append(
                version(
                    number,
                    level if number > 1 else max(level, 1),
                    at,
                    decided_at=NOW - 12 * HOUR + timedelta(seconds=known),
                    phase=phase,
                    detail=detail if phase is Phase.FORECAST else {},
                    reason=Reason.FORECAST_WITHDRAWN if level == 0 and likely else Reason.UPGRADED,
                )
            )
        return flood(*versions)

    step = st.tuples(
        st.integers(0, 4),
        st.floats(0, 9),
        st.floats(0, 90_000),
        st.sampled_from(Phase),
        st.booleans(),
    )
    return st.lists(step, min_size=1, max_size=7).map(made)


@given(alerts_in_versions(), st.sampled_from(["live", "simulated", "replay:x", "other"]))
@settings(max_examples=60, deadline=None)
def test_every_chain_of_findings_is_sound_to_the_last_advice(alert: Alert, clock: str) -> None:
    gauge = station(clock=clock)
    chain = finding_chain(alert, gauge, ISSUER, WARDS.of_station(gauge))
    documents = [write(message) for message in chain]
    assert [str(found) for data in documents for found in _faults(data)] == []
    assert list(chain_faults([read_alerts(data)[0] for data in documents])) == []
    for earlier, later in pairwise(chain):
        assert earlier.sent < later.sent
        begins = earlier.msg_type is MsgType.CANCEL
        assert (later.msg_type is MsgType.ALERT) is begins
        assert (earlier.reference in later.references) is not begins
    assert {message.scope for message in chain} == {Scope.RESTRICTED}
    assert {message.status for message in chain} == {Status.ACTUAL if clock == "live" else Status.EXERCISE}


@given(alerts_in_versions())
@settings(max_examples=30, deadline=None)
def test_a_chain_only_grows(alert: Alert) -> None:
    areas = WARDS.of_station(station())
    whole = finding_chain(alert, station(), ISSUER, areas)
    for length in range(1, len(alert.versions) + 1):
        part = flood(*alert.versions[:length])
        assert finding_chain(part, station(), ISSUER, areas) == whole[:length]


NASTY = st.text(
    st.one_of(
        st.characters(exclude_categories=[]),
        st.sampled_from("<>&\"'\x00\x08\x1f\x7f\x85\u2028\ud800\ufffe\uffff\U0001f30a]ợĐ\r\n\t"),
    ),
    max_size=200,
)


@given(NASTY, NASTY, NASTY, NASTY)
@settings(deadline=None)
def test_any_text_of_an_officer_fits_into_the_schema(
    event: str, headline: str, description: str, instruction: str
) -> None:
    said = Texts(event=f"Lũ{event}", headline=headline, description=description, instruction=instruction)
    texts: dict[Language, Texts] = {"vi": said, "en": said}
    (alert,) = read_alerts(write(public(texts=texts)))
    assert list(schema_faults(alert)) == []
    read = text(children(alert, "info")[0], "description")
    kept = [letter for letter in description if letter.isalnum()]
    assert [letter for letter in read if letter.isalnum()] == kept
    assert len(text(children(alert, "info")[0], "headline")) <= 160


@given(st.sampled_from(sorted(WARDS._wards)), st.sampled_from(sorted(WARDS._wards)))
@settings(deadline=None)
def test_wards_are_closed_rings_of_few_corners_in_the_right_order(one: str, other: str) -> None:
    areas = WARDS.areas([one, other, one])
    assert [area.geocodes[0].value for area in areas["vi"]] == list(dict.fromkeys([one, other]))
    for area, english in zip(areas["vi"], areas["en"], strict=True):
        assert area.polygons
        assert area.polygons == english.polygons
        for ring in area.polygons:
            assert 4 <= len(ring) <= MOST_POINTS
            assert ring[0] == ring[-1]
            assert all(15.9 < lat < 16.9 and 106.9 < lon < 108.3 for lat, lon in ring)
            assert Polygon(ring).is_valid


def test_a_simplified_ward_is_the_ward() -> None:
    for code, border in WARDS._borders.items():
        shape = sum(Polygon(rings[0]).area for rings in border.polygons)
        drawn = sum(Polygon(ring).area for ring in WARDS.areas([code])["vi"][0].polygons)
        assert drawn == pytest.approx(shape, rel=0.03), code


def test_a_station_in_no_ward_is_warned_of_around_it() -> None:
    (area,) = WARDS.of_station(station(covers=(), ward=None, lat=16.9, lon=108.2))["en"]
    assert area.circles[0].radius_km == 5
    assert not area.polygons
    assert WARDS.of_station(station(covers=()))["vi"][0].description == "Phường Kim Long"
    within = station(covers=(), ward=None, lat=16.40471, lon=107.54277)
    assert WARDS.of_station(within)["vi"][0].description == "Phường Kim Long"


def test_a_flood_from_forecast_to_end() -> None:
    alert = flood(
        version(
            1, 2, 0, phase=Phase.FORECAST, reason=Reason.RAISED_BY_FORECAST, detail={"probability": 0.7, "lead_h": 6}
        ),
        version(2, 3, 5, reason=Reason.CONFIRMED),
        version(3, 1, 9, phase=Phase.RECEDING, reason=Reason.DOWNGRADED),
        version(4, 0, 10),
    )
    chain = finding_chain(alert, station(), ISSUER, WARDS.of_station(station()))
    told = [(m.msg_type, m.infos[0].urgency, m.infos[0].certainty, m.infos[0].response_types[0].value) for m in chain]
    assert told == [
        (MsgType.ALERT, Urgency.FUTURE, Certainty.LIKELY, "Prepare"),
        (MsgType.UPDATE, Urgency.IMMEDIATE, Certainty.OBSERVED, "Assess"),
        (MsgType.UPDATE, Urgency.EXPECTED, Certainty.OBSERVED, "Monitor"),
        (MsgType.CANCEL, Urgency.PAST, Certainty.OBSERVED, "AllClear"),
    ]
    assert [len(m.references) for m in chain] == [0, 1, 2, 3]
    first, second, *_ = chain
    assert first.infos[0].onset == alert.versions[0].at + 6 * HOUR
    assert first.infos[0].expires == alert.versions[0].at + 6 * HOUR + VALID_FOR
    assert second.infos[0].onset == alert.versions[1].at
    assert [info.language for info in first.infos] == ["vi-VN", "en-US"]
    assert cap_time(first.sent) == "2025-10-27T07:00:03+07:00"
    assert {m.incidents for m in chain} == {alert.identifier}


def test_every_event_has_its_category_and_code() -> None:
    for event in Event:
        assert category(event) is not Category.OTHER, f"{event} has no entry in alerts/cap/codes.py"
        assert event_codes(event)[-1].value == event.value


@given(st.text(max_size=400), st.integers(10, 160))
def test_a_clipped_line_is_short_and_one_line(line: str, most: int) -> None:
    short = clipped(line, most)
    assert len(short) <= most
    assert short == " ".join(line.split()) or short.endswith("…")


@given(st.integers(-2_000_000_000, 200_000_000_000), st.sampled_from([UTC, HUE_TIME]))
def test_references_come_back(instant: int, clock: tzinfo) -> None:
    reference = Reference(sender="a@b", identifier="x.1", sent=datetime.fromtimestamp(instant, clock))
    found = read_reference(str(reference))
    assert found is not None
    assert found.sent == reference.sent


@pytest.mark.parametrize("name", ["a b", "a,b", "a<b", "a&b", "", "a\n", "a\u2028b"])
def test_names_that_cap_forbids_cannot_be_made(name: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        public(name)


def test_a_message_says_only_what_it_has() -> None:
    root = etree.fromstring(write(public()))
    assert all(element.text for element in root.iter() if not len(element))
    assert [f.grade for f in _faults(write(public()))] == []


@given(
    st.sampled_from(Severity),
    st.sampled_from(Phase),
    st.booleans(),
    st.sampled_from([MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL]),
    st.one_of(st.none(), st.floats(0, 1)),
)
@settings(deadline=None)
def test_every_announcement_is_sound_and_a_drill_never_public(
    severity: Severity, phase: Phase, drill: bool, msg_type: MsgType, probability: float | None
) -> None:
    said = Announcement(
        warning="hue-ews.kim_long.flood.x.public.1",
        number=2,
        sent=NOW,
        msg_type=msg_type,
        exercise=drill,
        event=Event.FLOOD,
        severity=severity,
        phase=phase,
        probability=probability,
        expires=NOW + 6 * HOUR,
        texts=TEXTS,
        areas=WARDS.areas(["19774"]),
        risk_indicator=3,
        because="levels are falling",
    )
    references = () if msg_type is MsgType.ALERT else (public("first", sent=NOW - HOUR).reference,)
    message = compose(public_bulletin(said, references), ISSUER)
    assert [str(found) for found in _faults(write(message))] == []
    outside = message.status is Status.ACTUAL, message.scope is Scope.PUBLIC
    assert outside == (not drill, not drill)
    assert message.infos[0].parameters[0].value == "3"
    if msg_type is MsgType.CANCEL:
        assert message.infos[0].headline == "ĐÃ HỦY: Lũ trên sông Hương"
    if phase is Phase.FORECAST:
        likely = probability is not None and probability > 0.5
        assert (message.infos[0].certainty is Certainty.LIKELY) is likely
