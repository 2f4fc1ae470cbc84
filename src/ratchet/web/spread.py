"""How answers and batches were spread, as Prometheus wants it: by class, version, confidence and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from ratchet.classifier import Classifier
from ratchet.web.batching import Batcher

STEPS = 20
"""Steps of the confidence that answers are counted by."""
_SIZES = (0, 1, 2, 3, 5, 10)
"""Upper bounds of the sizes of sets."""


def of_answers(classifiers: Iterable[Classifier]) -> Iterator[Metric]:
    """The answers of each version that this process remembers."""
    by = ("classifier", "version")
    answers = CounterMetricFamily("ratchet_answers", "Answers by their class.", labels=(*by, "class"))
    confidence = HistogramMetricFamily("ratchet_confidence_ratio", "How sure the answers are.", labels=by)
    sets = HistogramMetricFamily("ratchet_set_classes", "Classes in the sets of answers that carry one.", labels=by)
    abstained = CounterMetricFamily("ratchet_abstained", "Answers without a single class.", labels=by)
    for each in classifiers:
        for version, counts in sorted(each.counts().versions.items()):
            labels = (each.name, version)
            for label, count in sorted(counts.answers.items()):
                answers.add_metric((*labels, label), count)
            steps = [counts.confidence[step] for step in range(STEPS)]
            middle = sum((step + 0.5) / STEPS * count for step, count in enumerate(steps))
            confidence.add_metric(labels, _buckets([(at + 1) / STEPS for at in range(STEPS)], [*steps, 0]), middle)
            sizes = [_within(counts.sets, low, high) for low, high in zip((-1, *_SIZES), _SIZES, strict=False)]
            rows = sum(size * count for size, count in counts.sets.items())
            sets.add_metric(labels, _buckets(_SIZES, [*sizes, _within(counts.sets, _SIZES[-1], None)]), rows)
            abstained.add_metric(labels, counts.abstained)
    yield from (answers, confidence, sets, abstained)


def of_batches(batchers: Mapping[str, Batcher]) -> Iterator[Metric]:
    """How many requests of one row are answered together, and how many wait."""
    batches = HistogramMetricFamily("ratchet_batch_rows", "Rows that are answered together.", labels=("classifier",))
    queue = GaugeMetricFamily("ratchet_queue_rows", "Rows that wait. Processes: sum.", labels=("classifier",))
    for name, each in sorted(batchers.items()):
        bounds = [2**bits - 1 for bits in range(1, len(each.batches))]
        batches.add_metric((name,), _buckets(bounds, [*each.batches[1:], 0]), each.rows)
        queue.add_metric((name,), each.waiting)
    yield from (batches, queue)


def _within(counts: Counter[int], above: int, up_to: int | None) -> int:
    return sum(count for size, count in counts.items() if size > above and (up_to is None or size <= up_to))


def _buckets(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Cumulated counts by upper bound; the last count is of what lies beyond all bounds.

    >>> _buckets([1, 3], [5, 2, 1])
    [('1', 5), ('3', 7), ('+Inf', 8)]
    """
    return list(zip([*(f"{bound:g}" for bound in bounds), "+Inf"], accumulate(counts), strict=True))
