"""Rows that are nearly the same, so that the split keeps them on one side and the checks can count them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Hashes, Ints
from ratchet.data.near.but_one import alike_but_for_one
from ratchet.data.near.chance import beyond_chance, together
from ratchet.data.near.components import components, equal_rows, links_of
from ratchet.data.near.grid import alike_numbers
from ratchet.data.near.naming import naming_columns
from ratchet.data.near.pictures import alike_pictures, can_open_pictures
from ratchet.data.near.texts import alike_texts
from ratchet.data.rowhash import row_hashes
from ratchet.data.schema import Schema
from ratchet.kinds.kind import MEASURED, Kind

ENOUGH_WORDS = 8
"""A text this long tells rows apart by itself; a shorter one only together with the row's other columns."""
_FOUND: dict[bytes, Ints] = {}
"""The groups found last, by a digest of the rows they are of: the split, the checks and a training ask in turn."""


def near_duplicate_groups(frame: pl.DataFrame, schema: Schema) -> Ints:
    """The group of near-duplicates each row belongs to (rows,); a row that is like no other has its own.

    Columns are as `ratchet.data.conform` types them.  In one group are rows

    - with equal features, or equal in all but one (`ratchet.data.near.but_one`);
    - with nearly equal texts of eight words or more (all text columns together, at least
      `ratchet.data.near.texts.ALIKE` similar, or of one template), or shorter ones if all other columns are equal;
    - with nearly equal numbers (`ratchet.data.near.grid`, `ratchet.data.near.noise`) if all other columns are equal;
    - with pictures that look the same, where Pillow is installed.

    A text or picture that more than a hundredth of the rows (and more than 20) share says nothing of the row, and
    counts only if all other columns are equal.  Columns that name the row (`ratchet.data.near.naming`) are none of
    those others, as long as rows agree in what is left more often than by chance (`ratchet.data.near.chance`).

    The groups of the same rows in the same order are looked for once; they are not to be written to.
    """
    digest = hashlib.blake2b(repr(sorted(schema.features.items())).encode(), digest_size=32)
    digest.update(row_hashes(frame, list(schema.features)).tobytes())
    groups = _FOUND.get(digest.digest())
    if groups is None:
        groups = _groups(frame, schema)
        groups.setflags(write=False)
        _FOUND.clear()
        _FOUND[digest.digest()] = groups
    return groups


def _groups(frame: pl.DataFrame, schema: Schema) -> Ints:
    # Every reason to be the same is a list of links between two rows; rows that hang together by any of them are one
    # group: 1-2 by their texts and 2-5 by their numbers make {1, 2, 5}.
    rows = np.arange(frame.height, dtype=np.int64)
    names = naming_columns(frame, schema)
    telling = {name: kind for name, kind in schema.features.items() if name not in names}
    links = [links_of(equal_rows(frame, list(schema.features)), rows)]
    texts, measured = _of(telling, {Kind.TEXT}), _of(telling, MEASURED)
    rest = _of(telling, set(Kind) - MEASURED - {Kind.TEXT})
    columns = [row_hashes(frame, [name]) for name in rest]
    if texts:
        joined = frame.select(pl.concat_str(texts, separator="\n", ignore_nulls=True)).to_series()
        groups, words = alike_texts(joined)
        informative = words >= (ENOUGH_WORDS if rest or measured else 1)
        if rest or measured or names:
            informative &= _rare(groups)
        links.append(links_of(groups[informative], rows[informative]))
        columns.append(groups.astype(np.uint64))
    if names or texts:  # else rows that agree in all that tells them apart are those with equal features
        exact = [*columns, *(row_hashes(frame, [name]) for name in measured)]
        if not names or beyond_chance(exact):
            links.append(links_of(together(exact), rows))
    links.append(alike_but_for_one([*columns, *(_bits(frame.get_column(name)) for name in measured)]))
    others = together(columns) if columns else np.zeros(frame.height, dtype=np.uint64)
    links.append(alike_numbers(frame, measured, others))
    for name in _of(telling, {Kind.IMAGE}):
        if can_open_pictures():
            groups = alike_pictures(frame.get_column(name).to_list())
            informative = _rare(groups)
            links.append(links_of(groups[informative], rows[informative]))
    return components(frame.height, np.concatenate(links))


def _of(columns: Mapping[str, Kind], kinds: Collection[Kind]) -> list[str]:
    return [name for name, kind in columns.items() if kind in kinds]


def _bits(numbers: pl.Series) -> Hashes:
    """A key for each number or date (rows,), equal for equal ones in this process only."""
    return numbers.cast(pl.Float64).fill_null(np.nan).to_numpy().view(np.uint64)


def _rare(groups: Ints) -> Bools:
    """Which rows are in a group so small that its rows are the same thing, not the same phrase."""
    return np.bincount(groups)[groups] <= max(20, len(groups) // 100)
