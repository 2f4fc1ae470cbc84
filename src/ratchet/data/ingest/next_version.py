"""What a dataset becomes when rows join it: its classes, the side of every row, and its identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Hashes
from ratchet.data.dataset import dataset_id, schema_of
from ratchet.data.datasets import CHOSEN, ID, ROW
from ratchet.data.ingest.corrections import joined_with_another_label
from ratchet.data.ingest.learnable import check_learnable
from ratchet.data.near.components import components, links_of, named, numbered
from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.parts import read_parts
from ratchet.data.rowhash import MISSING, chained, text_hashes
from ratchet.data.schema import Schema
from ratchet.data.split.assign import assigned, parted_anew, retired
from ratchet.data.split.column import side_words
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.rule import SplitRule, advanced, planned
from ratchet.data.split.sides import HOLDOUT, Sides
from ratchet.data.split.time import NO_TIME
from ratchet.kinds.kind import Kind
from ratchet.progress import Progress, Report
from ratchet.spec import Spec
from ratchet.words import count_of

MOST_BYTES = 2 * 1024**3
"""Of packed rows: all texts are in memory at once while near-duplicates are looked for, in several times their size."""
_MOST_LOST = 0.2
"""The share of the rows to learn from beyond which sides are drawn anew instead of excluding so many."""
_PARTED_ANEW = (
    "{lost} that equal or nearly equal a row of the holdout, now that rows are told apart otherwise, are learned from "
    "no more"
)
_DRAWN_ANEW = (
    "now that rows are told apart otherwise, {lost} rows to learn from equal or nearly equal a row of the holdout: "
    "rows are split anew, which starts a new holdout"
)
_TOO_LARGE = "the table is too large to look for near-duplicates: only rows with equal features are kept on one side"


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenSplit:
    """What is settled before rows join: the sides of the first rows, the rule, how often sides were drawn and turned.

    ``anew`` says that those rows were told apart in another way before, so that some may be equal now that were not.
    ``leaving`` rows retire from the holdout, so that excluded rows like them may be learned from.
    """

    sides: Sides
    split: SplitRule | None
    draw: int
    generation: int
    anew: bool = False
    leaving: Bools | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NextVersion:
    """All rows of the new version: its id, schema, rule, side and unit of each, and how many rows each class has."""

    id: str
    schema: Schema
    split: SplitRule
    sides: Sides
    units: Hashes
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()


def next_version(spec: Spec, files: Sequence[Path], frozen: FrozenSplit, *, progress: Report) -> NextVersion:
    """The version that the rows of these files make, the first of which are settled already.

    Raises `DataError` where the labels allow no classifier or the split column is no good.
    """
    names = [name for kind in (Kind.GROUP, Kind.TIME, Kind.SPLIT) if (name := spec.of_kind(kind)) is not None]
    stored = [ID, ROW, CHOSEN, spec.label, *names]
    frame = read_parts(files, stored) if files else None
    labels = pl.Series(spec.label, [], dtype=pl.String) if frame is None else frame.get_column(spec.label)
    counts = dict(sorted(labels.value_counts().iter_rows()))
    check_learnable(counts, label=spec.label, max_classes=spec.ingest.max_classes)
    assert frame is not None
    schema = schema_of(spec, tuple(counts))
    alike, note = _alike(files, schema, progress, frame)
    rows = _rows(frame, spec, tuple(counts), alike)
    progress(Progress(stage="collect", done=frame.height, note="splitting"))
    split, sides, parted = _sides(spec, rows, frozen)
    identity = dataset_id(spec, split, frame.get_column(ROW).to_numpy(), sides, rows.chosen)
    return NextVersion(
        id=identity,
        schema=schema,
        split=split,
        sides=sides,
        units=_units(rows, alike, sides),
        counts=counts,
        notes=tuple(each for each in (note, parted, joined_with_another_label(frame, spec, len(frozen.sides))) if each),
    )


def _sides(spec: Spec, rows: SplitRows, frozen: FrozenSplit) -> tuple[SplitRule, Sides, str | None]:
    """The rule and the side of each row, with a sentence where earlier sides could not be kept."""
    if frozen.split is None:
        split = planned(spec, rows, draw=frozen.draw, generation=frozen.generation)
        return split, assigned(split, rows, frozen.sides), None
    known, note = frozen.sides, None
    if frozen.anew:
        known = parted_anew(rows.first(len(known)), known)
        learned = int((frozen.sides < HOLDOUT).sum())
        lost = learned - int((known < HOLDOUT).sum())
        if lost > _MOST_LOST * learned:
            split = planned(spec, rows, draw=frozen.draw + 1, generation=frozen.generation)
            return split, assigned(split, rows, known[:0]), _DRAWN_ANEW.format(lost=f"{lost:,}")
        note = _PARTED_ANEW.format(lost=count_of(lost, "row")) if lost else None
    split = advanced(frozen.split, rows)
    if frozen.leaving is not None:
        known = retired(split, rows, known, frozen.leaving)
    return split, assigned(split, rows, known, again=frozen.leaving is not None or split != frozen.split), note


def _units(rows: SplitRows, alike: Hashes, sides: Sides) -> Hashes:
    """The unit of evidence of each row.

    Near-duplicates that stand on both sides, since a later row has shown them to be alike, are a unit on each.
    """
    names = named(numbered(chained(alike, (sides == HOLDOUT).astype(np.uint64))), rows.ids)
    return names if rows.groups is None else np.where(rows.groups == rows.alike, names, rows.groups)


def _rows(frame: pl.DataFrame, spec: Spec, classes: tuple[str, ...], alike: Hashes) -> SplitRows:
    # Everything becomes a number a row: a group its hash, a moment its microseconds, "test" the side it means.
    ids = frame.get_column(ID).to_numpy()
    group, time, split = (spec.of_kind(kind) for kind in (Kind.GROUP, Kind.TIME, Kind.SPLIT))
    alike = alike if spec.split.near_duplicates else ids
    groups = times = sides = None
    if group is not None:
        hashes = text_hashes(frame.get_column(group))
        groups = np.where(hashes == MISSING, alike, hashes)
    if time is not None:
        times = frame.get_column(time).cast(pl.Int64).fill_null(NO_TIME).to_numpy()
    if split is not None:
        column = frame.get_column(split)
        meant = side_words(column.unique().to_list(), split)
        sides = column.replace_strict(meant, return_dtype=pl.UInt8).to_numpy()
    labels = frame.get_column(spec.label).cast(pl.Enum(classes)).to_physical().to_numpy().astype(np.int32)
    chosen = frame.get_column(CHOSEN).to_numpy()
    return SplitRows(ids=ids, labels=labels, alike=alike, chosen=chosen, groups=groups, times=times, named=sides)


def _alike(files: Sequence[Path], schema: Schema, progress: Report, frame: pl.DataFrame) -> tuple[Hashes, str | None]:
    """The name that each row shares with its near-duplicates, with a sentence where only equal ones are looked for."""
    ids = frame.get_column(ID).to_numpy()
    if sum(file.stat().st_size for file in files) > MOST_BYTES:
        return ids, _TOO_LARGE
    progress(Progress(stage="collect", done=frame.height, note="looking for near-duplicates"))
    features = read_parts(files, list(schema.features))
    groups, rows = near_duplicate_groups(features, schema), np.arange(frame.height, dtype=np.int64)
    links = np.concatenate([links_of(groups, rows), links_of(ids, rows)])
    return named(components(frame.height, links), ids), None
