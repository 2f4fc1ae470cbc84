from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import DataError
from ratchet.evaluation.sets import measure_sets
from ratchet.models.conformal import fit


def drawn(rows: int, seed: int = 0) -> tuple[Probabilities, Labels]:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([0.5, 0.5, 0.5, 0.5], rows)
    return p, np.minimum((rng.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1), 3).astype(np.int32)


def test_sets_that_keep_their_promise_say_so() -> None:
    p, labels = drawn(4_000)
    conformal = fit(p[:2_000], labels[:2_000], 0.9)
    found = measure_sets(conformal, p[2_000:], labels[2_000:])
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
    assert "and miss it" in measure_sets(conformal, p[2_000:], strangers).sentence
    obvious = p[2_000:].argmax(axis=1).astype(np.int32)
    assert "and more than keep it" in measure_sets(conformal, p[2_000:], obvious).sentence


def test_no_single_answer_and_no_rows() -> None:
    p, labels = drawn(200)
    everything = fit(p[:3], labels[:3], 0.9)
    found = measure_sets(everything, p, labels)
    assert found.single_right is None
    assert (found.coverage.value, found.abstained.value, found.mean_size.value) == (1.0, 1.0, 4.0)
    with pytest.raises(DataError, match="without rows"):
        measure_sets(everything, p[:0], labels[:0])
