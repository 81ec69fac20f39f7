"""Topics and file names: the templates of sources agree with MQTT's own rules and say what their placeholders stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from ingest.source import file_template, topic_template

LEVELS = st.lists(st.sampled_from(["", "a", "b", "ews", "x(1)"]), min_size=1, max_size=4)
FILTERS = st.builds(
    lambda levels, more: "/".join([*levels, "#"] if more else levels),
    st.lists(st.sampled_from(["", "a", "b", "+", "x(1)"]), min_size=1, max_size=4),
    st.booleans(),
)


@given(FILTERS, LEVELS.map("/".join).filter(bool))
def test_a_template_without_placeholders_matches_as_mqtt_does(topic_filter: str, topic: str) -> None:
    template = topic_template(topic_filter)
    assert template.topic_filter == topic_filter
    assert (template.names(topic) is not None) == topic_matches_sub(topic_filter, topic)


@pytest.mark.parametrize(
    ("template", "topic", "names"),
    [
        ("tele/{device}/SENSOR", "tele/wx-1/SENSOR", {"device": "wx-1"}),
        ("tele/{device}/SENSOR", "tele/a/b/SENSOR", None),
        ("{device}/sensor/{field}/state", "g/sensor/level/state", {"device": "g", "field": "level"}),
        ("v1.1/Datastreams({device})/Observations", "v1.1/Datastreams(7)/Observations", {"device": "7"}),
        ("v1.1/Datastreams({device})/Observations", "v1x1/Datastreams(7)/Observations", None),
        ("a/{device}/#", "a/b", {"device": "b"}),
    ],
)
def test_placeholders_of_topics(template: str, topic: str, names: dict[str, str] | None) -> None:
    made = topic_template(template)
    assert made.names(topic) == names
    if names is not None:
        assert topic_matches_sub(made.topic_filter, topic)


def test_placeholders_of_files_do_not_mind_case() -> None:
    made = file_template("HUE_{device}_*.txt")
    assert made.names("hue_KL_20251027.TXT") == {"device": "KL"}
    assert made.names("HUE_KL.txt") is None
    assert made.names("HUE_a/b_1.txt") is None
