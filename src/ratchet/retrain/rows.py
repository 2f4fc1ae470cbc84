"""The rows a flow works on: taken in, inspected, and turned into what is trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from ratchet.data import checks
from ratchet.data.dataset import Dataset
from ratchet.data.findings import SEVERITIES, Finding
from ratchet.data.ingest import ingest as taking
from ratchet.data.ingest.ingest import Ingested
from ratchet.data.readers.batch import Batch
from ratchet.evaluation.holdout import label_indices
from ratchet.features.columns import from_frame
from ratchet.kinds.kind import Kind
from ratchet.progress import Progress, Report
from ratchet.retrain.workshop import Workshop
from ratchet.store.workspace import Layout
from ratchet.training.reads import check_read, unread_columns
from ratchet.training.task import TrainingRows


def collect(shop: Workshop, sources: Sequence[str], progress: Report) -> Dataset:
    """The newest dataset version: with the rows of ``sources``, and made to fit the spec if that has changed.

    May write, so the caller holds the workspace's lock, as for all that takes rows in.
    """
    if sources or not shop.records.newest().fits(shop.records.spec):
        return ingest(shop, sources, progress).dataset
    return shop.records.newest()


def ingest(shop: Workshop, sources: Sequence[str], progress: Report) -> Ingested:
    """Take the rows of ``sources`` in: read, typed, set aside where bad, versioned, split."""
    records = shop.records
    return taking.ingest(records.datasets, sources, records.spec, quarantine=_quarantine(shop), progress=progress)


def ingest_feedback(shop: Workshop, batches: Iterable[Batch], progress: Report) -> Ingested:
    """Take rows in whose label came back for an answer; those that equal a row of the holdout are set aside."""
    records, aside = shop.records, _quarantine(shop)
    return taking.ingest_feedback(records.datasets, batches, records.spec, quarantine=aside, progress=progress)


def rotate(shop: Workshop, progress: Report) -> Dataset:
    """The newest rows with a new holdout."""
    records = shop.records
    return taking.rotate(records.datasets, records.spec, quarantine=_quarantine(shop), progress=progress)


def _quarantine(shop: Workshop) -> Path:
    return Layout(folder=shop.workspace).quarantine


def check(shop: Workshop, progress: Report) -> tuple[Finding, ...]:
    """What is wrong with the newest rows, most harmful first."""
    dataset = shop.records.newest()
    progress(Progress(stage="check"))
    return inspect(shop, dataset, shop.records.datasets.frame(dataset), progress)


def inspect(shop: Workshop, dataset: Dataset, frame: pl.DataFrame, progress: Report) -> tuple[Finding, ...]:
    """What is wrong with the rows of a dataset; kept beside it, so that each version is inspected once."""
    known = shop.records.findings(dataset.id, shop.records.spec.learning_hash)
    if known is not None:
        return known
    found = checks.run(
        frame,
        dataset.schema,
        spec=shop.records.spec,
        known=min(dataset.rows, shop.records.datasets.get(dataset.parents[-1]).rows) if dataset.parents else 0,
        progress=progress,
    )
    unread = unread_columns(dataset.schema.features, shop.records.spec.candidates)
    findings = tuple(sorted((*unread, *found), key=lambda each: SEVERITIES.index(each.severity)))
    shop.records.keep_findings(dataset.id, shop.records.spec.learning_hash, findings)
    return findings


def training_rows(shop: Workshop, dataset: Dataset, frame: pl.DataFrame) -> TrainingRows:
    """The rows that may be learned from: those on the train and tune sides.

    Their columns are in the order of their names, so that the order in the spec changes nothing.  Raises
    `ratchet.errors.SpecError` where no candidate reads any of them.
    """
    schema = dataset.schema
    kinds = dict(sorted(schema.features.items()))
    check_read(kinds, shop.records.spec.candidates)
    rows = frame.filter(pl.col("_side").is_in(["train", "tune"]))
    group = shop.records.spec.of_kind(Kind.GROUP)
    return TrainingRows(
        columns=from_frame(rows, kinds),
        kinds=kinds,
        labels=label_indices(rows, schema),
        classes=schema.classes,
        ids=rows["_id"].to_numpy(),
        tune=(rows["_side"] == "tune").to_numpy(),
        groups=rows[group].fill_null("").to_numpy() if group else None,
    )


def examples(frame: pl.DataFrame, dataset: Dataset, count: int) -> list[dict[str, Any]]:
    """The first few rows as they would be sent for an answer."""
    return frame.select(list(dataset.schema.features)).head(count).to_dicts()
