"""What the door measures, and how Prometheus reads it.

Counting a request costs well under a microsecond: plain integers here, shaped for Prometheus only when it asks.

Everything is of one process since it began, and every series names its classifier.  Of several processes the counters,
histograms and summaries add up to the right sums; the help of each gauge says how to bring several together, as the
workers of one server are (`ratchet.web.peers`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)

from ratchet.access.limits import Limits
from ratchet.classifier import Classifier
from ratchet.web.batching import Batcher
from ratchet.web.spread import of_answers, of_batches

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the latency buckets, in seconds."""


class Meters:
    """Requests by classifier, route and status, and how long they took.  Changed by the event loop's thread alone."""

    def __init__(self, limits: Mapping[str, Limits] | None = None) -> None:
        """``limits`` are those of each classifier."""
        self._limits = limits or {}
        self.batchers: Mapping[str, Batcher] = {}
        """classifier -> where its requests of one row are gathered."""
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._seconds: dict[tuple[str, str], float] = {}

    def observe(self, classifier: str, route: str, status: int, seconds: float) -> None:
        """Count one request; ``classifier`` is empty for what belongs to none."""
        self._requests[classifier, route, status] += 1
        key = classifier, route
        buckets = self._buckets.get(key)
        if buckets is None:
            buckets = self._buckets[key] = [0] * (len(BOUNDS) + 1)
            self._seconds[key] = 0.0
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[key] += seconds

    def families(self, names: Sequence[str]) -> Iterator[Metric]:
        """The measurements of some classifiers as Prometheus wants them."""
        requests = CounterMetricFamily(
            "ratchet_requests", "Requests answered.", labels=("classifier", "route", "status")
        )
        for (classifier, route, status), count in sorted(self._requests.items()):
            if classifier in names:
                requests.add_metric((classifier, route, str(status)), count)
        yield requests
        latency = HistogramMetricFamily("ratchet_request_seconds", "Time to answer.", labels=("classifier", "route"))
        for key, buckets in sorted(self._buckets.items()):
            if key[0] in names:
                bounds = (*map(str, BOUNDS), "+Inf")
                latency.add_metric(key, list(zip(bounds, accumulate(buckets), strict=True)), self._seconds[key])
        yield latency
        limited = CounterMetricFamily("ratchet_limited", "Refused by a limit.", labels=("classifier", "limit"))
        for name, limits in self._limits.items():
            for policy in limits.policies if name in names else ():
                limited.add_metric((name, policy.name), limits.refused[policy.name])
        yield limited
        yield from of_batches({name: each for name, each in self.batchers.items() if name in names})


def _counters(classifier: Classifier) -> Iterator[tuple[str, str, float]]:
    counts, spooled, live = classifier.counts(), classifier.spooled(), classifier.live()
    yield "ratchet_answered", "Predictions answered.", counts.answered
    yield "ratchet_logged", "Predictions that are safe in the log.", spooled.logged
    yield "ratchet_log_failures", "Writes to the log that failed.", spooled.failures
    yield "ratchet_swaps", "Versions that began to answer; the first one counts.", live.swaps
    yield "ratchet_load_failures", "Champions that could not be found out, loaded or warmed.", live.failures


def _gauges(classifier: Classifier) -> Iterator[tuple[str, str, float]]:
    spooled = classifier.spooled()
    yield "ratchet_log_held", "Predictions that wait in memory. Processes: sum.", spooled.held
    yield "ratchet_spool_bytes", "What the segments of all processes take on the disk. Processes: max.", spooled.bytes
    yield "ratchet_disk_free_bytes", "Room on the disk of the spool. Processes: min.", spooled.disk_free
    yield "ratchet_ready", "1 when requests are answered. Processes: min.", float(classifier.health().ready)


def _columns(classifier: Classifier) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    counts = classifier.counts()
    yield "ratchet_missing_values", "Values that were absent or null.", counts.missing
    yield "ratchet_unknown_categories", "Categories never seen in training.", counts.unknown


def _of_classifiers(classifiers: Sequence[Classifier]) -> Iterator[Metric]:
    families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    version = GaugeMetricFamily(
        "ratchet_champion_info", "The version that answers. Processes: max.", labels=("classifier", "version")
    )
    score = GaugeMetricFamily(
        "ratchet_cv_score",
        "The metric of the version that answers, on the rows it was tuned on. Processes: max.",
        labels=("classifier", "version", "metric"),
    )
    ship = SummaryMetricFamily("ratchet_ship_seconds", "Time to insert a batch of the log.", labels=("classifier",))
    for each in classifiers:
        inserting = each.inserting()
        ship.add_metric((each.name,), inserting.count, inserting.seconds)
        for name, text, value in _counters(each):
            families.setdefault(name, CounterMetricFamily(name, text, labels=("classifier",)))
            families[name].add_metric((each.name,), value)
        for name, text, value in _gauges(each):
            families.setdefault(name, GaugeMetricFamily(name, text, labels=("classifier",)))
            families[name].add_metric((each.name,), value)
        for name, text, values in _columns(each):
            families.setdefault(name, CounterMetricFamily(name, text, labels=("classifier", "column")))
            for column, count in sorted(values.items()):
                families[name].add_metric((each.name, column), count)
        live = each.live()
        if live.version is not None:
            version.add_metric((each.name, live.version), 1)
        if live.version is not None and live.metric is not None and live.cv_score is not None:
            score.add_metric((each.name, live.version, live.metric), live.cv_score)
    yield from (*families.values(), ship, version, score, *of_answers(classifiers))


class _Collector:
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


def measured(meters: Meters, classifiers: Sequence[Classifier], *, bad_specs: int | None = None) -> list[Metric]:
    """Everything that this process has measured of some classifiers.

    ``bad_specs``, the number of specs that could not be opened, is given for a whole system, whose requests that belong
    to no classifier are told then too.
    """
    names = [each.name for each in classifiers]
    families = [*meters.families(names if bad_specs is None else ["", *names]), *_of_classifiers(classifiers)]
    if bad_specs is not None:
        text = "Specs that could not be opened. Processes: max."
        families.append(GaugeMetricFamily("ratchet_bad_specs", text, value=bad_specs))
        families += ProcessCollector(registry=None).collect()
    return families


def exposition(families: Sequence[Metric]) -> bytes:
    """Measurements in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(families))
    return generate_latest(registry)
