"""A finished version made public: its files put among the blobs, then the version into the table, in that order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from ratchet import clock
from ratchet.data.dataset import DataPart, Dataset, counted, hashed_columns, stored_types
from ratchet.data.datasets import SIDE, UNIT, Datasets
from ratchet.data.ingest.base import Base
from ratchet.data.ingest.next_version import NextVersion
from ratchet.data.ingest.staging import StagingFolder
from ratchet.data.rowhash import IDENTITY
from ratchet.spec import Spec


def published(
    datasets: Datasets,
    version: NextVersion,
    spec: Spec,
    base: Base,
    stage: StagingFolder,
    *,
    after: Dataset | None,
    source: str,
) -> Dataset:
    """The version as a dataset that follows ``after``; ``after`` itself where nothing is different.

    Raises `WorkspaceError` where another process has added a version in the meantime.
    """
    if after is not None and version.id == after.id:
        return after
    dataset = Dataset(
        id=version.id if datasets.find(version.id) is None else again(version.id, after),
        classifier=datasets.classifier,
        parents=() if after is None else (after.id,),
        rows=len(version.sides),
        schema=version.schema,
        parts=tuple(_parts(datasets, version, base, stage)),
        created_at=_younger_than(after),
        source=source,
        split=version.split,
        sides=counted(version.sides),
        types=stored_types(spec),
        hashed=tuple(hashed_columns(spec)),
        identity=IDENTITY,
        corrected=base.corrected,
        corrected_held_out=base.corrected_held_out,
    )
    datasets.add(dataset, after=after)
    return dataset


def again(identity: str, after: Dataset | None) -> str:
    """The id of rows that were there before and are the newest once more, as when a correction is taken back."""
    named = identity if after is None else f"{identity} after {after.id}"
    return hashlib.blake2b(named.encode(), digest_size=10).hexdigest()


def _parts(datasets: Datasets, version: NextVersion, base: Base, stage: StagingFolder) -> Iterator[DataPart]:
    """The parts of a version: rows that were there, then those staged, each with the file of its sides and units."""
    start = 0
    for part in base.parts:
        yield _marked(datasets, version, stage, part.key, start, part.rows)
        start += part.rows
    for staged in stage.files:
        yield _marked(datasets, version, stage, datasets.put(staged.path), start, staged.rows)
        start += staged.rows


def _marked(
    datasets: Datasets, version: NextVersion, stage: StagingFolder, key: str, start: int, rows: int
) -> DataPart:
    these = slice(start, start + rows)
    marks = stage.write(pl.DataFrame({SIDE: version.sides[these], UNIT: version.units[these]}))
    return DataPart(key=key, rows=rows, sides=datasets.put(marks.path))


def _younger_than(parent: Dataset | None) -> datetime:
    """Now, but later than a version's parent, whatever the clock says."""
    now = clock.now()
    return now if parent is None else max(now, parent.created_at + timedelta(microseconds=1))
