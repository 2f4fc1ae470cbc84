"""The verbs that hand a version on, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ratchet.arguments import as_path
from ratchet.errors import RatchetError
from ratchet.export import ways
from ratchet.export.exported import SAMPLE, Exported, Exporting
from ratchet.registry.numbers import Named, named
from ratchet.registry.records import Records
from ratchet.registry.stages import shown
from ratchet.serving.rows import example
from ratchet.spec import Spec


class Exports(ABC):
    """The verbs of a classifier whose versions go elsewhere."""

    spec: Spec
    _records: Records

    def files(self, version: Named) -> Path:
        """The folder of a version's model on this machine, which must not be changed; raises `NotFoundError`."""
        return self._records.versions.folder(named(version))

    def export(self, version: Named, *, to: str, folder: str | os.PathLike[str] | None = None) -> Exported:
        """Write a version to a folder that needs no Ratchet server: ``to`` is one of `exports`.

        ``folder`` is new or empty, by default named after the version, here; it appears whole, or not at all.  What is
        written is held against the version's own answers to stored rows first.  Raises `NotFoundError` for a version
        or a way there is none of, `PathError` for a folder that holds something, `RefusedError` where a version cannot
        go that way, `MissingExtraError` where a library is missing.
        """
        number = named(version)
        versions = self._records.versions
        exporting = Exporting(
            name=self.spec.name,
            version=number,
            files=versions.folder(number),
            bundle=versions.bundle(number),
            names=self.spec.labels,
            sample=lambda: self._sample(number),
            shown=shown(versions.get(number), self._records.ledger.events()),
            document=lambda: self.show(number),
        )
        return ways.export(exporting, to, None if folder is None else as_path(folder, "the folder to export to"))

    def exports(self) -> dict[str, str]:
        """Each way to export, with what it writes."""
        return ways.meanings()

    @abstractmethod
    def show(self, version: Named | None = None, *, look: bool = False) -> dict[str, Any]:
        """The document of a version."""

    def _sample(self, number: str) -> pl.DataFrame:
        """Rows of the dataset that a version learned from, evenly taken; one made up where it is not kept any more."""
        features = self._records.versions.bundle(number).schema.features
        try:
            dataset = self._records.datasets.get(self._records.versions.get(number).dataset_id)
            rows = self._records.datasets.frame(dataset, list(features)).select(list(features))
        except RatchetError:
            made = example(features)
            return pl.DataFrame(
                [kind.column.typed(pl.Series(name, [made[name]])).values for name, kind in features.items()]
            )
        return rows[np.unique(np.linspace(0, rows.height - 1, min(SAMPLE, rows.height)).astype(np.int64))]
