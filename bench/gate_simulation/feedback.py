"""Feedback that prefers mistakes: who corrects an answer does so because it is wrong, and such rows are no sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.gate_simulation.worlds import Named, Rows, predicted
from ratchet.data.split.assign import assigned
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.rule import SplitRule
from ratchet.data.split.sides import HOLDOUT

_RULE = SplitRule(rule="hash", column=None, holdout=0.4, tune=0.1, seed=0, near_duplicates=False)


@dataclass(frozen=True, kw_only=True)
class Feedback(Named):
    """Half of the labelled rows came by lot, half by feedback, where a mistake is ``prefers`` times as likely to come.

    The real split says which are held out; it is ``told`` how the labels came, or not.
    """

    prefers: float = 3.0
    told: bool = True

    def rows(self, rng: np.random.Generator, count: int) -> Rows:
        by_lot = super().rows(rng, 2 * count)
        wrong = predicted(by_lot.champion) != by_lot.labels
        came = rng.random(len(by_lot)) * self.prefers < np.where(wrong, self.prefers, 1.0)
        chosen = np.arange(len(by_lot)) % 2 == 1
        kept = np.flatnonzero(~chosen | came)
        ids = rng.integers(1 << 63, size=len(kept), dtype=np.uint64)
        known = chosen[kept] if self.told else np.zeros(len(kept), dtype=bool)
        rows = SplitRows(ids=ids, labels=by_lot.labels[kept], alike=ids, chosen=known)
        held = kept[assigned(_RULE, rows, np.zeros(0, dtype=np.uint8)) == HOLDOUT]
        return Rows(labels=by_lot.labels[held], champion=by_lot.champion[held])
