"""The way in: rows read, typed, and put on the stage or set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.data.conform import conform, wanted_columns
from ratchet.data.dataset import Dataset, unhashed
from ratchet.data.growth import Progress
from ratchet.data.quarantine import Quarantine
from ratchet.data.readers.batch import Batch
from ratchet.data.readers.read import read
from ratchet.data.staging import Stage
from ratchet.errors import DataError
from ratchet.spec import Spec


@dataclass(kw_only=True, slots=True)
class Intake:
    """Rows on their way to the stage; counts what became of them.

    ``good`` rows were read from sources, ``again`` from an earlier version, ``blanked`` values by column.
    """

    spec: Spec
    stage: Stage
    aside: Quarantine
    told: Progress
    good: int = 0
    again: int = 0
    blanked: Counter[str] = field(default_factory=Counter)

    def read(self, source: str) -> None:
        """Stages the rows of a source and sets the bad ones aside."""
        for batch in read(source, max_cell=self.spec.ingest.max_cell):
            frame, bad = conform(batch, self.spec, blanked=self.blanked)
            self.aside.add([*batch.bad, *bad])
            self.stage.add(frame, unhashed(self.spec))
            self.good += frame.height
            self.told("reading", self.good + self.aside.rows)

    def reread(self, files: Sequence[Path], dataset: Dataset) -> npt.NDArray[np.bool_]:
        """Stages the rows of a dataset as the spec asks for them; says which of them still fit.

        Columns for slices only that were not read then are empty.
        """
        wanted = wanted_columns(self.spec)
        present = [name for name in wanted if name in dataset.types]
        fits: list[npt.NDArray[np.bool_]] = []
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
