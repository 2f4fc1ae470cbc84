"""Rows as people send them (dicts from JSON) -> columns by schema, with every mistake located.

A value that is absent or null is missing, which is legal and counted; a category never seen in training likewise.
Only a value of the wrong type is a mistake.  Values are read as ingest reads them, so
that an answer sees what training saw.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ratchet.errors import Problem, RowError
from ratchet.features.encoder import Column, Columns
from ratchet.kinds.cells import shown
from ratchet.kinds.kind import MEDIA, Kind
from ratchet.serving.request import Row

MOST_TEXT = 2_000_000
"""Characters of one value, files aside: some long novels.  Looking for the words of a text is one step that nothing
else in the process can interrupt: of so many different words, 0.4 seconds and 180 MB; of eight times as many, 2.5
seconds and 1.9 GB."""
MOST_PROBLEMS = 100
"""Mistakes that are listed one by one; the rest are counted."""
MOST_SHOWN = 80
"""Characters that are told of the columns of a row that has none of ours, and of a key that is no column."""
MOST_NOTES = 10
"""Keys of a row that are named one by one, where they are no columns; the rest are counted."""
MOST_LIKENED = 50
"""Columns that such a key is compared with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """Rows as columns, and how many values of each column were missing or of an unknown category."""

    columns: Columns
    missing: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


class RowParser:
    """Turns rows into the columns one version reads.

    A value is at most ``most_text`` characters long: what training set aside as too long (``ingest.max_cell``) is no
    row to be answered either.  Files, which media columns hold, are bounded by the request alone.
    """

    def __init__(
        self,
        features: Mapping[str, Kind],
        known: Mapping[str, frozenset[str]] | None = None,
        *,
        most_text: int = MOST_TEXT,
    ) -> None:
        self._most_text = min(most_text, MOST_TEXT)
        self._columns = tuple((name, kind, kind.feature.parse) for name, kind in features.items())
        self._names = frozenset(features)
        self._known = known or {}

    def parse(self, rows: Sequence[Row], *, first: int = 1) -> Parsed:
        """Columns of ``len(rows)`` values; ``first`` is the number of the first row in messages.

        Raises `RowError` that locates every mistake (the first hundred one by one).
        """
        try:
            values = {name: [row.get(name) for row in rows] for name in self._names}
        except AttributeError:
            raise refused([_shape(row, at) for at, row in enumerate(rows, first) if not _is_row(row)]) from None
        problems: list[Problem] = []
        columns: dict[str, Column] = {}
        missing: dict[str, int] = {}
        for name, kind, parse in self._columns:
            if kind not in MEDIA and (long := self._too_long(name, values[name], first)):
                problems += long
                continue
            try:
                columns[name], absent = parse(values[name])
            except (ValueError, TypeError, OverflowError):
                problems += _mistakes(name, kind, values[name], first)
                continue
            if absent:
                missing[name] = absent
        if len(missing) == len(self._columns):
            problems += [_stranger(row, at, self._names) for at, row in enumerate(rows, first) if self._strange(row)]
        if problems:
            raise refused(problems)
        return Parsed(columns=columns, missing=missing, unknown=self.unknown(columns))

    def _too_long(self, name: str, values: list[Any], first: int) -> list[Problem]:
        most = self._most_text
        return [
            Problem(
                where=f"row {at}: {name}", found=f"{len(value):,} characters", expected=f"at most {most:,} characters"
            )
            for at, value in enumerate(values, first)
            if type(value) is str and len(value) > most
        ]

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


def notes_on(row: Row, known: Collection[str], read: Collection[str]) -> tuple[str, ...]:
    """A sentence for each key of a row that is none of the ``known`` columns, with the column ``read`` most like it.

    >>> notes_on({"text": "good", "agge": 4}, {"text", "age"}, ["text", "age"])
    ("'agge' is no column and was not read; did you mean 'age'?",)
    """
    odd = [key for key in row if key not in known]
    absent = [name for name in read if name not in row][:MOST_LIKENED]
    notes = [_note(key, absent) for key in odd[:MOST_NOTES]]
    more = [f"{len(odd) - MOST_NOTES} more keys are no columns"] if len(odd) > MOST_NOTES else []
    return (*notes, *more)


def _note(key: object, absent: Sequence[str]) -> str:
    near = get_close_matches(key, absent, n=1) if isinstance(key, str) and len(key) <= MOST_SHOWN else []
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"{shown(key, MOST_SHOWN)} is no column and was not read{meant}"


def example(features: Mapping[str, Kind]) -> dict[str, Any]:
    """A row that fits the schema: for warming up, and for the documentation.

    >>> example({"text": Kind.TEXT, "age": Kind.NUMBER})
    {'text': 'an example', 'age': 1.0}
    """
    return {name: kind.feature.example for name, kind in features.items()}


def _mistakes(name: str, kind: Kind, values: list[Any], first: int) -> list[Problem]:
    """Which values a column was refused for: found by reading it again, one value at a time."""
    problems = []
    for at, value in enumerate(values, first):
        try:
            kind.feature.parse([value])
        except (ValueError, TypeError, OverflowError):
            problems.append(Problem(where=f"row {at}: {name}", found=_found(value), expected=kind.feature.expected))
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
    found = found if len(found) <= MOST_SHOWN else f"{found[: MOST_SHOWN - 3]}..."
    return Problem(
        where=f"row {at}",
        found=f"the columns {found}" if found else "no columns",
        expected=f"some of {', '.join(sorted(names)[:20])}",
    )


def refused(problems: list[Problem], count: int | None = None) -> RowError:
    """What to say of rows that do not fit; ``count`` is how many mistakes there are, where not all are listed."""
    shown, count = tuple(problems[:MOST_PROBLEMS]), count or len(problems)
    more = f"; the first {MOST_PROBLEMS} are listed" if count > MOST_PROBLEMS else ""
    mistakes = "1 mistake" if count == 1 else f"{count} mistakes"
    return RowError(
        f"the rows do not fit the schema: {mistakes}{more}",
        todo="correct each place named and send the rows again; nothing was answered or logged",
        problems=shown,
    )
