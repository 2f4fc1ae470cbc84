"""Where rows have a moment, guessing the last label stands among the baselines, and first."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from ratchet.data.schema import Schema
from ratchet.evaluation import holdout
from ratchet.kinds.kind import Kind
from ratchet.retrain.baselines import answers
from ratchet.spec import Spec

_ROWS = 40


def frame(**columns: pl.Series) -> pl.DataFrame:
    """Labels that turn every ten rows, the last ten rows held out but for one that is set aside."""
    moments = pl.Series([datetime(2026, 1, 1) + timedelta(days=day) for day in range(_ROWS)], dtype=pl.Datetime("us"))
    sides = ["train"] * 28 + ["excluded"] + ["holdout"] * 11
    ids = pl.Series(range(_ROWS), dtype=pl.UInt64)
    told = {"x": [0.0] * _ROWS, "at": moments, "y": ["a" if row // 10 % 2 else "b" for row in range(_ROWS)]}
    return pl.DataFrame({**told, "_side": sides, "_id": ids, "_unit": ids, **columns})


@pytest.fixture
def spec() -> Spec:
    columns = {"x": Kind.NUMBER, "at": Kind.TIME}
    return Spec.model_validate({"name": "t", "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}]})


def found(rows: pl.DataFrame, spec: Spec) -> list[str]:
    schema = Schema(columns=dict(spec.columns), label="y", classes=("a", "b"))
    held = holdout.take(rows, schema, spec, "h")
    made = answers({}, held, rows, schema, spec)
    assert all(each.shape == (len(held), 2) for each in made.values())
    if "last_label.v1" in made:
        right = made["last_label.v1"].argmax(axis=1) == held.labels
        assert right.mean() > 0.8, "labels stay for ten rows"
    return list(made)


def test_the_last_label_is_a_baseline_of_rows_that_have_a_moment(spec: Spec) -> None:
    assert found(frame(), spec) == ["last_label.v1"]


def test_rows_without_a_moment_have_none_before_them(spec: Spec) -> None:
    blank = frame()["at"].set(pl.Series([row == _ROWS - 1 for row in range(_ROWS)]), None)
    assert found(frame(at=blank), spec) == []


def test_a_table_without_time_has_no_last_label(spec: Spec) -> None:
    timeless = spec.model_copy(update={"columns": {"x": Kind.NUMBER}})
    assert found(frame(), timeless) == []
