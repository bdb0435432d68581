"""The daemon's figures in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.health import Snapshot

Figures = dict[str, Any]


class DaemonCollector(Collector):
    """Asks for a snapshot and the database's counts each time it is read; keeps nothing."""

    def __init__(self, snapshot: Callable[[], Snapshot], counts: Callable[[], Figures]) -> None:
        self._snapshot = snapshot
        self._counts = counts

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        snapshot = self._snapshot()
        yield GaugeMetricFamily("intake_well", "1: nothing stands in the way.", float(snapshot.well))
        yield GaugeMetricFamily("intake_ready", "1: well, and each mailbox was read.", float(snapshot.ready))
        yield from _counters(snapshot)
        yield from _mailboxes(snapshot)
        for name, value in self._counts().items():
            yield GaugeMetricFamily(f"intake_{name}", _HELP[name], float(value))


_HELP = {
    "replies": "Messages stored.",
    "needs_review": "Replies that a person should look at.",
    "held_back": "Messages that could not be read.",
    "states_answered": "States that answered.",
    "states_silent": "States that did not.",
    "disk_free_bytes": "Space left on the disk of the data folder.",
    "readers": "Processes that read messages.",
}


def _counters(snapshot: Snapshot) -> Iterable[Metric]:
    counters = snapshot.counters
    yield CounterMetricFamily("intake_polls", "Looks into a mailbox that went well.", counters.polls)
    yield CounterMetricFamily("intake_polls_failed", "Looks into a mailbox that failed.", counters.failed_polls)
    yield CounterMetricFamily("intake_messages_seen", "Messages fetched.", counters.seen)
    yield CounterMetricFamily("intake_messages_stored", "Messages that were new.", counters.new)
    yield CounterMetricFamily("intake_messages_held", "Messages set aside.", counters.held)


def _mailboxes(snapshot: Snapshot) -> Iterable[Metric]:
    last = GaugeMetricFamily(
        "intake_mailbox_last_good_poll_timestamp_seconds", "When it was last read; 0: never.", labels=["mailbox"]
    )
    failures = GaugeMetricFamily("intake_mailbox_failures", "Failures in a row.", labels=["mailbox"])
    for mailbox in snapshot.mailboxes:
        last.add_metric([mailbox.name], mailbox.last_good_poll.timestamp() if mailbox.last_good_poll else 0)
        failures.add_metric([mailbox.name], mailbox.failures)
    return last, failures


def make_metrics(snapshot: Callable[[], Snapshot], counts: Callable[[], Figures]) -> Callable[[], bytes]:
    """What gives the text of /metrics."""
    registry = CollectorRegistry()
    registry.register(DaemonCollector(snapshot, counts))
    ProcessCollector(namespace="intake", registry=registry)
    return lambda: generate_latest(registry)
