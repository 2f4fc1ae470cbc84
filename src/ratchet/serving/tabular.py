"""Answers as a table: what `predict` gives for a frame or a file, in the kind of frame that it was given.

The columns, in order: ``label``; ``p_CLASS`` for each class, its probability (no other column begins with ``p_``);
``set``, the classes that hold the true one with the promised coverage (empty where none was promised); ``abstained``;
and ``id``, by which the answer stands in the log.  A row for each row that was asked, in order.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import polars as pl

from ratchet.data.conform import check_present
from ratchet.data.readers.batch import BadRow
from ratchet.data.readers.frames import Table, is_pandas
from ratchet.data.readers.source import Readable
from ratchet.errors import DataError, Problem
from ratchet.kinds.kind import Kind
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Predictor
from ratchet.serving.rows import MOST_PROBLEMS, refused
from ratchet.serving.scoring import ScoredPart, fitting


def check_rows(source: Readable, predictor: Predictor, batch_rows: int) -> None:
    """Look over every row before one is answered.

    Raises `RowError` that locates each that does not fit (the first hundred mistakes one by one), by its number from 1
    and, in a pandas frame, by its label; `DataError` where a column is missing.
    """
    if not has_rows(source):
        assert isinstance(source, Table)
        check_present(list(predictor.reads), source.columns, source.origin)
        return
    problems: list[Problem] = []
    count = 0
    for batch in fitting(source, predictor, batch_rows):
        problems += [_problem(bad, source, predictor) for bad in batch.bad[: MOST_PROBLEMS - len(problems)]]
        count += len(batch.bad)
    if count:
        raise refused(problems, count)


def has_rows(source: Readable) -> bool:
    """Whether there is anything to answer; of a file that shows once it is read."""
    return not isinstance(source, Table) or source.height > 0


def answers(part: ScoredPart, given: Sequence[Prediction], predictor: Predictor) -> pl.DataFrame:
    """The answers to some rows as a table; raises `DataError` where a file has changed since `check_rows` read it."""
    if part.bad:
        raise DataError(
            f"{part.bad[0].origin} was changed while it was read: {part.bad[0]}",
            todo="ask again once nobody writes to it; the rows before this one are in the log",
        )
    columns: dict[str, Any] = {
        "label": [each.label for each in given],
        **{f"p_{name}": part.probabilities[:, at] for at, name in enumerate(predictor.schema.classes)},
        "set": [each.set for each in given],
        "abstained": [each.abstained for each in given],
        "id": [each.id for each in given],
    }
    return pl.DataFrame(columns, schema=_schema(predictor))


def joined(parts: Sequence[pl.DataFrame], predictor: Predictor) -> pl.DataFrame:
    """One table of the answers to consecutive rows; without rows where there are none."""
    return pl.concat(parts) if parts else pl.DataFrame(schema=_schema(predictor))


def as_given(table: pl.DataFrame, source: object) -> Any:
    """Answers in the kind of frame that was asked with: pandas with its index, Polars eager or lazy, else Polars.

    In pandas each ``set`` is a tuple.  A lazy frame holds answers that were given and recorded already.
    """
    if isinstance(source, pl.LazyFrame):
        return table.lazy()
    if not is_pandas(source):
        return table
    columns: dict[str, Any] = {}
    for name, values in zip(table.columns, table.get_columns(), strict=True):
        if name == "set":
            columns[name] = [tuple(each) for each in values.to_list()]
        else:
            columns[name] = values.to_list() if values.dtype == pl.String else values.to_numpy()
    return sys.modules["pandas"].DataFrame(columns, index=source.index)  # type: ignore[attr-defined]


def _schema(predictor: Predictor) -> dict[str, pl.DataType]:
    probabilities = {f"p_{name}": pl.Float64() for name in predictor.schema.classes}
    return {
        "label": pl.String(),
        **probabilities,
        "set": pl.List(pl.String()),
        "abstained": pl.Boolean(),
        "id": pl.String(),
    }


def _problem(bad: BadRow, source: Readable, predictor: Predictor) -> Problem:
    row = source.where(bad.row) if isinstance(source, Table) else f"row {bad.row}"
    column = "" if bad.column is None else f": {bad.column}"
    kind = None if bad.column is None else predictor.schema.features.get(bad.column)
    return Problem(where=f"{bad.origin}, {row}{column}", found=bad.found, expected=_expected(bad.reason, kind))


def _expected(reason: str, kind: Kind | None) -> str:
    if kind is None:
        return f"a row that can be read, not {reason}"
    return kind.feature.expected if reason == kind.column.misfit else f"{kind.feature.expected}, not {reason}"
