"""The files that a dataset's rows lie in, read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ratchet.errors import WorkspaceError


def read_parts(files: Sequence[Path], columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of some files one behind the other; raises `WorkspaceError` where one is damaged or cut short."""
    try:
        return pl.read_parquet(list(files), columns=None if columns is None else list(columns), glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        damaged = next((file for file in files if not _whole(file)), files[0])
        raise WorkspaceError(
            f"the file {damaged}, which holds rows of the dataset, is damaged or cut short: "
            f"{str(error).splitlines()[0][:200]}",
            todo="bring it back from a backup; or move the workspace away, and ingest the sources again",
        ) from None


def _whole(file: Path) -> bool:
    try:
        pl.scan_parquet(file, glob=False).collect()
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True
