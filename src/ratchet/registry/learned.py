"""Which rows a version has learned from: it cannot be judged by those, nor by their like."""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Hashes
from ratchet.data.dataset import Dataset
from ratchet.data.datasets import ID, UNIT
from ratchet.registry.records import Records


def learned(records: Records, number: str, rows: pl.DataFrame, dataset: Dataset, units: Hashes) -> Bools | None:
    """(len(units),) whether a version has learned from a row of each of some units.

    ``rows`` are all those of the ``dataset`` that the units are of.  None where that cannot be told, as rows are told
    apart in another way since the version learned.
    """
    before = records.datasets.find(records.versions.get(number).dataset_id)
    if before is None or not before.tells_apart_like(dataset):
        return None
    ids = records.datasets.ids(before, "train", "tune")
    # Rows of now [a, b, c] are of the units [1, 1, 2]; a version that learned from b knows unit 1, and so a.
    known = rows[UNIT].to_numpy()[np.isin(rows[ID].to_numpy(), ids)]
    return np.isin(units, known)
