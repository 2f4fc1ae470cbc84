"""Rows as their owner would send them."""

from __future__ import annotations

from typing import Any

import polars as pl

from ratchet.data.schema import Schema


def examples(frame: pl.DataFrame, schema: Schema, count: int) -> list[dict[str, Any]]:
    """The first few rows as they would be sent for an answer."""
    return frame.select(list(schema.features)).head(count).to_dicts()
