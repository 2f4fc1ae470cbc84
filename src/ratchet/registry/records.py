"""Everything on record for one classifier: its rows, versions, champions, holdouts and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import msgspec

from ratchet import documents
from ratchet.data.dataset import Dataset
from ratchet.data.datasets import Datasets
from ratchet.data.findings import Finding
from ratchet.errors import DataError
from ratchet.privacy.keeping import AS_IT_IS, Keeping
from ratchet.registry.holdouts import Holdouts
from ratchet.registry.ledger import Ledger
from ratchet.registry.runs import Runs
from ratchet.registry.versions import Versions
from ratchet.spec import Spec
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.witness import Witness, nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """The repositories of one classifier, over one database and one store of blobs."""

    spec: Spec
    blobs: Blobs
    datasets: Datasets
    versions: Versions
    ledger: Ledger
    holdouts: Holdouts
    runs: Runs

    @classmethod
    def of(
        cls, spec: Spec, database: Database, blobs: Blobs, witness: Witness = nobody, keeping: Keeping = AS_IT_IS
    ) -> Self:
        """Those of the classifier that a spec names; ``witness`` is told of what is added."""
        return cls(
            spec=spec,
            blobs=blobs,
            datasets=Datasets(database, blobs, spec.name, witness, keeping),
            versions=Versions(database, blobs, spec.name, witness),
            ledger=Ledger(database, spec.name, witness),
            holdouts=Holdouts(database, spec.name),
            runs=Runs(database, spec.name),
        )

    def newest(self) -> Dataset:
        """The newest dataset version as it is; raises `DataError` where there is none."""
        dataset = self.datasets.latest()
        if dataset is None:
            raise DataError(f"nothing has been ingested for '{self.spec.name}'", todo="ratchet ingest DATA")
        return dataset

    def findings(self, dataset_id: str, learning_hash: str) -> tuple[Finding, ...] | None:
        """What the checks found wrong with a dataset under a spec; None where they have not been asked."""
        key = self.findings_key(dataset_id, learning_hash)
        if not self.blobs.exists(key):
            return None
        return documents.read(self.blobs.get(key), tuple[Finding, ...])

    def keep_findings(self, dataset_id: str, learning_hash: str, findings: tuple[Finding, ...]) -> None:
        """Keep what the checks found beside the dataset."""
        self.blobs.put(self.findings_key(dataset_id, learning_hash), msgspec.json.encode(findings))

    def findings_key(self, dataset_id: str, learning_hash: str) -> str:
        """Where they are kept."""
        return f"findings/{dataset_id}-{learning_hash}.json"
