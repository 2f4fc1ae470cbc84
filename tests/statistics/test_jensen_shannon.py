"""Jensen and Shannon's distance equals SciPy's in base two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from ratchet.statistics.jensen_shannon import jensen_shannon


@pytest.mark.parametrize("seed", range(4))
def test_equals_scipy(seed: int) -> None:
    first, second = np.random.default_rng(seed).integers(0, 9, (2, 15))
    assert jensen_shannon(first, second) == pytest.approx(jensenshannon(first, second, base=2))
    assert jensen_shannon(first, second) == pytest.approx(jensen_shannon(second, first))


def test_nothing_lies_nowhere() -> None:
    assert np.isnan(jensen_shannon(np.zeros(3), np.ones(3)))
