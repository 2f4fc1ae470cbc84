"""The rows a flow works on: taken in, inspected, and turned into what is trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from ratchet.data import checks
from ratchet.data.dataset import Dataset
from ratchet.data.findings import Finding
from ratchet.data.readers.batch import Batch
from ratchet.data.versions import Ingested
from ratchet.errors import DataError
from ratchet.features.columns import from_frame
from ratchet.retrain.holdout import label_indices
from ratchet.retrain.rooms import Rooms
from ratchet.spec import Kind
from ratchet.store.workspace import Layout
from ratchet.training.progress import Progress, Tell
from ratchet.training.train import TrainingRows


def newest(rooms: Rooms) -> Dataset:
    """The newest dataset version as it is; raises `DataError` where there is none."""
    dataset = rooms.datasets.latest()
    if dataset is None:
        raise DataError(f"nothing has been ingested for '{rooms.spec.name}'", todo="ratchet ingest DATA")
    return dataset


def collect(rooms: Rooms, sources: Sequence[str], tell: Tell) -> Dataset:
    """The newest dataset version: with the rows of ``sources``, and made to fit the spec if that has changed.

    May write, so the caller holds the workspace's lock, as for all that takes rows in.
    """
    if sources or not newest(rooms).fits(rooms.spec):
        return ingest(rooms, sources, tell).dataset
    return newest(rooms)


def ingest(rooms: Rooms, sources: Sequence[str], tell: Tell) -> Ingested:
    """Take the rows of ``sources`` in: read, typed, set aside where bad, versioned, split."""
    taken = rooms.datasets.ingest(sources, rooms.spec, quarantine=_quarantine(rooms), progress=_rows_told(tell))
    return _noted(taken, tell)


def ingest_feedback(rooms: Rooms, batches: Iterable[Batch], tell: Tell) -> Ingested:
    """Take rows in whose label came back for an answer; those that equal a row of the holdout are set aside."""
    aside, told = _quarantine(rooms), _rows_told(tell)
    return _noted(rooms.datasets.ingest_feedback(batches, rooms.spec, quarantine=aside, progress=told), tell)


def _noted(taken: Ingested, tell: Tell) -> Ingested:
    for note in taken.notes:
        tell(Progress(stage="collect", done=taken.dataset.rows, note=note))
    return taken


def rotate(rooms: Rooms, tell: Tell) -> Dataset:
    """The newest rows with a new holdout."""
    return rooms.datasets.rotate(rooms.spec, folder=_quarantine(rooms), progress=_rows_told(tell))


def _quarantine(rooms: Rooms) -> Path:
    return Layout(folder=rooms.workspace).quarantine


def _rows_told(tell: Tell) -> Callable[[str, int], None]:
    return lambda stage, rows: tell(Progress(stage="collect", done=rows, note=stage))


def check(rooms: Rooms, tell: Tell) -> tuple[Finding, ...]:
    """What is wrong with the newest rows, most harmful first."""
    dataset = newest(rooms)
    tell(Progress(stage="check"))
    return inspect(rooms, dataset, rooms.datasets.frame(dataset), tell)


def inspect(rooms: Rooms, dataset: Dataset, frame: pl.DataFrame, tell: Tell) -> tuple[Finding, ...]:
    """What is wrong with the rows of a dataset; kept beside it, so that each version is inspected once."""
    key = findings_key(dataset.id, rooms.spec.hash)
    if rooms.blobs.exists(key):
        return msgspec.json.decode(rooms.blobs.get(key), type=tuple[Finding, ...])
    findings = checks.run(
        frame,
        dataset.schema,
        spec=rooms.spec,
        known=min(dataset.rows, rooms.datasets.get(dataset.parents[-1]).rows) if dataset.parents else 0,
        progress=lambda name, done, total: tell(Progress(stage="check", done=done, total=total, note=name)),
    )
    rooms.blobs.put(key, msgspec.json.encode(findings))
    return findings


def findings_key(dataset_id: str, spec_hash: str) -> str:
    """Where the findings about a dataset under a spec are kept."""
    return f"findings/{dataset_id}-{spec_hash}.json"


def training_rows(rooms: Rooms, dataset: Dataset, frame: pl.DataFrame) -> TrainingRows:
    """The rows that may be learned from: those on the train and tune sides."""
    schema = dataset.schema
    rows = frame.filter(pl.col("_side").is_in(["train", "tune"]))
    group = rooms.spec.of_kind(Kind.GROUP)
    return TrainingRows(
        columns=from_frame(rows, schema.features),
        kinds=schema.features,
        labels=label_indices(rows, schema),
        classes=schema.classes,
        ids=rows["_id"].to_numpy(),
        tune=(rows["_side"] == "tune").to_numpy(),
        groups=rows[group].fill_null("").to_numpy() if group else None,
    )


def examples(frame: pl.DataFrame, dataset: Dataset, count: int) -> list[dict[str, Any]]:
    """The first few rows as they would be sent for an answer."""
    return frame.select(list(dataset.schema.features)).head(count).to_dicts()
