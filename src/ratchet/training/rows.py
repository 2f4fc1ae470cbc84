"""Which rows of a dataset may be learned from."""

from __future__ import annotations

import polars as pl

from ratchet.data.copies import copies_of_holdout
from ratchet.data.schema import Schema
from ratchet.evaluation.holdout import label_indices
from ratchet.features.columns import from_frame
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec
from ratchet.training.reads import check_read
from ratchet.training.task import TrainingRows


def training_rows(frame: pl.DataFrame, schema: Schema, spec: Spec) -> TrainingRows:
    """The rows on the train and tune sides of a dataset's frame, but for copies of held-out rows.

    Their columns are in the order of their names, so that the order in the spec changes nothing.  Raises
    `ratchet.errors.SpecError` where no candidate reads any of them, and `ratchet.errors.DataError` where so many are
    copies (`ratchet.data.copies`) that the table is not what it seems to be.
    """
    kinds = dict(sorted(schema.features.items()))
    check_read(kinds, spec.candidates)
    copies = copies_of_holdout(frame, schema, near=spec.split.near_duplicates)
    rows = frame.filter(pl.col("_side").is_in(["train", "tune"]) & ~pl.Series(copies.rows))
    group = spec.of_kind(Kind.GROUP)
    return TrainingRows(
        columns=from_frame(rows, kinds),
        kinds=kinds,
        labels=label_indices(rows, schema),
        classes=schema.classes,
        ids=rows["_id"].to_numpy(),
        tune=(rows["_side"] == "tune").to_numpy(),
        groups=rows[group].fill_null("").to_numpy() if group else None,
        findings=() if copies.sentence is None else (copies.sentence,),
    )
