"""What a load has measured, as text."""

from __future__ import annotations

from cli.load_run import Measured
from cli.tables import table
from simulators.latencies import Latencies
from simulators.load import LoadSent


def load_table(measured: Measured, rate: float) -> str:
    """Counts and rates, then the two latencies. As fast as acknowledged, nobody can fall behind."""
    sent = measured.sent
    asked = f"{rate:g}/s" if rate else "as fast as acknowledged"
    behind = [("fell behind by at most", f"{sent.behind_s:.2f} s")] if rate else []
    unacknowledged = (
        f", {measured.stored_unacknowledged} of them not acknowledged" if measured.stored_unacknowledged else ""
    )
    counts = [
        ("asked", asked),
        ("sent", f"{sent.sent} in {sent.seconds:.1f} s, {sent.sent / max(sent.seconds, 1e-9):.0f}/s"),
        *behind,
        ("acknowledged", sent.acknowledged),
        ("stored", f"{measured.stored}, {measured.stored / max(measured.stored_after_s, 1e-9):.0f}/s{unacknowledged}"),
        ("lost", measured.lost),
    ]
    spans = [_span("publish to acknowledged", sent.until_acknowledged)]
    spans.append(_span("publish to row committed", measured.until_stored))
    headings = ("latency", "measured", "median ms", "p99 ms", "longest ms")
    return f"{table(('load', ''), counts)}\n\n{table(headings, spans)}"


def progress_line(sent: LoadSent, rows: Latencies) -> str:
    """How a load that lasts is doing: counts since it began, times since the line before."""
    spans = (("acknowledged", sent.until_acknowledged.since_asked()), ("row committed", rows))
    times = ", ".join(f"{name} {' / '.join(_milliseconds(span))} ms" for name, span in spans)
    return f"after {sent.seconds:.0f} s: sent {sent.sent}, acknowledged {sent.acknowledged}; median / p99 / longest: {times}"


def _span(name: str, found: Latencies) -> tuple[object, ...]:
    return (name, found.count, *_milliseconds(found))


def _milliseconds(found: Latencies) -> tuple[str, ...]:
    times = (found.quantile_s(0.5), found.quantile_s(0.99), found.longest_s)
    return tuple(f"{1000 * seconds:.0f}" for seconds in times)
