from __future__ import annotations

import numpy as np

from ratchet.arrays import Probabilities
from ratchet.training.choose import order, standard_error

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 1000).astype(np.int32)


def answers(quality: float, shift: float = 0.0) -> Probabilities:
    scores = (2 * LABELS - 1) * quality + RANDOM.normal(size=1000) + shift
    positive = 1 / (1 + np.exp(-scores))
    return np.stack([1 - positive, positive], axis=1)


def test_a_clearly_better_score_stays_first() -> None:
    assert order("accuracy", LABELS, [answers(2.0), answers(0.5), answers(0.4)])[0] == 0


def test_among_equals_the_better_ranking_wins() -> None:
    good = answers(1.0)
    # as many right answers, but every sure answer is made unsure: nothing left to rank by
    blunt = np.where(good > 0.5, 0.51, 0.49)
    assert order("accuracy", LABELS, [blunt, good]) == [1, 0]


def test_probabilities_metrics_are_taken_as_they_are() -> None:
    assert order("roc_auc", LABELS, [answers(0.1), answers(2.0)]) == [0, 1]
    assert order("macro_f1", LABELS, [answers(0.1)]) == [0]
    assert order("macro_f1", LABELS, []) == []


def test_the_standard_error_is_that_of_the_paired_difference() -> None:
    one, other = answers(1.0), answers(1.0)
    right = (one.argmax(1) == LABELS).astype(float) - (other.argmax(1) == LABELS)
    expected = right.std(ddof=1) / np.sqrt(1000)
    assert abs(standard_error("accuracy", LABELS, one, other) / expected - 1) < 0.4
    assert standard_error("accuracy", LABELS, one, one) == 0
