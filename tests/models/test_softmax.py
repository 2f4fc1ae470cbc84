from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.special import softmax as reference

from ratchet.models.softmax import softmax


def test_it_is_that_of_scipy() -> None:
    scores = np.random.default_rng(0).normal(scale=20, size=(50, 4))
    np.testing.assert_allclose(softmax(scores), reference(scores, axis=1), rtol=1e-12)
    np.testing.assert_allclose(softmax(scores[:, :1])[:, 1], expit(scores[:, 0]), rtol=1e-12)


@pytest.mark.parametrize("scores", [[[1e300, -1e300]], [[1e308]], [[-1e308]], [[-800.0, -900.0]]])
def test_extreme_scores_are_no_trouble(scores: list[list[float]]) -> None:
    found = softmax(np.array(scores))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)
