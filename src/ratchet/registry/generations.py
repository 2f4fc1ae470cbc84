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
import polars as pl

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
    """The ids of the held-out rows that were asked before, or learned from, sorted."""
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
    uses = records.holdouts.uses(dataset.split.generation)
    held = records.datasets.frame(dataset, ()).filter(pl.col(SIDE) == "holdout")
    ids, units = held[ID].to_numpy(), held[UNIT].to_numpy()
    known = [_asked_by(records, use, dataset) for use in uses] + _learned_in_other_draws(records, dataset)
    worn = np.isin(units, units[np.isin(ids, np.concatenate([*known, np.zeros(0, np.uint64)]))])
    return Generation(
        number=dataset.split.generation,
        uses=tuple(uses),
        asked=np.unique(ids[worn]),
        asked_units=len(np.unique(units[worn])),
        fresh_units=len(np.unique(units[~worn])),
    )


def _asked_by(records: Records, use: HoldoutUse, dataset: Dataset) -> Hashes:
    """The ids, as the rows have them now, of all that a use has asked.

    Where rows are told apart in another way since, they have other ids: then every row counts that was held out when
    that began.
    """
    then = records.datasets.find(use.dataset_id)
    if then is None or not then.tells_apart_like(dataset):
        then = _first_alike(records, dataset)
    return records.datasets.holdout_ids(then)


def _learned_in_other_draws(records: Records, dataset: Dataset) -> list[Hashes]:
    """The ids of rows that versions have learned from under another draw of the split.

    Under the same one a row that is held out now was never learned from.
    """
    before = [records.datasets.find(each) for each in {version.dataset_id for version in records.versions.list()}]
    return [
        records.datasets.ids(each, "train", "tune")
        for each in before
        if each is not None and each.split.draw_id != dataset.split.draw_id and each.tells_apart_like(dataset)
    ]


def _first_alike(records: Records, dataset: Dataset) -> Dataset:
    """The oldest version in a dataset's line whose rows are told apart as its are."""
    while dataset.parents:
        parent = records.datasets.get(dataset.parents[-1])
        if not parent.tells_apart_like(dataset):
            break
        dataset = parent
    return dataset
