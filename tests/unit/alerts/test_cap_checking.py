"""What `check` finds in CAP documents: each rule broken once in a message that is sound otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from alerts.cap.chain_meaning import chain_faults
from alerts.cap.checking import MOST_FAULTS, check
from alerts.cap.fault import Grade
from alerts.cap.feed_meaning import linked
from alerts.cap.message import MsgType, Status
from alerts.cap.reading import MOST_BYTES, MOST_ELEMENTS, UnreadableCapError, read_alerts, read_xml
from alerts.cap.writing import write
from tests.cap_scenes import HOUR, NOW, public

DATA = Path(__file__).resolve().parents[2] / "data" / "cap"
FIRST = public("w1.1", sent=NOW - 2 * HOUR)
SOUND = write(public("w1.2", MsgType.UPDATE, [FIRST.reference])).decode()
EXERCISE = write(public(status=Status.EXERCISE)).decode()
VIETNAMESE = "<language>vi-VN</language>"


def changed(old: str, new: str, *, source: str = SOUND, times: int = 1) -> bytes:
    assert old in source
    return source.replace(old, new, times).encode()


def faults(data: bytes) -> list[str]:
    return [f"{f.element}: {f.remedy}" for f in check(data, NOW) if f.grade is Grade.FAULT]


def everywhere(old: str, new: str) -> bytes:
    return changed(old, new, times=-1)


BROKEN = {
    "no references": (changed(f"<references>{FIRST.reference}</references>", ""), "references: Update names"),
    "itself": (changed(str(FIRST.reference), str(FIRST.reference).replace("w1.1", "w1.2")), "references: names the message itself"),
    "later": (changed("w1.1,2025-10-27T17:00:00+07:00", "w1.1,2025-10-27T18:00:01+07:00"), "references: names a message that was sent later"),
    "no triple": (changed("w1.1,2025", "w1.1 2025"), "references: must be sender,identifier,sent"),
    "Z reference": (changed("17:00:00+07:00</references>", "17:00:00</references>"), "references: must be sender"),
    "space": (changed("<identifier>w1.2", "<identifier>w1 2"), "identifier: must have no spaces"),
    "comma": (changed("<sender>hue-ews@", "<sender>hue,ews@"), "sender: must have no spaces"),
    "empty": (changed("<identifier>w1.2<", "<identifier><"), "identifier: must have no spaces"),
    "Z": (everywhere("<sent>2025-10-27T18:00:00+07:00", "<sent>2025-10-27T11:00:00Z"), "sent: write the time"),
    "fraction": (everywhere("<sent>2025-10-27T18:00:00+", "<sent>2025-10-27T18:00:00.5+"), "sent: write the time"),
    "no such day": (everywhere("<sent>2025-10-27", "<sent>2025-02-30"), "sent: "),
    "future": (everywhere("<sent>2025-10-27", "<sent>2025-10-28"), "sent: lies in the future"),
    "restricted": (changed("Public", "Restricted"), "restriction: scope Restricted needs"),
    "not restricted": (changed("<references>", "<restriction>x</restriction><references>"), "restriction: belongs to scope Restricted"),
    "private": (changed("Public", "Private"), "addresses: scope Private needs"),
    "quotes": (changed("<references>", '<addresses>"a b</addresses><references>'), "addresses: names with spaces"),
    "exercise": (changed("<note>drill</note>", "", source=EXERCISE), "note: an Exercise names its drill"),
    "error": (changed("Update", "Error"), "note: an Error explains"),
    "status": (changed("Actual", "Real"), "status: must be one of Actual, Exercise, System, Test, Draft"),
    "urgency": (changed("Immediate", "Now"), "urgency: must be one of Immediate, Expected"),
    "missing": (changed("<msgType>Update</msgType>", ""), "scope: does not belong here; expected is msgType"),
    "expired": (everywhere("<expires>2025-10-28T06:00:00", "<expires>2025-10-27T17:59:59"), "expires: must lie after sent"),
    "onset": (everywhere("<onset>2025-10-27T17", "<onset>2025-10-29T17"), "expires: must lie after onset"),
    "endless": (everywhere("<expires>2025-10-28T06:00:00+07:00</expires>", ""), "expires: is missing"),
    "language": (changed("vi-VN", "xx-YY"), "language: is no language"),
    "no language": (changed(VIETNAMESE, ""), "language: is missing and so means en-US"),
    "html": (changed("Mực nước trên BĐ3.", "Mực nước &lt;b&gt;trên&lt;/b&gt; BĐ3."), "description: holds HTML"),
    "web": (changed("https://hue.invalid/", "hue.invalid/x"), "web: must be a whole address"),
    "severity": (changed("<severity>Severe", "<severity>Minor"), "severity: differs from vi-vn, where it is Minor"),
    "times": (changed("<onset>2025-10-27T17:00", "<onset>2025-10-27T16:00"), "onset: differs from vi-vn"),
    "category": (changed("<category>Met", "<category>Geo"), "category: differs"),
    "code": (changed("OET-081", "OET-082"), "eventCode: differs"),
    "code list": (changed("<valueName>OET:v1.2</valueName>", "<valueName/>"), "eventCode: valueName is empty"),
    "twice": (changed("en-US", "vi-VN"), "language: says the same event"),
    "event": (changed("<event>Lũ", "<event>"), "event: is empty"),
    "place": (changed("Phường Kim Long</areaDesc>", "</areaDesc>"), "areaDesc: is empty"),
    "geocode": (changed("<value>19774</value>", "<value/>"), "geocode: needs a valueName"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_rule_is_named(name: str) -> None:
    assert faults(SOUND.encode()) == []
    data, expected = BROKEN[name]
    assert any(found.startswith(expected) for found in faults(data)), faults(data)


def test_the_second_info_of_one_language_about_another_event_is_no_repetition() -> None:
    first, second = SOUND.index("<info>"), SOUND.index("</info>") + len("</info>")
    other = SOUND[first:second].replace("<event>Lũ", "<event>Mưa").replace("OET-081", "OET-159")
    english = SOUND[second : SOUND.rindex("</alert>")]
    both = SOUND[:second] + other + english + english.replace("OET-081", "OET-159") + "</alert>"
    assert faults(both.encode()) == []


def with_shape(shape: str) -> list[str]:
    area = f"<area><areaDesc>x</areaDesc>{shape}</area>"
    parts = SOUND.split("<area>")
    tail = parts[-1].split("</area>", 1)[1]
    infos = [parts[0] + area + "</info>", SOUND[SOUND.index("</info>") + 7 :].split("<area>")[0] + area + tail]
    return faults("".join(infos).encode())


SQUARE = "16.4,107.5 16.5,107.5 16.5,107.6 16.4,107.6 16.4,107.5"
SHAPES = [
    (f"<polygon>{SQUARE}</polygon>", None),
    ("<polygon>16.4,107.5 16.5,107.5 16.5,107.6 16.4,107.6</polygon>", "polygon: is not closed"),
    ("<polygon>16.4,107.5 16.5,107.5 16.4,107.5</polygon>", "polygon: has 3 pairs"),
    ("<polygon>107.5,16.4 107.5,16.5 107.6,16.5 107.5,16.4</polygon>", "polygon: is written longitude,latitude"),
    ("<polygon>91,181 92,181 92,182 91,181</polygon>", "polygon: lies outside the earth"),
    ("<polygon>16.4,107.5 16.5,107.6 16.5,107.5 16.4,107.6 16.4,107.5</polygon>", "polygon: crosses"),
    ("<polygon>16.4,107.5 16.5,107.6 16.6,107.7 16.4,107.5</polygon>", "polygon: encloses nothing"),
    ("<polygon>here</polygon>", "polygon: must be latitude,longitude pairs"),
    ("<polygon>16.4 107.5 16.5 107.5</polygon>", "polygon: must be latitude,longitude pairs"),
    ("<polygon>nan,nan nan,nan nan,nan nan,nan</polygon>", "polygon: must be latitude,longitude pairs"),
    ("<polygon/>", "polygon: has 0 pairs"),
    ("<circle>16.46,107.56 5</circle>", None),
    ("<circle>16.46,107.56 -5</circle>", "circle: must be latitude"),
    ("<circle>16.46,107.56</circle>", "circle: must be latitude"),
    ("<circle>107.56,16.46 5</circle>", "circle: is written longitude"),
    ("<ceiling>10</ceiling>", "ceiling: needs an altitude"),
    ("<altitude>20</altitude><ceiling>10</ceiling>", "ceiling: lies under"),
]


@pytest.mark.parametrize(("shape", "expected"), SHAPES, ids=[shape[:40] for shape, _ in SHAPES])
def test_shapes_lie_on_the_earth_and_enclose_something(shape: str, expected: str | None) -> None:
    found = with_shape(shape)
    assert found == [] if expected is None else any(each.startswith(expected) for each in found), found


RESOURCES = [
    ("<mimeType>image/png</mimeType><uri>https://x/y.png</uri>", None),
    ("<mimeType>image/png</mimeType><size>-1</size><uri>u</uri>", "size: must be"),
    ("<mimeType>image/png</mimeType><uri>u</uri><digest>abc</digest>", "digest: must be a SHA-1"),
    ("<mimeType>image/png</mimeType><derefUri>***</derefUri>", "derefUri: must be the content"),
]


@pytest.mark.parametrize(("content", "expected"), RESOURCES)
def test_resources(content: str, expected: str | None) -> None:
    resource = f"<resource><resourceDesc>map</resourceDesc>{content}</resource><area>"
    first = SOUND.index("<area>")
    data = SOUND[:first] + resource + SOUND[first + 6 :]
    found = faults(data.encode())
    assert found == [] if expected is None else any(each.startswith(expected) for each in found), found


BOMB = '<!DOCTYPE alert [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE alert [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
HEAD, BODY = SOUND.split("\n", 1)


@pytest.mark.parametrize(
    "attack", [BOMB, OUTSIDE, '<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd">', "<!DOCTYPE alert>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_unread(attack: str, encoding: str) -> None:
    head = HEAD.replace("utf-8", encoding)
    data = f"{head}\n{attack}\n{BODY.replace('Phường Kim Long', '&a;')}".encode(encoding)
    (only,) = check(data, NOW)
    assert (only.element, only.line) == ("DOCTYPE", 2)


@pytest.mark.parametrize(
    ("data", "element"),
    [
        (b"", "document"),
        (b"\x00\xff", "document"),
        (b"<alert>\x00</alert>", "document"),
        (b"<alert>", "document"),
        (b"<alert/>", "alert"),
        (b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.1"/>', "alert"),
        (SOUND.replace("Kim Long", "&b;").encode(), "document"),
        (b"<a>" * 100_000, "document"),
        (SOUND.encode() + b" " * MOST_BYTES, "document"),
        (b"<alert>" + b"<a/>" * MOST_ELEMENTS + b"</alert>", "document"),
    ],
    ids=[
        "empty",
        "bytes",
        "zero byte",
        "cut",
        "no namespace",
        "CAP 1.1",
        "entity",
        "deep",
        "huge",
        "many",
    ],
)
def test_what_is_no_cap_is_one_fault(data: bytes, element: str) -> None:
    (only,) = check(data, NOW)
    assert only.element == element
    assert "\n" not in str(only)
    assert "\n" not in str(only)


def test_a_file_full_of_faults_is_told_so_once() -> None:
    found = check(changed("<info>", "<bad/>" * 3000 + "<info>" + "<parameter/>" * 3000), NOW)
    assert len(found) == MOST_FAULTS + 1
    assert "correct these first" in found[-1].remedy


def test_a_polygon_that_no_receiver_takes_is_not_judged() -> None:
    assert "no receiver takes" in with_shape(f"<polygon>{SQUARE} {'16.4,107.5 ' * 80_001}</polygon>")[0]


@given(st.binary(max_size=200), st.integers(0, len(SOUND.encode())))
def test_any_bytes_are_judged_and_never_break_the_check(junk: bytes, at: int) -> None:
    data = SOUND.encode()
    check(data[:at] + junk + data[at:], NOW)
    check(junk, NOW)


@given(st.text(max_size=60), st.sampled_from([e.tag for e in etree.fromstring(SOUND.encode()).iter()]))
def test_any_text_in_any_element_is_judged(text: str, tag: str) -> None:
    root = etree.fromstring(SOUND.encode())
    cleaned = "".join(letter for letter in text if letter.isprintable())
    for element in root.iter(tag):
        element.text = cleaned
    for fault in check(etree.tostring(root), NOW):
        assert str(fault).isprintable()


@pytest.mark.parametrize("path", sorted(DATA.glob("google_*")), ids=lambda p: p.name)
def test_real_alerts_have_no_fault(path: Path) -> None:
    assert faults(path.read_bytes()) == []


def test_faults_name_line_element_value_and_remedy() -> None:
    (only,) = [f for f in check(BROKEN["exercise"][0], NOW) if f.grade is Grade.FAULT]
    assert str(only) == "6: note: an Exercise names its drill, so that nobody takes it as real"
    (only, *_) = check(changed("Actual", "Re\u00adal"), NOW)
    assert str(only).startswith("6: status = 'Re·al': must be one of")


def chain(*documents: bytes) -> list[str]:
    alerts = [read_alerts(data)[0] for data in documents]
    return [f"{position} {found.grade}: {found.remedy}" for position, found in chain_faults(alerts)]


def test_messages_beside_each_other() -> None:
    first = write(FIRST)
    second = public("w1.2", MsgType.UPDATE, [FIRST.reference], sent=NOW - HOUR)
    third = write(public("w1.3", MsgType.UPDATE, [second.reference], sent=NOW))
    assert chain(first, write(second), first) == []
    assert chain(first, third, write(second)) == [
        "1 advice: leaves out w1.1, an earlier message of the chain that has not expired"
    ]
    later = public("w1.1", sent=FIRST.sent + timedelta(seconds=1))
    assert "names a message that was sent at" in chain(write(later), write(second))[0]
    assert "is the identifier of a message sent at" in chain(first, write(later))[0]


def test_reading_says_what_it_refuses() -> None:
    with pytest.raises(UnreadableCapError, match="no document type"):
        read_alerts(f"{BOMB}<alert/>".encode())


FEED = """<feed xmlns="http://www.w3.org/2005/Atom">
<id>https://a.example/feed</id><title>F</title><updated>2025-10-27T06:00:00+07:00</updated><author><name>A</name></author>
<link rel="self" href="https://a.example/feed"/>
<entry><id>https://a.example/1</id><title>E</title><updated>2025-10-27T06:00:00+07:00</updated>
<link rel="alternate" type="application/cap+xml" href="https://a.example/1.xml"/></entry>
</feed>"""


def test_a_feed_that_links_to_its_messages_is_sound() -> None:
    """As OASIS, Example Practices: CAP Feeds 1.0 ask, and as our own is."""
    assert check(FEED.encode(), NOW) == []
    assert linked(read_xml(FEED.encode())) == ["https://a.example/1.xml"]
    assert check(b"".join((FEED.partition("<entry>")[0].encode(), b"</feed>")), NOW) == [], "nothing is in force"


@pytest.mark.parametrize(
    ("there", "instead", "element", "remedy"),
    [
        ("<title>E</title>", "", "title", "stands 0 times"),
        ("<author><name>A</name></author>", "", "author", "names one"),
        ("06:00:00+07:00</updated><author>", "06:00:00</updated><author>", "updated", "with its offset"),
        ('type="application/cap+xml" ', "", "entry", "neither a message within it nor a link"),
        ('href="https://a.example/1.xml"', 'href="/1.xml"', "link", "whole address"),
        ("</feed>", "<entry><id>https://a.example/1</id></entry></feed>", "id", "two entries"),
    ],
)
def test_a_feed_that_nobody_can_follow_is_faulted(there: str, instead: str, element: str, remedy: str) -> None:
    assert there in FEED
    found = check(FEED.replace(there, instead, 1).encode(), NOW)
    assert any(fault.element == element and remedy in fault.remedy for fault in found), found
