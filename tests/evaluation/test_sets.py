from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import DataError
from ratchet.evaluation.sets import measure_sets
from ratchet.models.conformal import Conformal, fit
from ratchet.statistics.wilson import share

CLASSES = ("a", "b", "c", "d")


def drawn(rows: int, seed: int = 0) -> tuple[Probabilities, Labels]:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([0.5, 0.5, 0.5, 0.5], rows)
    return p, np.minimum((rng.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1), 3).astype(np.int32)


def test_sets_that_keep_their_promise_say_so() -> None:
    p, labels = drawn(4_000)
    conformal = fit(p[:2_000], labels[:2_000], 0.9)
    found = measure_sets(conformal, p[2_000:], labels[2_000:], classes=CLASSES)
    sets = conformal.sets(p[2_000:])
    assert found.promised == 0.9
    assert found.coverage.value == np.mean([label in each for label, each in zip(labels[2_000:], sets, strict=True)])
    assert found.coverage.low < 0.9 < found.coverage.high
    assert found.mean_size.value == pytest.approx(np.mean([len(each) for each in sets]))
    assert found.mean_size.low < found.mean_size.value < found.mean_size.high
    assert found.abstained.value == pytest.approx(np.mean([len(each) != 1 for each in sets]))
    single = [(each[0], label) for each, label in zip(sets, labels[2_000:], strict=True) if len(each) == 1]
    assert found.single_right is not None
    assert found.single_right.n == len(single)
    assert found.single_right.value == pytest.approx(np.mean([one == label for one, label in single]))
    assert "promise to hold the true class 90.0 % of the time and keep it" in found.sentence


def test_sets_that_miss_or_pass_their_promise_say_so() -> None:
    p, labels = drawn(4_000)
    conformal = fit(p[:2_000], labels[:2_000], 0.9)
    strangers = np.random.default_rng(1).integers(0, 4, 2_000).astype(np.int32)
    assert "and miss it" in measure_sets(conformal, p[2_000:], strangers, classes=CLASSES).sentence
    obvious = p[2_000:].argmax(axis=1).astype(np.int32)
    assert "and more than keep it" in measure_sets(conformal, p[2_000:], obvious, classes=CLASSES).sentence


def test_no_single_answer_and_no_rows() -> None:
    p, labels = drawn(200)
    everything = fit(p[:3], labels[:3], 0.9)
    found = measure_sets(everything, p, labels, classes=CLASSES)
    assert found.single_right is None
    assert found.sentence.endswith("100 % of the rows get no single answer.")
    assert (found.coverage.value, found.abstained.value, found.mean_size.value) == (1.0, 1.0, 4.0)
    with pytest.raises(DataError, match="without rows"):
        measure_sets(everything, p[:0], labels[:0], classes=CLASSES)


def test_the_worst_class_is_named_with_an_interval_for_all_classes_at_once() -> None:
    p, labels = drawn(4_000)
    conformal = fit(p[:2_000], labels[:2_000], 0.9)
    known, truth = p[2_000:], labels[2_000:].copy()
    strangers = np.flatnonzero(truth == 2)[::2]
    truth[strangers] = known[strangers].argmin(axis=1)  # the least probable class is hardly ever in a set
    found = measure_sets(conformal, known, truth, classes=CLASSES)
    assert found.worst is not None
    each = [np.mean([at in one for one in conformal.sets(known[truth == at])]) for at in range(4)]
    assert found.worst.name == CLASSES[int(np.argmin(each))]
    assert found.worst.coverage.value == pytest.approx(min(each))
    alone = share(found.worst.coverage.value * found.worst.coverage.n, found.worst.coverage.n)
    assert found.worst.coverage.low < alone.low < alone.high < found.worst.coverage.high
    assert found.worst.coverage.method == "clopper-pearson"
    assert f"That is an average: for '{found.worst.name}', the worst class, it is" in found.sentence
    assert "a single answer is right" in found.sentence


def test_one_missed_row_of_a_tiny_class_does_not_make_it_the_worst() -> None:
    conformal = Conformal(coverage=0.9, limits=np.array([0.4, 0.4, 0.4, 0.4]))
    p = np.tile([0.97, 0.01, 0.01, 0.01], (1_002, 1))
    labels = np.zeros(1_002, dtype=np.int32)
    labels[:300], labels[1_001] = 1, 2
    p[300:600] = [0.01, 0.97, 0.01, 0.01]
    labels[300:600] = 1
    found = measure_sets(conformal, p, labels, classes=CLASSES)
    assert found.worst is not None
    assert (found.worst.name, found.worst.coverage.value) == ("b", 0.5)
    assert found.abstained.value == 0
    assert "Every row gets a single answer; it is right" in found.sentence


def test_classwise_sets_are_judged_by_the_worst_class() -> None:
    p, labels = drawn(4_000)
    conformal = fit(p[:2_000], labels[:2_000], 0.9, classwise=True)
    found = measure_sets(conformal, p[2_000:], labels[2_000:], classes=CLASSES)
    assert found.kind == "classwise"
    assert "90.0 % of the time in every class and keep it" in found.sentence
    narrow = replace(conformal, limits=np.array([*conformal.limits[:3], 0.1]))
    missed = measure_sets(narrow, p[2_000:], labels[2_000:], classes=CLASSES)
    assert missed.worst is not None
    assert missed.worst.name == "d"
    assert missed.coverage.value > 0.7
    assert "in every class and miss it" in missed.sentence


def test_units_widen_what_is_said() -> None:
    """100 rows copied ten times are 100 pieces of evidence."""
    p, labels = drawn(2_100)
    conformal = fit(p[:2_000], labels[:2_000], 0.9)
    few, truth = p[2_000:], labels[2_000:]
    units = np.repeat(np.arange(100, dtype=np.uint64), 10)
    once = measure_sets(conformal, few, truth, classes=CLASSES)
    copied = measure_sets(conformal, few.repeat(10, axis=0), truth.repeat(10), classes=CLASSES, units=units)
    for name in ("coverage", "abstained", "mean_size"):
        one, other = getattr(once, name), getattr(copied, name)
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high), rel=1e-9)
