"""The holdout as the gate sees it: the same rows for champion, challenger and baselines."""

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
    """The held-out rows of one dataset version: ``ids`` (rows,), ``labels`` (rows,), and slice columns by name."""

    id: str
    classes: tuple[str, ...]
    kinds: Mapping[str, Kind]
    """The feature columns with their kinds."""
    ids: Hashes
    columns: Columns
    labels: Labels
    slices: Mapping[str, npt.NDArray[np.str_]]

    def __len__(self) -> int:
        return len(self.labels)

    def judges(self, split_id: str, features: Mapping[str, Kind]) -> bool:
        """Whether a version of that split can be asked these rows as it is, and reads only columns they have."""
        return split_id == self.id and features.items() <= self.kinds.items()

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
    held = frame.filter(pl.col("_side") == "holdout")
    labels = label_indices(held, schema)
    return Holdout(
        id=holdout_id,
        classes=schema.classes,
        kinds=schema.features,
        ids=held["_id"].to_numpy(),
        columns=from_frame(held, schema.features),
        labels=labels,
        slices={name: held[name].cast(pl.String).fill_null("(missing)").to_numpy() for name in spec.gate.slices},
    )
