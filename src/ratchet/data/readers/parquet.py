"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from ratchet.data.readers.batch import BATCH_BYTES, Batch, cut, without_bad_cells
from ratchet.data.readers.opened import File
from ratchet.data.readers.parquet_pages import unpacked_size
from ratchet.errors import DataError


def read_parquet(file: File, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a Parquet file, typed as in the file, at most ``batch_rows`` at a time.

    Memory: some batches, a page of each column, and one row group of the columns that hold lists; all of them bounded.
    Raises `DataError` where the file is not whole, or unpacks to more than that.
    """
    origin = str(file)
    try:
        unpacked = unpacked_size(file)
        table = pl.scan_parquet(file.path, glob=False)
        for start, length in unpacked.slices(batch_rows, BATCH_BYTES):
            frame = table.slice(start, length).collect()
            numbers = np.arange(start + 1, start + 1 + frame.height)
            frame, bad = without_bad_cells(frame, numbers, origin=origin, max_cell=max_cell)
            yield from cut(frame, bad, first_row=start + 1, origin=origin, batch_rows=batch_rows)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise DataError(
            f"{file} is not a whole Parquet file: {reason}",
            todo="it may have been cut short on its way: copy or write it again",
        ) from None
    if unpacked.rows == 0:
        raise DataError(f"{file} has no rows", todo="give a table with rows")
