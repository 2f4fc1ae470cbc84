"""Rows that are nearly the same, so that the split keeps them on one side and the checks can count them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Ints
from ratchet.data.near.components import components, equal_rows, links_of
from ratchet.data.near.grid import alike_numbers
from ratchet.data.near.pictures import alike_pictures, can_open_pictures
from ratchet.data.near.texts import alike_texts
from ratchet.data.rowhash import chained
from ratchet.data.schema import Schema
from ratchet.hashing import mixed
from ratchet.kinds.kind import MEASURED, Kind

ENOUGH_WORDS = 8
"""A text this long tells rows apart by itself; a shorter one only together with the row's other columns."""


def near_duplicate_groups(frame: pl.DataFrame, schema: Schema) -> Ints:
    """The group of near-duplicates each row belongs to (rows,); a row that is like no other has its own.

    Columns are as `ratchet.data.conform` types them.  In one group are rows

    - with equal features;
    - with nearly equal texts of eight words or more (all text columns together, at least
      `ratchet.data.near.texts.ALIKE` similar), or shorter ones if all other columns are equal;
    - with nearly equal numbers (`ratchet.data.near.grid`) if all other columns are equal;
    - with pictures that look the same, where Pillow is installed.

    A text or picture that more than a hundredth of the rows (and more than 20) share says nothing of the row, and
    counts only if all other columns are equal.
    """
    # Every reason to be the same is a list of links between two rows; rows that hang together by any of them are one
    # group: 1-2 by their texts and 2-5 by their numbers make {1, 2, 5}.
    rows = np.arange(frame.height, dtype=np.int64)
    links = [links_of(equal_rows(frame, list(schema.features)), rows)]
    rest = _named(schema, set(Kind) - MEASURED - {Kind.TEXT})
    others = equal_rows(frame, rest)
    measured, texts = _named(schema, MEASURED), _named(schema, {Kind.TEXT})
    if texts:
        joined = frame.select(pl.concat_str(texts, separator="\n", ignore_nulls=True)).to_series()
        groups, words = alike_texts(joined)
        informative = (words >= ENOUGH_WORDS) & _rare(groups) if rest or measured else words > 0
        links.append(links_of(groups[informative], rows[informative]))
        others = chained(others, mixed(groups.astype(np.uint64)))
        links.append(links_of(chained(others, equal_rows(frame, measured)), rows))
    links.append(alike_numbers(frame, measured, others))
    for name in _named(schema, {Kind.IMAGE}):
        if can_open_pictures():
            groups = alike_pictures(frame.get_column(name).to_list())
            informative = _rare(groups)
            links.append(links_of(groups[informative], rows[informative]))
    return components(frame.height, np.concatenate(links))


def _named(schema: Schema, kinds: Collection[Kind]) -> list[str]:
    return [name for name, kind in schema.features.items() if kind in kinds]


def _rare(groups: Ints) -> Bools:
    """Which rows are in a group so small that its rows are the same thing, not the same phrase."""
    return np.bincount(groups)[groups] <= max(20, len(groups) // 100)
