"""The next generation of a holdout: which of its rows were asked, and whether the others are enough to judge by."""

from __future__ import annotations

import polars as pl

from ratchet.arrays import Bools, Hashes
from ratchet.data.datasets import ID, SIDE, UNIT
from ratchet.errors import RefusedError
from ratchet.words import count_of

FEWEST_UNITS = 10
FEWEST_CLASSES = 2


def leaving_holdout(frame: pl.DataFrame, asked: Hashes) -> Bools:
    """Which rows (rows,) leave the holdout: those held out whose unit has one of the ids asked."""
    held = pl.col(SIDE) == "holdout"
    units = frame.filter(held & pl.col(ID).is_in(pl.Series(asked, dtype=pl.UInt64).implode())).get_column(UNIT).unique()
    leaving: Bools = frame.select(held & pl.col(UNIT).is_in(units.implode())).to_series().to_numpy()
    return leaving


def check_remaining(frame: pl.DataFrame, label: str) -> None:
    """Raises `RefusedError` where the rows that stay held out are of one class, or are fewer than ten units."""
    held = frame.filter(pl.col(SIDE) == "holdout")
    units, classes = held.get_column(UNIT).n_unique(), held.get_column(label).n_unique()
    if units >= FEWEST_UNITS and classes >= FEWEST_CLASSES:
        return
    missing = max(FEWEST_UNITS - units, FEWEST_CLASSES - classes)
    raise RefusedError(
        f"{count_of(held.height, 'row')} of the holdout were never asked (counted as {count_of(units, 'unit')} of "
        f"{count_of(classes, 'class', 'classes')}), and the next holdout is made of those: at least {FEWEST_UNITS} "
        f"units of {FEWEST_CLASSES} classes are needed",
        todo=f"take in fresh labelled rows until at least {missing} more are held out: ratchet ingest FILE",
    )
