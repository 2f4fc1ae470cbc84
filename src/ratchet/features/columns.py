"""Rows as encoders take them: one sequence per column, made from a table."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ratchet.errors import DataError
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind


def from_frame(frame: pl.DataFrame, kinds: Mapping[str, Kind]) -> Columns:
    """The feature columns of a table, in the order of ``kinds``; columns that no model sees are left out.

    Each is as `ratchet.kinds.column.Column` says.  Raises `DataError` naming every column that is not there.
    """
    features = {name: kind for name, kind in kinds.items() if kind.is_feature}
    absent = [name for name in features if name not in frame.columns]
    if absent:
        raise DataError(
            f"columns are missing: {', '.join(absent)}",
            todo=f"the table has {', '.join(frame.columns)}; rename them, or correct [columns] in the spec",
        )
    return {name: kind.feature.sequence(frame[name]) for name, kind in features.items()}
