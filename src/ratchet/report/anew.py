"""A scorecard whose holdout has other labels now: marked as such, and measured anew for who asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from ratchet.data.dataset import Dataset
from ratchet.data.datasets import ID
from ratchet.evaluation import holdout
from ratchet.evaluation.holdout import learned_labels
from ratchet.evaluation.score import score
from ratchet.evaluation.scorecard import Scorecard
from ratchet.evaluation.sets import measure_sets
from ratchet.registry.records import Records
from ratchet.registry.versions import Version
from ratchet.words import count_of


def corrected_since(records: Records, version: Version) -> int:
    """How many labels of held-out rows were corrected since a version was judged on them."""
    dataset, found = records.newest(), 0
    while dataset.id != version.dataset_id and dataset.parents:
        found += dataset.corrected_held_out
        dataset = records.datasets.get(dataset.parents[-1])
    return found


def mark(number: str, corrected: int) -> str:
    """What is said of a scorecard whose labels were corrected since."""
    return (
        f"The labels of {count_of(corrected, 'held-out row')} were corrected since: these numbers are by the old ones; "
        f"ratchet show {number} --look measures by the new ones."
    )


def measured_anew(records: Records, version: Version) -> Scorecard:
    """The scorecard by the labels of today, on the rows that the version was judged on.

    Its baselines were not kept: they, and how far it lay above them, stay by the old labels.  As it was, where the rows
    are told apart in another way since, or it reads columns that are gone.
    """
    now, then = records.newest(), records.datasets.get(version.dataset_id)
    opened, card = records.versions.bundle(version.number), version.scorecard
    if not then.tells_apart_like(now):
        return card
    rows = _same_rows(records, now, then)
    held = holdout.of(rows, now.schema, records.spec, then.split_id)
    if not held.can_ask(opened.pipeline):
        return card
    probabilities = held.probabilities(opened.pipeline, opened.schema.classes)
    again = score(
        classes=held.classes,
        labels=held.labels,
        probabilities=probabilities,
        factors=opened.factors and opened.factors.on(opened.schema.classes, held.classes),
        baselines={},
        search_score=card.search_score,
        search=card.search,
        slices=held.slices,
        columns=held.segments(now.schema),
        units=held.units,
        metric=card.metric,
        positive=records.spec.gate.positive_of(held.classes, learned_labels(records.datasets.frame(now), now.schema)),
    )
    return replace(
        card,
        classes=held.classes,
        metrics=again.metrics,
        per_class=again.per_class,
        confusion=again.confusion,
        slices=again.slices,
        reliability=again.reliability,
        thresholds=again.thresholds,
        ranking=again.ranking,
        segments=again.segments,
        labelling=again.labelling,
        summary=f"Measured anew by the labels of today. {again.summary}",
        sets=None
        if opened.sets is None
        else measure_sets(opened.sets, probabilities, held.labels, classes=held.classes, units=held.units),
    )


def _same_rows(records: Records, now: Dataset, then: Dataset) -> pl.DataFrame:
    """The rows of now that were held out then; those held out now that were not are left aside."""
    frame = records.datasets.frame(now)
    return frame.filter(pl.Series(np.isin(frame[ID].to_numpy(), records.datasets.holdout_ids(then))))
