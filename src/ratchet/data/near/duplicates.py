"""Rows that are nearly the same, so that the split keeps them on one side and the checks can count them."""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Ints
from ratchet.data.near.components import components, equal_rows, links_of
from ratchet.data.near.grid import alike_numbers
from ratchet.data.near.pictures import alike_pictures, can_open_pictures
from ratchet.data.near.texts import alike_texts
from ratchet.data.rowhash import chained, mixed
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

ENOUGH_WORDS = 8
"""A text this long tells rows apart by itself; a shorter one only together with the row's other columns."""
_MEASURED = {Kind.NUMBER, Kind.DATE}


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
    rows = np.arange(frame.height, dtype=np.int64)
    links = [links_of(equal_rows(frame, list(schema.features)), rows)]
    rest = _named(schema, set(Kind) - _MEASURED - {Kind.TEXT})
    others = equal_rows(frame, rest)
    measured, texts = _named(schema, _MEASURED), _named(schema, {Kind.TEXT})
    if texts:
        joined = frame.select(pl.concat_str(texts, separator="\n", ignore_nulls=True)).to_series()
        groups, words = alike_texts(joined)
        telling = (words >= ENOUGH_WORDS) & _rare(groups) if rest or measured else words > 0
        links.append(links_of(groups[telling], rows[telling]))
        others = chained(others, mixed(groups.astype(np.uint64)))
        links.append(links_of(chained(others, equal_rows(frame, measured)), rows))
    links.append(alike_numbers(frame, measured, others))
    for name in _named(schema, {Kind.IMAGE}):
        if can_open_pictures():
            groups = alike_pictures(frame.get_column(name).to_list())
            telling = _rare(groups)
            links.append(links_of(groups[telling], rows[telling]))
    return components(frame.height, np.concatenate(links))


def _named(schema: Schema, kinds: set[Kind]) -> list[str]:
    return [name for name, kind in schema.features.items() if kind in kinds]


def _rare(groups: Ints) -> Bools:
    """Which rows are in a group so small that its rows are the same thing, not the same phrase."""
    return np.bincount(groups)[groups] <= max(20, len(groups) // 100)
