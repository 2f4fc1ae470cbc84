"""Rows that are nearly the same, so that the split keeps them on one side and the checks can count them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.data.near.components import components, links_of
from ratchet.data.near.texts import alike_texts
from ratchet.data.rowhash import row_hashes
from ratchet.data.schema import Schema
from ratchet.spec import Kind


def near_duplicate_groups(frame: pl.DataFrame, schema: Schema) -> npt.NDArray[np.int64]:
    """The group of near-duplicates each row belongs to (rows,); a row that is like no other has its own.

    Columns are as `ratchet.data.conform` types them.  Rows with equal features share a group, and so do rows whose
    texts, taken together, are at least 0.8 similar (`ratchet.data.near.texts.ALIKE`).
    """
    rows = np.arange(frame.height, dtype=np.int64)
    links = [links_of(row_hashes(frame, list(schema.features)), rows)]
    texts = [name for name, kind in schema.features.items() if kind is Kind.TEXT]
    if texts:
        groups, words = alike_texts(frame.select(pl.concat_str(texts, separator="\n", ignore_nulls=True)).to_series())
        links.append(links_of(groups, rows))
    return components(frame.height, np.concatenate(links))
