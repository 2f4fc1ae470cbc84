"""Which rows of a dataset may be learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from ratchet.arrays import Ints
from ratchet.data.checks.shifting import shifting_columns
from ratchet.data.copies import copies_of_holdout
from ratchet.data.schema import Schema
from ratchet.errors import DataError
from ratchet.evaluation.holdout import label_indices
from ratchet.features.columns import from_frame
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec
from ratchet.training.reads import check_read
from ratchet.training.task import TrainingRows


def training_rows(frame: pl.DataFrame, schema: Schema, spec: Spec) -> TrainingRows:
    """The rows on the train and tune sides of a dataset's frame, but for copies of held-out rows.

    Their columns are in the order of their names, so that the order in the spec changes nothing; those that part them
    from the held-out rows become what ``split.shifting`` says.  Raises `ratchet.errors.SpecError` where no candidate
    reads any of them, and `DataError` where such a column is refused, there is no other, or so many rows are copies
    (`ratchet.data.copies`) that the table is not what it seems to be.
    """
    kinds, findings = _that_hold(frame, schema, spec)
    check_read(kinds, spec.candidates)
    read = {name: kind for name, kind in schema.columns.items() if name in kinds or not kind.is_feature}
    copies = copies_of_holdout(frame, replace(schema, columns=read), near=spec.split.near_duplicates)
    rows = frame.filter(pl.col("_side").is_in(["train", "tune"]) & ~pl.Series(copies.rows))
    group = spec.of_kind(Kind.GROUP)
    return TrainingRows(
        columns=from_frame(rows, kinds),
        kinds=kinds,
        labels=label_indices(rows, schema),
        classes=schema.classes,
        ids=rows["_id"].to_numpy(),
        units=rows["_unit"].to_numpy(),
        tune=(rows["_side"] == "tune").to_numpy(),
        groups=rows[group].fill_null("").to_numpy() if group else None,
        times=_times(rows, spec),
        findings=findings if copies.sentence is None else (*findings, copies.sentence),
    )


def _that_hold(frame: pl.DataFrame, schema: Schema, spec: Spec) -> tuple[dict[str, Kind], tuple[str, ...]]:
    """The features that models may read, and what to say of those that tell the held-out rows from the others."""
    kinds, how = dict(sorted(schema.features.items())), spec.split.shifting
    shifting = shifting_columns(frame, schema)
    named = " and ".join(map(str, shifting))
    left = {name: kind for name, kind in kinds.items() if name not in {each.name for each in shifting}}
    if how == "keep" or not shifting:
        said = f"the column {named}: models read it, and what they learn of it may not hold (split.shifting)"
        return kinds, (said,) if shifting else ()
    if how == "refuse" or not left:
        raise DataError(
            f"the column {named}: what is learned of it does not hold there"
            + ("" if left else ", and there is no other"),
            todo=f'give it the kind "ignore" ({", ".join(f"columns.{each.name}" for each in shifting)}), or set '
            'split.shifting = "keep" where it holds on new rows',
        )
    return left, (f"the column {named}: no model reads it (split.shifting)",)


def _times(rows: pl.DataFrame, spec: Spec) -> Ints | None:
    """(rows,) the moment of each row in microseconds since 1970, where the newest rows are those held out."""
    time = spec.of_kind(Kind.TIME)
    if time is None or spec.of_kind(Kind.SPLIT) is not None or spec.of_kind(Kind.GROUP) is not None:
        return None
    return np.asarray(rows[time].cast(pl.Int64).to_numpy())
