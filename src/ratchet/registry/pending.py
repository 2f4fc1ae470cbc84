"""Pending challengers: how the bet on each stands, on the rows that were labelled since its exam."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Ints, Labels, Probabilities
from ratchet.data.dataset import Dataset
from ratchet.data.datasets import CHOSEN, ID, SIDE, UNIT
from ratchet.evaluation import holdout
from ratchet.evaluation.holdout import Holdout, label_indices, learned_labels
from ratchet.evaluation.sequential import Batch, Reference, e_process
from ratchet.gate.anchor import anchor
from ratchet.gate.pending import Odds, progress
from ratchet.gate.uses import exam_share
from ratchet.metrics.metric import Metric
from ratchet.registry.out_of_fold import common
from ratchet.registry.records import Records
from ratchet.registry.stages import is_pending
from ratchet.registry.versions import Version


def waiting(records: Records) -> list[Version]:
    """The versions whose exam was unclear only against the champion there is still, oldest first."""
    events = records.ledger.events()
    return [each for each in records.versions.list() if is_pending(each, events)]


def odds(records: Records, version: Version) -> Odds | None:
    """How the bet on a pending version stands; None where it cannot go on, on other terms or rows it cannot read.

    It goes on by the terms of its exam: were it judged by other terms of `[gate]`, each would be another bet.

    Bet on are the rows that joined the dataset after the exam and that neither side has learned from, but for those
    held out (the holdout stays unasked) and those whose label nobody drew by lot.  So nothing has to be kept: the same
    rows in the same order give the same odds.
    """
    now, exam, other = records.newest(), version.decision.exam, _other(records, version)
    frame = records.datasets.frame(now)
    gate = records.spec.gate.settled(now.schema.classes, learned_labels(frame, now.schema))
    joined = _joined(records, (version.number, other), now, frame)
    if joined is None or exam is None or gate.terms != version.decision.terms:
        return None
    rows = holdout.of(frame.filter(pl.Series(joined)), now.schema, records.spec, now.split_id)
    metric = gate.measure(rows.classes, rows.labels)
    ours, theirs = (_answers(records, number, rows, metric) for number in (version.number, other))
    if ours is None or theirs is None:
        return None
    batches = list(_batches(rows, ours, theirs, _parts(now)[joined]))
    margin = gate.margin if gate.rule == "no_worse" else 0.0
    e_values = e_process(metric, batches, reference=_reference(records, other, now, frame, metric), margin=margin)
    return progress(e_values, exam_share(exam, gate.confidence) / 2, rows=len(rows))


def _other(records: Records, version: Version) -> str:
    """The version that it was held against: the champion or, where it need be no worse, the anchor."""
    assert version.champion is not None, "a version is pending only against a champion"
    found = anchor(records.ledger.events()) if records.spec.gate.rule == "no_worse" else None
    return found or version.champion


def _joined(records: Records, numbers: tuple[str, str], now: Dataset, frame: pl.DataFrame) -> Bools | None:
    """(rows,) which rows of now are bet on."""
    kept = frame.select(pl.col(SIDE).is_in(["train", "tune"]) & ~pl.col(CHOSEN)).to_series().to_numpy()
    for number in numbers:
        before = records.datasets.find(records.versions.get(number).dataset_id)
        if before is None or not before.tells_apart_like(now):
            return None
        # A unit of which a row was there before is no news, whichever side that was on.
        ids, units = records.datasets.frame(before, ())[ID].to_numpy(), frame[UNIT].to_numpy()
        kept = kept & ~np.isin(units, units[np.isin(frame[ID].to_numpy(), ids)])
    return np.asarray(kept)


def _answers(records: Records, number: str, rows: Holdout, metric: Metric) -> Probabilities | None:
    opened = records.versions.bundle(number)
    if not rows.can_ask(opened.pipeline):
        return None
    return opened.seen_by(metric, rows.probabilities(opened.pipeline, opened.schema.classes), rows.classes)


def _parts(dataset: Dataset) -> Ints:
    """(rows,) the number of the part each row lies in: rows that came later lie in later parts."""
    return np.repeat(np.arange(len(dataset.parts)), [part.rows for part in dataset.parts])


def _batches(rows: Holdout, ours: Probabilities, theirs: Probabilities, parts: Ints) -> Iterator[Batch]:
    for part in np.unique(parts):
        inside = parts == part
        yield Batch(labels=rows.labels[inside], ours=ours[inside], theirs=theirs[inside], units=rows.units[inside])


def _reference(records: Records, number: str, now: Dataset, frame: pl.DataFrame, metric: Metric) -> Reference:
    """The out-of-fold answers of the other side, on rows that are there still."""
    answers = records.versions.out_of_fold(number)
    if answers is None:
        return Reference(labels=_labels(frame[:0], now), champion=np.zeros((0, len(now.schema.classes))))
    at, theirs = common(frame[ID].to_numpy(), answers.ids)
    classes = now.schema.classes
    champion = records.versions.bundle(number).seen_by(metric, answers.of(classes)[theirs], classes)
    return Reference(labels=_labels(frame[at], now), champion=champion)


def _labels(rows: pl.DataFrame, dataset: Dataset) -> Labels:
    return label_indices(rows, dataset.schema)
