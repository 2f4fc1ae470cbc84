"""What the door measures, and how Prometheus reads it.

Counting a request costs well under a microsecond: plain integers here, shaped for Prometheus only when it asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from ratchet.web.box import Box

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the latency buckets, in seconds."""


class Meters:
    """Requests by route and status, and how long they took.  Changed by the event loop's thread alone."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[route, status] += 1
        buckets = self._buckets.get(route)
        if buckets is None:
            buckets = self._buckets[route] = [0] * (len(BOUNDS) + 1)
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]

    def collect(self) -> Iterator[Metric]:
        """The measurements as Prometheus wants them."""
        requests = CounterMetricFamily("ratchet_requests", "Requests answered.", labels=("route", "status"))
        for (route, status), count in sorted(self._requests.items()):
            requests.add_metric((route, str(status)), count)
        yield requests
        latency = HistogramMetricFamily("ratchet_request_seconds", "Time to answer.", labels=("route",))
        for route, buckets in sorted(self._buckets.items()):
            bounds = (*map(str, BOUNDS), "+Inf")
            latency.add_metric((route,), list(zip(bounds, accumulate(buckets), strict=True)), self._seconds[route])
        yield latency


class BoxMeters:
    """What the system behind the door counts."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def collect(self) -> Iterator[Metric]:
        """The counts as Prometheus wants them."""
        counts, spooled, health = self._box.counts(), self._box.spooled(), self._box.health()
        yield CounterMetricFamily("ratchet_answered", "Predictions answered.", value=counts.answered)
        yield CounterMetricFamily("ratchet_logged", "Predictions that are safe in the log.", value=spooled.logged)
        yield GaugeMetricFamily("ratchet_log_held", "Predictions that wait in memory.", value=spooled.held)
        yield CounterMetricFamily("ratchet_log_failures", "Writes to the log that failed.", value=spooled.failures)
        for name, text, values in (
            ("ratchet_missing_values", "Values that were absent or null.", counts.missing),
            ("ratchet_unknown_categories", "Categories never seen in training.", counts.unknown),
        ):
            family = CounterMetricFamily(name, text, labels=("column",))
            for column, count in sorted(values.items()):
                family.add_metric((column,), count)
            yield family
        champion = GaugeMetricFamily("ratchet_champion_info", "The version that answers.", labels=("name", "version"))
        if health.get("version") is not None:
            champion.add_metric((self._box.name, str(health["version"])), 1)
        yield champion
        yield GaugeMetricFamily("ratchet_ready", "1 when requests are answered.", value=float(bool(health["ready"])))


def exposition(meters: Meters, box: Box) -> bytes:
    """Everything measured, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(meters)
    registry.register(BoxMeters(box))
    return generate_latest(registry)
