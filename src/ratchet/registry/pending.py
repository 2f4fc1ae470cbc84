"""Pending challengers: how the bet on each stands, on the rows that were labelled since its exam."""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Bools
from ratchet.data.dataset import Dataset
from ratchet.data.datasets import CHOSEN, ID, SIDE, UNIT
from ratchet.evaluation.sequential import e_process
from ratchet.gate.pending import Odds, progress
from ratchet.gate.uses import exam_share
from ratchet.registry.records import Records
from ratchet.registry.versions import Version


def waiting(records: Records) -> list[Version]:
    """The versions whose exam was unclear only against the champion there is still, oldest first."""
    champion = records.ledger.champion()
    pending = (each for each in records.versions.list() if each.decision.pending)
    return [each for each in pending if champion is not None and each.champion == champion]


def odds(records: Records, version: Version) -> Odds | None:
    """How the bet on a pending version stands; None where it cannot go on, as rows are told apart in another way since.

    Bet on are the rows that joined the dataset after the exam and that neither side has learned from, but for those
    held out (the holdout stays unasked) and those whose label nobody drew by lot.  So nothing has to be kept: the same
    rows in the same order give the same odds.
    """
    now, exam = records.newest(), version.decision.exam
    frame = records.datasets.frame(now)
    joined = _joined(records, version, now, frame)
    if joined is None or exam is None:
        return None
    share = exam_share(exam, records.spec.gate.confidence) / 2
    e_values = e_process(metric, batches, reference=reference)
    return progress(e_values, share)


def _joined(records: Records, version: Version, now: Dataset, frame: pl.DataFrame) -> Bools | None:
    """(rows,) which rows of now are bet on."""
    learned = frame.filter(pl.col(SIDE).is_in(["train", "tune"]) & ~pl.col(CHOSEN))
    kept = frame.select(pl.col(SIDE).is_in(["train", "tune"]) & ~pl.col(CHOSEN)).to_series().to_numpy()
    for number in (version.number, version.champion):
        before = records.datasets.find(records.versions.get(number).dataset_id)
        if before is None or not before.tells_apart_like(now):
            return None
        ids = records.datasets.frame(before, ())[ID].to_numpy()
        # A unit of which a row was there before is no news, whichever side that was on.
        known = frame[UNIT].to_numpy()[np.isin(frame[ID].to_numpy(), ids)]
        kept &= ~np.isin(frame[UNIT].to_numpy(), known)
    return kept
