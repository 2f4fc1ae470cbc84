"""Copies of held-out rows among the rows to learn from, looked for afresh when a training starts.

The split keeps copies on one side, but it knew the rows only as they came.  What a later change lets through (a table
exported again with fewer digits, a column dropped, files mixed up) would let a model know the answers of its exam by
heart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Hashes
from ratchet.data.near.digits import equal_in_fewer_digits
from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.rowhash import row_hashes
from ratchet.data.schema import Schema
from ratchet.errors import DataError
from ratchet.words import count_of, percent

MOST_LEARNED = 0.2
MOST_HELD_OUT = 0.5
"""The shares of the rows to learn from that may be copies, and of the holdout that may have some: beyond them the table
is not what it seems to be, and what is left would be no fair exam."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copies:
    """Which rows of a frame (rows,) are to learn from but are copies of held-out rows, and what to say of them."""

    rows: Bools
    held_out: int
    """The held-out rows that they are copies of."""
    sentence: str | None


def copies_of_holdout(frame: pl.DataFrame, schema: Schema, *, near: bool = True) -> Copies:
    """The rows on the train and tune sides that are copies of rows on the holdout side.

    ``frame`` is a dataset's, with ``_side``.  A copy has equal features or, where ``near``, nearly equal ones
    (`ratchet.data.near.duplicates`), or is equal once all numbers are written with fewer digits.  Nothing that the
    dataset says of its rows but their sides is trusted.

    Raises `DataError` where more than a fifth of the rows to learn from are copies, or more than half of the holdout
    has copies there.
    """
    sides = frame.get_column("_side")
    here = (sides != "excluded").to_numpy()
    held = (sides == "holdout").to_numpy()[here]
    copies, copied = np.zeros(len(held), dtype=bool), np.zeros(len(held), dtype=bool)
    for keys in _keys(frame.filter(pl.Series(here)).select(list(schema.features)), schema, near=near):
        copies |= ~held & np.isin(keys, keys[held])
        copied |= held & np.isin(keys, keys[~held])
    _check(int(copies.sum()), int((~held).sum()), int(copied.sum()), int(held.sum()))
    rows = np.zeros(frame.height, dtype=bool)
    rows[here] = copies
    return Copies(rows=rows, held_out=int(copied.sum()), sentence=_sentence(int(copies.sum()), int(copied.sum())))


def _keys(frame: pl.DataFrame, schema: Schema, *, near: bool) -> Iterator[Hashes]:
    """For each way to be a copy a key for each row, equal for copies."""
    yield row_hashes(frame, list(schema.features))
    if near:
        yield near_duplicate_groups(frame, schema).astype(np.uint64)
        yield from equal_in_fewer_digits(frame, schema)


def _check(copies: int, learned: int, copied: int, held: int) -> None:
    if copies <= MOST_LEARNED * learned and copied <= MOST_HELD_OUT * held:
        return
    raise DataError(
        f"{copies:,} of {count_of(learned, 'row')} to learn from ({percent(copies / max(1, learned))}) are copies of "
        f"{copied:,} of {count_of(held, 'held-out row')} ({percent(copied / max(1, held))}), equal or nearly: a model "
        "would know the answers by heart",
        todo="see that the table is not there twice (an export with fewer digits, another id): start a new workspace "
        "with one of the two, or change split.seed so that rows are split anew by what they are now",
    )


def _sentence(copies: int, copied: int) -> str | None:
    if not copies:
        return None
    return (
        f"{count_of(copies, 'row')} to learn from {'is a copy' if copies == 1 else 'are copies'} of "
        f"{count_of(copied, 'held-out row')} (equal, nearly equal, or with fewer digits) and left out"
    )
