import warnings

import numpy as np
import pytest

from ratchet.data.checks.confident_learning import counted_as, likely_errors, thresholds


@pytest.mark.parametrize("seed", range(8))
def test_likely_errors_are_those_that_cleanlab_finds(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        filtering = pytest.importorskip("cleanlab.filter")
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 8))
    true = rng.integers(0, classes, 2_000)
    labels = np.where(rng.random(2_000) < 0.1, rng.integers(0, classes, 2_000), true)
    scores = rng.normal(0, 1, (2_000, classes))
    scores[np.arange(2_000), true] += rng.uniform(0.5, 3)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    theirs = filtering.find_label_issues(labels, chances, filter_by="confident_learning", n_jobs=1)
    assert theirs.sum() > 0
    assert np.array_equal(likely_errors(labels, chances), theirs)


def test_thresholds_are_mean_probabilities_of_the_given_label() -> None:
    labels = np.array([0, 0, 1])
    chances = np.array([[0.9, 0.1, 0.0], [0.5, 0.5, 0.0], [0.2, 0.8, 0.0]])
    assert thresholds(labels, chances).tolist() == [0.7, 0.8, 1.0]
    assert counted_as(labels, chances).tolist() == [0, -1, 1]
