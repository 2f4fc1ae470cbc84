from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.models.calibration.isotonic import Isotonic


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_scikit_learns(seed: int) -> None:
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(seed)
    p = np.round(rng.random(600), rng.integers(1, 6))
    labels = (rng.random(600) < p**2).astype(np.int32)
    fitted = Isotonic.fit(np.column_stack([1 - p, p]), labels)
    reference = IsotonicRegression(out_of_bounds="clip", y_min=1 / 602, y_max=1 - 1 / 602).fit(p, labels)
    asked = rng.random(1_000)
    got = fitted.apply(np.column_stack([1 - asked, asked]))
    assert got[:, 1] == pytest.approx(reference.predict(asked), abs=1e-12)
    assert got.sum(axis=1) == pytest.approx(1)


def test_three_classes_are_scikit_learns_one_against_the_rest() -> None:
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(3)
    p = rng.dirichlet([1, 1, 1], 900)
    labels = np.array([rng.choice(3, p=row**2 / (row**2).sum()) for row in p], dtype=np.int32)
    asked = rng.dirichlet([1, 1, 1], 200)
    curves = [IsotonicRegression(out_of_bounds="clip", y_min=1 / 902, y_max=1 - 1 / 902) for _ in range(3)]
    mapped = np.column_stack(
        [curve.fit(p[:, each], labels == each).predict(asked[:, each]) for each, curve in enumerate(curves)]
    )
    assert Isotonic.fit(p, labels).apply(asked) == pytest.approx(mapped / mapped.sum(axis=1, keepdims=True))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=25, max_size=60))
def test_more_stays_more_and_nothing_becomes_certain(rows: list[tuple[float, bool]]) -> None:
    p = np.array([row[0] for row in rows])
    labels = np.array([row[1] for row in rows], dtype=np.int32)
    fitted = Isotonic.fit(np.column_stack([1 - p, p]), labels)
    grid = np.linspace(0, 1, 101)
    mapped = fitted.apply(np.column_stack([1 - grid, grid]))[:, 1]
    assert (np.diff(mapped) >= -1e-12).all()
    if len(fitted.points[0][0]):
        assert mapped.min() >= 1 / (len(p) + 2) - 1e-12
        assert mapped.max() <= 1 - 1 / (len(p) + 2) + 1e-12
