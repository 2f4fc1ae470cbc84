"""What a dataset becomes when rows join it: its classes, the side of every row, and its identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Ints
from ratchet.data.dataset import dataset_id, schema_of
from ratchet.data.datasets import ID, ROW
from ratchet.data.ingest.learnable import check_learnable
from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.rowhash import text_hashes
from ratchet.data.schema import Schema
from ratchet.data.split.assign import assigned
from ratchet.data.split.column import side_words
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.rule import SplitRule, planned
from ratchet.data.split.sides import Sides
from ratchet.data.split.time import NO_TIME
from ratchet.kinds.kind import MEDIA, Kind
from ratchet.progress import Progress, Report
from ratchet.spec import Spec

_EXTENDED = {Kind.TEXT, *MEDIA}
_SHORT = 60
"""Bytes under which texts say too little to make rows near-duplicates that differ elsewhere."""
MOST_BYTES = 2 * 1024**3
"""Of packed rows: all texts are in memory at once while near-duplicates are looked for, in several times their size."""
_TOO_LARGE = "the table is too large to look for near-duplicates: only rows with equal features are kept on one side"


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenSplit:
    """What is settled before rows join: the sides of the first rows, the rule, and which holdout this is."""

    sides: Sides
    split: SplitRule | None
    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NextVersion:
    """All rows of the new version: its id, schema, rule, the side of each row, and how many rows each class has."""

    id: str
    schema: Schema
    split: SplitRule
    sides: Sides
    counts: Mapping[str, int]
    note: str | None = None


def next_version(spec: Spec, files: Sequence[Path], frozen: FrozenSplit, *, progress: Report) -> NextVersion:
    """The version that the rows of these files make, the first of which are frozen already.

    Raises `DataError` where the labels allow no classifier or the split column is no good.
    """
    names = [name for kind in (Kind.GROUP, Kind.TIME, Kind.SPLIT) if (name := spec.of_kind(kind)) is not None]
    frame = pl.read_parquet(list(files), columns=[ID, ROW, spec.label, *names], glob=False) if files else None
    labels = pl.Series(spec.label, [], dtype=pl.String) if frame is None else frame.get_column(spec.label)
    counts = dict(sorted(labels.value_counts().iter_rows()))
    check_learnable(counts, label=spec.label, max_classes=spec.ingest.max_classes)
    assert frame is not None
    rows = _rows(frame, spec, tuple(counts))
    split = frozen.split or planned(spec, rows, generation=frozen.generation)
    schema = schema_of(spec, tuple(counts))
    small = sum(file.stat().st_size for file in files) <= MOST_BYTES
    alike = _alike(files, schema, progress, frame.height) if split.near_duplicates and small else None
    note = _TOO_LARGE if split.near_duplicates and not small else None
    progress(Progress(stage="collect", done=frame.height, note="splitting"))
    sides = assigned(split, rows, frozen.sides, alike=alike)
    identity = dataset_id(spec, split, frame.get_column(ROW).to_numpy(), sides)
    return NextVersion(id=identity, schema=schema, split=split, sides=sides, counts=counts, note=note)


def _rows(frame: pl.DataFrame, spec: Spec, classes: tuple[str, ...]) -> SplitRows:
    # Everything becomes a number a row: a group its hash, a moment its microseconds, "test" the side it means.
    ids = frame.get_column(ID).to_numpy()
    group, time, split = (spec.of_kind(kind) for kind in (Kind.GROUP, Kind.TIME, Kind.SPLIT))
    groups = times = named = None
    if group is not None:  # a row without a group is one of its own
        column = frame.get_column(group)
        groups = np.where(column.is_null().to_numpy(), ids, text_hashes(column))
    if time is not None:
        times = frame.get_column(time).cast(pl.Int64).fill_null(NO_TIME).to_numpy()
    if split is not None:
        column = frame.get_column(split)
        meant = side_words(column.unique().to_list(), split)
        named = column.replace_strict(meant, return_dtype=pl.UInt8).to_numpy()
    labels = frame.get_column(spec.label).cast(pl.Enum(classes)).to_physical().to_numpy().astype(np.int32)
    return SplitRows(ids=ids, labels=labels, groups=groups, times=times, named=named)


def _alike(files: Sequence[Path], schema: Schema, progress: Report, rows: int) -> Ints | None:
    """The groups of near-duplicates, told from what has an extent: texts, pictures, recordings; None without any.

    Where other columns tell rows apart too, a short text (a name, a job title) makes no two rows near-duplicates.
    """
    columns = {name: kind for name, kind in schema.features.items() if kind in _EXTENDED}
    if not columns:
        return None
    progress(Progress(stage="collect", done=rows, note="looking for near-duplicates"))
    frame = pl.read_parquet(list(files), columns=list(columns), glob=False)
    groups = near_duplicate_groups(frame, replace(schema, columns=columns))
    if len(columns) == len(schema.features):
        return groups
    # A row with less than 60 bytes of text gets a group of its own, numbered behind all others.
    extent = sum(_bytes(frame.get_column(name)) for name in columns)
    unique = np.arange(len(groups), dtype=np.int64) + int(groups.max(initial=0)) + 1
    return np.where(extent < _SHORT, unique, groups)


def _bytes(column: pl.Series) -> npt.NDArray[np.uint32]:
    sizes = column.str.len_bytes() if column.dtype == pl.String else column.bin.size()
    lengths: npt.NDArray[np.uint32] = sizes.cast(pl.UInt32).fill_null(0).to_numpy()
    return lengths
