"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.data.readers.batch import Batch, cut, without_bad_cells
from ratchet.errors import DataError

_BATCH_BYTES = 32 * 1024 * 1024
"""How much of a file, as packed, is unpacked at once: pictures and long texts make smaller batches."""
_FEWEST_ROWS = 1_000


def read_parquet(path: Path, *, batch_rows: int, max_cell: int) -> Iterator[Batch]:
    """The rows of a Parquet file, typed as in the file, at most ``batch_rows`` at a time.

    Raises `DataError` where the file is not whole.
    """
    origin = str(path)
    try:
        table = pl.scan_parquet(path, glob=False)
        rows = int(table.select(pl.len()).collect().item())
        step = min(batch_rows, max(_FEWEST_ROWS, _BATCH_BYTES * rows // (path.stat().st_size + 1)))
        for start in range(0, rows, step):
            frame = table.slice(start, step).collect()
            numbers = np.arange(start + 1, start + 1 + frame.height)
            frame, bad = without_bad_cells(frame, numbers, origin=origin, max_cell=max_cell)
            yield from cut(frame, bad, first_row=start + 1, origin=origin, batch_rows=batch_rows)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise DataError(
            f"{path} is not a whole Parquet file: {reason}",
            todo="it may have been cut short on its way: copy or write it again",
        ) from None
    if rows == 0:
        raise DataError(f"{path} has no rows", todo="give a table with rows")
