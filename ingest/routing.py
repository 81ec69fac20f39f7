"""Which source a topic or a file belongs to, and its readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePath

from paho.mqtt.matcher import MQTTMatcher

from domain.errors import UnreadableMessageError
from ingest.formats.registry import FORMATS, NATIVE
from ingest.formats.uplink import Message, Refusal
from ingest.mapping import Routed, readings_of
from ingest.source import Source
from ingest.topics import ROOT, SUBSCRIPTION

#: Files take this for a topic, followed by source and file name; no MQTT client can publish under `$`, filters leave it out.
FILE_ROOT = "$file/"
#: Topics whose source is remembered.
_MOST_TOPICS = 10_000


class Sources:
    """All sources. The native contract has its own topics, which no other source is asked for."""

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        self._named = {source.name: source for source in sources}
        foreign = [s for s in sources if s.format != NATIVE and s.topic is not None]
        # Those that are switched off come last: a broker may go on sending what was subscribed once.
        self._foreign = sorted(foreign, key=lambda source: not source.enabled)
        self._native = next((s.enabled for s in sources if s.format == NATIVE), True)
        self._matcher = MQTTMatcher()  # type: ignore[no-untyped-call]
        for place, source in reversed(list(enumerate(self._foreign))):
            assert source.topic is not None
            self._matcher[source.topic.topic_filter] = place
        self._known: dict[str, Source | None] = {}

    @property
    def of_files(self) -> list[Source]:
        """The sources that come in files."""
        return [source for source in self._named.values() if source.enabled and source.files is not None]

    @property
    def subscriptions(self) -> list[tuple[str, int]]:
        """(topic filter, QoS) of all that is taken in; each filter once."""
        wanted = {SUBSCRIPTION: 1} if self._native else {}
        for source in (s for s in self._foreign if s.enabled):
            assert source.topic is not None
            wanted[source.topic.topic_filter] = max(source.qos, wanted.get(source.topic.topic_filter, 0))
        return list(wanted.items())

    @property
    def served(self) -> list[str]:
        """The names of the sources whose messages are subscribed to."""
        return ([NATIVE] if self._native else []) + [s.name for s in self._foreign if s.enabled]

    @property
    def switched_off(self) -> list[str]:
        """Topic filters that the broker may still have from before."""
        wanted = {topic for topic, _ in self.subscriptions}
        off = [s.topic.topic_filter for s in self._named.values() if not s.enabled and s.topic is not None]
        return [topic for topic in off if topic not in wanted]

    def of(self, topic: str) -> Source | None:
        """The source of a topic, or one that is switched off; of several that match, the first of the file.

        None for the native contract and for topics of no source.
        """
        if topic.startswith(ROOT):
            return None
        if topic not in self._known:
            if len(self._known) >= _MOST_TOPICS:
                self._known.clear()
            self._known[topic] = self._find(topic)
        return self._known[topic]

    def name_of(self, topic: str) -> str:
        """The name under which what comes on this topic is counted."""
        source = self.of(topic)
        return NATIVE if source is None else source.name

    def _find(self, topic: str) -> Source | None:
        if topic.startswith(FILE_ROOT):
            return self._named.get(topic.split("/")[1])
        places = list(self._matcher.iter_match(topic))  # type: ignore[no-untyped-call]
        return self._foreign[min(places)] if places else None

    def of_file(self, name: str) -> Source | None:
        """The source of a file by its name."""
        return next((s for s in self.of_files if s.files is not None and s.files.names(name) is not None), None)


def file_topic(source: Source, name: str) -> str:
    """What a file has for a topic, so that its lines are kept, listed and replayed as messages are."""
    return f"{FILE_ROOT}{source.name}/{PurePath(name).name}"


def read(source: Source, message: Message) -> Iterator[Routed | Refusal]:
    """The readings of a message. Raises UnreadableMessageError when it cannot be read as a whole, and nothing else."""
    for one in FORMATS[source.format].decode(message, source):
        if isinstance(one, Refusal):
            yield one
        else:
            yield from readings_of(one, source, message)


def message_of(source: Source, topic: str, payload: bytes, received_at: datetime) -> Message:
    """The message with what its topic or file name says. Raises UnreadableMessageError: bad_topic."""
    template = source.topic if source.topic is not None else source.files
    names = template.names(topic.removeprefix(f"{FILE_ROOT}{source.name}/")) if template is not None else {}
    if names is None:
        raise UnreadableMessageError("bad_topic", f"{topic[:200]!r} is not {template.text if template else ''}")
    return Message(payload, received_at, names, topic)
