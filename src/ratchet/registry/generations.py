"""The generation of a holdout: which of its rows were asked, and when those never asked take over.

A holdout is a set of rows that grows.  What was asked of it wears it out (`ratchet.gate.uses`); rows that joined since
do not know of that.  As soon as they are as many as those asked before, they are the next generation: the gate begins
anew on them, and the asked ones retire to training.  Nothing is redrawn, and a champion that has learned from none of
them answers as it is.

Rows that a version has learned from count as asked: by drawing the split anew, as often as one likes, nobody gets rows
that no model knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratchet.arrays import Hashes
from ratchet.data.dataset import Dataset
from ratchet.data.datasets import ID, SIDE, UNIT
from ratchet.gate.uses import HoldoutUse
from ratchet.registry.records import Records


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Generation:
    """The generation of a holdout as it stands."""

    number: int
    uses: tuple[HoldoutUse, ...]
    asked: Hashes
    """The ids of the held-out rows that were asked before, or learned from, or may have been; sorted."""
    asked_units: int
    """Units of evidence among the rows held out that were asked before."""
    fresh_units: int
    """Those never asked."""

    @property
    def is_over(self) -> bool:
        """Whether the rows never asked are as many as the others, by units."""
        return bool(self.uses) and self.fresh_units >= max(self.asked_units, 1)

    @property
    def missing(self) -> int:
        """How many more units of held-out rows, never asked, would turn it."""
        return max(self.asked_units - self.fresh_units, 0)


def generation(records: Records, dataset: Dataset) -> Generation:
    """The generation of a dataset's holdout."""
    frame = records.datasets.frame(dataset, ())
    held = (frame[SIDE] == "holdout").to_numpy()
    ids, units = frame[ID].to_numpy()[held], frame[UNIT].to_numpy()[held]
    worn = np.isin(ids, _known_ids(records, dataset)) | (np.flatnonzero(held) < _known_rows(records, dataset))
    worn = np.isin(units, units[worn])
    return Generation(
        number=dataset.split.generation,
        uses=tuple(records.holdouts.uses(dataset.split.generation)),
        asked=np.unique(ids[worn]),
        asked_units=len(np.unique(units[worn])),
        fresh_units=len(np.unique(units[~worn])),
    )


def _known_ids(records: Records, dataset: Dataset) -> Hashes:
    """The ids of rows that were asked in this generation, or asked or learned from under another draw of the split.

    Under the same draw a row that is held out now was never learned from, and what older generations were asked has
    retired.
    """
    known, newest = [np.zeros(0, dtype=np.uint64)], None
    asked = {use.dataset_id: use.generation for use in records.holdouts.uses()}
    for each, number in asked.items():
        then = _told_apart_alike(records, each, dataset)
        if then is not None and _drawn_otherwise(then, dataset):
            known.append(records.datasets.holdout_ids(then))
        elif then is not None and number == dataset.split.generation:
            # A row that is held out now and was asked before was held out ever since: the newest asked has them all.
            newest = then if newest is None or then.created_at > newest.created_at else newest
    if newest is not None:
        known.append(records.datasets.holdout_ids(newest))
    for each in {version.dataset_id for version in records.versions.list()}:
        then = _told_apart_alike(records, each, dataset)
        if then is not None and _drawn_otherwise(then, dataset):
            known.append(records.datasets.ids(then, "train", "tune"))
    return np.concatenate(known)


def _known_rows(records: Records, dataset: Dataset) -> int:
    """How many of the first rows are known, as they may be those of an older version that told rows apart otherwise.

    With a column more or less all ids are others, so that nobody can say which rows are the same: as many as there
    were then count as those, and only rows beyond them are new.
    """
    rows, each = 0, dataset
    while each.parents:
        each = records.datasets.get(each.parents[-1])
        rows = rows if each.tells_apart_like(dataset) else max(rows, each.rows)
    return rows


def _told_apart_alike(records: Records, dataset_id: str, dataset: Dataset) -> Dataset | None:
    then = records.datasets.find(dataset_id)
    return then if then is not None and then.tells_apart_like(dataset) else None


def _drawn_otherwise(then: Dataset, now: Dataset) -> bool:
    return then.split.draw_id != now.split.draw_id
