"""The way in: rows read, typed, and put on the stage or set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Hashes
from ratchet.data.conform import conform, wanted_columns
from ratchet.data.dataset import Dataset, unhashed
from ratchet.data.ingest.quarantine import Quarantine
from ratchet.data.ingest.staging import StagingFolder
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.data.rowhash import row_hashes
from ratchet.errors import DataError
from ratchet.kinds.cells import shown
from ratchet.progress import Progress, Report
from ratchet.spec import Spec

IN_HOLDOUT = "equals a row of the holdout: trained on, it would leak the holdout"
"""Why a row that is good in itself is set aside."""


@dataclass(kw_only=True, slots=True)
class Intake:
    """Rows on their way to the stage; counts what became of them.

    ``good`` rows were read from sources, ``again`` from an earlier version, ``blanked`` values by column.  Rows whose
    features hash to one of ``holdout_ids`` (sorted) are set aside.
    """

    spec: Spec
    stage: StagingFolder
    aside: Quarantine
    progress: Report
    holdout_ids: Hashes | None = None
    good: int = 0
    again: int = 0
    blanked: Counter[str] = field(default_factory=Counter)

    def take(self, batches: Iterable[Batch]) -> None:
        """Stages the rows of a source and sets aside those that are bad or may not be learned from."""
        for batch in batches:
            frame, bad = conform(batch, self.spec, blanked=self.blanked)
            self.aside.add([*batch.bad, *bad])
            self.aside.let_go(batch.gone)
            if self.holdout_ids is not None and len(self.holdout_ids):
                frame = self._without(self.holdout_ids, frame, batch, bad)
            self.stage.add(frame, unhashed(self.spec))
            self.good += frame.height
            read = self.good + self.aside.rows + self.aside.held_out + self.aside.gone
            self.progress(Progress(stage="collect", done=read, note="reading"))

    def _without(self, holdout_ids: Hashes, frame: pl.DataFrame, batch: Batch, bad: Sequence[BadRow]) -> pl.DataFrame:
        """The rows of a typed batch that equal none of the holdout; the others are set aside."""
        ids = row_hashes(frame, self.stage.features)
        # Where an id would stand among the sorted ones there is either itself or another: for 5 and 9 among [3, 5, 8]
        # the places are 1 and, behind the end, 3 (looked up at 2): 5 equals 5, 9 does not equal 8.
        nearest = np.minimum(np.searchsorted(holdout_ids, ids), len(holdout_ids) - 1)
        equal = holdout_ids[nearest] == ids
        rows = batch.rows()
        rows = rows[~np.isin(rows, np.array([each.row for each in bad], dtype=np.int64))]
        found = frame.select(self.stage.features).filter(equal).iter_rows(named=True)
        self.aside.hold_out(
            [
                BadRow(origin=batch.origin, row=int(row), column=None, found=shown(cells), reason=IN_HOLDOUT)
                for row, cells in zip(rows[equal], found, strict=True)
            ]
        )
        return frame.filter(~equal)

    def reread(self, files: Sequence[Path], dataset: Dataset) -> Bools:
        """Stages the rows of a dataset as the spec asks for them; says which of them still fit.

        Columns for slices only that were not read then are empty.
        """
        wanted = wanted_columns(self.spec)
        present = [name for name in wanted if name in dataset.types]
        fits: list[Bools] = []
        first = 1
        for file in files:
            found = pl.read_parquet(file, columns=present, glob=False)
            frame = found.with_columns(pl.lit(None).alias(name) for name in wanted if name not in present)
            batch = Batch(frame=frame, bad=(), first_row=first, origin=f"dataset {dataset.id}")
            typed, bad = conform(batch, self.spec)
            self.aside.add(bad)
            self.stage.add(typed, unhashed(self.spec))
            self.again += typed.height
            fits.append(~np.isin(batch.rows(), np.array([each.row for each in bad], dtype=np.int64)))
            first += found.height
        return np.concatenate(fits)

    def check_bad_share(self) -> None:
        """Raises `DataError` that shows the first bad rows where there are more than ``ingest.max_bad`` allows."""
        rows = self.good + self.again + self.aside.rows
        limit = self.spec.ingest.max_bad
        if self.aside.rows <= limit * rows:
            return
        first = "".join(f"\n  - {bad}" for bad in self.aside.first)
        raise DataError(
            f"{self.aside.rows:,} of {rows:,} rows are bad ({self.aside.rows / rows:.1%}; at most {limit:.1%} may be, "
            f"by ingest.max_bad), and nothing was added. The first:{first}",
            todo=f"all are in {self.aside.path}: correct them, give a column another kind, or raise ingest.max_bad",
        )
