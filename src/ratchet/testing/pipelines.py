"""The pipeline kit: `check_pipeline` tries to break every promise of `ratchet.models.pipeline.Pipeline`."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.arrays import Ints, Probabilities
from ratchet.features.encoder import Column, Columns, pick
from ratchet.models.opening import open_pipeline
from ratchet.models.parts import load, save
from ratchet.models.pipeline import Pipeline
from ratchet.testing.encoders import missing_value, strange_values
from ratchet.testing.matrices import VERSIONED


def check_pipeline(pipeline: Pipeline, columns: Columns) -> None:
    """Run every check of this kit; raises AssertionError that names the promise that is broken.

    ``columns`` holds at least 4 rows of what it reads; other columns may stand beside them.
    """
    check_what_it_says(pipeline, columns)
    check_answers(pipeline, columns)
    check_strange_rows(pipeline, columns)
    check_saving(pipeline, columns)


def check_what_it_says(pipeline: Pipeline, columns: Columns) -> None:
    """A versioned name; columns that are there; known categories of columns that it reads."""
    assert VERSIONED.fullmatch(pipeline.name), f"the name is like 'encoded.v1', found {pipeline.name!r}"
    assert pipeline.columns, "it reads some column"
    strangers = set(pipeline.columns) - set(columns)
    assert not strangers, f"it reads columns there are, found {sorted(strangers)}"
    unread = set(pipeline.known) - set(pipeline.columns)
    assert not unread, f"known categories are of columns it reads, found {sorted(unread)}"


def check_answers(pipeline: Pipeline, columns: Columns) -> None:
    """Probabilities for every row, each row's own; nothing else is looked at, and the columns are left as they are."""
    before, rows = copy.deepcopy(dict(columns)), len(next(iter(columns.values())))
    whole = _answers(pipeline, columns, rows)
    assert all(_same(columns[name], before[name]) for name in columns), "predict leaves the columns as they were"
    own = {name: columns[name] for name in pipeline.columns}
    assert np.array_equal(_answers(pipeline, own, rows), whole), "columns it does not name change nothing"
    backwards = np.arange(rows)[::-1]
    turned = _answers(pipeline, pick(columns, backwards), rows)
    assert np.allclose(turned[::-1], whole, rtol=1e-5, atol=1e-6), "rows have the same answers in another order"
    for row in range(0, rows, max(1, rows // 20)):
        alone = _answers(pipeline, pick(columns, np.array([row])), 1)
        assert np.allclose(alone[0], whole[row], rtol=1e-5, atol=1e-6), f"row {row} has the same answer alone"
    _answers(pipeline, pick(columns, np.zeros(0, dtype=np.int64)), 0)


def check_strange_rows(pipeline: Pipeline, columns: Columns) -> None:
    """Values never seen, and rows in which all is missing, are answered."""
    for name in pipeline.columns:
        strange = strange_values(columns[name])
        rows = {other: _repeated(columns[other], len(strange)) for other in pipeline.columns} | {name: strange}
        _answers(pipeline, rows, len(strange))
    missing = {name: _filled(columns[name], [missing_value(columns[name])] * 3) for name in pipeline.columns}
    _answers(pipeline, missing, 3)


def check_saving(pipeline: Pipeline, columns: Columns) -> None:
    """What comes back from the disk gives bit-equal answers, can be saved again, and needs no file of before."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        stored = save(Path(first), {"pipeline": pipeline.save()})
        back = open_pipeline(load(Path(first), stored)["pipeline"])
        again = save(Path(second), {"pipeline": back.save()})
        twice = open_pipeline(load(Path(second), again)["pipeline"])
        assert stored == again, "saved again, its files are the same"
        answers = pipeline.predict(columns)
        assert np.array_equal(answers, back.predict(columns)), "saved and read, the answers are equal"
        assert np.array_equal(answers, twice.predict(columns)), "saved and read twice, the answers are equal"
        assert dict(back.columns) == dict(pipeline.columns), "the columns it reads survive saving"
        assert dict(back.known) == dict(pipeline.known), "the known categories survive saving"


def _answers(pipeline: Pipeline, columns: Columns, rows: int) -> Probabilities:
    found = pipeline.predict(columns)
    assert found.ndim == 2, f"answers are (rows, classes), found {found.shape}"
    assert len(found) == rows, f"one answer per row: {rows}, found {len(found)}"
    assert found.dtype == np.float64, f"probabilities are float64, found {found.dtype}"
    assert np.isfinite(found).all(), "probabilities are finite"
    assert (found >= 0).all(), "probabilities are not negative"
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6), "each row sums to one"
    return found


def _same(one: Column, other: Column) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype.kind != "O":
        return one.tobytes() == other.tobytes()
    return list(one) == list(other)


def _repeated(column: Column, count: int) -> Column:
    rows: Ints = np.arange(count) % len(column)
    return pick({"": column}, rows)[""]


def _filled(column: Column, values: list[Any]) -> Column:
    return np.array(values, dtype=column.dtype) if isinstance(column, np.ndarray) else values
