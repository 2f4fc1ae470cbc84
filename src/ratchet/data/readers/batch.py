"""What every reader gives: a batch of good rows, and the bad ones located."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Ints
from ratchet.errors import DataError
from ratchet.kinds.cells import shown

BATCH_BYTES = 32 * 1024 * 1024
"""What a batch may take once it is unpacked, a single row apart: whatever reads it holds it several times over."""
MOST_COLUMNS = 20_000
"""The columns that a table may have: with more, each list of columns, statistic and form made of it is waste."""
DEEPEST = 32
"""The levels of a column of lists or structs: no table needs more, and readers of formats end the process instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRow:
    """A row that was set aside: where it stands, what was found there, and why that is no good.

    ``row`` counts the data rows of ``origin`` from 1, a header not included; ``column`` is None where the whole row
    is at fault.
    """

    origin: str
    row: int
    column: str | None
    found: str
    reason: str

    def __str__(self) -> str:
        column = "" if self.column is None else f", column '{self.column}'"
        return f"{self.origin}, row {self.row}{column}: {self.reason}, found {self.found}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Consecutive rows of one origin: the good ones in ``frame``, in order, and the bad ones beside it.

    ``gone`` are rows of which a part was deleted on purpose: set aside too, but no mistake of their origin.
    ``first_row`` is the number of the first row it covers, whatever became of it.
    """

    frame: pl.DataFrame
    bad: tuple[BadRow, ...]
    first_row: int
    origin: str
    gone: tuple[BadRow, ...] = ()

    def rows(self) -> Ints:
        """The number of each row of ``frame`` in its origin."""
        # From row 1 on, two good rows and the bad row 2 cover rows 1 to 3: the good ones are [1, 3].
        aside = np.unique(np.array([bad.row for bad in (*self.bad, *self.gone)], dtype=np.int64))
        covered = np.arange(self.first_row, self.first_row + self.frame.height + len(aside), dtype=np.int64)
        return covered if not len(aside) else covered[~np.isin(covered, aside)]


def check_columns(count: int, origin: str) -> None:
    """Raises `DataError` where a table has more columns than anything could be made of."""
    if count > MOST_COLUMNS:
        raise DataError(
            f"{origin} has {count:,} columns; at most {MOST_COLUMNS:,} are read",
            todo="leave out those that are of no use, or put what belongs together into one column, such as a text",
        )


def check_depth(depth: int, origin: str) -> None:
    """Raises `DataError` where the columns of a table hold lists or structs in each other that are too many."""
    if depth > DEEPEST:
        raise DataError(
            f"{origin} has a column that is nested more than {DEEPEST} levels deep",
            todo="leave the column out, or write what is in it as a text (JSON)",
        )


def cut(frame: pl.DataFrame, bad: Sequence[BadRow], *, first_row: int, origin: str, batch_rows: int) -> Iterator[Batch]:
    """A read block as batches of at most ``batch_rows`` good rows, each with the bad rows that stand among them.

    A batch of more than one row takes at most `BATCH_BYTES`.
    """
    whole = Batch(frame=frame, bad=tuple(bad), first_row=first_row, origin=origin)
    lengths = list(_lengths(frame, batch_rows))
    if len(lengths) <= 1:
        yield whole
        return
    # Good rows [1, 3, 4, 6] by two: batches start at rows 1 and 4, and the first takes the bad row 2, the second row 5.
    numbers = whole.rows()
    places = np.cumsum([0, *lengths])
    starts = [first_row, *(int(number) for number in numbers[places[1:-1]])]
    ends = [*starts[1:], int(first_row + frame.height + len({each.row for each in bad}))]
    for place, length, start, end in zip(places, lengths, starts, ends, strict=False):
        among = tuple(each for each in bad if start <= each.row < end) if bad else ()
        yield Batch(frame=frame.slice(int(place), length), bad=among, first_row=start, origin=origin)


def _lengths(frame: pl.DataFrame, batch_rows: int) -> Iterator[int]:
    """How many rows each batch of a frame has; a part that is too large is halved."""
    if frame.height > batch_rows:
        for start in range(0, frame.height, batch_rows):
            yield from _lengths(frame.slice(start, batch_rows), batch_rows)
    elif frame.height > 1 and frame.estimated_size() > BATCH_BYTES:
        half = frame.height // 2
        yield from _lengths(frame.head(half), batch_rows)
        yield from _lengths(frame.slice(half), batch_rows)
    else:
        yield frame.height


def without_bad_cells(
    frame: pl.DataFrame, rows: Ints, *, origin: str, max_cell: int
) -> tuple[pl.DataFrame, list[BadRow]]:
    """The rows of a frame whose texts are of a sane length and hold no NUL, and the others as bad rows.

    ``rows`` are the numbers of the frame's rows in their origin.
    """
    bad: list[BadRow] = []
    for name, series in zip(frame.columns, frame.get_columns(), strict=True):
        if series.dtype == pl.String and series.null_count() < len(series):
            bad += _bad_cells(series, rows, origin=origin, column=name, max_cell=max_cell)
    if not bad:
        return frame, bad
    keep = ~np.isin(rows, np.array([each.row for each in bad]))
    return frame.filter(pl.Series(keep)), bad


def _bad_cells(series: pl.Series, rows: Ints, *, origin: str, column: str, max_cell: int) -> Iterator[BadRow]:
    longest = series.str.len_bytes().max()
    if isinstance(longest, int) and longest > max_cell:
        lengths = series.str.len_chars().fill_null(0).to_numpy()
        for place in np.flatnonzero(lengths > max_cell):
            yield BadRow(
                origin=origin,
                row=int(rows[place]),
                column=column,
                found=f"{lengths[place]:,} characters",
                reason=f"a cell of more than {max_cell:,} characters (ingest.max_cell)",
            )
    nul = series.str.contains("\0", literal=True).fill_null(False)
    for place in nul.arg_true().to_list() if nul.any() else ():
        found = shown(series[place])
        yield BadRow(origin=origin, row=int(rows[place]), column=column, found=found, reason="a NUL character")
