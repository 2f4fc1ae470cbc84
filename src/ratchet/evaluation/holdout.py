"""Rows to judge by, the same for champion, challenger and baselines: above all those that are held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.data.schema import Schema
from ratchet.errors import DataError
from ratchet.features.columns import from_frame
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.models.pipeline import Pipeline
from ratchet.spec import Spec


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdout:
    """Some rows of one dataset version, by which models are judged: those held out, or those that came later.

    All arrays are (rows,); ``slices`` are columns by name.
    """

    id: str
    """What names the holdout of that version."""
    classes: tuple[str, ...]
    kinds: Mapping[str, Kind]
    """The feature columns with their kinds."""
    ids: Hashes
    units: Hashes
    """The unit of evidence of each row."""
    columns: Columns
    labels: Labels
    slices: Mapping[str, npt.NDArray[np.str_]]

    def __len__(self) -> int:
        return len(self.labels)

    def can_ask(self, pipeline: Pipeline) -> bool:
        """Whether these rows have the columns that a pipeline reads."""
        return pipeline.columns.items() <= self.kinds.items()

    def probabilities(self, pipeline: Pipeline, classes: Sequence[str]) -> Probabilities:
        """What a pipeline answers on these rows, (rows, len(self.classes)).

        ``classes`` are the pipeline's own: a class it does not know gets probability 0, and one that the dataset no
        longer has keeps none of its weight, so each row still sums to one where any weight is left.
        """
        raw = pipeline.predict(self.columns)
        return raw if tuple(classes) == self.classes else self._aligned(raw, classes)

    def _aligned(self, raw: Probabilities, classes: Sequence[str]) -> Probabilities:
        place = {name: index for index, name in enumerate(classes)}
        aligned = np.zeros((len(raw), len(self.classes)))
        for index, name in enumerate(self.classes):
            if name in place:
                aligned[:, index] = raw[:, place[name]]
        total = aligned.sum(axis=1, keepdims=True)
        even = np.full_like(aligned, 1 / len(self.classes))
        return np.asarray(np.divide(aligned, total, out=even, where=total > 0))

    def segments(self, schema: Schema) -> dict[str, npt.NDArray[np.generic]]:
        """The columns in which segments of rows can be told apart: numbers and categories."""
        return {
            name: np.asarray(self.columns[name], dtype=np.float64 if kind is Kind.NUMBER else object)
            for name, kind in schema.features.items()
            if kind in {Kind.NUMBER, Kind.CATEGORY}
        }


def label_indices(frame: pl.DataFrame, schema: Schema) -> Labels:
    """(rows,) the index of each row's class in the schema."""
    place = {name: index for index, name in enumerate(schema.classes)}
    return np.array([place[label] for label in frame[schema.label].to_list()], dtype=np.int32)


def learned_labels(frame: pl.DataFrame, schema: Schema) -> Labels:
    """(rows,) the classes of the rows that may be learned from."""
    return label_indices(frame.filter(pl.col("_side").is_in(["train", "tune"])), schema)


def check(frame: pl.DataFrame, schema: Schema, spec: Spec) -> None:
    """Raise `DataError` where the holdout of these rows judges nothing: fewer than two classes, or a slice of no value.

    It reads the label, the slices and ``_side`` alone.
    """
    held = frame.filter(pl.col("_side") == "holdout")
    classes = held.get_column(schema.label).n_unique()
    if classes < 2:
        raise DataError(
            f"the holdout has {len(held)} rows of {classes} class(es): nothing can be judged on it",
            todo="ingest more rows, above all of the rare classes, or hold out more (split.holdout in ratchet.toml)",
        )
    for name in spec.gate.slices:
        if name not in frame.columns or frame.get_column(name).is_null().all():
            raise DataError(
                f"the slice column '{name}' has no values in the rows there are",
                todo="correct gate.slices in ratchet.toml, or ingest the table again so that the column is read",
            )


def take(frame: pl.DataFrame, schema: Schema, spec: Spec, holdout_id: str) -> Holdout:
    """The holdout of a dataset; raises `DataError` where it judges nothing, as `check` says."""
    check(frame, schema, spec)
    return of(frame.filter(pl.col("_side") == "holdout"), schema, spec, holdout_id)


def of(rows: pl.DataFrame, schema: Schema, spec: Spec, holdout_id: str) -> Holdout:
    """Some rows of a dataset's frame, to judge by."""
    return Holdout(
        id=holdout_id,
        classes=schema.classes,
        kinds=schema.features,
        ids=rows["_id"].to_numpy(),
        units=rows["_unit"].to_numpy(),
        columns=from_frame(rows, schema.features),
        labels=label_indices(rows, schema),
        slices={name: rows[name].cast(pl.String).fill_null("(missing)").to_numpy() for name in spec.gate.slices},
    )
