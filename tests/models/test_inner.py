from __future__ import annotations

import numpy as np

from ratchet.models.inner import inner_folds

LABELS = np.array([0] * 60 + [1] * 30 + [2] * 4, np.int32)


def test_classes_are_spread_evenly() -> None:
    fold = inner_folds(LABELS, None, folds=4, seed=1)
    for label, least, most in ((0, 15, 15), (1, 7, 8), (2, 1, 1)):
        counts = np.bincount(fold[label == LABELS], minlength=4)
        assert (counts.min(), counts.max()) == (least, most)


def test_groups_are_not_parted() -> None:
    groups = np.random.default_rng(0).integers(0, 12, len(LABELS))
    fold = inner_folds(LABELS, groups, folds=4, seed=1)
    assert all(len(set(fold[groups == group].tolist())) == 1 for group in range(12))
    assert np.bincount(fold).min() > 0


def test_one_group_has_one_fold() -> None:
    assert set(inner_folds(LABELS, np.full(len(LABELS), 7), folds=4, seed=1).tolist()) == {0}


def test_the_seed_decides() -> None:
    one, same, other = (inner_folds(LABELS, None, folds=4, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
