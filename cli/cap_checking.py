"""Checking CAP files: what is printed of them, and whether they are sound."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts.cap.chain_meaning import chain_faults
from alerts.cap.checking import check
from alerts.cap.elements import children, text
from alerts.cap.fault import Fault, Grade
from alerts.cap.feed_meaning import is_feed, linked
from alerts.cap.reading import MOST_BYTES, UnreadableCapError, alerts_of, read_xml
from alerts.cap.signature import SignatureReport, SignatureState, examine
from domain.errors import EwsError


@dataclass(frozen=True, slots=True)
class Examined:
    """One file: what is wrong with it, and the worth of its signature. `alerts`: those that could be read."""

    name: str
    faults: list[Fault]
    signature: SignatureReport | None
    alerts: list[Any]
    links: list[str] | None = None  # of a feed: where its messages are; None: it is no feed


def check_files(
    names: Sequence[str], now: datetime, *, trust: Path | None, strict: bool, quiet: bool
) -> tuple[list[str], bool]:
    """Lines for people, and whether every file is sound. Raises EwsError for one that cannot be opened."""
    lines: list[str] = []
    sound = True
    files = [_examined(name, now, trust) for name in names]
    among = _among(files)
    for number, file in enumerate(files):
        found = [*file.faults, *among[number]]
        counted = [fault for fault in found if strict or fault.grade is Grade.FAULT]
        sound = sound and not counted
        lines += [f"{file.name}:{fault}" for fault in (counted if quiet else found)]
        if not counted and not quiet:
            lines.append(f"{file.name}: {_summary(file)}")
    return lines, sound


def _among(files: Sequence[Examined]) -> list[list[Fault]]:
    """What the files say of each other."""
    owners = [number for number, file in enumerate(files) for _ in file.alerts]
    found: list[list[Fault]] = [[] for _ in files]
    for position, fault in chain_faults([alert for file in files for alert in file.alerts]):
        found[owners[position]].append(fault)
    return found


def _examined(name: str, now: datetime, trust: Path | None) -> Examined:
    data = _content(name)
    faults = check(data, now)
    try:
        root = read_xml(data)
        alerts = alerts_of(root)
        links = linked(root) if is_feed(root) else None
        signature = examine(data, trust=trust) if alerts else None
    except UnreadableCapError:
        return Examined(name, faults, None, [])
    return Examined(name, [*faults, *_signature_faults(signature)], signature, alerts, links)


def _signature_faults(signature: SignatureReport | None) -> Iterator[Fault]:
    if signature is None:
        return
    if signature.state is SignatureState.BROKEN:
        yield Fault(signature.line, "Signature", None, str(signature))
    if signature.state is SignatureState.UNCHECKED:
        yield Fault(signature.line, "Signature", None, str(signature), Grade.ADVICE)


def _content(name: str) -> bytes:
    """At most one byte more than is taken: enough to refuse it."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise EwsError(f"{name} cannot be read: {error.strerror}") from error


def _summary(file: Examined) -> str:
    if not file.alerts:
        return _of_a_feed(file.links or [])
    said = [f"{text(a, 'msgType')} {text(a, 'identifier')} ({', '.join(_languages(a))})" for a in file.alerts]
    return f"sound CAP 1.2: {'; '.join(said[:5])}{' …' if len(said) > 5 else ''}; signature: {file.signature}"


def _of_a_feed(links: list[str]) -> str:
    if not links:
        return "sound Atom feed without messages: no warning is in force"
    one = len(links) == 1
    addresses = f"{', '.join(_printable(link) for link in links[:3])}{' …' if len(links) > 3 else ''}"
    return f"sound Atom feed that links to {len(links)} message{'' if one else 's'}; fetch and check {'it' if one else 'them'} too: {addresses}"


def _printable(address: str) -> str:
    """A whole address, for somebody has to fetch it; nothing in it that a terminal might obey."""
    return "".join(letter if letter.isprintable() else "·" for letter in address)


def _languages(alert: Any) -> list[str]:
    return [text(info, "language") or "en-US" for info in children(alert, "info")] or ["no info"]
