"""The holdout as the gate sees it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ratchet.data.schema import Schema
from ratchet.errors import DataError
from ratchet.evaluation.holdout import take
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.encoded import Encoded
from ratchet.models.majority import MajorityModel
from ratchet.spec import parse

SCHEMA = Schema(columns={"x": Kind.NUMBER, "town": Kind.CATEGORY}, label="y", classes=("a", "b", "c"))
SPEC = parse(
    {
        "name": "t", "label": "y", "columns": {"x": "number", "town": "category"},
        "candidates": [{"family": "linear.v1"}], "gate": {"slices": ["town"]},
    }
)  # fmt: skip


def constant(*probabilities: float) -> Encoded:
    """A pipeline that always answers the same."""
    encoder = TableEncoder.fit({"x": np.zeros(3)}, {"x": Kind.NUMBER}, {"x": "numeric.v1"})
    return Encoded(encoder, MajorityModel(np.array(probabilities)))


def _frame(sides: list[str], labels: list[str]) -> pl.DataFrame:
    rows = len(sides)
    return pl.DataFrame(
        {
            "x": np.arange(rows, dtype=float),
            "town": [None, *["Kigali"] * (rows - 1)],
            "y": labels,
            "_id": pl.Series(range(rows), dtype=pl.UInt64),
            "_unit": pl.Series(range(rows), dtype=pl.UInt64),
            "_side": sides,
        }
    )


def test_only_held_out_rows_are_taken_with_their_slices() -> None:
    held = take(_frame(["holdout", "train", "holdout", "tune"], ["a", "b", "c", "a"]), SCHEMA, SPEC, "h")
    assert len(held) == 2
    assert held.labels.tolist() == [0, 2]
    assert held.ids.tolist() == [0, 2]
    assert held.slices["town"].tolist() == ["(missing)", "Kigali"]


def test_a_model_of_other_classes_is_aligned_and_still_sums_to_one() -> None:
    held = take(_frame(["holdout"] * 3, ["a", "b", "c"]), SCHEMA, SPEC, "h")
    answers = held.probabilities(constant(0.5, 0.3, 0.2), ("b", "gone", "a"))
    np.testing.assert_allclose(answers, np.tile([0.2 / 0.7, 0.5 / 0.7, 0.0], (3, 1)))
    nothing_left = held.probabilities(constant(0.0, 1.0, 0.0), ("b", "gone", "a"))
    np.testing.assert_allclose(nothing_left, 1 / 3)
    same = held.probabilities(constant(0.1, 0.2, 0.7), ("a", "b", "c"))
    np.testing.assert_array_equal(same, np.tile([0.1, 0.2, 0.7], (3, 1)))


@pytest.mark.parametrize("labels", [["a", "a", "a"], []])
def test_a_holdout_of_one_class_or_none_judges_nothing(labels: list[str]) -> None:
    frame = _frame(["holdout"] * len(labels) or ["train"], labels or ["a"])
    with pytest.raises(DataError, match="nothing can be judged on it"):
        take(frame, SCHEMA, SPEC, "h")


def test_a_slice_without_a_value_is_refused() -> None:
    frame = _frame(["holdout"] * 2, ["a", "b"])
    for broken in (frame.drop("town"), frame.with_columns(town=pl.lit(None, dtype=pl.String))):
        with pytest.raises(DataError, match="slice column 'town' has no values"):
            take(broken, SCHEMA, SPEC, "h")
