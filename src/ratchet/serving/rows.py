"""Rows as people send them (dicts from JSON) -> columns by schema, with every mistake located.

A value that is absent or null is missing, which is legal and counted; a category never seen in training likewise.
Only a value of the wrong type is a mistake.  Values are read as ingest reads them, so
that an answer sees what training saw.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl

from ratchet.data.conform import NOTHING
from ratchet.errors import Problem, RowError
from ratchet.features.encoder import Column, Columns
from ratchet.kinds.cells import shown, text_of
from ratchet.kinds.dates import dates_of
from ratchet.kinds.kind import Kind
from ratchet.serving.request import Row

MOST_PROBLEMS = 100
"""Mistakes that are listed one by one; the rest are counted."""

_NOTHING = type(None)
_PLAIN = {int, float, bool, _NOTHING}
_EXPECTED = {
    Kind.TEXT: "a text",
    Kind.CATEGORY: "a text, a number, or true or false",
    Kind.NUMBER: "a number",
    Kind.DATE: "a date such as 2024-05-31 or 2024-05-31T08:00:00Z",
    Kind.IMAGE: "the picture's bytes in base64",
    Kind.AUDIO: "the recording's bytes in base64",
}
_EXAMPLES: dict[Kind, Any] = {
    Kind.TEXT: "an example",
    Kind.CATEGORY: "an example",
    Kind.NUMBER: 1.0,
    Kind.DATE: "2024-05-31",
    Kind.IMAGE: None,
    Kind.AUDIO: None,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """Rows as columns, and how many values of each column were missing or of an unknown category."""

    columns: Columns
    missing: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


class Rows:
    """Turns rows into the columns one version reads."""

    def __init__(self, features: Mapping[str, Kind], known: Mapping[str, frozenset[str]] | None = None) -> None:
        self._columns = tuple((name, kind, _COLUMNS[kind]) for name, kind in features.items())
        self._names = frozenset(features)
        self._known = known or {}

    def parse(self, rows: Sequence[Row], *, first: int = 1) -> Parsed:
        """Columns of ``len(rows)`` values; ``first`` is the number of the first row in messages.

        Raises `RowError` that locates every mistake (the first hundred one by one).
        """
        try:
            values = {name: [row.get(name) for row in rows] for name in self._names}
        except AttributeError:
            raise _refused([_shape(row, at) for at, row in enumerate(rows, first) if not _is_row(row)]) from None
        problems: list[Problem] = []
        columns: dict[str, Column] = {}
        missing: dict[str, int] = {}
        for name, kind, column in self._columns:
            try:
                columns[name], absent = column(values[name])
            except (ValueError, TypeError, OverflowError):
                problems += _mistakes(name, kind, values[name], first)
                continue
            if absent:
                missing[name] = absent
        if len(missing) == len(self._columns):
            problems += [_stranger(row, at, self._names) for at, row in enumerate(rows, first) if self._strange(row)]
        if problems:
            raise _refused(problems)
        return Parsed(columns=columns, missing=missing, unknown=self.unknown(columns))

    def _strange(self, row: Row) -> bool:
        """Whether a row has none of the columns: more likely misspelt than all missing."""
        return self._names.isdisjoint(row)

    def unknown(self, columns: Columns) -> dict[str, int]:
        """Column -> categories never seen in training, where there are any."""
        counts = {
            name: sum(value is not None and value not in known for value in columns[name])
            for name, known in self._known.items()
            if name in columns
        }
        return {name: count for name, count in counts.items() if count}


def example(features: Mapping[str, Kind]) -> dict[str, Any]:
    """A row that fits the schema: for warming up, and for the documentation.

    >>> example({"text": Kind.TEXT, "age": Kind.NUMBER})
    {'text': 'an example', 'age': 1.0}
    """
    return {name: _EXAMPLES[kind] for name, kind in features.items()}


def _texts(values: list[Any]) -> tuple[Column, int]:
    if set(map(type, values)) <= {str} and "" not in values:
        return values, 0
    if any(not isinstance(value, str) for value in values if value is not None):
        raise TypeError
    read = [value or None for value in values]
    return read, read.count(None)


def _categories(values: list[Any]) -> tuple[Column, int]:
    if set(map(type, values)) <= {str} and "" not in values:
        return values, 0
    if any(isinstance(value, Mapping | list | tuple | bytes) for value in values):
        raise TypeError
    read = [text_of(value.item() if isinstance(value, np.generic) else value) for value in values]
    return read, read.count(None)


def _numbers(values: list[Any]) -> tuple[Column, int]:
    if not set(map(type, values)) <= _PLAIN:
        values = [_number(value) for value in values]
    array = np.array(values, np.float64)
    array[np.isinf(array)] = np.nan
    return array, int(np.isnan(array).sum())


def _number(value: Any) -> float:
    if value is None:
        return np.nan
    if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
        raise TypeError
    return float(value)


def _dates(values: list[Any]) -> tuple[Column, int]:
    read = np.array([_date(value) for value in values], "datetime64[us]")
    return read, int(np.isnat(read).sum())


def _date(value: Any) -> np.datetime64:
    if value is None:
        return np.datetime64("NaT", "us")
    if isinstance(value, np.datetime64):
        moment: np.datetime64 = value.astype("datetime64[us]")
        return moment
    if isinstance(value, str):
        return _written_date(value)
    if isinstance(value, datetime):
        return np.datetime64(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value, "us")
    if isinstance(value, date):
        return np.datetime64(value, "us")
    raise TypeError


def _written_date(text: str) -> np.datetime64:
    if len(text) == 10 and text[4] == text[7] == "-":
        return np.datetime64(date.fromisoformat(text), "us")
    if text.strip().lower() in NOTHING:
        return np.datetime64("NaT", "us")
    read = dates_of(pl.Series([text]))[0]
    if read is None:
        raise ValueError
    return np.datetime64(read, "us")


def _blobs(values: list[Any]) -> tuple[Column, int]:
    read = [_blob(value) for value in values]
    return read, read.count(None)


def _blob(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return base64.b64decode(value, validate=True)
    raise TypeError


_COLUMNS: dict[Kind, Callable[[list[Any]], tuple[Column, int]]] = {
    Kind.TEXT: _texts,
    Kind.CATEGORY: _categories,
    Kind.NUMBER: _numbers,
    Kind.DATE: _dates,
    Kind.IMAGE: _blobs,
    Kind.AUDIO: _blobs,
}


def _mistakes(name: str, kind: Kind, values: list[Any], first: int) -> list[Problem]:
    """Which values a column was refused for: found by reading it again, one value at a time."""
    problems = []
    for at, value in enumerate(values, first):
        try:
            _COLUMNS[kind]([value])
        except (ValueError, TypeError, OverflowError, binascii.Error):
            problems.append(Problem(where=f"row {at}: {name}", found=_found(value), expected=_EXPECTED[kind]))
    return problems


def _found(value: Any) -> str:
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return shown(value, 60)


def _is_row(row: object) -> bool:
    return hasattr(row, "get")


def _shape(row: object, at: int) -> Problem:
    return Problem(where=f"row {at}", found=_found(row), expected="an object of column names and values")


def _stranger(row: Row, at: int, names: frozenset[str]) -> Problem:
    found = ", ".join(sorted(map(str, row))[:10])
    return Problem(
        where=f"row {at}",
        found=f"the columns {found}" if found else "no columns",
        expected=f"some of {', '.join(sorted(names)[:20])}",
    )


def _refused(problems: list[Problem]) -> RowError:
    shown, count = tuple(problems[:MOST_PROBLEMS]), len(problems)
    more = f"; the first {MOST_PROBLEMS} are listed" if count > MOST_PROBLEMS else ""
    mistakes = "1 mistake" if count == 1 else f"{count} mistakes"
    return RowError(
        f"the rows do not fit the schema: {mistakes}{more}",
        todo="correct each place named and send the rows again; nothing was answered or logged",
        problems=shown,
    )
