"""The verbs about the rows to learn from, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from ratchet.arguments import as_switch
from ratchet.data.checks import concerned
from ratchet.data.dataset import Dataset
from ratchet.data.examples import examples
from ratchet.data.findings import Finding
from ratchet.data.ingest import ingest as taking
from ratchet.data.ingest.ingest import Ingested
from ratchet.data.readers.source import Source, given
from ratchet.predictions.labelled import labelled
from ratchet.progress import Report, silent
from ratchet.registry.records import Records
from ratchet.retrain.steps.check import check
from ratchet.retrain.steps.collect import turn
from ratchet.retrain.workshop import Workshop
from ratchet.serving.closable import Closable
from ratchet.spec import Spec
from ratchet.store.database import Database
from ratchet.store.workspace import Layout
from ratchet.training.planned import check_candidates


class Table(Closable):
    """Rows taken in, looked over, and shown."""

    spec: Spec
    _database: Database
    _layout: Layout
    _records: Records
    _shop: Workshop

    def ingest(self, *sources: Source, correct: bool = False, progress: Report = silent) -> Ingested:
        """Take rows in: typed, versioned, split; bad ones are set aside with their reasons.

        A source is a path, a pattern, the address of a database, a frame of pandas, Polars or Arrow, a list of dicts,
        or a dict of columns (`ratchet.data.readers.source.Source`).  With ``correct``, the labels of rows that are
        there with another one take its place.  Raises `SpecError` for a mistake under ``[[candidates]]``, and has read
        nothing then.
        """
        tables, corrects = given(sources), as_switch(correct, "correct")
        check_candidates(self.spec)
        with self._changing("taking rows in"):
            records, aside = self._records, self._layout.quarantine
            return taking.ingest(
                records.datasets, tables, self.spec, quarantine=aside, correct=corrects, progress=progress
            )

    def ingest_feedback(self, *, progress: Report = silent) -> Ingested:
        """Take in the answers whose true label came back, as rows to learn from; one that is there is corrected."""
        with self._changing("taking feedback in"):
            records, aside = self._records, self._layout.quarantine
            found = labelled(self._database, records.blobs, self.spec)
            return taking.ingest_feedback(records.datasets, found, self.spec, quarantine=aside, progress=progress)

    def check(self, *, progress: Report = silent) -> tuple[Finding, ...]:
        """What is wrong with the newest rows, most harmful first; `DataError` where nothing could be judged on them.

        Raises `SpecError` for a mistake in what the spec says of candidates, or of the positive class.
        """
        check_candidates(self.spec)
        dataset = self._records.newest()
        check(self._shop, dataset.id, progress)
        return self._records.findings(dataset.id, self.spec.learning_hash) or ()

    def write_concerned(self, found: Sequence[Finding], path: Path) -> int:
        """Write the rows of the newest dataset that findings name to a CSV file, with all their columns; how many."""
        return concerned.write(concerned.concerned(self.frame(), found, self.spec.label), path)

    def frame(self) -> pl.DataFrame:
        """The newest rows, typed, with ``_id`` (content hash), ``_side``, ``_unit`` and ``_chosen``.

        ``_side`` is one of train, tune, holdout, excluded; rows that share a ``_unit`` are one piece of evidence.
        """
        return self._records.datasets.frame(self._records.newest())

    def rotate(self, *, progress: Report = silent) -> Dataset:
        """The same rows in the next generation of the holdout: those never asked judge, the others may be learned from.

        It turns by itself once those never asked are as many as the others; raises `RefusedError` where there are none.
        """
        with self._changing("turning the holdout"):
            return turn(self._shop, progress)

    def examples(self, count: int) -> list[dict[str, Any]]:
        """At most ``count`` rows of the newest dataset, as dicts of columns and values that `predict` takes."""
        dataset = self._records.newest()
        return examples(self._records.datasets.frame(dataset), dataset.schema, count)
