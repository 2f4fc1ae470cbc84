"""The files that a dataset's rows lie in, read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl


def read_parts(files: Sequence[Path], columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of some files one behind the other, whatever signs are in their paths.

    `ratchet.data.datasets.Datasets.files` gives such files, and has looked that they are as they were written.
    """
    if columns is None or len(files) == 1:
        return pl.read_parquet(list(files), columns=None if columns is None else list(columns), glob=False)
    # Of some files it is known whose rows they hold, of others not: their columns differ, and each is read by itself.
    return pl.concat([pl.scan_parquet(file, glob=False).select(columns) for file in files]).collect()


def has(file: Path, column: str) -> bool:
    """Whether the rows of a file have a column."""
    return column in pl.read_parquet_schema(file)
