"""Frames of any library, and rows in lists and dicts, made into Polars slice by slice.

Three ways in, and none needs a library that the user does not have:

- Polars, eager or lazy, as it is.
- The Arrow PyCapsule interface (``__arrow_c_stream__``: PyArrow tables, DuckDB relations, and others), which Polars
  reads by itself and mostly without a copy.  So nothing is gained by a library in between, such as narwhals.
- pandas column by column through NumPy.  pandas gives Arrow and Polars its columns only where PyArrow is installed, and
  never a column of objects of several types; by this way a frame is the same rows with PyArrow and without it.

What stands for nothing in pandas (NaN, NaT, NA, None) is nothing here.  The index of a pandas frame is no column.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any, Protocol

import numpy as np
import polars as pl

from ratchet.data.readers.batch import Batch, cut, without_bad_cells
from ratchet.data.readers.values import series_of
from ratchet.errors import DataError
from ratchet.kinds.cells import shown
from ratchet.words import listed

_FIRST_ROWS = 1_000
_BATCH_BYTES = 32 * 1024 * 1024
"""How much of a frame is copied at once, once its first rows have shown how large a row is."""
_FEW = 10
_PLAIN = {str, int, float, bool, type(None)}


class ArrowStream(Protocol):
    """What gives its rows by the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """The rows of a frame: what it is called, its columns and how many rows it has.

    ``slice`` gives some columns of some rows (from a place counted from 0, and how many) as Polars.  ``index`` are the
    labels of its rows, where it is of pandas.  It may be read often, and is as large as what it was made from.
    """

    origin: str
    columns: tuple[str, ...]
    height: int
    slice: Callable[[int, int, Sequence[str]], pl.DataFrame]
    index: Any = None

    def only(self, columns: Collection[str]) -> Table:
        """The same rows with some of its columns; as it is where it has none of them."""
        kept = tuple(name for name in self.columns if name in columns)
        return replace(self, columns=kept or self.columns)

    def where(self, row: int) -> str:
        """How a row (from 1) is named to its reader: with its label, where its frame is of pandas."""
        if self.index is None:
            return f"row {row}"
        label = plain(self.index[row - 1])
        return f"row {row} (index {label if isinstance(label, date) else shown(label, 40)})"


def read_table(table: Table, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a table in batches, copied no faster than they are read; raises `DataError` where there are none."""
    if not (table.height and table.columns):
        absent = "rows" if table.columns else "columns"
        raise DataError(f"the {table.origin} has no {absent}", todo="give a table with columns and rows")
    start, step = 0, min(batch_rows, _FIRST_ROWS)
    while start < table.height:
        frame = table.slice(start, step, table.columns)
        numbers = np.arange(start + 1, start + 1 + frame.height)
        good, bad = without_bad_cells(frame, numbers, origin=table.origin, max_cell=max_cell)
        yield from cut(good, bad, first_row=start + 1, origin=table.origin, batch_rows=batch_rows)
        start += frame.height
        step = max(1, min(batch_rows, int(_BATCH_BYTES * frame.height / max(1, frame.estimated_size()))))


def table_of(source: object) -> Table | None:
    """The table of a frame, a list of dicts or a dict of columns; None where it is nothing of that kind.

    Raises `DataError` for one that cannot be told by its columns, or whose columns cannot be read.
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, pl.DataFrame):
        return _of_polars(source, "Polars frame")
    if isinstance(source, pl.LazyFrame):
        return _of_polars(_collected(source), "lazy Polars frame")
    if is_pandas(source):
        return _of_pandas(source)
    if hasattr(source, "__arrow_c_stream__"):
        return _of_arrow(source)
    if isinstance(source, Mapping):
        return _of_columns(source)
    if isinstance(source, list | tuple) and all(isinstance(row, Mapping) for row in source):
        return _of_rows(source)
    return None


def is_pandas(source: object) -> bool:
    """Whether a source is a pandas frame; pandas is not loaded for the question."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, pandas.DataFrame)


def plain(value: Any) -> Any:
    """A cell without what NumPy and pandas wrap it in; None for their NaT and NA.  A moment keeps its microseconds.

    >>> plain(np.int64(3)), plain(np.array([1, 2])), plain(np.datetime64("NaT")), plain("a")
    (3, [1, 2], None, 'a')
    """
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.datetime64 | np.timedelta64):
        return value.astype(f"{value.dtype.kind}8[us]").item()  # of nanoseconds NumPy would give a number
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in {list, tuple}:
        return type(value)(map(plain, value))
    if type(value).__name__ == "Timestamp":
        return value.to_pydatetime(warn=False)
    return None if type(value).__name__ in {"NAType", "NaTType"} else value


def plain_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of plain cells; the row itself where it is of those that JSON has."""
    if set(map(type, row.values())) <= _PLAIN:
        return row
    return {name: plain(value) for name, value in row.items()}


def column_names(found: Sequence[object], origin: str) -> tuple[str, ...]:
    """The names of columns as texts (``0`` becomes ``"0"``); raises `DataError` where one occurs twice."""
    names = tuple(map(str, found))
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DataError(
            f"the {origin} names {'a column' if len(twice) == 1 else 'columns'} more than once: {listed(twice, _FEW)}",
            todo="rename or drop the repeated ones, since a value must have one place",
        )
    return names


def _of_polars(frame: pl.DataFrame, origin: str) -> Table:
    return Table(
        origin=origin,
        columns=tuple(frame.columns),
        height=frame.height,
        slice=lambda start, rows, names: frame.select(names).slice(start, rows),
    )


def _collected(frame: pl.LazyFrame) -> pl.DataFrame:
    try:
        return frame.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            f"the lazy Polars frame cannot be collected: {_first_line(error)}",
            todo="frame.collect() says where; correct the query",
        ) from None


def _of_arrow(source: Any) -> Table:
    origin = f"{type(source).__module__.split('.')[0]} {type(source).__name__}"
    try:
        frame = pl.DataFrame(source)
    except Exception as error:  # the other library's own, or Polars': whatever it is, there are no rows
        raise DataError(
            f"the {origin} cannot be read as a table: {_first_line(error)}",
            todo="give a table with a name of its own for each column",
        ) from None
    return _of_polars(frame, origin)


def _of_pandas(frame: Any) -> Table:
    origin = "pandas frame"
    if frame.columns.nlevels > 1:
        raise DataError(
            f"the columns of the {origin} have names of {frame.columns.nlevels} levels, such as {frame.columns[0]!r}",
            todo='give each one name: df.columns = ["_".join(map(str, name)) for name in df.columns]',
        )
    names = column_names(list(frame.columns), origin)
    places = {name: at for at, name in enumerate(names)}

    def slice(start: int, rows: int, wanted: Sequence[str]) -> pl.DataFrame:
        part = frame.iloc[start : start + rows]
        return pl.DataFrame([_of_series(name, part.iloc[:, places[name]], origin) for name in wanted])

    return Table(origin=origin, columns=names, height=len(frame), slice=slice, index=frame.index)


def _of_series(name: str, series: Any, origin: str) -> pl.Series:
    """A pandas column: numbers, truth values and times as arrays, everything else value by value."""
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biufmM":
        return _of_array(name, series.to_numpy())
    nothing, values = series.isna().to_numpy(dtype=bool), series.tolist()
    return _of_values(name, [None if no else value for no, value in zip(nothing, values, strict=True)], origin)


def _of_array(name: str, array: Any) -> pl.Series:
    if array.dtype.kind in "mM":
        return pl.Series(name, array.astype(f"{array.dtype.kind}8[us]"))
    if array.dtype.kind == "f" and array.dtype.itemsize not in {4, 8}:
        array = array.astype(np.float64)
    return pl.Series(name, array, nan_to_null=True)


def _of_values(name: str, values: Sequence[Any], origin: str) -> pl.Series:
    try:
        return series_of(name, [plain(value) for value in values])
    except Exception as error:  # a cell may hold any object, whose own methods fail as they like
        raise DataError(
            f"column '{name}' of the {origin} holds what cannot be read: {type(error).__name__}: {_first_line(error)}",
            todo="give texts, numbers, truth values, dates or bytes, or leave the column out",
        ) from None


def _of_rows(rows: Sequence[Mapping[Any, Any]]) -> Table:
    origin = "list of rows"
    found = dict.fromkeys(chain.from_iterable(rows))
    names = column_names(list(found), origin)
    keys = dict(zip(names, found, strict=True))

    def slice(start: int, count: int, wanted: Sequence[str]) -> pl.DataFrame:
        part = rows[start : start + count]
        return pl.DataFrame([_of_values(name, [row.get(keys[name]) for row in part], origin) for name in wanted])

    return Table(origin=origin, columns=names, height=len(rows), slice=slice)


def _of_columns(columns: Mapping[Any, Any]) -> Table:
    origin = "dict of columns"
    single = [key for key, values in columns.items() if not _is_column(values)]
    if single or not columns:
        what = f"{single[0]!r}: {shown(columns[single[0]], 40)}" if single else "nothing at all"
        raise DataError(
            f"a dict of columns has a list of values for each name; this one has {what}",
            todo="put one row into a list: [row]; or give a list of values for each column",
        )
    names = column_names(list(columns), origin)
    held = dict(zip(names, map(list, columns.values()), strict=True))
    lengths = {name: len(values) for name, values in held.items()}
    if len(set(lengths.values())) > 1:
        found = listed([f"{name!r} has {length:,}" for name, length in lengths.items()], _FEW)
        raise DataError(
            f"the columns of the {origin} differ in length: {found}", todo="give each column a value for each row"
        )

    def slice(start: int, rows: int, wanted: Sequence[str]) -> pl.DataFrame:
        return pl.DataFrame([_of_values(name, held[name][start : start + rows], origin) for name in wanted])

    return Table(origin=origin, columns=names, height=next(iter(lengths.values())), slice=slice)


def _is_column(values: object) -> bool:
    """Whether something holds a value for each row: a list, an array of one dimension, a series."""
    if isinstance(values, list | tuple):
        return True
    return getattr(values, "ndim", 1) == 1 and hasattr(values, "__array__") and hasattr(values, "__len__")


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
