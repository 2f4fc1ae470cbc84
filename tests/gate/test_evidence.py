"""Evidence whose arrays do not fit together is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.gate.evidence import Screen, units_in
from tests.gate.scenes import evidence, sure, truth


@pytest.mark.parametrize(
    "wrong",
    [
        {"anchor": sure(truth(9))},
        {"units": np.arange(9, dtype=np.uint64)},
        {"fresh": np.ones(9, dtype=bool)},
        {"slices": {"language": np.array(["en"] * 9)}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_arrays_of_other_rows_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\(9, 3\), not \(10, 3\)|has 9 rows, the labels have 10"):
        evidence(rows=10, **wrong)


def test_a_screen_of_other_rows_or_classes_is_refused() -> None:
    labels = truth(10)
    with pytest.raises(ValueError, match="screened champion"):
        Screen(labels=labels, challenger=sure(labels), champion=sure(labels[:9]))
    with pytest.raises(ValueError, match="the screen's units has 9 rows"):
        Screen(labels=labels, challenger=sure(labels), champion=sure(labels), units=np.arange(9, dtype=np.uint64))
    two = Screen(labels=labels % 2, challenger=sure(labels % 2, 2), champion=sure(labels % 2, 2))
    with pytest.raises(ValueError, match="2 classes, the holdout 3"):
        evidence(rows=10, screen=two)


def test_a_screen_is_as_long_as_its_units() -> None:
    labels = truth(10)
    units = np.arange(10, dtype=np.uint64) // 5
    assert len(Screen(labels=labels, challenger=sure(labels), champion=sure(labels), units=units)) == 2
    assert units_in(None, 10) == 10
