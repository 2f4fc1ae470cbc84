from __future__ import annotations

import warnings

import numpy as np
import pytest

from ratchet.features.encoder import Matrix
from ratchet.models.family import Shape
from ratchet.models.forest import Forest
from ratchet.models.linear import Linear
from ratchet.quiet import many_classes

ROWS, CLASSES = 60, 40


@pytest.mark.parametrize(
    ("family", "params"),
    [(Linear(), {"loss": "log"}), (Linear(), {"loss": "hinge"}), (Forest(), {"trees": 3})],
    ids=["log", "hinge", "forest"],
)
def test_many_classes_of_few_rows_are_learned_without_a_warning(
    family: Linear | Forest, params: dict[str, object]
) -> None:
    labels = (np.arange(ROWS) % CLASSES).astype(np.int32)
    cells = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
    defaults = family.defaults(Shape(rows=ROWS, classes=CLASSES, dense=3))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        family.fit(Matrix(cells), labels, CLASSES, {**defaults, **params}, seed=0)
    assert [str(each.message) for each in seen] == []


def test_other_warnings_are_told() -> None:
    with pytest.warns(UserWarning, match="something else"), many_classes():
        warnings.warn("something else", UserWarning, stacklevel=1)
