"""The files that a dataset's rows lie in, read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl


def read_parts(files: Sequence[Path], columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of some files one behind the other, whatever signs are in their paths.

    `ratchet.data.datasets.Datasets.files` gives such files, and has looked that they are as they were written.
    """
    if columns is None:
        return pl.read_parquet(list(files), glob=False)
    # Parts differ in columns beside these: only where a subject was named do rows know whose they are.
    return pl.scan_parquet(list(files), glob=False, extra_columns="ignore").select(columns).collect()


def has(file: Path, column: str) -> bool:
    """Whether the rows of a file have a column."""
    return column in pl.read_parquet_schema(file)
