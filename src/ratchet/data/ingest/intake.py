"""The way in: rows read, typed, and put on the stage or set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.arrays import Bools
from ratchet.data.conform import check_present, conform, wanted_columns
from ratchet.data.dataset import Dataset, unhashed
from ratchet.data.datasets import CHOSEN, SUBJECT
from ratchet.data.ingest.corrections import Corrections
from ratchet.data.ingest.quarantine import Quarantine
from ratchet.data.ingest.staging import StagingFolder
from ratchet.data.parts import has, read_parts
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.data.rowhash import row_hashes
from ratchet.errors import DataError
from ratchet.privacy.keeping import AS_IT_IS, Keeping
from ratchet.privacy.pseudonym import named
from ratchet.progress import Progress, Report
from ratchet.spec import Spec


@dataclass(kw_only=True, slots=True)
class Intake:
    """Rows on their way to the stage; counts what became of them.

    ``good`` rows were read from sources, ``again`` from an earlier version, ``blanked`` values by column.
    """

    spec: Spec
    stage: StagingFolder
    aside: Quarantine
    progress: Report
    keeping: Keeping = AS_IT_IS
    good: int = 0
    again: int = 0
    blanked: Counter[str] = field(default_factory=Counter)

    def take(self, batches: Iterable[Batch], *, corrections: Corrections | None = None) -> None:
        """Stages the rows of a source and sets aside those that are bad.

        With ``corrections`` a row whose features are there already says what that row's label is, and is not staged.
        """
        for batch in batches:
            frame, bad = conform(batch, self.spec, blanked=self.blanked)
            self.aside.add([*batch.bad, *bad])
            self.aside.let_go(batch.gone)
            self.good += frame.height
            chosen, subjects = _chosen(batch, bad), self._subjects(batch, bad)
            if corrections is not None and frame.height:
                ids = row_hashes(frame, self.stage.features)
                new = ~corrections.heard(ids, frame.get_column(self.spec.label))
                frame, chosen = frame.filter(pl.Series(new)), chosen[new]
                subjects = None if subjects is None else subjects.filter(pl.Series(new))
            self.stage.add(frame, unhashed(self.spec), chosen, subjects)
            read = self.good + self.aside.rows + self.aside.gone
            self.progress(Progress(stage="collect", done=read, note="reading"))

    def reread(self, files: Sequence[Path], dataset: Dataset) -> Bools:
        """Stages the rows of a dataset as the spec asks for them; says which of them still fit.

        Columns for slices only that were not read then are empty.
        """
        wanted = wanted_columns(self.spec)
        present = [name for name in wanted if name in dataset.types]
        fits: list[Bools] = []
        first = 1
        for file in files:
            found = read_parts([file], [*present, *[CHOSEN] * (dataset.identity > 1), *[SUBJECT] * has(file, SUBJECT)])
            frame = found.with_columns(pl.lit(None).alias(name) for name in wanted if name not in present)
            batch = Batch(frame=frame, bad=(), first_row=first, origin=f"dataset {dataset.id}")
            typed, bad = conform(batch, self.spec)
            self.aside.add(bad)
            whose = self._subjects(batch, bad) if SUBJECT in found.columns else None
            self.stage.add(typed, unhashed(self.spec), _chosen(batch, bad), whose)
            self.again += typed.height
            fits.append(_kept(batch, bad))
            first += found.height
        return np.concatenate(fits)

    def _subjects(self, batch: Batch, bad: Sequence[BadRow]) -> pl.Series | None:
        """The pseudonyms of those whose rows the good ones of a batch are; None where nothing says whose.

        Raises `DataError` where a source lacks the column that is to say so.
        """
        names, column = self.keeping.pseudonyms, self.keeping.column
        if SUBJECT in batch.frame.columns:  # kept before, in the log or in an earlier version
            found = [names.kept(each) for each in batch.frame.get_column(SUBJECT)]
        elif column is None:
            return None
        else:
            todo = "add the column that privacy.subject names (an empty cell is nobody's), or take it out of the spec"
            check_present([column], batch.frame.columns, batch.origin, todo=todo)
            said = map(named, batch.frame.get_column(column))
            found = [None if each is None else names.of(each) for each in said]
        return pl.Series(SUBJECT, found, dtype=pl.String).filter(pl.Series(_kept(batch, bad)))

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


def _kept(batch: Batch, bad: Sequence[BadRow]) -> Bools:
    """Which rows of a batch are none of the bad ones."""
    return ~np.isin(batch.rows(), np.array([each.row for each in bad], dtype=np.int64))


def _chosen(batch: Batch, bad: Sequence[BadRow]) -> Bools:
    """Which good rows of a batch came because of what was answered, as it says of feedback."""
    chosen: Bools = np.zeros(batch.frame.height, dtype=bool)
    if batch.frame.schema.get(CHOSEN) == pl.Boolean:
        chosen = batch.frame.get_column(CHOSEN).fill_null(False).to_numpy()
    return chosen[_kept(batch, bad)]
