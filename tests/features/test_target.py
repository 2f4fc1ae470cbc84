from __future__ import annotations

import numpy as np
import pytest

from ratchet.features.encoder import Target
from ratchet.features.target import TargetShares

RANDOM = np.random.default_rng(3)
SHOPS = [f"shop {at}" for at in RANDOM.integers(0, 40, 4_000)]
BY_SHOP = {f"shop {at}": (at % 4 + 1) / 6 for at in range(40)}
TELLING = (RANDOM.random(4_000) < [BY_SHOP[shop] for shop in SHOPS]).astype(np.int32)
"""A shop's share of class 1 is one of four."""


def test_it_says_how_much_a_value_speaks_for_the_second_class() -> None:
    made = TargetShares().fit(SHOPS, Target(TELLING, 2))
    said = made.transform(list(BY_SHOP)).dense[:, 0]
    prior = TELLING.mean()
    true = np.array([np.log(share / (1 - share)) for share in BY_SHOP.values()]) - np.log(prior / (1 - prior))
    assert np.abs(said - true).max() < 1.0
    assert np.corrcoef(said, true)[0, 1] > 0.95


def test_values_that_differ_by_chance_only_say_nothing() -> None:
    labels = RANDOM.integers(0, 2, 4_000).astype(np.int32)
    said = TargetShares().fit(SHOPS, Target(labels, 2)).transform(list(BY_SHOP)).dense
    assert np.abs(said).max() < 0.3
    assert np.abs(TargetShares().fit(SHOPS, Target(TELLING, 2)).transform(list(BY_SHOP)).dense).max() > 1


def test_an_unseen_value_speaks_as_rare_ones_do_and_a_missing_one_not_at_all() -> None:
    assert TargetShares().fit(SHOPS, Target(TELLING, 2)).transform(["never", None]).dense.tolist() == [[0.0], [0.0]]
    rare = [f"only {at}" for at in range(200)]
    made = TargetShares().fit([*SHOPS, *rare], Target(np.append(TELLING, [1] * 200).astype(np.int32), 2))
    never, missing = made.transform(["never", None]).dense[:, 0]
    assert never > 2
    assert missing == 0


def test_missing_values_speak_where_training_had_some() -> None:
    column = [None] * 50 + ["a", "b"] * 25
    labels = np.array([1] * 50 + [0] * 50, np.int32)
    assert TargetShares().fit(column, Target(labels, 2)).transform([None]).dense[0, 0] > 1


def test_more_classes_have_an_output_each() -> None:
    labels = np.array([0, 1, 2, 2] * 10, np.int32)
    made = TargetShares().fit(["a", "b", "c", "c"] * 10, Target(labels, 3))
    assert made.names() == ["speaks for class 0", "speaks for class 1", "speaks for class 2"]
    assert made.transform(["a", "b", "c"]).dense.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("values", [100, 2_000])
def test_chance_labels_are_not_known_from_cross_fitted_outputs(values: int) -> None:
    """As many values as two rows each: fitted to all rows the encoding knows the labels, cross-fitted it does not."""
    labels = RANDOM.integers(0, 2, 4_000).astype(np.int32)
    column = [f"id {at}" for at in RANDOM.integers(0, values, 4_000)]
    target = Target(labels, 2)
    made = TargetShares().fit(column, target)
    crossed = made.cross_fitted(column, target, 0).dense[:, 0]
    assert abs(float(np.corrcoef(crossed, labels)[0, 1])) < 0.06
    assert values == 100 or np.corrcoef(made.transform(column).dense[:, 0], labels)[0, 1] > 0.4


def test_a_hundred_thousand_values() -> None:
    column = [f"id {at}" for at in RANDOM.integers(0, 100_000, 200_000)]
    labels = RANDOM.integers(0, 2, 200_000).astype(np.int32)
    made = TargetShares().fit(column, Target(labels, 2))
    assert len(made.known or ()) > 50_000
    assert made.transform(column).dense.shape == (200_000, 1)
