"""What every verb that reads rows takes: paths, addresses, frames, lists of dicts; the rest is told in words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ratchet.data.readers.frames import ArrowStream, Table, table_of
from ratchet.data.readers.opened import File
from ratchet.errors import DataError
from ratchet.words import listed

Frame = pl.DataFrame | pl.LazyFrame | ArrowStream | Table
"""A frame of any library: Polars, pandas (which has ``__arrow_c_stream__`` too), PyArrow, DuckDB; or a `Table`."""
Source = str | os.PathLike[str] | Frame | Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]
"""A file, a folder, a pattern or the address of a database; a frame; a list of dicts; a dict of columns."""
Readable = str | Table | File
"""A source that was looked over: what the rooms hand on."""

_TAKEN = (
    "give a path, a pattern or the address of a database; a pandas, Polars or Arrow table; a list of dicts; or a dict "
    "of columns"
)


def readable(source: object, *, taken: str = _TAKEN) -> str | Table:
    """A source as `ratchet.data.readers.read.read` takes it; raises `DataError` that says what it is, and ``taken``."""
    if isinstance(source, str):
        if not source.strip():
            raise DataError(
                "the path is empty", todo="name a table; in a script, see that the variable it comes from is set"
            )
        return source
    if isinstance(source, os.PathLike):
        path = os.fspath(source)
        return os.fsdecode(path)
    table = table_of(source) if not _is_one_column(source) else None
    if table is None:
        raise DataError(f"{_what(source)} is no table of rows", todo=_hint(source) or taken)
    return table


def readables(sources: Sequence[object]) -> list[Readable]:
    """Several sources, looked over; raises `DataError` for the first that is none."""
    return [readable(source) for source in sources]


def given(sources: Sequence[object]) -> list[Readable]:
    """`readables` where there has to be one."""
    if not sources:
        raise DataError("no table was given to take rows from", todo=_TAKEN)
    return readables(sources)


def _is_one_column(source: object) -> bool:
    """Whether it is a series: it speaks Arrow as a table does, but has no names for columns."""
    return isinstance(source, pl.Series) or type(source).__name__ in {"Series", "ChunkedArray"}


def _what(source: object) -> str:
    """What a source is, in words.

    >>> _what(None), _what(3), _what(["a.csv"]), _what(b"a")
    ('None', 'a value of type int', 'a list of str', 'bytes')
    """
    if source is None:
        return "None"
    if isinstance(source, bytes | bytearray):
        return "bytes"
    kind = type(source)
    if isinstance(source, list | tuple):
        return f"a {kind.__name__} of {listed(sorted({type(each).__name__ for each in source}))}"
    home = kind.__module__.split(".")[0]
    return f"a value of type {kind.__name__ if home == 'builtins' else f'{home}.{kind.__name__}'}"


def _hint(source: object) -> str | None:
    """What to do, where it can be guessed what was meant."""
    if _is_one_column(source):
        return "a series is one column without the others: give the table, such as series.to_frame()"
    if isinstance(source, list | tuple) and all(isinstance(each, str | os.PathLike) for each in source):
        return "give several paths one by one: ingest(*paths)"
    if hasattr(source, "__array__"):
        return 'an array has no names for its columns: give pandas.DataFrame(array, columns=["...", ...])'
    if hasattr(source, "__next__"):
        return "rows are read more than once: give list(rows)"
    if isinstance(source, bytes | bytearray):
        return "write them to a file and give its path"
    return None
